"""The config and the summary of a run, as mappings that tell the run about every change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from ._plain import plain

_Tell = Callable[[dict[str, Any]], None]


class _Told(MutableMapping[str, Any]):
    """Keeps what the user gave; each change is told on."""

    _values: dict[str, Any]
    _tell: _Tell

    def __init__(self, values: Mapping[str, Any], tell: _Tell) -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_tell", tell)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        del self._values[key]  # what was declared stays declared: events only add

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}.") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._values!r})"

    def update(self, *args: Any, **values: Any) -> None:
        """Take over a mapping (or a namespace), keywords, or both; W&B's `allow_val_change` is always true here."""
        values.pop("allow_val_change", None)
        changed = {**_as_dict(args[0] if args else {}), **values}
        self._values.update(changed)
        if changed:
            self._tell(changed)


class Config(_Told):
    """`run.config`: items and attributes; every update is sent as a later declaration."""

    def setdefaults(self, values: Mapping[str, Any]) -> None:
        self.update({key: value for key, value in values.items() if key not in self})


class Summary(_Told):
    """`run.summary`: figures of the whole run; sent as the config's entry `summary`."""


def _as_dict(values: Any) -> dict[str, Any]:
    if isinstance(values, Mapping):
        return {str(key): value for key, value in values.items()}
    if hasattr(values, "__dict__") and not hasattr(values, "to_dict"):
        return dict(vars(values))
    result = plain(values)
    return result if isinstance(result, dict) else {"value": result}


def as_config(values: Any) -> dict[str, Any]:
    """Return the settings in whatever a user hands over: mapping, namespace, dataclass, None."""
    return {} if values is None else _as_dict(values)
