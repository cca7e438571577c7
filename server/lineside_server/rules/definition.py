"""What may be said of a rule, over REST and in the rules file alike, and what is wrong with it in words."""

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lineside_server.core.findings import Level
from lineside_server.core.rulebook import Entry, Scope, Source
from lineside_server.rules.model import Hold, Rule
from lineside_server.rules.own import OwnParams
from lineside_server.rules.tape import KEPT

RULE_ID: Final = r"^[a-z0-9][a-z0-9._-]{0,63}$"
Fault = tuple[str, str]  # the place, and what is wrong there
Key = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
Count = Annotated[int, Field(ge=1, le=10**12)]
Seconds = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
_SHARED: Final = frozenset({"enabled", "scope", "severity"})
_USUAL_WINDOW: Final = 16  # points


class RuleFaultError(Exception):
    """What is wrong with a rule, place by place."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{place}: {fault}" if place else fault for place, fault in faults))
        self.faults = list(faults)


class ScopeTold(BaseModel):
    """Which runs: all that is named must apply; empty means every run."""

    model_config = ConfigDict(extra="forbid")

    project: Text | None = None
    tag: Text | None = None
    run: Text | None = None


class Span(BaseModel):
    """How long: so many steps, evals (points of the metric) and seconds of the data, all that are named."""

    model_config = ConfigDict(extra="forbid")

    steps: Count | None = None
    evals: Count | None = None
    seconds: Seconds | None = None


class RuleTold(BaseModel):
    """A built-in rule's parameters, or a rule of the user's own: then there is a `metric`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    enabled: bool = True
    scope: ScopeTold = ScopeTold()
    severity: Literal["info", "warning", "critical"] | None = Field(
        None, description="What each finding counts as, instead of the rule's own grading; of an own rule: warning."
    )
    params: dict[str, Any] | None = Field(None, description="Of a built-in rule; what is left out stays as it comes.")
    title: Text | None = Field(None, description="Of an own rule: what its alerts are called.")
    metric: Key | None = Field(None, description="The series that an own rule looks at.")
    over: Key | None = Field(None, description="A second series: the first is divided by it.")
    reduce: Literal["last", "mean", "median", "min", "max", "slope", "share"] = "last"
    window: Annotated[int, Field(ge=1, le=KEPT)] | None = Field(None, description="Points that are reduced to one.")
    op: Literal["<", "<=", ">", ">=", "==", "!="] | None = None
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    absent: bool = Field(default=False, description="Fires when the metric has not come `for` so long.")
    for_: Span = Field(Span(), alias="for", description="How long a breach lasts until the rule fires.")
    keep: Span = Field(Span(), description="How long it must be gone until the alert is resolved.")


def entry_of(rule_id: str, told: RuleTold, catalogue: Sequence[type[Rule]], source: Source = "service") -> Entry:
    """RuleFaultError says what is wrong."""
    if not re.fullmatch(RULE_ID, rule_id):
        raise RuleFaultError([("id", "a rule's id is 1 to 64 lower-case letters, digits and the signs . _ -")])
    built_in = next((rule for rule in catalogue if rule.id == rule_id), None)
    said = told.model_dump(by_alias=True, exclude_defaults=True)
    if built_in is None:
        if told.metric is None:
            raise RuleFaultError([("metric", f"there is no built-in rule {rule_id}, and a rule of your own has one")])
        if told.params is not None:
            raise RuleFaultError([("params", "only built-in rules have them")])
        if faults := _own_faults(told):
            raise RuleFaultError(faults)
    else:
        params_of(built_in, told.params or {})
        if foreign := sorted(said.keys() - _SHARED - {"params"}):
            fault = f"the built-in rule {rule_id} has none: it takes enabled, params, scope and severity"
            raise RuleFaultError([(name, fault) for name in foreign])
    definition = {name: value for name, value in said.items() if name not in ("enabled", "scope")}
    scope = Scope(**told.scope.model_dump())
    return Entry(rule_id, "own" if built_in is None else "built-in", definition, told.enabled, scope, source)


def params_of(rule: type[Rule], told: Mapping[str, Any]) -> Any:
    """The parameters of a built-in rule with what is told of them. RuleFaultError: an unknown one, or no such value."""
    known = [field.name for field in dataclasses.fields(rule.Params)]
    if unknown := sorted(told.keys() - set(known)):
        named = ", ".join(known) or "none"
        raise RuleFaultError([(f"params.{name}", f"the rule {rule.id} has these: {named}") for name in unknown])
    if odd := [name for name, value in told.items() if isinstance(value, float) and not math.isfinite(value)]:
        raise RuleFaultError([(f"params.{name}", "a parameter is a finite number") for name in odd])
    try:
        return msgspec.convert(dict(told), rule.Params)
    except msgspec.ValidationError as fault:
        what, _, place = str(fault).partition(" - at `$")
        raise RuleFaultError([(f"params{place.rstrip('`')}", what)]) from fault


def own_params(definition: Mapping[str, Any]) -> OwnParams:
    """What a stored definition of a rule of the user's own says."""
    told = RuleTold.model_validate(definition)
    assert told.metric is not None, "else it would be none of the user's own"
    usual = 1 if told.reduce == "last" else _USUAL_WINDOW
    return OwnParams(
        metric=told.metric,
        over=told.over,
        reduce=told.reduce,
        window=1 if told.reduce == "last" else told.window or usual,
        op=told.op,
        value=told.value,
        absent_steps=(told.for_.steps or 0) if told.absent else 0,
        absent_seconds=(told.for_.seconds or 0.0) if told.absent else 0.0,
        level=int(Level[(told.severity or "warning").upper()]),
        title=told.title,
        hold=_hold(Span() if told.absent else told.for_, told.keep),
    )


def faults_of(failure: ValidationError) -> list[Fault]:
    return [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in failure.errors()]


def _hold(wait: Span, keep: Span) -> Hold:
    return Hold(
        wait.evals or 1, wait.steps or 0, wait.seconds or 0.0, keep.evals or 1, keep.steps or 0, keep.seconds or 0.0
    )


def _own_faults(told: RuleTold) -> list[Fault]:
    return [(place, fault) for fails, place, fault in (_absence if told.absent else _comparison)(told) if fails]


def _absence(told: RuleTold) -> list[tuple[bool, str, str]]:
    """Whether each thing that may be wrong with a rule on what is absent is, where, and what."""
    nothing = "a rule on what is absent compares nothing: leave it out"
    return [
        (told.op is not None, "op", nothing),
        (told.value is not None, "value", nothing),
        (told.over is not None, "over", nothing),
        (not told.for_.steps and not told.for_.seconds, "for", "say for how many steps or seconds it may be absent"),
        (bool(told.for_.evals), "for.evals", "what is absent has no evals: say steps or seconds"),
    ]


def _comparison(told: RuleTold) -> list[tuple[bool, str, str]]:
    """The same of a rule that compares."""
    return [
        (told.op is None, "op", "say what it is compared with: op and value"),
        (told.value is None, "value", "say what it is compared with: op and value"),
        (told.reduce == "share" and told.over is None, "over", "a share is one of something: name it in over"),
        (told.reduce == "slope" and told.over is not None, "over", "a slope over another series means nothing"),
        (told.reduce == "slope" and told.window == 1, "window", "a slope takes a window of 2 points at least"),
        (told.reduce == "last" and (told.window or 1) > 1, "window", "the last value has no window"),
    ]
