"""Figures of the client: what a call costs, what a step costs in all, bytes, memory, and the slowed loop."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread

from common import LIBRARIES, SERIES, Figures, Row, Scale, child, fresh, medians
from service import Service
from websockets.sync.client import connect as websocket

Making = Callable[[Row, float], Row]  # of a child's figures and the service's CPU seconds for 1,000 steps


def log_cost(scale: Scale) -> Figures:
    """log() of 8 scalars, µs a call: at 200 it/s, ours into a live service, and as fast as it goes (hot)."""
    found: Figures = {}
    for column, rate in (("", 200), ("hot_", 0)):
        shown = in_turn(scale, scale.of(1000, 200), rate, lambda told, _: told, (*LIBRARIES, "bare write"))
        for library, row in shown.items():
            told = {f"{column}median_us": row["median_us"], f"{column}p99_us": row["p99_us"]}
            found[library] = {**found.get(library, {}), **told}
    return found


def cpu(scale: Scale) -> Figures:
    """CPU seconds for 1,000 steps of 8 scalars at 1,000 it/s beyond the loop itself; ours with its service."""
    steps = scale.of(5000, 2000)
    loop = medians(child("loggers.py", "none", steps, 1000, "-", "-") for _ in range(scale.repeats))["cpu_s_per_1000"]

    def row(shown: Row, served: float) -> Row:
        client = shown["cpu_s_per_1000"] - loop
        return {"cpu_s": client + served, "of_it_client": client, "of_it_service": served}

    return in_turn(scale, steps, 1000, row)


def in_turn(scale: Scale, steps: int, rate: float, row: Making, libraries: tuple[str, ...] = LIBRARIES) -> Figures:
    """Each library in turn, as often as asked."""
    found: dict[str, list[Row]] = {library: [] for library in libraries}
    for _ in range(scale.repeats):
        for library in libraries:
            with fresh(serving=library == "lineside") as (folder, server):
                before = server.cpu_s() if server else 0.0
                shown = child("loggers.py", library, steps, rate, folder, server.url if server else "-")
                served = (server.cpu_s() - before) / steps * 1000 if server else 0.0
                found[library].append(row(shown, served))
    return {library: medians(rows) for library, rows in found.items()}


def disk(scale: Scale) -> Figures:
    """Bytes on disk for a scalar, 8 noisy series, once the run has ended; ours is the service's database."""
    steps, found = scale.of(20_000, 4000), {}
    for library in LIBRARIES:
        with fresh(serving=library == "lineside") as (folder, server):
            shown = child("loggers.py", library, steps, 0, folder, server.url if server else "-")
            size = stored(server) if server else shown["bytes"]
            found[library] = {"bytes_per_scalar": size / steps / SERIES}
    return found


def stored(server: Service) -> float:
    """Bytes of the database once it is closed, so that its log is empty."""
    server.process.terminate()
    server.process.wait()
    return sum(path.stat().st_size for path in server.database.parent.glob(f"{server.database.name}*"))


def memory(scale: Scale) -> Figures:
    """Megabytes (RSS) of a process that logs, over one that does the same without logging."""
    steps = scale.of(2000, 500)
    rows: dict[str, list[Row]] = {library: [] for library in ("none", *LIBRARIES)}
    for _ in range(scale.repeats):
        for library, shown in rows.items():
            with fresh(serving=library == "lineside") as (folder, server):
                shown.append(child("loggers.py", library, steps, 1000, folder, server.url if server else "-"))
    bare = medians(rows["none"])["memory_mb"]
    return {library: {"memory_mb": medians(rows[library])["memory_mb"] - bare} for library in LIBRARIES}


def slowdown(scale: Scale) -> Figures:
    """A loop at some 1,000 it/s against itself without log(), in blocks that alternate, in per cent; ours only."""
    found = {}
    for kind, pens in (("pure", ("holding", "lending")), ("numpy", ("holding",))):
        for where in ("service beside it", "and a viewer", "spool alone"):
            for pen in pens:
                with fresh(serving=where != "spool alone") as (folder, server), ExitStack() as stack:
                    if server and where == "and a viewer":
                        stack.enter_context(watching(server, server.open_run(id="bench", writer="nobody")))
                    arguments = (kind, scale.of(6, 2), folder, server.url if server else "-", pen)
                    row = child("loops.py", *arguments, LINESIDE_RESUME="allow")
                found[f"lineside, {kind} loop, {where}" + (", lending" if pen == "lending" else "")] = row
    return found


@contextmanager
def watching(server: Service, run: str) -> Iterator[None]:
    """Somebody looks at a series of the run meanwhile, and answers the service's pings, as a browser does."""
    address = f"ws://127.0.0.1:{server.port}/runs/{run}/live?key=lr&points=10"
    with websocket(address, compression=None, max_size=None) as viewer:
        reader = Thread(target=lambda: [None for _ in viewer])
        reader.start()
        yield
        viewer.close()
        reader.join()
