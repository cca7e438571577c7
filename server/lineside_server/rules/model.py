"""What a rule is: it looks at each new stretch of a run and gives readings; a machine makes alerts of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from lineside_server.core.events import F64, I64, StoredEvent
from lineside_server.core.facts import Facts
from lineside_server.core.findings import Finding, Verdict
from lineside_server.core.schedules import updates_of
from lineside_server.rules.tape import Points, Track

Levels = NDArray[np.int8]
ALL: Final = "run"  # the subject of a rule that has only one


@dataclass(frozen=True, slots=True)
class Hold:
    """How long a breach must last until it fires, and how long it must be gone until it is resolved.

    Both count points of the reading, steps, and seconds of the data; all three must be reached.
    """

    points: int = 1
    steps: int = 0
    seconds: float = 0.0
    keep_points: int = 1
    keep_steps: int = 0
    keep_seconds: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """How a subject stood at each of n new points, in step order: `levels` (n,) are of Level, 0 where all is well.

    `tell(i)` makes the finding as of the i-th of these points; it is called for few of them, during `observe`'s round.
    `hold` overrides the rule's own for this reading.
    """

    subject: str
    steps: I64
    times: F64
    levels: Levels
    tell: Callable[[int], Finding]
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a rule that does not fire stands: it passes, or is not checked, and why."""

    verdict: Verdict
    reason: str


def passing(reason: str) -> Standing:
    return Standing("passing", reason)


def not_checked(reason: str) -> Standing:
    """`reason` says what is missing and, where a line of code would bring it, that line."""
    return Standing("not_checked", reason)


@dataclass(slots=True, eq=False)
class Scene:
    """A stretch of a run as rules see it: the tracks hold the past and, from `fresh` on, what is new.

    All that happened up to `to_step` is known and nothing later; a key that is in `tracks` had its first point at or
    before the stretch began or in its first step. Rules must say of a step only what was knowable then: the same
    points cut into other stretches must give the same readings.
    """

    facts: Facts
    tracks: Mapping[str, Track]
    from_step: int
    to_step: int
    events: Sequence[StoredEvent] = ()
    ended: bool = False
    by_role: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    memo: dict[Hashable, Any] = field(default_factory=dict)  # what one rule worked out of this stretch, for others

    def of(self, role: str) -> list[Track]:
        """Return the series of a role, the plainest name first."""
        return [self.tracks[key] for key in self.by_role.get(role, ())]

    def one(self, role: str) -> Track | None:
        """Return the series that stands for a role: the plainest name, None where no series has it."""
        keys = self.by_role.get(role, ())
        return self.tracks[keys[0]] if keys else None

    def updates(self, steps: I64) -> I64:
        """Return the update (n,) that each step (n,) belongs to."""
        logged = self.one("update")
        past: Points | None = logged.all if logged is not None else None
        return updates_of(self.facts.intent, steps, None if past is None else (past.steps, past.values))


@dataclass(frozen=True, slots=True)
class Silence:
    """After `step`, by the server's clock: how long no point came, and how long no word at all, in seconds."""

    step: int
    at: float
    points_s: float
    word_s: float


class Rule(ABC):
    """One rule at work on one run; `state` is a dataclass of numbers, texts, lists and dicts, kept over restarts.

    Subclasses name their defaults in a frozen dataclass `Params` (each field a parameter that users may change) and
    take an instance of it.
    """

    id: ClassVar[str]
    title: ClassVar[str]  # what it looks for, in a few words
    family: ClassVar[str]  # declared, numerics, learning, system, or user
    Params: ClassVar[type]
    State: ClassVar[type]
    hold: Hold = Hold()

    def __init__(self, params: Any = None) -> None:
        self.params: Any = self.Params() if params is None else params
        self.state: Any = self.State()

    @property
    def mark(self) -> str:
        """What tells it from the same rule with other parameters, over restarts too."""
        return f"{type(self).__qualname__} {self.id} {self.params} {self.hold}"

    @abstractmethod
    def observe(self, scene: Scene) -> Iterable[Reading]:
        """Give the readings of a stretch: called once for each, in order."""

    @abstractmethod
    def standing(self, scene: Scene) -> Standing:
        """Say how it stands as of the end of the scene when nothing is firing or pending."""

    def overdue(self, silence: Silence) -> Reading | None:  # noqa: ARG002 - for rules that judge silence
        """Return a reading of the present moment where nothing has come for too long."""
        return None

    def watches(self, facts: Facts) -> frozenset[str]:  # noqa: ARG002 - for rules that need it
        """Return keys without a role that this rule looks back on."""
        return frozenset()

    def save(self) -> Any:
        return msgspec.to_builtins(self.state)

    def load(self, saved: Any) -> None:
        self.state = msgspec.convert(saved, self.State)


def levels_of(n: int) -> Levels:
    """Return n levels of nothing."""
    return np.zeros(n, np.int8)


@dataclass
class NoState:
    """For rules that remember nothing but the windows."""
