"""scripts/bench: figures side by side in one run, medians over repeats.

CPU seconds are what to compare between machines and days; wall times hold only for a machine that does nothing else.
"""

import argparse
import json
import os
import platform
import time
from pathlib import Path

from client import cpu, disk, log_cost, memory, slowdown
from common import Figures, Scale
from ingest import ingest
from judging import judging
from kills import kill_trainer
from live import fanout, latency
from reads import lists, reads, walk

from page import FIGURES as PAGE

FIGURES = {
    "log": log_cost, "kill": kill_trainer, "cpu": cpu, "disk": disk, "memory": memory, "slowdown": slowdown,
    "ingest": ingest, "reads": reads, "lists": lists, "walk": walk, "latency": latency, "fanout": fanout,
    "judging": judging,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], choices=FIGURES | PAGE, help="this figure; may stand repeatedly"
    )
    parser.add_argument("--page", action="store_true", help="the figures of the page, in a real Chromium")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="less work and one repeat: does it run at all?")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    scale = Scale(1 if options.quick else options.repeats, options.quick)
    told = {"machine": machine(), "repeats": scale.repeats, "quick": scale.quick}
    print(f"{told['machine']}; repeats: {scale.repeats}")
    found: dict[str, Figures] = {}
    every = FIGURES | PAGE
    for name in options.only or (PAGE if options.page else FIGURES):
        began, load = time.perf_counter(), os.getloadavg()[0]
        found[name] = every[name](scale)
        print(f"\n{name}: {every[name].__doc__}  [load {load:.1f} before, {time.perf_counter() - began:.0f} s]")
        show(found[name])
        if options.json:
            options.json.write_text(json.dumps({**told, "figures": found}, indent=2))


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, Linux"


def show(rows: Figures) -> None:
    ours, width = rows.get("lineside", {}), max(map(len, rows)) + 2
    for library, row in rows.items():
        cells = []
        for name, value in row.items():
            ratio = f" ({value / ours[name]:.1f}x)" if library != "lineside" and ours.get(name) else ""
            cells.append(f"{name} {value:,.4g}{ratio}")
        print(f"  {library:{width}}" + "   ".join(cells), flush=True)


if __name__ == "__main__":
    main()
