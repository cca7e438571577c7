"""What columns of tables are called that are no series: the step, the time, the length of the run."""

import re
from typing import Final

# In the order in which they are believed, in lower case with _ between words; W&B's `_step` counts calls of its log.
STEPS: Final = (
    "global_step", "trainer/global_step", "train/global_step", "step", "steps", "training_step", "train_step",
    "iteration", "iterations", "iter", "iters", "it", "n_iter", "num_updates", "num_steps", "optimizer_step",
    "update", "updates", "batch", "_step", "epoch", "epochs",
)  # fmt: skip
EPOCHS: Final = frozenset({"epoch", "epochs"})
WALLS: Final = frozenset({
    "ts", "timestamp", "_timestamp", "time_stamp", "time", "wall_time", "walltime", "datetime", "date", "date_time",
    "created_at", "logged_at", "unix_time",
})  # fmt: skip
ELAPSED: Final = frozenset({
    "_runtime", "runtime", "elapsed", "elapsed_time", "elapsed_s", "elapsed_seconds", "relative_time", "time",
    "wall_time", "total_time", "relative_time_(process)", "relative_time_(wall)",
})  # fmt: skip
TOTAL_STEPS: Final = frozenset({
    "total", "total_steps", "max_steps", "total_iterations", "total_iters", "max_iters", "num_training_steps",
})  # fmt: skip
UPDATES: Final = frozenset({"num_updates", "optimizer_step", "update", "updates"})
OF_WANDB: Final = frozenset({"_step", "_runtime", "_timestamp"})
WORD_BREAK: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+")


def words(name: str) -> str:
    """Return a name in lower case, its words parted by _."""
    return WORD_BREAK.sub("_", name.strip()).lower()


def is_epoch(name: str) -> bool:
    return words(name) in EPOCHS
