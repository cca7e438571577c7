"""Events that are no metrics: what each kind must say, and in which form it is kept."""

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from lineside_server.ingest.numbers import NAMED, RefusedError, step_of, value_of

Body = dict[str, Any]
_ACTIONS: Final = ("clamped_to_zero", "skipped_step", "filtered", "raised", "none")
_ENDS: Final = ("finished", "failed", "stopped")
_DEPTH: Final = 64
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@lru_cache(maxsize=1 << 15)
def key_fault(key: object, longest: int = 256) -> str | None:
    """What is wrong with the key of a series."""
    if not isinstance(key, str):
        return "a key must be a string"
    if not 1 <= len(key) <= longest:
        return f"a key has 1 to {longest} characters"
    return "a key has no control characters" if _UNFIT.search(key) else None


def body_of(kind: str, event: dict[Any, Any]) -> Body:
    """The checked fields beside type, step and ts. RefusedError says what is missing or wrong."""
    body = {key: plain(value) for key, value in event.items() if key not in {"type", "step", "ts"}}
    if not all(isinstance(key, str) for key in body):
        raise RefusedError("the names of fields must be strings")
    return KINDS[kind](body)


def plain(value: object, depth: int = 0) -> Any:
    """The value if it can be told in JSON, non-finite numbers by name."""
    if depth > _DEPTH:
        raise RefusedError("it is nested too deeply")
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else named(value)
        case str():
            return _text(value)
        case list():
            return [plain(part, depth + 1) for part in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {_text(key): plain(part, depth + 1) for key, part in value.items()}
    raise RefusedError(f"{type(value).__name__} cannot be told in JSON")


def named(value: float) -> str:
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RefusedError("a text is not valid Unicode") from None
    return value


def _need(body: Body, name: str, kind: type | tuple[type, ...], words: str) -> Any:
    if not isinstance(body.get(name), kind) or isinstance(body[name], bool):
        raise RefusedError(f"{name} must be {words}")
    return body[name]


def _nonfinite(body: Body) -> Body:
    fault = key_fault(_need(body, "component", str, "a string"))
    if fault:
        raise RefusedError(f"component: {fault}")
    if body.get("value") not in NAMED:
        raise RefusedError("value must be nan, inf or -inf")
    return body | {"action": _one_of(body.get("action", "none"), _ACTIONS, "action")}


def _system(body: Body) -> Body:
    values = _need(body, "values", dict, "an object")
    for key, value in values.items():
        fault = key_fault(key)
        if fault:
            raise RefusedError(fault)
        if value is not None:
            value_of(value)
    return body


def _texts(name: str, level: str | None = None) -> Callable[[Body], Body]:
    """A kind whose one needed field is a text; with a level where it has one."""

    def check(body: Body) -> Body:
        _need(body, name, str, "a string")
        if level is None:
            return body
        return body | {"level": _need({"level": level} | body, "level", str, "a string").lower()}

    return check


def _epoch(body: Body) -> Body:
    _need(body, "epoch", (int, float), "a number")
    return body


def _gap(body: Body) -> Body:
    _need(body, "records", int, "a whole number")
    for name in ("from_step", "to_step"):
        if body.get(name) is not None:
            step_of(body[name])
    return body


def _declaration(name: str) -> Callable[[Body], Body]:
    """The declared fields stand under the name of the kind, or are the event's own."""

    def check(body: Body) -> Body:
        return {name: _need(body, name, dict, "an object") if name in body else body}

    return check


def _heartbeat(body: Body) -> Body:
    return body


def _finish(body: Body) -> Body:
    if body.get("error") is not None:
        _need(body, "error", str, "a string")
    return body | {"status": _one_of(body.get("status"), _ENDS, "status")}


def _one_of(value: object, allowed: tuple[str, ...], name: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise RefusedError(f"{name} must be one of {', '.join(allowed)}")
    return value


KINDS: Final[dict[str, Callable[[Body], Body]]] = {
    "nonfinite": _nonfinite,
    "system": _system,
    "note": _texts("text"),
    "checkpoint": _texts("path"),
    "epoch": _epoch,
    "log": _texts("text", level="info"),
    "alert": _texts("title", level="warning"),
    "gap": _gap,
    "config": _declaration("config"),
    "intent": _declaration("intent"),
    "heartbeat": _heartbeat,
    "finish": _finish,
}
