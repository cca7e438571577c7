"""A service of its own for a figure: real, on loopback, with its CPU seconds."""

import contextlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

START = "import sys; from lineside_server.cli import main; sys.exit(main(sys.argv[1:]))"


@dataclass
class Service:
    url: str
    process: subprocess.Popen[bytes]

    def cpu_s(self) -> float:
        """CPU seconds so far, user and system, of the service's process."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@contextlib.contextmanager
def service(folder: Path) -> Iterator[Service]:
    command = [sys.executable, "-c", START, "serve", "--port", "0", "--database", str(folder / "bench.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = next(word for word in line.split() if word.startswith("http")).rstrip("/")
            wait_until_ready(url)
            yield Service(url, process)  # type: ignore[arg-type]  # only its pid is used
        finally:
            process.terminate()


def wait_until_ready(url: str) -> None:
    for _ in range(200):
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(f"{url}/readyz", timeout=5):
            return
        time.sleep(0.05)
    raise TimeoutError("the service did not become ready")
