"""The service about itself: whether it is up, whether it is ready, and its own figures."""

from dataclasses import fields

from fastapi import APIRouter, Response

from lineside_server.api.answers import answer
from lineside_server.api.deps import StoreDep, WatchDep
from lineside_server.api.schemas import Word
from lineside_server.errors import Unavailable
from lineside_server.watch import Watch

router = APIRouter(tags=["service"])
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
COUNTERS = {
    "batches": "Batches stored.",
    "points": "Points stored.",
    "duplicates": "Batches that had been stored before.",
    "commits": "Transactions committed.",
    "failed_commits": "Transactions that failed.",
    "sealed_chunks": "Chunks sealed.",
    "damaged": "Stored pieces that could not be read back.",
    "corrected": "Points that replaced an earlier one of the same step.",
}


@router.get("/healthz", responses={200: {"model": Word}})
async def healthz() -> Response:
    """Tell that the process is up."""
    return answer({"status": "up"})


@router.get("/readyz", responses={200: {"model": Word}})
def readyz(store: StoreDep) -> Response:
    """Tell whether the database answers and is migrated; 503 if not."""
    if not store.ready():
        raise Unavailable("The database does not answer.")
    return answer({"status": "ready"})


@router.get(
    "/metrics", response_class=Response, responses={200: {"content": {PROMETHEUS: {"schema": {"type": "string"}}}}}
)
async def metrics(watch: WatchDep) -> Response:
    """Give the service's own figures as Prometheus text 0.0.4."""
    return Response(_exposition(watch), media_type=PROMETHEUS)


def _exposition(watch: Watch) -> str:
    counters = watch.store.counters
    lines: list[str] = []
    for name in [field.name for field in fields(counters)]:
        _put(lines, f"lineside_{name}_total", "counter", COUNTERS.get(name, name), getattr(counters, name))
    sent = watch.hub.frames_sent + watch.board.frames_sent
    _put(lines, "lineside_frames_sent_total", "counter", "Frames sent to viewers.", sent)
    _put(lines, "lineside_snapshots_sent_total", "counter", "Snapshots sent to viewers.", watch.hub.snapshots_sent)
    _put(lines, "lineside_viewers", "gauge", "Open live sockets.", watch.hub.viewers + watch.board.readers)
    uptime = watch.clock.now() - watch.listening_since
    _put(lines, "lineside_uptime_seconds", "gauge", "Seconds since the service began to listen.", uptime)
    return "".join(lines)


def _put(lines: list[str], name: str, kind: str, meaning: str, value: float) -> None:
    lines.append(f"# HELP {name} {meaning}\n# TYPE {name} {kind}\n{name} {value}\n")
