"""Kills the trainer or the service again and again under load, and counts what was lost, doubled or raised.

    python tests/faults/soak.py --side trainer --kills 20
    python tests/faults/soak.py --side server --kills 20 --database postgresql+psycopg://...

Prints one JSON line; exit code 1 when anything was lost, doubled or raised. Every step is logged once, with a value
that follows from it, so that what the service holds in the end can be checked point by point.
"""

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

WRITERS = 8
PATIENCE_S = 120.0
ALL = 1_000_000
SERVE = "import sys; from lineside_server.cli import main; sys.exit(main(['serve', *sys.argv[1:]]))"

# Tells each step whose log() has returned; at its end, when each call began and how long it took.
WRITER = """
import os, sys, time, lineside
from array import array
url, run_id, rate, times = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
run = lineside.init(id=run_id, server=url)
took, step, begun = array("d"), 0, time.monotonic()
while not (step % 16 == 0 and os.path.exists(times + ".stop")):
    before = time.monotonic()
    run.log({"train/loss": step / 3, "lr": 1e-5}, step=step)
    took.extend((before, time.monotonic() - before))
    os.write(1, b"%d\\n" % step)
    step += 1
    ahead = begun + step / rate - time.monotonic()
    if ahead > 0:
        time.sleep(ahead)
with open(times, "wb") as file:
    took.tofile(file)
sys.exit(0 if run.finish(timeout=100) else 1)
"""


class Service:
    """The service as a process at one address, killed as power loss would and started again."""

    def __init__(self, database: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (folder / "service.log").open("w+")
        self._command = [sys.executable, "-c", SERVE, "--port", str(self.port), "--database", database]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=self._log, text=True, env=plain_environment()
        )
        assert self._process.stdout is not None
        if "http://" not in self._process.stdout.readline():
            raise RuntimeError(f"The service did not start: {self.said()}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def said(self) -> str:
        self._log.flush()
        return Path(self._log.name).read_text()

    def ask(self, path: str) -> Any:
        with urlopen(f"{self.url}{path}", timeout=PATIENCE_S) as answer:
            return json.load(answer)


class Writer:
    """A training process that tells each step whose log() has returned."""

    def __init__(self, service: Service, run_id: str, rate: float, folder: Path) -> None:
        self.run_id = run_id
        self._times = folder / f"{run_id}.times"
        self._steps = (folder / f"{run_id}.steps").open("w+")
        self._log = (folder / f"{run_id}.log").open("w+")
        command = [sys.executable, "-c", WRITER, service.url, run_id, str(rate), str(self._times)]
        environment = plain_environment() | {"LINESIDE_DIR": str(folder / "spool")}
        self.process = subprocess.Popen(command, stdout=self._steps, stderr=self._log, env=environment)

    def wait_for_first(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not os.fstat(self._steps.fileno()).st_size:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(f"The writer did not begin: {self.said()}")
            time.sleep(0.002)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        Path(f"{self._times}.stop").touch()

    def finish(self) -> int:
        return self.process.wait(PATIENCE_S)

    def steps(self) -> int:
        """How many calls of log() had returned."""
        text = Path(self._steps.name).read_text()
        return len(text[: text.rfind("\n") + 1].splitlines())

    def calls(self) -> Iterator[tuple[float, float]]:
        """When each call of log() began, and the seconds that it took."""
        times = array("d")
        times.frombytes(self._times.read_bytes())
        yield from zip(times[0::2], times[1::2], strict=True)

    def said(self) -> str:
        return Path(self._log.name).read_text()


class Tally:
    def __init__(self) -> None:
        self.logged = self.lost = self.doubled = self.wrong = self.exceptions = self.unfinished = 0

    def check(self, service: Service, run_id: str, returned: int, *, killed: bool) -> None:
        """Compare a run with what its writer was told; a killed one may have written one record more."""
        told = service.ask(f"/runs/{run_id}/metrics?key=train/loss&points={ALL}")["series"]
        loss = told.get("train/loss", {"step": [], "value": [], "corrected": 0})
        steps: list[int] = loss["step"]
        self.logged += returned
        self.lost += len(set(range(returned)) - set(steps))
        self.doubled += loss["corrected"] + len(steps) - len(set(steps))
        self.wrong += sum(value != step / 3 for step, value in zip(steps, loss["value"], strict=True))
        self.wrong += max(0, len(set(steps)) - returned - killed)

    def hear(self, said: str) -> None:
        self.exceptions += said.count("Traceback") + said.count("a fault of lineside's own")

    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong or self.exceptions or self.unfinished)


def plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LINESIDE_")}


def kill_trainers(service: Service, folder: Path, options: argparse.Namespace) -> tuple[Tally, dict[str, Any]]:
    """Each trainer logs into a run of its own, is killed, and what is left is shipped as `lineside sync` does it."""
    tally, mark = Tally(), random.Random(options.seed)
    for number in range(options.kills):
        writer = Writer(service, f"kill-{options.seed}-{number}", options.rate, folder)
        writer.wait_for_first()
        time.sleep(mark.uniform(0.0, 2.0))
        writer.kill()
        command = [sys.executable, "-m", "lineside._cli", "sync", str(folder / "spool")]
        synced = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False)
        tally.unfinished += synced.returncode != 0
        tally.hear(writer.said() + synced.stderr)
        tally.check(service, writer.run_id, writer.steps(), killed=True)
    return tally, {}


def kill_servers(service: Service, folder: Path, options: argparse.Namespace) -> tuple[Tally, dict[str, Any]]:
    """Eight trainers go on, together at the rate asked for, while the service comes and goes."""
    tally, mark = Tally(), random.Random(options.seed)
    names = [f"writer-{options.seed}-{number}" for number in range(WRITERS)]
    writers = [Writer(service, name, options.rate / WRITERS, folder) for name in names]
    for writer in writers:
        writer.wait_for_first()
    away: list[tuple[float, float]] = []
    for _ in range(options.kills):
        time.sleep(mark.uniform(0.2, 3.0))
        service.kill()
        began = time.monotonic()
        time.sleep(mark.uniform(0.1, 1.0))
        away.append((began, time.monotonic()))
        service.start()
    for writer in writers:
        writer.stop()
    for writer in writers:
        tally.unfinished += writer.finish() != 0
        tally.hear(writer.said())
        tally.check(service, writer.run_id, writer.steps(), killed=False)
    return tally, log_cost(writers, away)


def log_cost(writers: Sequence[Writer], away: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Microseconds of log() while the service was there, and while it was not."""
    there: list[float] = []
    gone: list[float] = []
    for writer in writers:
        for began, took in writer.calls():
            (gone if any(start <= began <= end for start, end in away) else there).append(1e6 * took)
    return {
        f"log_us_p{share}_{where}": round(sorted(calls)[len(calls) * share // 100], 1)
        for where, calls in (("there", there), ("away", gone))
        for share in (50, 99)
        if calls
    }


@contextmanager
def serving(options: argparse.Namespace, folder: Path) -> Iterator[Service]:
    service = Service(options.database or str(folder / "lineside.db"), folder)
    service.start()
    try:
        yield service
    finally:
        service.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", choices=["trainer", "server"], default="trainer")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=float, default=1000.0, help="log() calls a second, of all writers together")
    parser.add_argument("--database", help="file or URL; a fresh SQLite file otherwise")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, serving(options, Path(name)) as service:
        act = kill_trainers if options.side == "trainer" else kill_servers
        tally, cost = act(service, Path(name), options)
        tally.hear(service.said())
        with suppress(URLError, OSError):
            cost["duplicates_refused"] = duplicates(service)
    engine = (options.database or "sqlite").partition(":")[0] if "://" in (options.database or "") else "sqlite"
    told = {"side": options.side, "engine": engine, "kills": options.kills, "seed": options.seed, **vars(tally)}
    sys.stdout.write(json.dumps(told | cost | {"seconds": round(time.monotonic() - began, 1)}) + "\n")
    return 0 if tally.clean() else 1


def duplicates(service: Service) -> int:
    """Batches that came again after a lost answer, since the last start of the service."""
    with urlopen(f"{service.url}/metrics", timeout=PATIENCE_S) as answer:
        text = answer.read().decode()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("lineside_duplicates_total")))


if __name__ == "__main__":
    sys.exit(main())
