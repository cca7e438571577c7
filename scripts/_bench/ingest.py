"""Figures of taking in: points a core-second of the service, by the kind and the size of a body."""

from bodies import body, columns
from common import SERIES, Figures, Scale, medians, serving
from service import Service

KINDS = ("json", "ndjson", "msgpack", "packed")
SIZES = (80, 1000, 10_000)
MOST_REQUESTS = 1500


def ingest(scale: Scale) -> Figures:
    """Points a core-second of the service, 8 series, by kind of body and points a request (80 is 10 steps)."""
    found = {}
    for kind in KINDS:
        rows = []
        for _ in range(scale.repeats):
            with serving() as server:
                row = {f"{size:,} a request": rate(server, kind, size, scale.of(400_000, 80_000)) for size in SIZES}
                rows.append(row)
        found[f"lineside, {kind}"] = medians(rows)
    return found


def rate(server: Service, kind: str, size: int, points: int) -> float:
    steps = size // SERIES
    requests = min(max(points // size, 8), MOST_REQUESTS)
    run = server.open_run()
    bodies = [body(kind, seq, columns(seq * steps, steps)) for seq in range(requests)]
    warm, timed = bodies[:3], bodies[3:]
    for query, data, media in warm:
        server.post(f"/runs/{run}/events{query}", data, media)
    before = server.cpu_s()
    for query, data, media in timed:
        server.post(f"/runs/{run}/events{query}", data, media)
    return len(timed) * steps * SERIES / max(server.cpu_s() - before, 0.01)
