"""The list of faults: names, words, and expectations that the rules can meet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lineside_trainer.config import ConfigError
from lineside_trainer.faults.catalogue import CATALOGUE, ENTRIES, Entry, find, listing
from lineside_trainer.faults.seam import Fault, TimedFault

# The ids of the rules, as their catalogue has them.
RULES = {
    "lr-schedule",
    "lr-exhausted",
    "lr-stuck",
    "lr-peak",
    "step-accounting",
    "train-eval-scale",
    "initial-loss",
    "loss-sum",
    "loss-share",
    "impossible-value",
    "nonfinite",
    "nonfinite-masked",
    "skipped-steps",
    "loss-spike",
    "divergence",
    "grad-norm",
    "no-learning",
    "eval-frozen",
    "no-op-update",
    "overfitting",
    "plateau",
    "off-target",
    "throughput",
    "memory-growth",
    "stall",
    "resume-jump",
    "instrument",
}
CAUSES = {
    "weights-not-in-eval",
    "eval-one-term",
    "accumulation-scale",
    "temperature-squared",
    "sum-not-mean",
    "top-k-in-training-only",
    "generalisation-gap",
    "training-only-noise",
}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_an_entry_names_rules_and_causes_that_exist(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.name)
    assert {*entry.raises, *entry.follows} <= RULES
    assert not {*entry.raises} & {*entry.follows}
    assert entry.cause is None or entry.cause in CAUSES
    assert (entry.cause is not None) == ("train-eval-scale" in entry.raises)
    fault = entry.at(None)
    assert type(fault) is not Fault
    assert isinstance(fault, TimedFault) == (entry.seen == "step" or entry.name == "scheduler-stops")
    assert entry.at(None) is not fault


def test_every_name_is_one_fault() -> None:
    assert len(CATALOGUE) == len(ENTRIES)


def test_an_unknown_name_gets_a_hint() -> None:
    message = r"^There is no fault unweighted-evals; --fault list names them\. Did you mean unweighted-eval\?$"
    with pytest.raises(ConfigError, match=message):
        find("unweighted-evals")


def test_a_step_is_for_faults_that_begin() -> None:
    timed = find("hang").at(12)
    assert isinstance(timed, TimedFault)
    assert timed.at == 12
    with pytest.raises(ConfigError, match=r"^The fault stale-eval is there from the start; leave --fault-at out\.$"):
        find("stale-eval").at(12)


def test_the_listing_has_a_line_for_each() -> None:
    lines = listing().splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOGUE)
    assert "-> lr-schedule" in lines[0]
    assert next(line for line in lines if line.startswith("bad-batch ")).endswith("nothing above info")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_documentation_has_its_line(entry: Entry) -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "trainer.md").read_text(encoding="utf-8")
    raises = ", ".join(f"`{rule}`" for rule in entry.raises) or "nothing above info"
    assert f"| `{entry.name}` | {entry.about} | {raises} |" in page
