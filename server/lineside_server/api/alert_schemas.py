"""The shapes of checks and alerts, so that /openapi.json is true."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["critical", "warning", "info"]
By = Annotated[str, Field(min_length=1, max_length=256)]


class WindowView(BaseModel):
    from_step: int
    to_step: int


class EvidenceView(BaseModel):
    observed: dict[str, Any]
    expected: dict[str, Any]
    window: WindowView
    keys: list[str]
    formula: str = Field(description="How the figures came about.")


class CauseView(BaseModel):
    id: str
    fit: float | None = Field(description="0 to 1: how well the cause, taken as true, predicts what was observed.")
    explanation: str
    evidence: dict[str, Any]


class Acknowledgement(BaseModel):
    by: str | None
    note: str | None
    at: float


class Silence(BaseModel):
    at: float | None = Field(description="The time until which it is silent.")
    step: int | None = Field(description="The step until which it is silent; with both, until both are reached.")
    by: str | None


class AlertView(BaseModel):
    id: str
    run_id: str
    rule: str
    subject: str
    parent: str | None = Field(description="The alert that this one follows from.")
    severity: Severity
    state: Literal["pending", "firing", "resolved"]
    acknowledged: Acknowledgement | None
    silenced_until: Silence | None
    opened_step: int
    opened_at: float
    last_step: int
    resolved_step: int | None
    resolved_at: float | None
    reason: str | None = Field(description="Why it is resolved, where it did not simply stop.")
    title: str
    evidence: EvidenceView
    causes: list[CauseView]
    actions: list[str]
    cannot_tell: str


class AlertPage(BaseModel):
    items: list[AlertView]
    next: str | None
    runs: dict[str, Any] | None = Field(None, description="With `around`: the runs, as lists give them, by id.")
    follows: list[AlertView] | None = Field(None, description="With `around`: what follows from these, 1,000 at most.")


class CheckView(BaseModel):
    rule: str
    verdict: Literal["passing", "pending", "firing", "not_checked"]
    reason: str
    broken: str | None = Field(None, description="The error of a rule that failed.")


class CheckPage(BaseModel):
    items: list[CheckView]
    next: str | None
    through_step: int | None = Field(description="The step through which the run is judged.")
    last_step: int | None
    lag_s: float | None = Field(description="How long what was judged last had waited; null where that is not known.")


class AckIn(BaseModel):
    """Who has seen an alert, and what they have to say of it."""

    model_config = ConfigDict(extra="forbid")

    by: By | None = None
    note: Annotated[str, Field(max_length=10_000)] | None = None


class SilenceIn(BaseModel):
    """How long an alert is to be silent; 0 ends a silence."""

    model_config = ConfigDict(extra="forbid")

    by: By | None = None
    seconds: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    steps: Annotated[int, Field(ge=0, le=10**15)] | None = None
