"""Begins to watch what was passed to `watch`, or says why it cannot."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Any

from ._exit import last_line
from ._values import as_step
from ._watch import Carries, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

_WRAPPERS = 4  # of an optimizer, one in the other


def watch_in(  # noqa: PLR0913 - what a user may pass
    run: Carries,
    model: Any,
    optimizer: Any = None,
    scheduler: Any = None,
    *,
    scaler: Any = None,
    left_out: Iterable[str] = (),
    clock: Callable[[], float] = time.perf_counter,
) -> Watch:
    """Return a handle in any case; where nothing can be watched it watches nothing."""
    if names := ", ".join(left_out):
        run.complain("watch arguments", f"watch() does not know {names}; left out.")
    watch = Watch(run)
    try:
        models = _models(model)
        known = [each for each in run.watches if any(one is other for one in each.models for other in models)]
        optimizers = _optimizers(run, optimizer) or _optimizers(run, getattr(scheduler, "optimizer", scheduler))
        if known:
            watch = known[0]
        else:
            watch.start(sys.modules["torch"], models, clock)
        watch.listen(scaler)
        watch.follow(optimizers)
    except Exception as error:  # noqa: BLE001 - training goes on without these figures
        watch.remove()
        said = str(error) if isinstance(error, TypeError) else last_line(error)
        run.complain("watch", f"watch() watches nothing: {said}")
    return watch


def log_watched(
    run: Carries, values: object, step: Any, log: Callable[[Mapping[str, float], int | None], None]
) -> None:
    """Log what is new of a run's watches with a call of log(), by `log` and at the step of that call."""
    try:
        at = None if step is None else as_step(step)
    except Exception:  # noqa: BLE001 - a tensor may refuse to be a number in any way
        return  # the call is refused, and these figures wait for the next
    for watch in list(run.watches):
        try:
            if figures := watch.take(values):
                log(figures, at)
        except Exception as error:  # noqa: BLE001 - training goes on whatever this was
            run.complain("watch log", f"The figures of watch() are left out: {last_line(error)}")


def unwatch(run: Carries) -> None:
    """End all watches of a run."""
    for watch in list(run.watches):
        with contextlib.suppress(Exception):  # what holds the hooks is not ours
            watch.remove()


def _models(model: Any) -> list[Any]:
    """Return the modules; TypeError if there is anything else."""
    models = list(model) if isinstance(model, list | tuple) else [model]
    torch: ModuleType | None = sys.modules.get("torch")
    for each in models:
        if torch is None or not isinstance(each, torch.nn.Module):
            raise TypeError(f"it takes a PyTorch module, not {type(each).__name__}.")
    if not models:
        raise TypeError("it takes a PyTorch module, not an empty list.")
    if not hasattr(getattr(torch, "compiler", None), "is_compiling"):
        raise TypeError(f"it takes PyTorch 2.6 or later, not {getattr(torch, '__version__', 'this one')}.")
    return models


def _optimizers(run: Carries, given: Any) -> list[Any]:
    """Return the torch optimizers among what was given, out of their wrappers; the rest is said."""
    kind = sys.modules["torch"].optim.Optimizer
    found = []
    for each in given if isinstance(given, list | tuple) else [given]:
        inner = each
        for _ in range(_WRAPPERS):
            wrapped = getattr(inner, "optimizer", None)
            if wrapped is None:
                break
            inner = wrapped
        if isinstance(inner, kind):
            found.append(inner)
        elif each is not None:
            run.complain("watch optimizer", f"{type(each).__name__} is no PyTorch optimizer; watch() leaves it out.")
    return found
