"""What a trainer says arrives as it was said, and nothing that it says can hurt it."""

import math
import struct
import threading
from typing import Any

import numpy as np
import pytest

import lineside


def test_points_arrive_with_their_steps(server: Any, start: Any) -> None:
    run = start()
    run.log({"train/loss": 2.5, "lr": 3e-5}, step=3)
    run.log({"train/loss": np.float32(0.5), "nested": {"a": {"b": 1}}}, step=np.int64(4))
    run.log({"x": True})
    assert run.finish()
    rows = sorted((point.step, point.values) for point in server.points(run.id))
    assert rows == [
        (3, {"train/loss": 2.5, "lr": 3e-5}),
        (4, {"train/loss": 0.5, "nested/a/b": 1.0}),
        (5, {"x": 1.0}),
    ]


def test_nan_keeps_its_bits(server: Any, start: Any) -> None:
    run = start()
    odd = struct.unpack("<d", struct.pack("<Q", 0x7FF8DEADBEEF0001))[0]
    run.log({"a": odd, "b": -math.inf}, step=0)
    run.finish()
    (point,) = server.points(run.id)
    assert point.bits["a"] == struct.pack("<Q", 0x7FF8DEADBEEF0001)
    assert point.values["b"] == -math.inf


def test_a_bad_value_is_refused_by_itself_and_said_once(
    server: Any, start: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start()
    for step in range(5):
        run.log({"a": step, "b": "text", 3: 1.0, "c": None}, step=step)
    run.log([1, 2], step=6)
    run.log({"a": 1}, step=-1)
    run.log({"a": 1}, step="x")
    run.log({}, step=9)
    run.finish()
    assert [point.values for point in server.points(run.id)] == [{"a": float(step)} for step in range(5)]
    assert run.refused == 5 * 3 + 1 + 2
    said = capsys.readouterr().err
    assert said.count("The value of 'b' cannot be logged") == 1
    assert "18 values could not be logged" in said


def test_an_open_step_is_shared(server: Any, start: Any) -> None:
    run = start()
    run.log({"a": 1}, commit=False)
    run.log({"b": 2})
    run.log({"c": 3})
    run.finish()
    assert sorted((point.step, *point.values) for point in server.points(run.id)) == [(0, "a"), (0, "b"), (1, "c")]


def test_very_many_keys_share_a_step(server: Any, start: Any) -> None:
    run = start()
    run.log({f"k{place}": place for place in range(9_000)})
    run.log({"last": 1})
    run.finish()
    assert sum(len(point.bits) for point in server.points(run.id) if point.step == 0) == 9_000
    assert [list(point.values) for point in server.points(run.id) if point.step == 1] == [["last"]]


def test_losses_have_their_names_and_a_bad_one_is_reported(server: Any, start: Any) -> None:
    run = start()
    raw = {"kd_loss": 2.0, "lm_loss": math.nan, "feature_loss": -math.inf}
    run.nonfinite(7, "feature_loss", "-inf", "clamped_to_zero")
    run.log_losses(7, raw=raw, weights={"kd_loss": 0.7}, total=math.nan)
    run.log_losses(8, phase="eval", raw={"kd_loss": 1.0}, total=math.inf)
    run.finish()
    first, second = sorted(server.points(run.id), key=lambda point: point.step)
    assert list(first.values) == [
        "train/kd_loss", "train/lm_loss", "train/feature_loss", "train/weight/kd_loss", "train/loss"
    ]  # fmt: skip
    assert math.isnan(first.values["train/lm_loss"])
    assert second.values == {"eval/kd_loss": 1.0, "eval/loss": math.inf}
    told = [(e["step"], e["component"], e["value"], e["action"]) for e in server.events(run.id, "nonfinite")]
    assert told == [
        (7, "feature_loss", "-inf", "clamped_to_zero"), (7, "lm_loss", "nan", "none"), (8, "loss", "inf", "none")
    ]  # fmt: skip


def test_a_nonfinite_report_is_checked(server: Any, start: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = start()
    run.nonfinite(1, "a", 2.0)
    run.nonfinite(1, "b", math.inf, "shrugged")
    run.finish()
    (event,) = server.events(run.id, "nonfinite")
    assert (event["component"], event["value"], event["action"]) == ("b", "inf", "none")
    said = capsys.readouterr().err
    assert "finite" in said
    assert "'shrugged' is unknown" in said


def test_marks_and_gauges(server: Any, start: Any) -> None:
    run = start()
    run.log({"a": 1}, step=12)
    run.note("warm-up over")
    run.checkpoint("out/step-12", step=12)
    run.epoch(1)
    run.system({"host/rss_bytes": 5, "gpu/temp": math.nan, "bad": "x"})
    run.print_line("password=hunter2 is wrong", level="error")
    run.alert("Slow", "very", level="WARN", step=3)
    run.finish()
    told = [{k: v for k, v in event.items() if k != "ts"} for event in server.events(run.id)]
    assert told == [
        {"type": "note", "step": 12, "text": "warm-up over"},
        {"type": "checkpoint", "step": 12, "path": "out/step-12"},
        {"type": "epoch", "step": 12, "epoch": 1},
        {"type": "system", "values": {"host/rss_bytes": 5.0, "gpu/temp": "nan"}},
        {"type": "log", "level": "error", "text": "password=[redacted] is wrong"},
        {"type": "alert", "title": "Slow", "text": "very", "level": "warning", "step": 3},
        {"type": "finish", "status": "finished"},
    ]


def test_config_and_summary_are_told_as_they_change(server: Any, start: Any) -> None:
    run = start(config={"lr": 1e-3, "api_key": "abcdefgh", "shape": (2, 3)})
    assert run.config.lr == run.config["lr"] == 1e-3
    assert run.config["shape"] == (2, 3)
    run.config.seed = 7
    run.config.update({"lr": 2e-3, "hf_token": "secret-token"}, allow_val_change=True)
    run.summary["best"] = 0.5
    run.summary.update({"worst": math.nan})
    run.define_metric("eval/loss", step_metric="epoch", summary="min")
    run.finish()
    assert server.runs[run.id]["opened"]["config"] == {"lr": 1e-3, "api_key": "[redacted]", "shape": [2, 3]}
    assert [event["config"] for event in server.events(run.id, "config")] == [
        {"seed": 7},
        {"lr": 2e-3, "hf_token": "[redacted]"},
        {"summary": {"best": 0.5}},
        {"summary": {"best": 0.5, "worst": "nan"}},
        {"_define_metric": {"eval/loss": {"step_metric": "epoch", "summary": "min"}}},
    ]
    with pytest.raises(AttributeError):
        run.config.nothing  # noqa: B018 - the access is the test


def test_an_intent_is_sent_and_its_problems_are_said(
    server: Any, start: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(intent={"total_steps": 10, "schedule": {"kind": "linear", "peak": 1, "warmup": 5, "total": 5}})
    run.update_intent({"temprature": 2.0})
    run.finish()
    assert server.runs[run.id]["opened"]["intent"]["schedule"]["warmup"] == 5
    assert [event["intent"] for event in server.events(run.id, "intent")] == [{"temprature": 2.0}]
    assert len(run.intent_problems) == 2
    said = capsys.readouterr().err
    assert all(sentence in said for sentence in run.intent_problems)


def test_stop_is_learnt_from_an_answer(server: Any, start: Any, wait: Any) -> None:
    run = start()
    assert not run.should_stop
    server.commands = ["stop"]
    run.log({"a": 1})
    wait(lambda: run.should_stop)


def test_a_finished_run_says_once_that_it_drops(server: Any, start: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run = start()
    run.finish("stopped")
    run.log({"a": 1})
    run.note("late")
    run.config.late = True
    assert run.finish()
    assert run.state == "finished"
    assert server.status(run.id) == "stopped"
    assert len(server.events(run.id)) == 1
    assert capsys.readouterr().err.count("is finished; what is logged from here on is dropped") == 1


def test_an_exit_code_is_a_status(server: Any, start: Any) -> None:
    for code, status in ((0, "finished"), (3, "failed")):
        run = start()
        run.finish(exit_code=code)
        assert server.status(run.id) == status


def test_threads_log_into_one_run(server: Any, start: Any) -> None:
    run = start()

    def work(number: int) -> None:
        for _ in range(300):
            run.log({f"thread/{number}": number})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.finish()
    assert sorted(point.step for point in server.points(run.id)) == list(range(1_200))


class Awkward:
    """A value whose every use fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __str__(self) -> str:
        raise RuntimeError("str")


@pytest.mark.parametrize("mode", ["online", "offline", "disabled"])
def test_nothing_that_is_said_raises(start: Any, mode: str) -> None:
    run = start(mode=mode, config=Awkward(), intent=3, tags=[Awkward()])
    bad: Any = Awkward()
    run.log(bad)
    run.log({"a": bad}, step=bad)
    run.log_losses(bad, raw=bad)
    run.log_losses(1, raw={"a": bad}, weights={"b": bad}, total=bad)
    run.nonfinite(bad, bad, bad, bad)
    run.note(bad, step=bad)
    run.checkpoint(bad)
    run.epoch(bad)
    run.alert(bad, bad, bad, bad)
    run.system(bad)
    run.print_line(bad)
    run.update_config(bad)
    run.update_intent(bad)
    run.define_metric(bad, x=bad)
    run.config.x = bad
    run.summary["x"] = bad
    run.finish(bad)


def test_a_disabled_run_is_silent(start: Any, capsys: pytest.CaptureFixture[str], spool_dir: Any) -> None:
    run = start(mode="disabled", config={"lr": 1})
    run.log({"a": 1})
    assert (run.state, run.should_stop, run.config.lr) == ("disabled", False, 1)
    assert run.finish()
    assert capsys.readouterr().err == ""
    assert not spool_dir.exists()


def test_it_is_a_run(start: Any) -> None:
    with start() as run:
        assert isinstance(run, lineside.Run)
        assert run.url.endswith(f"/#/runs/{run.id}")
    assert run.state == "finished"
