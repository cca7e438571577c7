"""What a declared path defines: the losses, those of training or of eval alone, or how much training a step is."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from lineside_server.core.differences import Differences
from lineside_server.core.scales import SIZES, is_distilled

About = Literal["loss", "train", "eval", "step"]
Section = Literal["config", "intent"]
SPLIT: Final = r"(eval(uation)?|val|valid(ation)?|dev|test)"
DATA: Final = r"(data|data_?sets?|data_(path|dir|files?)|split|subset|files?|path|dir|corpus)"
LENGTHS: Final = SIZES["tokens of a sequence"]

# A name anywhere in a path, in lower case, says what the path defines; the first that matches decides.
PATTERNS: Final[tuple[tuple[About, str], ...]] = (
    ("eval", rf"{SPLIT}_?({DATA}|set|batches|tokens|samples|sequences|examples|size|seed)"),
    ("eval", rf"(max|num|n)_{SPLIT}_(samples|batches|sequences|examples|tokens)"),
    ("train", rf"train(ing)?_?({DATA}|set)|(.*_)?dropout(_.*)?"),
    ("loss", r"losses|(loss|term|component)_?(weights?|coefs?|coefficients?|scales?)|.*_loss_(weight|coef)"),
    ("loss", r"(alpha|lambda|weight)_(kd|kl|ce|lm|mlm|clm|mse|cos|feature|attention|hard|soft)(_loss)?"),
    ("loss", r"loss(_?(fn|func|function|type|name|kind|reduction))?|criterion|reduction|ignore_index"),
    ("loss", r"label_smoothing(_factor)?|focal_gamma|z_loss(_.*)?|tokenizer(_.*)?|vocab_size"),
    ("loss", r"data_?sets?(_(name|config|config_name|path|version|revision|split))?|data_(path|dir|files?)"),
    ("loss", rf"corpus(_.*)?|{'|'.join(sorted(LENGTHS))}"),
)
NAMES: Final = tuple((about, re.compile(pattern)) for about, pattern in PATTERNS)
# These define the losses of a run that learns from a teacher.
TAUGHT: Final = re.compile(
    r"((kd|distill(ation)?|min|max|teacher)_)?temperature|(kd_)?top_k|teacher|teacher_(model|name|path|checkpoint).*"
)
# Of sampling and the like: there a temperature is none of the loss.
ELSEWHERE: Final = re.compile(r"generat(e|ion)(_.*)?|sampl(e|ing|er)(_.*)?|decod(e|ing)(_.*)?")
# How data are fetched, which says nothing about what they are.
FETCHING: Final = re.compile(
    r"(num_)?workers|num_proc|pin_memory|prefetch(_.*)?|persistent_workers|cache(_.*)?|verbose"
)
BATCHES: Final = re.compile(
    r"((per_device|global|micro|total|effective)_)?(train(ing)?_)?(micro_)?batch_size(_per_(gpu|device))?"
)
ACCUMULATIONS: Final = frozenset({"accumulation", "gradient_accumulation_steps", "accumulation_steps", "grad_accum"})


def defined_by(section: Section, path: str, intent: Differences) -> Iterator[About]:
    """Tell what the value at a path defines; most define nothing of these."""
    names = _names(path)
    about = _about_intent(names) if section == "intent" else _about_config(names, intent)
    if about is not None:
        yield about
    if _is_of_steps(names, intent):
        yield "step"


def _about_intent(names: tuple[str, ...]) -> About | None:
    match names:
        case ("losses", *rest):
            return None if rest and rest[-1] == "share" else "loss"  # a share is aimed at; it defines nothing
        case ("components_are" | "temperature" | "roles", *_):
            return "loss"
        case ("differs", *_):
            return "eval"
    return None


def _about_config(names: tuple[str, ...], intent: Differences) -> About | None:
    if any(ELSEWHERE.fullmatch(name) for name in names) or FETCHING.fullmatch(names[-1]):
        return None
    if any(TAUGHT.fullmatch(name) for name in names):
        return "loss" if _may_distil(intent) else None
    return next((about for about, pattern in NAMES if any(pattern.fullmatch(name) for name in names)), None)


def _is_of_steps(names: tuple[str, ...], intent: Differences) -> bool:
    *groups, last = names
    if any(re.fullmatch(SPLIT, group) for group in groups):
        return False
    if last in ACCUMULATIONS:
        return not _counts_batches(intent)
    return last == "step_unit" or last in LENGTHS | SIZES["processes"] or BATCHES.fullmatch(last) is not None


def _may_distil(intent: Differences) -> bool:
    """Whether a loss that compares with a teacher is declared, or no loss is."""
    paths = (_names(path) for side in intent.sides.values() for path in side)
    terms = {names[1] for names in paths if names[0] == "losses" and len(names) > 1}
    return not terms or any(is_distilled(term) for term in terms)


def _counts_batches(intent: Differences) -> bool:
    """Whether every run counts batches: how many make an update then says nothing about a step."""
    return all(side.get("step_unit") == "batch" for side in intent.sides.values())


def _names(path: str) -> tuple[str, ...]:
    parts = re.split(r"\.|\[\d+\]|\[\"|\"\]", path)
    return tuple(part.lower().replace("-", "_") for part in parts if part) or (path.lower(),)
