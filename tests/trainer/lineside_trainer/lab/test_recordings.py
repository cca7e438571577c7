"""The recordings that are kept: whole, within their size, and each shows in its figures what its fault is."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from lineside_trainer.faults.catalogue import CATALOGUE, find
from lineside_trainer.schedule import Schedule

RUNS = Path(__file__).resolve().parents[3] / "runs"
LAB = RUNS / "lab"
MANIFEST: list[dict[str, Any]] = json.loads((LAB / "runs.json").read_text(encoding="utf-8"))
MOST_BYTES = 5_000_000
SEEDS = 5


def of(fault: str | None) -> list[Any]:
    return [pytest.param(line["file"], id=line["file"]) for line in MANIFEST if line["fault"] == fault]


@cache
def lines_of(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress((LAB / file).read_bytes()).splitlines()]


def series(file: str, key: str) -> dict[int, float]:
    """Return a series by step, with words for what is not finite as floats."""
    found: dict[int, float] = {}
    for line in lines_of(file):
        if line["type"] == "columns" and key in line["columns"]:
            found |= zip(line["steps"], map(float, line["columns"][key]), strict=True)
    return found


def last_time(line: dict[str, Any]) -> float:
    return float(line["ts"][-1] if isinstance(line["ts"], list) else line["ts"])


def weighted(file: str, phase: str) -> dict[int, float]:
    """Return the total that components and declared weights say, by step."""
    weights = {name: loss["weight"] for name, loss in lines_of(file)[0]["intent"]["losses"].items()}
    parts = {name: series(file, f"{phase}/{name}") for name in weights}
    steps = series(file, f"{phase}/loss")
    return {step: sum(weight * parts[name][step] for name, weight in weights.items()) for step in steps}


def of_totals(file: str, phase: str) -> float:
    """Return the median of the logged total over the total that components and weights say."""
    totals, said = series(file, f"{phase}/loss"), weighted(file, phase)
    return median(totals[step] / said[step] for step in totals)


def eval_over_train(file: str) -> float:
    """Return the median ratio of an evaluation's total to the median of the 50 batches before it."""
    train = series(file, "train/loss")
    ratios = [
        value / median(train[at] for at in train if step - 50 < at <= step)
        for step, value in series(file, "eval/loss").items()
    ]
    return median(ratios[1:])


def declared_rates(file: str) -> dict[int, float]:
    told = lines_of(file)[0]["intent"]["schedule"]
    kind = "constant" if told["kind"] == "constant_with_warmup" else told["kind"]
    schedule, updates = Schedule(kind, told["peak"], told["warmup"], told["total"]), series(file, "update")
    return {step: schedule.at(int(updates.get(step - 1, 0))) for step in series(file, "lr")}


def step_times(file: str, fault: str) -> tuple[float, float]:
    """Return the median time of a step before and after the fault's step."""
    at = next(line["fault_step"] for line in MANIFEST if line["file"] == file and line["fault"] == fault)
    times = series(file, "step_time_s")
    return median(times[step] for step in times if step < at), median(times[step] for step in times if step >= at)


def test_every_fault_is_there_in_five_seeds_and_healthy_runs_in_three_settings() -> None:
    seeds = Counter(line["fault"] for line in MANIFEST if line["fault"])
    assert seeds == dict.fromkeys(CATALOGUE, SEEDS)
    healthy = Counter((line["setting"], line["declared"]) for line in MANIFEST if not line["fault"])
    assert set(healthy.values()) == {SEEDS}
    assert len({setting for setting, declared in healthy if declared}) >= 3
    assert any(not declared for _, declared in healthy)


def test_the_manifest_and_the_folder_agree_and_are_small() -> None:
    assert sorted(path.name for path in LAB.iterdir()) == sorted(["runs.json", *(line["file"] for line in MANIFEST)])
    assert sum(path.stat().st_size for path in RUNS.rglob("*") if path.is_file()) <= MOST_BYTES


@pytest.mark.parametrize("line", MANIFEST, ids=lambda line: line["file"])
def test_a_recording_is_whole_and_its_expectations_are_those_of_the_catalogue(line: dict[str, Any]) -> None:
    start, *events = lines_of(line["file"])
    assert start["type"] == "start"
    assert ("intent" in start) == line["declared"]
    assert start["config"]["seed"] == line["seed"]
    times = [last_time(event) for event in events]
    assert max(later - earlier for earlier, later in zip(times[1:], times, strict=False)) < 5.0
    survives = True
    if line["fault"]:
        told = find(line["fault"])
        assert (line["expected_rules"], line["first_cause"]) == (list(told.raises), told.cause)
        survives = told.survives
    assert survives == (events[-1]["type"] == "finish" and events[-1]["status"] == "finished")


@pytest.mark.parametrize("file", of(None))
def test_a_healthy_run_learns_and_is_evaluated_often(file: str) -> None:
    evals, train = list(series(file, "eval/loss").values()), list(series(file, "train/loss").values())
    assert len(evals) >= 8
    assert evals[-1] < 0.98 * evals[0]
    assert median(train[-30:]) < 0.92 * median(train[:30])
    assert all(map(math.isfinite, train))
    assert 0.8 < eval_over_train(file) < 1.25
    times = list(series(file, "step_time_s").values())[20:]
    thirds = [median(times[place * len(times) // 3 : (place + 1) * len(times) // 3]) for place in range(3)]
    assert max(thirds) < 1.1 * min(thirds)  # nothing else on the machine was recorded as its own slowness
    if "intent" in lines_of(file)[0]:
        assert of_totals(file, "train") == pytest.approx(1.0, rel=1e-5)
        assert series(file, "lr") == declared_rates(file)


@pytest.mark.parametrize("file", of("schedule-in-batches"))
def test_the_rate_of_a_schedule_in_batches_is_a_quarter_in_its_warmup(file: str) -> None:
    rates, declared = series(file, "lr"), declared_rates(file)
    assert [rates[step] / declared[step] for step in range(9, 80)] == pytest.approx([0.25] * 71)
    start = lines_of(file)[0]
    assert start["config"]["lr_scheduler"]["total_steps"] == start["intent"]["total_steps"]
    assert start["intent"]["schedule"]["total"] == -(-start["intent"]["total_steps"] // 4)


@pytest.mark.parametrize("file", of("stepped-per-batch"))
def test_the_rate_stepped_per_batch_is_zero_from_a_quarter_of_the_run_on(file: str) -> None:
    rates = series(file, "lr")
    assert {rates[step] for step in rates if step > len(rates) / 4 + 4} == {0.0}


@pytest.mark.parametrize("file", of("scheduler-never-stepped"))
def test_a_scheduler_never_stepped_leaves_rate_and_weights_where_they_are(file: str) -> None:
    assert set(series(file, "lr").values()) == set(series(file, "update_norm").values()) == {0.0}
    assert len(set(series(file, "eval/loss").values())) == 1


@pytest.mark.parametrize("file", of("lr-thousandfold"))
def test_a_thousandfold_rate_tears_the_run_apart(file: str) -> None:
    losses = list(series(file, "train/loss").values())
    assert max(series(file, "lr").values()) == pytest.approx(3.0, rel=0.01)
    assert max(losses) > 100 * losses[0]


@pytest.mark.parametrize(
    ("name", "action"), [("clamped", "clamped_to_zero"), ("filtered", "filtered"), ("raised", "raised")]
)
def test_a_nan_is_reported_with_what_was_done(name: str, action: str) -> None:
    for line in [line for line in MANIFEST if line["fault"] == f"nan-{name}"]:
        told = [event for event in lines_of(line["file"]) if event["type"] == "nonfinite"]
        assert [(each["step"], each["component"], each["action"]) for each in told] == [
            (line["fault_step"], "lm_loss", action)
        ]


@pytest.mark.parametrize("file", of("nan-masked"))
def test_a_masked_nan_is_one_exact_zero(file: str) -> None:
    assert [step for step, value in series(file, "train/lm_loss").items() if value == 0.0] == [150]
    assert not any(line["type"] == "nonfinite" for line in lines_of(file))


@pytest.mark.parametrize("file", of("unweighted-eval"))
def test_an_unweighted_evaluation_is_the_plain_sum(file: str) -> None:
    parts = [series(file, f"eval/{name}") for name in lines_of(file)[0]["intent"]["losses"]]
    for step, total in series(file, "eval/loss").items():
        assert total == pytest.approx(sum(part[step] for part in parts), rel=1e-5)
    assert of_totals(file, "train") == pytest.approx(1.0, rel=1e-5)
    assert eval_over_train(file) > 3


@pytest.mark.parametrize("file", of("one-term-eval"))
def test_an_evaluation_of_one_term_is_that_term(file: str) -> None:
    assert series(file, "eval/loss") == pytest.approx(series(file, "eval/lm_loss"), rel=1e-6)
    assert eval_over_train(file) > 2


@pytest.mark.parametrize("file", of("top-k-in-training-only"))
def test_top_k_in_training_only_shows_in_the_distillation_alone(file: str) -> None:
    kd = [phase[-1] for phase in (list(series(file, f"{side}/kd_loss").values()) for side in ("train", "eval"))]
    lm = [median(list(series(file, f"{side}/lm_loss").values())[-5:]) for side in ("train", "eval")]
    assert kd[1] > 5 * kd[0]
    assert lm[1] == pytest.approx(lm[0], rel=0.1)
    assert eval_over_train(file) > 2


@pytest.mark.parametrize(
    ("name", "ratio"),
    [
        ("layers-summed-in-eval", 4.0),
        ("layers-summed-in-training", 0.25),
        ("temperature-not-squared", 9.0),
        ("divided-by-accumulation", 4.0),
    ],
)
def test_the_ratio_of_evaluation_to_training_is_the_factor_of_the_fault(name: str, ratio: float) -> None:
    for line in [line for line in MANIFEST if line["fault"] == name]:
        assert eval_over_train(line["file"]) == pytest.approx(ratio, rel=0.12)


@pytest.mark.parametrize(("name", "expected"), [("component-scaled", (2.0, 20.0)), ("component-dropped", (0.05, 0.9))])
def test_the_total_is_not_what_components_and_weights_say(name: str, expected: tuple[float, float]) -> None:
    for line in [line for line in MANIFEST if line["fault"] == name]:
        for phase in ("train", "eval"):
            assert expected[0] < of_totals(line["file"], phase) < expected[1]


@pytest.mark.parametrize("file", of("stale-eval"))
def test_a_stale_evaluation_repeats_itself_while_training_falls(file: str) -> None:
    losses = list(series(file, "train/loss").values())
    assert len(set(series(file, "eval/loss").values())) == 1
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("file", of("frozen-parameters"))
def test_frozen_parameters_do_not_move_at_the_declared_rate(file: str) -> None:
    assert set(series(file, "update_norm").values()) == set(series(file, "grad_norm").values()) == {0.0}
    assert series(file, "lr") == declared_rates(file)


@pytest.mark.parametrize(("name", "count"), [("bad-batch", 1), ("bad-batches-3", 3), ("bad-batches-50", 50)])
def test_bad_batches_stand_out(name: str, count: int) -> None:
    for line in [line for line in MANIFEST if line["fault"] == name]:
        losses, at = series(line["file"], "train/lm_loss"), line["fault_step"]
        usual = max(losses[step] for step in range(at - 30, at))
        out = [step for step in range(at - 30, at + count + 10) if losses[step] > 1.15 * usual]
        assert out == list(range(at, at + count))


@pytest.mark.parametrize("file", of("memory-leak"))
def test_a_leak_grows_by_a_megabyte_a_batch(file: str) -> None:
    memory = list(series(file, "memory_bytes").values())
    assert memory[-1] - memory[50] == pytest.approx(1e6 * (len(memory) - 51), rel=0.15)


@pytest.mark.parametrize("file", of("slow-loader"))
def test_a_slow_loader_costs_half_of_a_step_and_more(file: str) -> None:
    before, after = step_times(file, "slow-loader")
    assert after > 1.5 * before


@pytest.mark.parametrize("file", of("hang"))
def test_a_hung_run_lives_for_a_minute_without_a_step(file: str) -> None:
    beats = [line["ts"] for line in lines_of(file) if line["type"] == "heartbeat"]
    assert max(series(file, "train/loss")) == 149
    assert beats[-1] - beats[0] == pytest.approx(60.0)


@pytest.mark.parametrize("file", of("kill"))
def test_a_killed_run_breaks_off(file: str) -> None:
    assert max(series(file, "train/loss")) == 149
    assert {line["type"] for line in lines_of(file)} & {"heartbeat", "finish"} == set()
