"""Keys seen together tell what none of them tells alone."""

from lineside_server.recording.keys import told_roles


def test_the_only_loss_is_the_total() -> None:
    assert told_roles(["lm_loss", "lr"])[0] == {"lm_loss": "train.loss"}
    assert told_roles(["avg_loss", "kd_loss"])[0] == {"avg_loss": "train.loss"}
    assert told_roles(["eval/lm_loss", "loss"])[0] == {"eval/lm_loss": "eval.loss"}


def test_a_term_among_others_is_not() -> None:
    assert told_roles(["lm_loss", "kd_loss"])[0] == {}
    assert told_roles(["loss", "kd_loss"])[0] == {}
    assert told_roles(["kl", "lr"])[0] == {}
    assert told_roles(["eval/loss", "eval/kd_loss"])[0] == {}


def test_of_several_eval_totals_one_is_the_eval_loss() -> None:
    roles, notes = told_roles(["test_loss", "val_loss", "train_loss"])
    assert roles == {"test_loss": "eval.set_loss"}
    assert notes == ["Of test_loss, val_loss, val_loss is taken as the eval loss; the others are further eval sets."]
    assert told_roles(["test/loss", "validation/loss"])[0] == {"test/loss": "eval.set_loss"}
    assert told_roles(["test_loss", "loss"])[0] == {}


def test_sets_that_were_measured_apart_are_no_terms() -> None:
    keys = ["eval_a_loss", "eval_a_runtime", "eval/b_loss", "eval/b_samples_per_second", "eval_kd_loss", "eval_runtime"]
    assert told_roles(keys)[0] == {
        "eval_a_loss": "eval.set_loss",
        "eval/b_loss": "eval.set_loss",
    }
