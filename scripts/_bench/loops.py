"""A child process whose loop logs in every second block; prints by how much that slows it.

python loops.py KIND PAIRS FOLDER SERVER       KIND pure or numpy; SERVER "-": none
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from loggers import KEYS, lineside_logger

BLOCK = 500
Iteration = Callable[[], object]


def pure() -> Iteration:
    """About 1 ms of Python."""
    size = calibrate(lambda count: sum(place * place for place in range(count)), 10_000)
    return lambda: sum(place * place for place in range(size))


def numpy() -> Iteration:
    """About 1 ms of numpy that holds no interpreter lock for most of it."""
    import numpy as np

    grid = np.random.default_rng(0).normal(size=(64, 64))

    def work(count: int) -> None:
        for _ in range(count):
            grid @ grid

    size = calibrate(work, 20)
    return lambda: work(size)


def calibrate(work: Callable[[int], object], count: int) -> int:
    costs = []
    for _ in range(50):
        before = time.thread_time()
        work(count)
        costs.append(time.thread_time() - before)
    return max(1, round(count * 1e-3 / statistics.median(costs)))


def main() -> None:
    kind, pairs, folder, server = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    iterate = {"pure": pure, "numpy": numpy}[kind]()
    log, finish = lineside_logger(folder, None if server == "-" else server)
    noise, step = random.Random(0), 0
    wall: list[float] = []
    cpu: list[float] = []
    loop: list[float] = []
    costs: list[float] = []

    def block(*, logging: bool) -> tuple[float, float, float]:
        nonlocal step
        row = {key: noise.gauss(15.0, 0.2) for key in KEYS}
        began = time.perf_counter(), time.process_time(), time.thread_time()
        for _ in range(BLOCK):
            iterate()
            if logging:
                log(row, step)
                step += 1
        ended = time.perf_counter(), time.process_time(), time.thread_time()
        return ended[0] - began[0], ended[1] - began[1], ended[2] - began[2]

    block(logging=True)
    for pair in range(pairs):
        time.sleep(0.25)  # the sender ends what it has, so that it costs its own block and not the next
        first = block(logging=bool(pair % 2))
        time.sleep(0.25)
        second = block(logging=not pair % 2)
        logged, bare = (first, second) if pair % 2 else (second, first)
        for ratios, place in ((wall, 0), (cpu, 1), (loop, 2)):
            ratios.append(100 * (logged[place] / bare[place] - 1))
        costs.append(bare[2] / BLOCK * 1000)
    finish()
    answer = {
        "wall_percent": statistics.median(wall), "process_cpu_percent": statistics.median(cpu),
        "loop_thread_cpu_percent": statistics.median(loop), "iteration_ms": statistics.median(costs),
    }  # fmt: skip
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
