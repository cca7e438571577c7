"""The judge: what it does when runs resume, end, are deleted, are changed by hand, or come faster than it judges."""

import threading
from typing import Any

import numpy as np

from lineside_server.core.events import F64, Batch, Columns, Event
from lineside_server.core.findings import Level
from lineside_server.judging import judge as judge_module
from lineside_server.rules.intake import GAP_S, IDLE_S
from lineside_server.store.alerts import list_checks, load_judgement
from lineside_server.store.runs import RunPatch, RunSpec, delete_run, open_run, patch_run

SCHEDULE = {"kind": "constant", "peak": 1e-3}
INTENT = {"step_unit": "update", "schedule": SCHEDULE}


def batch(seq: int, steps: range, events: tuple[Event, ...] = (), writer: str = "w", **values: float) -> Batch:
    at = np.arange(steps.start, steps.stop, steps.step)
    columns: dict[str, F64] = {
        key.replace("__", "/"): np.full(len(at), value, np.float64) for key, value in values.items()
    }
    return Batch(writer, seq, (Columns(at, at.astype(np.float64), columns),), events, (), len(at), float(steps.stop))


def nan(court: Any) -> list[tuple[str, str, int]]:
    return [(alert.subject, alert.state, alert.opened_step) for alert in court.alerts() if alert.rule == "nonfinite"]


def test_a_finding_is_stored_with_the_health_and_the_checks(court: Any) -> None:
    court.open("r")
    court.send(batch(1, range(10), train__loss=2.0))
    court.send(batch(2, range(10, 12), train__loss=float("nan")))
    court.judge_all()
    assert nan(court) == [("train/loss", "firing", 10)]
    assert (
        court.run.health.firing["info"] + court.run.health.firing["warning"] + court.run.health.firing["critical"] == 1
    )
    assert court.run.health.through_step == 10
    checks, through = list_checks(court.store, "r")
    assert through == 10
    assert {check.rule: check.verdict for check in checks}["nonfinite"] == "firing"


def test_the_newest_step_is_judged_when_the_run_ends_or_is_silent(court: Any) -> None:
    court.open("r")
    court.send(batch(1, range(5), train__loss=2.0))
    court.judge_all()
    assert court.run.health.through_step == 3
    court.clock.advance(IDLE_S)
    court.judge_all()
    court.clock.advance(judge_module.SAVE_EVERY_S)
    court.judge_all()
    assert court.run.health.through_step == 4
    court.send(batch(2, range(5, 9), (Event("finish", None, 9.0, {"status": "finished"}),), train__loss=2.0))
    court.judge_all()
    assert court.run.health.through_step == 8


def test_a_run_that_is_judged_to_its_end_is_not_looked_at_again(court: Any) -> None:
    court.open("r")
    court.send(batch(1, range(5), (Event("finish", None, 9.0, {"status": "finished"}),), train__loss=2.0))
    court.judge_all()
    cursor = court.run.cursor
    court.clock.advance(100.0)
    court.judge_all()
    court.restart()
    court.judge.look_at(["r"])
    court.judge_all()
    assert court.run.cursor == cursor


def test_what_a_new_attempt_hides_is_resolved_with_that_reason(court: Any) -> None:
    court.open("r")
    court.send(batch(1, range(50), train__loss=2.0))
    court.send(batch(2, range(50, 60), train__loss=float("nan")))
    court.judge_all()
    assert nan(court) == [("train/loss", "firing", 50)]
    open_run(court.store, RunSpec(id="r", resume="allow"), "w2").result()
    court.send(batch(1, range(40, 80), writer="w2", train__loss=2.0))
    court.judge_all()
    assert nan(court) == [("train/loss", "resolved", 50)]
    (alert,) = [alert for alert in court.alerts() if alert.rule == "nonfinite"]
    assert "Attempt 2 began again at step 40" in (alert.reason or "")


def test_a_declaration_changed_by_hand_counts_from_then_on(court: Any) -> None:
    court.open("r", intent=INTENT)
    court.send(batch(1, range(60), lr=1e-3, train__loss=2.0))
    court.judge_all()
    assert not [alert for alert in court.alerts() if alert.rule.startswith("lr-")]
    patch_run(court.store, "r", RunPatch(intent=INTENT | {"schedule": {"kind": "constant", "peak": 1e-2}})).result()
    court.send(batch(2, range(60, 120), lr=1e-3, train__loss=2.0))
    court.judge_all()
    opened = [alert.opened_step for alert in court.alerts() if alert.rule in ("lr-schedule", "lr-peak")]
    assert opened
    assert min(opened) >= 59


def test_a_declaration_sent_by_the_trainer_counts_from_its_own_step(court: Any) -> None:
    court.open("r", intent=INTENT)
    court.send(batch(1, range(60), lr=1e-3, train__loss=2.0))
    court.judge_all()
    anew = Event("intent", None, 90.0, {"intent": {"schedule": {"kind": "constant", "peak": 1e-2}}})
    court.send(batch(2, range(60, 120), (anew,), lr=1e-3, train__loss=2.0))
    court.judge_all()
    (alert,) = [alert for alert in court.alerts() if alert.rule == "lr-schedule"]
    assert alert.opened_step > 90


def test_a_backlog_too_long_for_memory_is_read_from_the_store(court: Any) -> None:
    court.open("r")
    court.judge.most_waiting = 1000
    for seq in range(1, 24):
        court.send(batch(seq, range((seq - 1) * 60, seq * 60), train__loss=2.0))
    court.send(batch(24, range(23 * 60, 23 * 60 + 3), train__loss=float("nan")))
    court.clock.advance(IDLE_S)
    court.judge_all()
    assert nan(court) == [("train/loss", "firing", 23 * 60)]


def test_more_runs_than_may_be_open_are_judged_one_after_the_other(court: Any) -> None:
    court.judge.most_open = 3
    for place in range(10):
        court.open(f"r{place}")
        court.send(batch(1, range(10), train__loss=float("nan")))
    court.judge_all()
    for place in range(10):
        court.run_id = f"r{place}"
        assert nan(court) == [("train/loss", "firing", 0)]
    court.send(batch(2, range(10, 20), train__loss=2.0))
    court.judge_all()
    assert court.run.health.through_step is not None


def test_a_batch_that_is_missing_is_waited_for_over_a_restart(court: Any) -> None:
    court.open("r")
    court.send(batch(1, range(10), train__loss=2.0))
    court.judge_all()
    court.send(batch(3, range(20, 30), train__loss=2.0))
    court.restart()
    court.judge.look_at(["r"])
    court.judge_all()
    assert load_judgement(court.store, "r") is None or court.run.health.through_step in (None, 8)
    court.send(batch(2, range(10, 20), train__loss=float("nan")))
    court.judge_all()
    court.clock.advance(GAP_S)
    court.judge_all()
    assert nan(court) == [("train/loss", "firing", 10)]


def test_a_deleted_run_is_forgotten_and_others_are_judged(court: Any) -> None:
    court.open("gone")
    court.send(batch(1, range(10), train__loss=2.0))
    court.judge.round(court.clock.now())
    delete_run(court.store, "gone").result()
    court.open("stays")
    court.send(batch(1, range(10), train__loss=float("inf")))
    court.judge_all()
    assert [(subject, step) for subject, _, step in nan(court)] == [("train/loss", 0)]


def test_five_hundred_series_of_nonsense_break_no_rule(court: Any) -> None:
    court.open("r", intent={"losses": {"a": 1.0}, "schedule": {"kind": "linear", "peak": 1.0, "total": 0}})
    pick = np.random.default_rng(0)
    for seq in range(1, 6):
        at = np.arange((seq - 1) * 50, seq * 50)
        columns = {f"train/{place}_loss": pick.choice([np.nan, np.inf, -1e300, 0.0, 1.0], 50) for place in range(497)}
        columns |= {"train/loss": np.full(50, np.nan), "lr": np.full(50, -1.0), "eval/loss": -np.ones(50)}
        court.send(Batch("w", seq, (Columns(at, np.zeros(50), columns),), (), (), 50, 0.0))
    court.judge_all()
    checks, _ = list_checks(court.store, "r")
    assert [check for check in checks if check.broken] == []
    assert court.run.health.verdict == "critical"


def test_silence_is_told_of_a_live_run_and_counts_from_the_start_of_the_service(court: Any) -> None:
    court.open("r")
    court.send(batch(1, range(100), train__loss=2.0))
    court.judge_all()
    court.clock.advance(3600.0)
    court.restart()
    court.judge.look_at(["r"])
    court.judge_all()
    assert not [alert for alert in court.alerts() if alert.rule == "stall"]
    court.clock.advance(120.0)
    court.judge_all()
    (stall,) = [alert for alert in court.alerts() if alert.rule == "stall"]
    assert stall.level == Level.WARNING
    court.send(batch(2, range(100, 110), train__loss=2.0))
    court.judge_all()
    assert [alert.state for alert in court.alerts() if alert.rule == "stall"] == ["resolved"]


def test_the_thread_begins_with_what_an_earlier_one_left(court: Any) -> None:
    court.open("r")
    ending = Event("finish", None, 9.0, {"status": "finished"})
    court.send(batch(1, range(10), (ending,), train__loss=float("nan")))
    court.restart()
    judged = threading.Event()
    court.store.on_commit(lambda changes: judged.set() if any(one.kind == "judged" for one in changes) else None)
    court.judge.start()
    assert judged.wait(30)
    court.judge.stop()
    assert court.run.health.through_step is not None


def test_the_thread_judges_by_itself_and_ends_when_told(court: Any) -> None:
    judged = threading.Event()
    court.store.on_commit(lambda changes: judged.set() if any(change.kind == "judged" for change in changes) else None)
    court.judge.start()
    court.open("r")
    court.send(batch(1, range(10), train__loss=float("nan")))
    assert judged.wait(30)
    court.judge.stop()
    assert nan(court)
