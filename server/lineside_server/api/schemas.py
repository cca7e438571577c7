"""The shapes of requests and answers, so that /openapi.json is true."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lineside_server.core.runs import RunState

RUN_ID = r"^[A-Za-z0-9._-]{1,64}$"
Name = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
Tag = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
Seconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Verdict = Literal["healthy", "warning", "critical", "unknown"]


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] | None = Field(None, description="The place of each fault.")


class RunOpen(BaseModel):
    """What opens or resumes a run."""

    project: Name | None = None
    name: Name | None = None
    id: Annotated[str, Field(pattern=RUN_ID)] | None = None
    resume: Literal["never", "allow", "must"] = "never"
    config: dict[str, Any] = {}
    intent: dict[str, Any] = {}
    tags: list[Tag] = Field([], max_length=100)
    group: Name | None = None
    host: Any = None
    writer: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="The client process; the same call of the same writer again is answered, not refused."
    )
    hello_ts: Seconds | None = Field(None, description="The client's clock at this call.")
    started_at: Seconds | None = Field(None, description="When a recorded run began.")

    @field_validator("id")
    @classmethod
    def _no_path(cls, run_id: str | None) -> str | None:
        if run_id in (".", ".."):
            raise ValueError("a run id that is a folder cannot stand in an address")
        return run_id


class RunChange(BaseModel):
    """What a person may change of a run; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    tags: Annotated[list[Tag], Field(max_length=100)] | None = None
    notes: Annotated[str, Field(max_length=100_000)] | None = None
    intent: dict[str, Any] | None = Field(None, description="Merged over what was declared; null takes a key away.")
    state: RunState | None = None
    state_reason: Annotated[str, Field(max_length=1000)] | None = None


class Progress(BaseModel):
    step: int | None
    total_steps: int | None
    fraction: float | None
    steps_per_s: float | None
    eta_s: float | None


class Updates(BaseModel):
    done: int
    total: int | None


class Firing(BaseModel):
    critical: int
    warning: int
    info: int


class Checks(BaseModel):
    passing: int
    pending: int
    firing: int
    not_checked: int


class Health(BaseModel):
    verdict: Verdict
    firing: Firing
    checks: Checks
    through_step: int | None


class AttemptView(BaseModel):
    attempt: int
    first_step: int | None
    started_at: float


class SummaryView(BaseModel):
    last: float | None
    last_step: int
    min: float | None
    max: float | None
    count: int
    nonfinite: int


class RunView(BaseModel):
    id: str
    project: str
    name: str
    state: RunState
    state_reason: str | None
    created_at: float
    started_at: float
    ended_at: float | None
    last_event_at: float | None
    config: dict[str, Any]
    intent: dict[str, Any]
    tags: list[str]
    notes: str
    group: str | None
    host: Any
    progress: Progress
    update: Updates | None
    health: Health
    attempts: list[AttemptView]
    spark: list[float | None]
    last_step: int | None
    stop_requested: bool
    roles: dict[str, str]
    summary: dict[str, SummaryView]
    cursor: str
    deleted: bool
    deleted_at: float | None


class RunPage(BaseModel):
    items: list[RunView]
    next: str | None


class ShortFigure(BaseModel):
    last: float | None
    last_step: int


class LineView(BaseModel):
    """A run as `brief=1` tells of it; of `intent` there is the unit of a step alone."""

    id: str
    project: str
    name: str
    state: RunState
    state_reason: str | None
    created_at: float
    started_at: float
    ended_at: float | None
    last_event_at: float | None
    intent: dict[str, Any]
    tags: list[str]
    group: str | None
    progress: Progress
    health: Health
    spark: list[float | None]
    last_step: int | None
    stop_requested: bool
    roles: dict[str, str]
    summary: dict[str, ShortFigure]
    cursor: str
    deleted: bool
    deleted_at: float | None


class LinePage(BaseModel):
    items: list[LineView]
    next: str | None


class ProjectView(BaseModel):
    name: str
    runs: int
    states: dict[RunState, int]


class ProjectPage(BaseModel):
    items: list[ProjectView]
    next: str | None


class EventIn(BaseModel):
    """One event; which fields count depends on its type, and one at fault is refused by itself."""

    model_config = ConfigDict(extra="allow")

    type: str
    step: int | None = None
    ts: float | None = None


class EventsIn(BaseModel):
    writer: Annotated[str, Field(min_length=1, max_length=64)]
    seq: Annotated[int, Field(ge=0)]
    events: list[EventIn]


class RejectionView(BaseModel):
    index: int
    key: str | None
    reason: str


class EventsAnswer(BaseModel):
    accepted: int
    duplicate: bool
    rejected: list[RejectionView]
    commands: list[str]
    watched: bool = Field(description="Whether anybody looks at the run: a busy client then sends more often.")


class EventView(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: str
    type: str
    step: int | None
    ts: float


class EventPage(BaseModel):
    items: list[EventView]
    next: str | None


class GaugeView(BaseModel):
    count: int = Field(description="Of the values that the buckets hold.")
    ts: list[float] = Field(description="When each bucket began; there is none for a time without a value.")
    value: list[float] = Field(description="The last of each.")
    min: list[float]
    max: list[float]


class GaugesAnswer(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    run: str
    first: float | None = Field(alias="from")
    last: float | None = Field(alias="to")
    gauges: dict[str, GaugeView]


class NonfiniteView(BaseModel):
    step: int
    last_step: int
    kind: Literal["nan", "inf", "-inf"]
    count: int


class DamageView(BaseModel):
    attempt: int
    first_step: int
    last_step: int
    points: int


class LastPoint(BaseModel):
    step: int
    ts: float
    value: float | None


class SeriesAnswer(BaseModel):
    count: int
    thinned: bool
    step: list[int]
    ts: list[float]
    value: list[float | None]
    min: list[float | None]
    max: list[float | None]
    nonfinite: list[NonfiniteView]
    last: LastPoint | None
    corrected: int
    damaged: list[DamageView]
    declared: list[float] | None = Field(None, description="With `declared=1`, of a series that has a declared curve.")


class MetricsAnswer(BaseModel):
    run: str
    cursor: str
    series: dict[str, SeriesAnswer]
    damaged: list[DamageView] = Field(description="Recent batches that could not be read back.")


class Word(BaseModel):
    status: str
