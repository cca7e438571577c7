"""A child process that logs 8 scalars a step with one library, and prints what each call cost as JSON.

python loggers.py LIBRARY STEPS RATE FOLDER SERVER [PROGRESS]     RATE 0: as fast as it goes; SERVER "-": none

Where PROGRESS names a file, the number of steps whose call has returned is kept in it for whoever kills this process.
"""

import json
import mmap
import os
import random
import statistics
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEYS = ["train/loss", "train/kd_loss", "train/feature_loss", "train/attention_loss", "train/lm_loss", "lr", "grad_norm"]
KEYS += ["tokens_per_s"]

Log = Callable[[dict[str, float], int], Any]
Logger = tuple[Log, Callable[[], Any]]


def lineside_logger(folder: Path, server: str | None) -> Logger:
    import lineside

    mode = "online" if server else "offline"
    run = lineside.init(project="bench", id="bench", mode=mode, server=server, dir=str(folder))
    return run.log, run.finish


def trackio_logger(folder: Path, server: str | None) -> Logger:
    os.environ["TRACKIO_DIR"] = str(folder)
    os.environ["HF_HUB_OFFLINE"] = "1"
    import trackio

    run = trackio.init(project="bench", embed=False)
    return (lambda values, step: run.log(values, step=step)), trackio.finish


def tensorboard_logger(folder: Path, server: str | None) -> Logger:
    from tensorboardX import SummaryWriter  # type: ignore[import-untyped]  # it has no types

    writer = SummaryWriter(logdir=str(folder))

    def log(values: dict[str, float], step: int) -> None:
        for key, value in values.items():
            writer.add_scalar(key, value, step)

    return log, writer.close


def bare_write(folder: Path, server: str | None) -> Logger:
    """What the system itself takes to write as many bytes as a record of ours has."""
    folder.mkdir(parents=True, exist_ok=True)
    file, record = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY | os.O_APPEND), bytes(96)

    def log(values: dict[str, float], step: int) -> None:
        os.write(file, record)

    return log, lambda: os.close(file)


def no_logger(folder: Path, server: str | None) -> Logger:
    def log(values: dict[str, float], step: int) -> None:
        """Do nothing: what the loop itself costs."""

    return log, lambda: None


LOGGERS = {
    "lineside": lineside_logger, "trackio": trackio_logger, "tensorboardX": tensorboard_logger, "none": no_logger,
    "bare write": bare_write,
}  # fmt: skip


def noted(log: Log, path: Path) -> Log:
    """Keep the number of the steps that were logged in a file that outlives a kill."""
    path.write_bytes(bytes(8))
    with path.open("r+b") as file:
        place = mmap.mmap(file.fileno(), 8)

    def logged(values: dict[str, float], step: int) -> None:
        log(values, step)
        struct.pack_into("<q", place, 0, step + 1)

    return logged


def run(log: Log, rows: list[dict[str, float]], rate: float) -> list[int]:
    """Log the rows; what each call cost in ns."""
    costs, started = [], time.perf_counter()
    for step, row in enumerate(rows):
        before = time.perf_counter_ns()
        log(row, step)
        costs.append(time.perf_counter_ns() - before)
        if rate and (ahead := started + (step + 1) / rate - time.perf_counter()) > 0:
            time.sleep(ahead)
    return costs


def memory_mb() -> float:
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024


def main() -> None:
    library, steps, rate, folder = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    server = None if sys.argv[5] == "-" else sys.argv[5]
    noise = random.Random(0)
    rows = [{key: noise.gauss(15.0, 0.2) for key in KEYS} for _ in range(steps)]
    bare_cpu = time.process_time()
    log, finish = LOGGERS[library](folder, server)
    if len(sys.argv) > 6:
        log = noted(log, Path(sys.argv[6]))
    cpu = time.process_time()
    costs = sorted(run(log, rows, rate))
    memory = memory_mb()
    finish()
    spent = time.process_time() - cpu
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0
    answer = {
        "median_us": statistics.median(costs) / 1e3, "p99_us": costs[int(len(costs) * 0.99)] / 1e3,
        "cpu_s_per_1000": spent / steps * 1000, "bytes": size, "memory_mb": memory, "init_cpu_s": cpu - bare_cpu,
    }  # fmt: skip
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
