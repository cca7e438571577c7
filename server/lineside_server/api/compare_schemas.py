"""The shape of a comparison, so that /openapi.json is true."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from lineside_server.api.alert_schemas import Severity
from lineside_server.api.schemas import Health, SummaryView
from lineside_server.core.runs import RunState


class ComparedRun(BaseModel):
    id: str
    project: str
    name: str
    state: RunState
    state_reason: str | None
    created_at: float
    started_at: float
    ended_at: float | None
    last_event_at: float | None
    last_step: int | None
    step_unit: Literal["batch", "update"] | None
    tags: list[str]
    health: Health


class DifferenceRow(BaseModel):
    path: str = Field(description="Dotted; the place in a list in brackets.")
    values: dict[str, Any] = Field(
        description="By run; a run that does not have the path is missing, unlike one that holds null. "
        "A long text is cut, and says how long it was."
    )


class SameRow(BaseModel):
    path: str
    value: Any


class DifferencesView(BaseModel):
    differing: int
    equal: int = Field(description="Paths that every run has with the same value.")
    rows: list[DifferenceRow] = Field(description="What differs, by path; at most 1000 of them.")
    same: list[SameRow] | None = Field(None, description="With `equal=1`, what is equal; at most 1000 of them.")


class CaveatView(BaseModel):
    about: Literal["loss", "train", "eval", "step"]
    paths: list[str] = Field(description="What is declared differently, with its section: `config.temperature`.")
    undeclared: list[str] = Field(description="What some runs alone declare.")
    sentence: str


class PointThere(BaseModel):
    last: float | None
    last_step: int
    min: float | None = Field(description="The least finite value up to there.")


class EqualStep(BaseModel):
    step: int = Field(description="The last step that every run with the series has reached.")
    values: dict[str, PointThere]


class MetricRow(BaseModel):
    name: str
    role: str | None
    keys: dict[str, str] = Field(description="The key of each run that has the series.")
    values: dict[str, SummaryView]
    equal: EqualStep | None = Field(None, description="Of train and eval loss: all of them at the same step.")


class MetricsView(BaseModel):
    shared: int = Field(description="Series that at least two runs have, and the headline series.")
    rows: list[MetricRow] = Field(description="The headline series first; at most 200.")
    alone: dict[str, int] = Field(description="How many series each run has that no other has.")


class FoundAlert(BaseModel):
    id: str
    subject: str
    severity: Severity
    state: Literal["firing", "resolved"]
    opened_step: int
    resolved_step: int | None
    parent: str | None
    title: str


class RuleSide(BaseModel):
    verdict: Literal["passing", "pending", "firing", "not_checked"] | None = Field(
        description="How the rule stands; null before the run is judged."
    )
    reason: str
    alerts: list[FoundAlert] = Field(description="At most 5, those that fire first.")


class FindingRow(BaseModel):
    rule: str
    runs: dict[str, RuleSide]


class Comparison(BaseModel):
    runs: list[ComparedRun]
    reading: str = Field(description="What a difference between figures of these runs is one of.")
    caveats: list[CaveatView] = Field(description="What must not be credited to a run, by what is declared.")
    config: DifferencesView
    intent: DifferencesView
    environment: DifferencesView = Field(description="Project, group, tags and host.")
    metrics: MetricsView
    findings: list[FindingRow] = Field(description="The rules that found something in any of the runs.")
