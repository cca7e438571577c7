"""The shapes of the rule book, so that /openapi.json is true."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lineside_server.api.alert_schemas import AlertView, Severity
from lineside_server.rules.definition import RULE_ID, RuleTold, ScopeTold

RuleId = Annotated[str, Field(pattern=RULE_ID)]


class RuleView(BaseModel):
    id: str
    kind: Literal["built-in", "own"]
    family: str
    title: str
    source: Literal["catalogue", "file", "service"] = Field(
        description="Where it says what it says; what stands in the rules file cannot be changed over REST."
    )
    enabled: bool
    severity: Severity | None = Field(description="null: the rule's own grading.")
    scope: ScopeTold = Field(
        description="The runs that this entry holds for; a built-in rule stands as it comes in others."
    )
    params: dict[str, Any]
    defaults: dict[str, Any]
    definition: dict[str, Any] | None = Field(description="Of a rule of the user's own.")
    updated_at: float | None


class Standing(BaseModel):
    """In how many live runs a rule passes, and so on; runs that it does not look at are in none of them."""

    passing: int
    pending: int
    firing: int
    not_checked: int


class RuleRow(RuleView):
    standing: Standing = Field(Standing(passing=0, pending=0, firing=0, not_checked=0), description="With `standing`.")


class MuteView(BaseModel):
    """A rule that is told to nobody in the runs of a project."""

    rule: str
    project: str
    by: str | None
    at: float
    until: float | None = Field(description="When it ends by itself; null: when somebody ends it.")


class OneRule(RuleView):
    about: dict[str, str] = Field(description="What docs/rules.md says under each lead, such as `Fires when`.")
    mutes: list[MuteView] = Field(description="The projects for which it is muted now.")


class RulePage(BaseModel):
    items: list[RuleRow]
    next: str | None
    version: str = Field(description="Changes when any rule does.")
    live_runs: int = Field(0, description="With `standing`: how many runs are live, judged or not.")


class RunStandingView(BaseModel):
    run: str
    name: str
    project: str
    through_step: int | None = Field(description="The step through which the run is judged.")
    verdict: Literal["passing", "pending", "firing", "not_checked"] | None = Field(
        description="null: the rule does not look at this run, or it was not judged yet."
    )
    reason: str | None
    broken: str | None = Field(description="The error of a rule that failed.")
    alerts: list[AlertView] = Field(description="Those that are firing.")


class StandingPage(BaseModel):
    items: list[RunStandingView]
    next: str | None


class RuleTried(RuleTold):
    id: RuleId = "own"


class TrialIn(BaseModel):
    """A rule of the book by its id, or one as it is to be put there; and the runs to try it on."""

    model_config = ConfigDict(extra="forbid")

    rule: RuleId | RuleTried
    runs: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=100)]


class Firing(BaseModel):
    subject: str
    step: int
    severity: Severity
    title: str
    resolved_step: int | None
    keys: list[str] = Field(description="The series that it was seen in.")


class Trial(BaseModel):
    run: str
    would_have_fired: list[Firing]


class TrialPage(BaseModel):
    items: list[Trial]
    next: str | None
