"""Whatever a run logs and declares, the rules about losses and targets say the same of any cut of it, and why."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from lineside_server.diagnosis.rank import diagnosed
from lineside_server.rules.model import Rule
from lineside_server.rules.signals.declared.impossible_value import ImpossibleValue
from lineside_server.rules.signals.declared.initial_loss import InitialLoss
from lineside_server.rules.signals.declared.loss_share import LossShare
from lineside_server.rules.signals.declared.loss_sum import LossSum
from lineside_server.rules.signals.declared.train_eval_scale import TrainEvalScale
from lineside_server.rules.signals.learning.off_target import OffTarget

RULES = (TrainEvalScale, LossSum, LossShare, ImpossibleValue, InitialLoss, OffTarget)
NAMES = ("kd_loss", "lm_loss", "kl_loss", "b_loss")
ODD = (np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300, -1e300, 1e-300)


def series(pick: np.random.Generator) -> dict[str, Any]:
    """A run with some of its series missing, sparse, late, or full of nonsense."""
    made: dict[str, Any] = {}
    for phase, stride in (("train", 1), ("eval", int(pick.integers(1, 60)))):
        keys = [*NAMES, "loss", "accuracy", "perplexity", "weight/kd_loss", "weight/lm_loss", "g0/loss", "valid_tokens"]
        for key in keys:
            if pick.random() < 0.25:
                continue
            steps = np.arange(int(pick.integers(0, 30)), 400, stride * int(pick.integers(1, 3)))
            values = pick.lognormal(0.5, float(pick.choice([0.01, 0.5, 2.0])), len(steps))
            odd = pick.random(len(steps)) < float(pick.choice([0.0, 0.02, 0.5, 1.0], p=[0.6, 0.25, 0.1, 0.05]))
            values[odd] = pick.choice(ODD, int(odd.sum()))
            made[f"{phase}/{key}"] = (steps, values)
    return made


def intent(pick: np.random.Generator) -> dict[str, Any]:
    losses = {name: {"weight": float(pick.choice([0.0, 0.1, 1.0, -0.5]))} for name in NAMES if pick.random() < 0.6}
    targets = [{"metric": "eval/loss", "below": 1.0, "by_step": 300}, {"loss_share": "declared"}]
    targets.append({"metric": "eval/loss", "over": "train/loss", "above": 0.5})
    told = {
        "losses": losses,
        "components_are": pick.choice(np.array(["raw", "weighted", "neither"])),
        "accumulation": int(pick.integers(1, 4)),
        "total_steps": 400,
        "temperature": float(pick.choice([1.0, 2.0])),
        "targets": targets,
    }
    return {key: value for key, value in told.items() if pick.random() < 0.7}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("seed", range(12))
def test_any_cut_says_the_same(judge: Callable[..., Any], rule: type[Rule], seed: int) -> None:
    pick = np.random.default_rng(seed)
    config = {"vocab_size": 50, "from_scratch": bool(pick.integers(0, 2)), "kd_top_k": 8}
    judged = judge(rule, series(pick), intent=intent(pick), config=config)
    for said in judged.newest():
        finding, _ = diagnosed(rule.id, said.finding, judged.examiner.facts)
        assert all(0 <= cause.fit <= 1 for cause in finding.causes)
        assert len(finding.title) <= 130
        assert msgspec.json.decode(msgspec.json.encode(finding))
