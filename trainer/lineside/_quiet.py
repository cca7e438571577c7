"""Keeps every fault of the client's own out of the training loop."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")


class Complains(Protocol):
    def complain(self, topic: str, sentence: str) -> None: ...


_S = TypeVar("_S", bound=Complains)


def quiet(method: Callable[Concatenate[_S, _P], None]) -> Callable[Concatenate[_S, _P], None]:
    """Turn an exception in a method into a sentence, said once."""

    @functools.wraps(method)
    def wrapper(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - training goes on whatever this was
            self.complain(method.__name__, f"{method.__name__}() failed: {type(error).__name__}: {error}")

    return wrapper
