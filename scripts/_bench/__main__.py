"""scripts/bench [FIGURE ...] [--repeats N] [--json FILE]: figures side by side in one run, medians over repeats."""

import argparse
import json
import os
from pathlib import Path

from figures import FIGURES, Figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; default: all")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    if unknown := set(options.figures) - set(FIGURES):
        parser.error(f"there is no figure {', '.join(sorted(unknown))}")
    found: dict[str, Figures] = {}
    print(f"{os.cpu_count()} cores, {options.repeats} repeats, medians")
    for name in options.figures or FIGURES:
        print(f"\n{FIGURES[name].__doc__}")
        found[name] = FIGURES[name](options.repeats)
        show(found[name])
    if options.json:
        options.json.write_text(json.dumps(found, indent=2))


def show(rows: Figures) -> None:
    ours = rows["lineside"]
    for library, row in rows.items():
        cells = []
        for name, value in row.items():
            ratio = f" ({value / ours[name]:.1f}x)" if library != "lineside" and ours[name] else ""
            cells.append(f"{name} {value:,.4g}{ratio}")
        print(f"  {library:14}" + "   ".join(cells))


if __name__ == "__main__":
    main()
