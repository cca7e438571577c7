"""lineside: stream a training run to a lineside service.

    import lineside

    run = lineside.init(project="distillation", config={"lr": 3e-5})
    for step in range(1000):
        lineside.log({"train/loss": loss}, step=step)

`run`, `config` and `summary` are those of the current run, so that `import lineside as wandb` works.
"""

from typing import TYPE_CHECKING, Any

from ._current import (
    alert,
    checkpoint,
    define_metric,
    epoch,
    finish,
    log,
    log_losses,
    nonfinite,
    note,
    print_line,
    system,
    update_config,
    update_intent,
    watch,
)
from ._intent import Intent, Loss, Phases, Schedule, Target
from ._run import Run
from ._session import current as _current
from ._session import init
from ._session import session as _session
from ._version import __version__

if TYPE_CHECKING:
    from ._config import Config, Summary

    run: Run | None
    config: Config
    summary: Summary

__all__ = [
    "Intent",
    "Loss",
    "Phases",
    "Run",
    "Schedule",
    "Target",
    "__version__",
    "alert",
    "checkpoint",
    "config",
    "define_metric",
    "epoch",
    "finish",
    "init",
    "log",
    "log_losses",
    "nonfinite",
    "note",
    "print_line",
    "run",
    "summary",
    "system",
    "update_config",
    "update_intent",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name == "run":
        current = _session.current
        return None if current is None or current.state == "finished" else current
    if name in ("config", "summary"):
        return getattr(_current(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
