"""Alerts and checks as rows of their tables, and back."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import numpy as np
from sqlalchemy import RowMapping

from lineside_server.core.findings import Alert, Check, Finding, Level
from lineside_server.store.connect import dump_json

# What people set of an alert; judging it anew leaves that alone.
PEOPLES: Final = ("acknowledged", "silenced_until")
_SAME: Final = ("rule", "parent", "subject", "state", "opened_step", "last_step", "resolved_step", "reason", *PEOPLES)
_TEXTS: Final = ("rule", "subject", "reason")


def row_of(alert: Alert) -> dict[str, Any]:
    fields = {name: getattr(alert, name) for name in _SAME}
    fields |= {name: text(fields[name]) for name in _TEXTS if fields[name] is not None}
    return fields | {
        "run_id": alert.run_id,
        "alert_id": alert.id,
        "level": int(alert.level),
        "opened_at": moment(alert.opened_at),
        "resolved_at": None if alert.resolved_at is None else moment(alert.resolved_at),
        "finding": plain(alert.finding),
    }


def alert_of(row: RowMapping | Mapping[str, Any]) -> Alert:
    return Alert(
        id=row["alert_id"],
        run_id=row["run_id"],
        level=Level(row["level"]),
        opened_at=row["opened_at"],
        resolved_at=row["resolved_at"],
        finding=msgspec.convert(row["finding"], Finding, strict=False),  # a figure may be there by its name
        **{name: row[name] for name in _SAME},
    )


def checks_of(stored: Any) -> list[Check]:
    return msgspec.convert(stored, list[Check])


def plain(value: object) -> Any:
    """What a JSON column gives back of the value: non-finite figures by name, numpy's as Python's."""
    return json.loads(dump_json(msgspec.to_builtins(value, str_keys=True, enc_hook=_of_numpy)))


def moment(at: float) -> float:
    """SQLite would store NULL for a time that is no number."""
    return at if math.isfinite(at) else 0.0


def text(told: str) -> str:
    """PostgreSQL has no NUL in texts."""
    return told.replace("\x00", "\ufffd")


def _of_numpy(value: object) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be told in JSON")
