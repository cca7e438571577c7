"""A child process that logs 8 scalars a step with one library, and prints what each call cost as JSON.

python loggers.py LIBRARY STEPS RATE FOLDER [SERVER]     RATE 0 means as fast as it goes
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEYS = ["train/loss", "train/kd_loss", "train/feature_loss", "train/attention_loss", "train/lm_loss", "lr", "grad_norm"]
KEYS += ["tokens_per_s"]

Log = Callable[[dict[str, float], int], Any]


def lineside_logger(folder: Path, server: str | None) -> tuple[Log, Callable[[], Any]]:
    import lineside

    mode = "online" if server else "offline"
    run = lineside.init(project="bench", mode=mode, server=server, dir=str(folder))
    return run.log, run.finish


def trackio_logger(folder: Path, server: str | None) -> tuple[Log, Callable[[], Any]]:
    os.environ["TRACKIO_DIR"] = str(folder)
    os.environ["HF_HUB_OFFLINE"] = "1"
    import trackio

    run = trackio.init(project="bench", embed=False)
    return (lambda values, step: run.log(values, step=step)), trackio.finish


def tensorboard_logger(folder: Path, server: str | None) -> tuple[Log, Callable[[], Any]]:
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(logdir=str(folder))

    def log(values: dict[str, float], step: int) -> None:
        for key, value in values.items():
            writer.add_scalar(key, value, step)

    return log, writer.close


LOGGERS = {"lineside": lineside_logger, "trackio": trackio_logger, "tensorboardX": tensorboard_logger}


def main() -> None:
    library, steps, rate, folder = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    server = sys.argv[5] if len(sys.argv) > 5 else None
    log, finish = LOGGERS[library](folder, server)
    noise = random.Random(0)
    rows = [{key: noise.gauss(15.0, 0.2) for key in KEYS} for _ in range(steps)]
    costs: list[int] = []
    cpu, started = time.process_time(), time.perf_counter()
    for step, row in enumerate(rows):
        before = time.perf_counter_ns()
        log(row, step)
        costs.append(time.perf_counter_ns() - before)
        if rate and (ahead := started + (step + 1) / rate - time.perf_counter()) > 0:
            time.sleep(ahead)
    finish()
    spent = time.process_time() - cpu
    costs.sort()
    median, p99 = statistics.median(costs) / 1e3, costs[int(len(costs) * 0.99)] / 1e3
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(json.dumps({"median_us": median, "p99_us": p99, "cpu_s_per_1000": spent / steps * 1000, "bytes": size}))


if __name__ == "__main__":
    main()
