"""What a run can say beside its figures: losses by name, marks, alerts, declarations."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from ._config import Config, Summary
from ._plain import number, plain
from ._problems import problems
from ._quiet import quiet
from ._redact import redact_text
from ._say import Once, say
from ._values import as_step, scalar, scalar_or_same

if TYPE_CHECKING:
    from ._intent import Intent
    from ._spool import Spool

Action = Literal["clamped_to_zero", "skipped_step", "filtered", "raised", "none"]

_ACTIONS = ("clamped_to_zero", "skipped_step", "filtered", "raised", "none")
_LEVELS = {"warn": "warning", "error": "critical", "debug": "info"}
_LONGEST_TEXT = 65_536


class Teller(ABC):
    """The part of a run that writes events; no method raises into training."""

    def __init__(self, spool: Spool | None, config: Mapping[str, Any], hidden: set[str]) -> None:
        self.config = Config(config, self._tell_config)
        self.summary = Summary({}, self._tell_summary)
        self.intent_problems: list[str] = []
        self.refused = 0  # values and records that could not be logged
        self._spool = spool  # None as soon as nothing more is to be written
        self._hidden = hidden  # secret values that must not leave in texts either
        self._reported: deque[tuple[int | None, str]] = deque(maxlen=64)
        self._metrics: dict[str, Any] = {}
        self._once = Once()

    @abstractmethod
    def log(self, values: Mapping[str, Any], step: int | None = None, commit: bool | None = None) -> None: ...

    @quiet
    def log_losses(
        self,
        step: int | None,
        phase: str = "train",
        raw: Mapping[str, Any] | None = None,
        weights: Mapping[str, Any] | None = None,
        total: Any = None,
    ) -> None:
        """Log loss components as `<phase>/<name>`, weights as `<phase>/weight/<name>`, the total as `<phase>/loss`.

        A component that is not finite is reported by name, unless the caller has just done so.
        """
        parts = {name: scalar_or_same(value) for name, value in (raw or {}).items()}
        whole = scalar_or_same(total)
        bad = {name: value for name, value in parts.items() if _is_nonfinite(value)}
        if not bad and _is_nonfinite(whole):
            bad = {"loss": whole}
        for name, value in bad.items():
            if (step, name) not in self._reported:
                self.nonfinite(step, name, value, "none")
        values = {f"{phase}/{name}": value for name, value in parts.items()}
        values.update({f"{phase}/weight/{name}": value for name, value in (weights or {}).items()})
        if total is not None:
            values[f"{phase}/loss"] = whole
        self.log(values, step)

    @quiet
    def nonfinite(self, step: int | None, component: str, value: Any, action: Action = "none") -> None:
        """Report a NaN or an infinity that the trainer saw, and what it did about it."""
        kind = value if isinstance(value, str) and value in ("nan", "inf", "-inf") else number(scalar(value))
        if not isinstance(kind, str):
            self._refuse("nonfinite", f"nonfinite() was called for {component} with {kind}, which is finite.")
            return
        if action not in _ACTIONS:
            self._refuse("action", f"The action {action!r} is unknown ({', '.join(_ACTIONS)}); 'none' is taken.")
            action = "none"
        self._reported.append((step, component))
        self._event("nonfinite", step=step, component=str(component), value=kind, action=action)

    @quiet
    def note(self, text: str, step: int | None = None) -> None:
        self._event("note", step=step, text=str(text)[:_LONGEST_TEXT])

    @quiet
    def checkpoint(self, path: Any, step: int | None = None) -> None:
        self._event("checkpoint", step=step, path=str(path)[:_LONGEST_TEXT])

    @quiet
    def epoch(self, n: float, step: int | None = None) -> None:
        epoch = scalar(n)
        self._event("epoch", step=step, epoch=int(epoch) if epoch.is_integer() else number(epoch))

    @quiet
    def alert(self, title: str, text: str | None = None, level: Any = "warning", step: int | None = None) -> None:
        """Raise an alert of your own; `level` is info, warning or critical (W&B's words are taken too)."""
        word = str(getattr(level, "value", level)).lower()
        fields: dict[str, Any] = {} if step is None else {"step": step}
        if text is not None:
            fields["text"] = str(text)[:_LONGEST_TEXT]
        self._event("alert", title=str(title)[:_LONGEST_TEXT], level=_LEVELS.get(word, word), **fields)

    @quiet
    def system(self, values: Mapping[str, Any]) -> None:
        """Log gauges of the machine, which are not on the step axis."""
        gauges = {str(key): scalar_or_same(value) for key, value in values.items()}
        self._event("system", values={key: number(value) for key, value in gauges.items() if isinstance(value, float)})

    @quiet
    def print_line(self, text: str, level: str = "info") -> None:
        self._event("log", level=str(level), text=self._without_secrets(str(text)))

    @quiet
    def update_config(self, values: Any) -> None:
        self.config.update(values)

    @quiet
    def update_intent(self, intent: Intent | Mapping[str, Any]) -> None:
        """Declare more, merged over what was declared; what cannot be meant is said and kept in `intent_problems`."""
        found = problems(intent)
        self.intent_problems += found
        for sentence in found:
            say(sentence)
        if isinstance(intent, Mapping):
            self._event("intent", intent=plain(intent, self._hidden))

    @quiet
    def define_metric(self, name: str, *_: Any, **settings: Any) -> None:
        """Take W&B's metric definitions down in the config; the step axis here is always the step."""
        self._metrics[str(name)] = plain(settings, self._hidden)
        self._event("config", config={"_define_metric": dict(self._metrics)})

    def complain(self, topic: str, sentence: str) -> None:
        self._once.say(topic, sentence)

    def _refuse(self, topic: str, sentence: str) -> None:
        self.refused += 1
        self.complain(topic, sentence)

    def _event(self, kind: str, **fields: Any) -> None:
        if self._spool is None:
            self._say_silent()
            return
        if fields.get("step") is not None:
            fields["step"] = as_step(fields["step"])
        self._spool.event({"type": kind, "ts": time.time(), **fields})

    @abstractmethod
    def _say_silent(self) -> None:
        """Say why nothing is written; a disabled run has nothing to say."""

    @quiet
    def _tell_config(self, changed: dict[str, Any]) -> None:
        self._event("config", config=plain(changed, self._hidden))

    @quiet
    def _tell_summary(self, _changed: dict[str, Any]) -> None:
        self._event("config", config={"summary": plain(self.summary, self._hidden)})

    def _without_secrets(self, text: str) -> str:
        return redact_text(text, frozenset(self._hidden))[:_LONGEST_TEXT]


def _is_nonfinite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
