"""The shapes of the rule book, so that /openapi.json is true."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lineside_server.api.alert_schemas import Severity
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


class RulePage(BaseModel):
    items: list[RuleView]
    next: str | None
    version: str = Field(description="Changes when any rule does.")


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


class Trial(BaseModel):
    run: str
    would_have_fired: list[Firing]


class TrialPage(BaseModel):
    items: list[Trial]
    next: str | None
