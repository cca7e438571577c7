"""Readings of a total: which sum of its terms, with what is not logged, it can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.composition import Makeup, normalised, split_key, subject_of, terms_of, weights_for

WEIGHTS = {"kd_loss": 0.7, "feature_loss": 0.1, "attention_loss": 0.1, "lm_loss": 0.1}
FOUNDING = Makeup(95.86, {"kd_loss": 14.85, "feature_loss": 41.22, "attention_loss": 0.47}, WEIGHTS)
SIZES = st.floats(0.01, 1e3)


def test_the_founding_eval_can_only_be_a_plain_sum() -> None:
    assert FOUNDING.missing == ("lm_loss",)
    assert FOUNDING.remainder("plain") == pytest.approx(39.32)
    assert FOUNDING.known("weighted") == pytest.approx(14.564)
    assert FOUNDING.implied("weighted") == pytest.approx(812.96)
    assert not FOUNDING.possible("weighted")
    assert FOUNDING.reading("weighted") == "plain"


def test_a_missing_term_that_is_not_in_nats_may_be_any_size() -> None:
    weights = {"kd_loss": 0.9, "penalty": 0.1}
    assert Makeup(95.86, {"kd_loss": 14.85}, weights).reading() == "weighted"


def test_terms_larger_than_their_total_leave_no_reading() -> None:
    assert Makeup(1.0, {"kd_loss": 8.0}, WEIGHTS).reading() is None
    assert Makeup(1.0, {"kd_loss": 8.0, "feature_loss": -3.0}, WEIGHTS).reading() is not None  # one may be negative


@given(st.tuples(SIZES, SIZES, SIZES))
def test_a_total_is_read_as_it_was_made(sizes: tuple[float, float, float]) -> None:
    weights = dict(zip("abc", (0.2, 0.3, 0.5), strict=True))
    terms = dict(zip("abc", sizes, strict=True))
    weighted = Makeup(sum(weights[name] * value for name, value in terms.items()), terms, weights)
    plain = Makeup(sum(terms.values()), terms, weights)
    assert weighted.reading("weighted") == "weighted"
    assert plain.reading("plain") == "plain"
    assert plain.reading("weighted") == "plain"  # the weights sum to one, so no weighted sum comes near
    assert sum(weighted.shares("weighted").values()) == pytest.approx(1.0)


@given(st.tuples(SIZES, SIZES), st.floats(0.05, 0.95))
def test_the_weights_that_are_given_reach_the_shares(sizes: tuple[float, float], share: float) -> None:
    makeup = Makeup(sizes[0] + sizes[1], dict(zip("ab", sizes, strict=True)), {"a": 1.0, "b": 1.0})
    weights = weights_for(makeup, {"a": share, "b": 1 - share})
    reached = Makeup(makeup.total, makeup.terms, weights)
    assert reached.known("weighted") == pytest.approx(makeup.total)
    assert reached.shares("weighted")["a"] == pytest.approx(share)


def test_weights_make_shares() -> None:
    assert normalised({"a": 3.0, "b": 1.0}) == {"a": 0.75, "b": 0.25}
    assert normalised({"a": 0.0}) == {}


@pytest.mark.parametrize(
    ("key", "phase", "subject"),
    [
        ("eval/loss", "eval", "eval"),
        ("eval_loss", "eval", "eval"),
        ("val/total_loss", "eval", "val"),
        ("eval_g0_loss", "eval", "eval_g0"),
        ("eval/g0/loss", "eval", "eval/g0"),
        ("mine", "eval", "mine"),
        ("loss", "train", "train"),
        ("train_loss_step", "train", "train"),
    ],
)
def test_a_total_is_called_by_its_phase_or_set(key: str, phase: str, subject: str) -> None:
    assert subject_of(key, phase) == subject


def test_terms_stand_beside_their_total_under_their_declared_names() -> None:
    keys = ["eval/kd", "eval/feature_loss", "val/kd_loss"]
    assert terms_of("eval/loss", "eval", keys, ["kd_loss"]) == {
        "kd_loss": "eval/kd",
        "feature_loss": "eval/feature_loss",
    }
    assert terms_of("loss", "train", ["train/ploss_0", "loss/kd"], ["kd_loss"]) == {
        "ploss_0": "train/ploss_0",
        "kd_loss": "loss/kd",
    }


@given(st.text(max_size=30))
def test_any_key_can_be_taken_apart(key: str) -> None:
    assert "".join(split_key(key)) == key
    subject_of(key, "eval")
    terms_of(key, "train", [key], [key])
