"""What judging costs: all rules on a run of twenty series, in stretches of several lengths."""

import statistics
import time

import numpy as np
from common import Figures, Scale

from lineside_server.core.intent import parse_intent
from lineside_server.core.schedules import declared_at
from lineside_server.judging.judgement import Judgement
from lineside_server.rules.book import Book
from lineside_server.rules.intake import Stretch
from lineside_server.rules.knowledge import facts_of
from lineside_server.rules.tape import Points

TERMS = {"kd_loss": 0.7, "feature_loss": 0.1, "attention_loss": 0.1, "lm_loss": 0.1}
VITALS = ("grad_norm", "update_norm", "param_norm", "update_ratio", "tokens_per_s", "step_time_s", "memory_bytes",
          "epoch", "update", "loss_scale", "updates_skipped", "other", "others")  # fmt: skip


def judging(scale: Scale) -> Figures:
    """CPU of all rules, in ms a step, for a healthy run of 20 series, by how many steps are judged at once."""
    rows: Figures = {}
    for length, steps in ((1000, 40_000), (100, 4000), (10, 1000)):
        costs = [cost(steps // (4 if scale.quick else 1), length) for _ in range(scale.repeats)]
        rows[f"{length:,} steps at once"] = {"cpu_ms_a_step": statistics.median(costs)}
    return rows


def cost(n: int, length: int) -> float:
    plan = {"kind": "cosine", "peak": 1e-3, "warmup": 100, "total": n}
    losses = {name: {"weight": weight} for name, weight in TERMS.items()}
    intent = {"total_steps": n, "step_unit": "update", "schedule": plan, "losses": losses, "components_are": "raw"}
    steps = np.arange(n)
    series = healthy(steps) | {"lr": declared_at(parse_intent(intent), steps)}
    judgement = Judgement("bench", Book().rules_for("", (), "bench"), facts_of({"vocab_size": 50_000}, intent))
    parts = [
        Stretch({key: Points(steps[at : at + length], steps[at : at + length] / 100, values[at : at + length])
                 for key, values in series.items()})
        for at in range(0, n, length)
    ]  # fmt: skip
    began = time.process_time()
    for part in parts:
        judgement.judge(part)
    return 1000 * (time.process_time() - began) / n


def healthy(
    steps: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> dict[str, "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    noise, n = np.random.default_rng(0), len(steps)
    series = {f"train/{name}": noise.normal(2.0, 0.05, n) for name in TERMS}
    series |= {key: noise.normal(1.0, 0.01, n) for key in VITALS}
    series["update"] = steps.astype(np.float64)
    series["updates_skipped"] = np.zeros(n)
    series["loss_scale"] = np.full(n, 65536.0)
    series["train/loss"] = sum((weight * series[f"train/{name}"] for name, weight in TERMS.items()), np.zeros(n))
    return series
