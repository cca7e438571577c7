"""What each series is for, told from its key and from the declared intent."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from lineside_server.core.intent import Intent

Phase = Literal["train", "eval"]
# Words for the same split; the word of another split behind one of these names an eval set (`eval_train_loss`).
SPLITS: Final = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("eval", "evaluation"), "eval"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    "test": "test",
}
MEASURES: Final = frozenset({"loss", "losses", "acc", "accuracy", "perplexity", "ppl"})
LOSS_GROUPS: Final = frozenset({"loss", "losses"})
OPEN_GROUPS: Final = frozenset({"samples"})  # of DeepSpeed: `Train/Samples/train_loss` is a total all the same

# The first pattern that matches the last part of a key (in lower case, words parted by _) decides.
PATTERNS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (role, re.compile(pattern))
    for role, pattern in (
        ("lr", r"(cur(rent)?_)?(lr|learning_?rate)(_?(group|pg|param_group)?_?\d+)?"),
        ("lr", r"lr_(n?r?adam(_?w)?(_?8bit)?|sgd|lion|rms_?prop|adagrad|adafactor|lamb|muon)(_\d+)?"),
        ("update", r"(optimi[sz]er_)?(update|updates|global_update|num_updates|optimi[sz]er_steps?)"),
        ("epoch", r"epochs?"),
        (
            "tokens",
            r"((num|n|total|input|train|trained|seen|consumed|processed|global)_)*tokens(_(seen|total|consumed|processed|trained|so_far))*",
        ),
        ("loss_scale", r"(loss|grad|amp)_?scale"),
        ("update_ratio", r"(update_(param_)?|update_to_weight_|upd_)ratio|update_over_param"),
        ("grad_norm", r"(global_|total_)?grad(ient)?s?(_l?2(\.0)?)?_?norm(_total)?|gnorm"),
        ("skipped", r"(num_)?(updates?|steps?)_skipped|skipped_(updates?|steps?)"),
        ("trainable", r"trainable(_param(eter)?s?)?"),
        ("changed", r"changed(_param(eter)?s?)?"),
        ("update_norm", r"update_?norm"),
        ("param_norm", r"(param(eter)?s?|weights?)_?norm"),
        (
            "throughput",
            r"(tokens?|tok|samples?|steps?|batches|it|examples?|seq(uence)?s?)_?(per|/)_?s(ec(ond)?)?|throughput|[wut]ps",
        ),
        ("step_time", r"(step|batch|iter(ation)?)_?(time|duration|seconds)(_s|_ms)?|seconds_per_(step|batch)"),
        ("step_time", r"(elapsed_)?time_per_(iteration|step)(_\(?m?s\)?)?"),
        (
            "memory",
            r"(gpu_|cuda_|host_|peak_|max_)*mem(ory)?(_(bytes|mb|gb|allocated|reserved|used|peak))*|rss(_bytes)?",
        ),
        ("perplexity", r"(perplexity|ppl)(_capped)?"),
        ("accuracy", r"(mean_|token_|top\d+_)*acc(uracy)?(_?top_?\d+)?|acc@\d+"),
    )
)
EVAL_ROLES: Final = frozenset({"perplexity", "accuracy"})  # in eval the rest measures the eval itself
TOTALS: Final = frozenset({"loss", "total_loss", "loss_total", "total"})
MEANS: Final = re.compile(r"(avg|average|mean)_(total_)?loss|(total_)?loss_(avg|average|mean)")
COMPONENT: Final = re.compile(r"(.+_)?loss(_.+)?|(kd|kl|ce|nll|mse|lm)(_.+)?|[a-z]*loss_?\d+")
# Said of a loss, but no loss: figures about one, its weights, and its extremes.
ABOUT: Final = re.compile(
    r".*_(weight|coefs?|coefficient|scale|temperature|top_k|norm|rate|ratio|share|gap|time|count|std|var|delta)"
    r"|(best|lowest|min|max|ema|smooth(ed)?|running|moving)_((train|val|valid|eval|test|total)_)*loss"
    r"|(.+_)?loss_(best|min|max|ema|smooth(ed)?|running)"
)
WORD_BREAK: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+")
GROUP_OF_LR: Final = re.compile(r"(.+/)?lr([-_][^/]+)?/(param_?)?(pg|group)?_?\d+")
BEHIND: Final = re.compile(rf"((?:.+_)?loss|acc|accuracy)_({'|'.join(SPLITS)})")  # `loss_val`
LOADER: Final = re.compile(r"dataloader_idx_\d+")
AT_ONCE: Final = re.compile(r"(.+)_(step|epoch)")  # Lightning logs one value by step and its mean by epoch


class Reading(NamedTuple):
    """A key taken apart: `among`: it stands in a group inside its phase; `rhythm`: Lightning's suffix, off `name`."""

    phase: Phase | None
    name: str
    among: bool
    named_set: bool
    rhythm: str


def role_of(key: str, intent: Intent) -> str | None:
    """Return the role of a series, or None for one that has none; a role declared in the intent decides.

    A total is `train.loss` or `eval.loss`, its terms `train.component` or `eval.component`. The loss of one of several
    eval sets is `eval.set_loss` and its terms `eval.set_component`. What is logged beside a value of each step as its
    mean is `train.mean_loss`, `train.mean_component`; what an eval logs by batch is `eval.batch_loss`.
    """
    declared = intent.roles.get(key)
    if declared is not None:
        return declared
    told = _told(key)
    if not isinstance(told, Reading):
        return told
    return _loss_role(told, known=told.name in {_words(loss) for loss in intent.losses})


def roles_of(keys: Iterable[str], intent: Intent) -> dict[str, str]:
    """Return the role of each key that has one."""
    return {key: role for key in keys if (role := role_of(key, intent)) is not None}


@lru_cache(maxsize=1 << 15)
def _told(key: str) -> str | Reading | None:
    """Return the role that the key alone tells, or else how it reads should it be a loss."""
    if GROUP_OF_LR.fullmatch(key.lower()):
        return "lr"
    *groups, name = (_words(part) for part in key.split("/"))
    if groups and groups[-1] in ("weight", "weights"):
        return "weight"
    reading = _read(groups, name)
    whole = f"{reading.name}_{reading.rhythm}" if reading.rhythm else reading.name
    role = _pattern_role(whole)
    if role is None and reading.rhythm and (mean := _pattern_role(reading.name)) in EVAL_ROLES:
        role = mean
    if role is not None:
        return None if reading.phase == "eval" and role not in EVAL_ROLES else role
    return reading if reading.phase is not None else None


def _words(text: str) -> str:
    return WORD_BREAK.sub("_", text.strip()).lower()


def _pattern_role(name: str) -> str | None:
    return next((role for role, pattern in PATTERNS if pattern.fullmatch(name)), None)


def _read(groups: list[str], name: str) -> Reading:
    named_set = bool(groups) and LOADER.fullmatch(name) is not None
    if named_set:
        *groups, name = groups
    if groups and groups[-1] in MEASURES and name in SPLITS:
        groups, name = [name], groups[-1]  # `Loss/train`
    elif not groups and (behind := BEHIND.fullmatch(name)):
        name, groups = behind.group(1), [behind.group(2)]
    phase, split, inner = _phase(groups, name)
    first, _, rest = name.partition("_")
    if rest and split and SPLITS.get(first) == split:
        name = rest
        first, _, rest = name.partition("_")
    if rest and phase == "eval" and first in SPLITS:  # `eval_train_loss`: eval on a part of the training data
        named_set, name = True, rest
    rhythmic = AT_ONCE.fullmatch(name)
    name, rhythm = rhythmic.groups() if rhythmic else (name, "")
    among = any(group not in LOSS_GROUPS | OPEN_GROUPS for group in inner)
    return Reading(phase, name, among, named_set, rhythm)


def _phase(groups: list[str], name: str) -> tuple[Phase | None, str | None, list[str]]:
    """Return the phase, the split that says so, and the groups behind it; a group says it, or the name's beginning."""
    for place, group in enumerate(groups):
        if (split := SPLITS.get(group)) is not None:
            return "train" if split == "train" else "eval", split, groups[place + 1 :]
    if groups:
        return ("train", None, groups) if groups[0] in LOSS_GROUPS else (None, None, groups)
    first, _, rest = name.partition("_")
    split = SPLITS.get(first) if rest else None
    return "train" if split in (None, "train") else "eval", split, []


def _loss_role(reading: Reading, *, known: bool) -> str | None:
    """Return the role of a loss, None where it is none; `known`: the intent names it as a term."""
    mean = MEANS.fullmatch(reading.name) is not None
    total = reading.name in TOTALS or mean
    if not (total or known) and (ABOUT.fullmatch(reading.name) or not COMPONENT.fullmatch(reading.name)):
        return None
    if reading.phase == "eval":
        if reading.rhythm == "step":
            return "eval.batch_loss"
        one_of_several = reading.named_set or reading.among
        return f"eval.{'set_' if one_of_several else ''}{'loss' if total else 'component'}"
    beside = mean or reading.rhythm == "epoch"
    return f"train.{'mean_' if beside else ''}{'loss' if total and not reading.among else 'component'}"
