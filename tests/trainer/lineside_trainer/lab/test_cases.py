"""The runs of the lab: long enough to be judged, every fault in a setting that shows it."""

from __future__ import annotations

import pytest

from lineside_trainer.config import ConfigError
from lineside_trainer.faults.catalogue import CATALOGUE
from lineside_trainer.lab.cases import HEALTHY, SETTINGS, Case, cases
from lineside_trainer.schedule import Plan


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_gives_200_updates_and_8_evaluations_after_the_warmup(name: str) -> None:
    config = SETTINGS[name]
    plan = Plan.of(config, config.max_train_tokens // config.sequence_length)
    assert plan.total_updates >= 200
    assert plan.total_batches // config.eval_every >= 8
    assert config.lr_scheduler.warmup(plan.total_updates) <= 40


def test_all_is_every_fault_and_healthy_runs_of_each_seed_under_names_of_their_own() -> None:
    made = cases("all", 2)
    assert {case.fault for case in made} == {None, *CATALOGUE}
    assert len({case.name for case in made}) == len(made)
    assert {case.seed for case in made} == {0, 1}
    first = [case for case in made if case.seed == 0]
    assert made[: len(first)] == first  # a lab that is cut short has whole seeds
    assert len({case.setting for case in made if case.fault is None and case.declared}) == len(HEALTHY) >= 3
    assert any(not case.declared for case in made)


def test_a_name_is_its_runs_alone() -> None:
    assert [case.name for case in cases("hang", 2)] == ["hang-0", "hang-1"]
    assert {case.fault for case in cases("healthy", 1)} == {None}
    with pytest.raises(ConfigError, match="There is no fault everything"):
        cases("everything", 1)


def test_accumulation_shows_where_the_fault_is_a_matter_of_it() -> None:
    for name in ("schedule-in-batches", "stepped-per-batch", "divided-by-accumulation"):
        assert cases(name, 1)[0].config.gradient_accumulation_steps == 4


def test_a_case_trains_in_its_seed_and_with_a_fresh_fault() -> None:
    case = Case("single", SETTINGS["single"], "memory-leak", 3)
    assert case.config.seed == 3
    assert case.made() is not case.made()
    assert Case("plain", SETTINGS["plain"], declared=False).name == "healthy-plain-undeclared-0"
