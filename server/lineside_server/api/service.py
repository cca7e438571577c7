"""The service about itself: whether it is up, whether it is ready, and its own figures."""

from dataclasses import fields
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from lineside_server.api.answers import answer
from lineside_server.api.deps import GrantDep, SettingsDep, StoreDep, WatchDep
from lineside_server.api.schemas import Word
from lineside_server.errors import Unavailable
from lineside_server.settings import ProjectKeeping
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


class About(BaseModel):
    """The service's version, its kind of database, and the settings that are no secret."""

    version: str
    database: Literal["sqlite", "postgresql"] = Field(description="Its kind; where it stands is not told.")
    listening_since: float
    token_wanted: bool
    judging: bool
    has_rules_file: bool
    lost_after: float
    stalled_after: float
    max_body: int
    max_decoded: int
    retention_days: float | None
    quota_bytes: int | None
    project_keeping: dict[str, ProjectKeeping]


@router.get("/about", responses={200: {"model": About}})
async def about(request: Request, settings: SettingsDep, watch: WatchDep, grant: GrantDep) -> Response:
    """Tell what this service is: its version, the kind of its database, and its settings but the secret ones."""
    told = {name: getattr(settings, name) for name in About.model_fields if name in type(settings).model_fields}
    projects = {name: own for name, own in settings.project_keeping.items() if grant.sees(name)}
    keeping = {name: own.model_dump(exclude_unset=True) for name, own in projects.items()}
    known = {
        "version": request.app.version,
        "database": watch.store.engine.dialect.name,
        "listening_since": watch.listening_since,
        "token_wanted": settings.asks_for_token,
        "has_rules_file": settings.rules_file is not None,
        "project_keeping": keeping,
    }
    return answer(told | known)


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
