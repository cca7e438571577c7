"""A child process whose loop logs in every second block; prints by how much that slows it.

python loops.py KIND PAIRS FOLDER SERVER [PEN]      KIND pure or numpy; SERVER "-": none; PEN lending: for comparison
"""

import itertools
import json
import random
import re
import statistics
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from loggers import KEYS, lineside_logger

from lineside import _spool
from lineside._pen import lending

BLOCK = 1000
STITCH, STITCHES = 20, 500  # iterations of a short block, and how many pairs of short blocks
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
    for _ in range(2):  # again with what came of it: as much again is not always as dear again
        costs = []
        for _ in range(200):
            before = time.thread_time()
            work(count)
            costs.append(time.thread_time() - before)
        count = max(1, round(count * 1e-3 / statistics.median(costs[100:])))
    return count


class Sender:
    """The thread that ships, as the system sees it; where there is none, nothing."""

    def __init__(self) -> None:
        found = [thread for thread in threading.enumerate() if thread.name == "lineside-sender"]
        self._clock = time.pthread_getcpuclockid(found[0].ident or 0) if found else None
        self._task = Path(f"/proc/self/task/{found[0].native_id}/status") if found else None

    def so_far(self) -> tuple[float, float]:
        """CPU seconds, and how often it was switched to."""
        if self._clock is None or self._task is None:
            return 0.0, 0.0
        switches = re.findall(r"ctxt_switches:\s*(\d+)", self._task.read_text())
        return time.clock_gettime(self._clock), float(sum(map(int, switches)))


def stitched(iterate: Iteration, log: Callable[[], object]) -> dict[str, float]:
    """What logging costs the loop's own thread, in per cent, from short blocks in turn: no drift of the machine
    lasts as short as that. What the sender costs falls on both and is not in it: it has a clock of its own.

    A core that is shared with a stranger is told by its slowness: the fastest third of the pairs is given apart.
    """

    def block(*, logging: bool) -> float:
        began = time.thread_time()
        for _ in range(STITCH):
            iterate()
            if logging:
                log()
        return time.thread_time() - began

    pairs = []
    for pair in range(STITCHES):
        first, second = block(logging=bool(pair % 2)), block(logging=not pair % 2)
        pairs.append((first + second, 100 * (first / second if pair % 2 else second / first) - 100))
    pairs.sort()
    return {
        "own_percent": statistics.median(ratio for _, ratio in pairs),
        "own_percent_fastest_third": statistics.median(ratio for _, ratio in pairs[: STITCHES // 3]),
        "iteration_ms_fastest_third": statistics.median(took for took, _ in pairs[: STITCHES // 3]) / 2 / STITCH * 1e3,
    }


def main() -> None:
    kind, pairs, folder, server = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    iterate = {"pure": pure, "numpy": numpy}[kind]()
    if sys.argv[5:] == ["lending"]:
        _spool.pen_for = lambda _: lending
    log, finish = lineside_logger(folder, None if server == "-" else server)
    sender = Sender()
    noise, step = random.Random(0), 0
    found: dict[str, list[float]] = defaultdict(list)

    def now() -> tuple[float, ...]:
        return time.perf_counter(), time.process_time(), time.thread_time(), *sender.so_far()

    def block(*, logging: bool) -> tuple[float, ...]:
        nonlocal step
        row = {key: noise.gauss(15.0, 0.2) for key in KEYS}
        began = now()
        for _ in range(BLOCK):
            iterate()
            if logging:
                log(row, step)
                step += 1
        return tuple(after - before for before, after in zip(began, now(), strict=True))

    block(logging=True)
    for pair in range(pairs):
        time.sleep(0.25)  # the sender ends what it has, so that it costs its own block and not the next
        first = block(logging=bool(pair % 2))
        time.sleep(0.25)
        second = block(logging=not pair % 2)
        logged, bare = (first, second) if pair % 2 else (second, first)
        for place, name in enumerate(("wall_percent", "process_cpu_percent", "loop_thread_cpu_percent")):
            found[name].append(100 * (logged[place] / bare[place] - 1))
        found["sender_cpu_percent"].append(100 * logged[3] / logged[0])
        found["sender_switches_per_s"].append(logged[4] / logged[0])
        found["iteration_ms"].append(bare[2] / BLOCK * 1000)
    row, steps = {key: noise.gauss(15.0, 0.2) for key in KEYS}, itertools.count(step)
    own = stitched(iterate, lambda: log(row, next(steps)))
    finish()
    print(json.dumps({name: statistics.median(values) for name, values in found.items()} | own))


if __name__ == "__main__":
    main()
