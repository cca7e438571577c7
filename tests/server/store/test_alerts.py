"""What judging a run brings is kept with it, as a whole; what people set of an alert outlives judging it again."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lineside_server.core.findings import Alert, Cause, Check, Finding, Health, Level
from lineside_server.core.judged import Judged, Saved, Told
from lineside_server.errors import BadInput, NotFound, Unprocessable
from lineside_server.store import alerts, listing, runs, tables
from lineside_server.store.alert_picks import AlertFilter, list_followers

if TYPE_CHECKING:
    from tests.server.store.conftest import Box

FINDING = Finding(
    title="The learning rate is 0 where 7.97e-06 is due",
    observed={"lr": 0.0},
    expected={"lr": 7.97e-06},
    window=(0, 128),
    keys=("train/lr",),
    formula="lr = peak * update / warmup",
    clues={"zeros": 8},
    causes=(Cause("stepped-twice", 0.9, "It is stepped twice.", {"speed": 2.0}),),
    actions=("Step it once an update.",),
    cannot_tell="Whether the value is the optimizer's own.",
)
HEALTH = Health("critical", {"critical": 1, "warning": 0, "info": 0}, {"passing": 2, "firing": 1}, 128)
CHECKS = (Check("lr-schedule", "passing", "Within 1% of the declared."), Check("odd", "not_checked", "It failed.", "x"))


def alert(alert_id: str = "a", run: str = "r", **fields: Any) -> Alert:
    told = Alert(
        alert_id, run, "lr-exhausted", "lr", None, Level.CRITICAL, "firing", 128, 1064.0, 128, None, None, None, FINDING
    )
    return replace(told, **fields)


def judged(*found: Alert, told: tuple[Told, ...] = (), **fields: Any) -> Judged:
    return replace(Judged(found, told, HEALTH, CHECKS, b"state", "v1"), **fields)


def save(box: Box, *found: Alert, run: str = "r", **rest: Any) -> None:
    alerts.save_judgement(box.store, run, judged(*found, **rest)).result()


def listed(box: Box, **wanted: Any) -> list[str]:
    return [one.id for one in alerts.list_alerts(box.store, AlertFilter(**wanted))[0]]


def test_a_judgement_comes_back_as_it_was_saved(box: Box) -> None:
    box.open()
    done = alert("b", state="resolved", resolved_step=200, resolved_at=1100.0, reason="The rule was changed.")
    run = alerts.save_judgement(box.store, "r", judged(alert(), done)).result()
    assert run.health == HEALTH
    box.reopen()
    assert box.run() == run
    assert alerts.load_judgement(box.store, "r") == Saved(b"state", "v1", (alert(),), 128)
    assert alerts.get_alert(box.store, "b") == done
    assert alerts.list_checks(box.store, "r") == (list(CHECKS), 128)


def test_a_run_that_was_not_judged_yet_says_so(box: Box) -> None:
    assert box.open().health == Health()
    assert alerts.load_judgement(box.store, "r") is None
    assert alerts.list_checks(box.store, "r") == ([], None)
    assert listed(box, run_id="r") == []


def test_saving_is_told_with_the_next_cursor(box: Box) -> None:
    before = box.open()
    save(box, alert())
    change = box.changes[-1]
    assert (change.kind, change.cursor, change.alerts) == ("judged", before.cursor + 1, (alert(),))
    assert change.run == box.run()
    save(box)
    assert (box.changes[-1].cursor, box.changes[-1].alerts) == (before.cursor + 2, ())
    assert box.log(1, [0], loss=[1.0]).cursor == before.cursor + 3


def test_a_later_save_takes_the_place_of_the_earlier(box: Box) -> None:
    box.open()
    save(box, alert(), alert("b"))
    worse = alert(finding=replace(FINDING, title="Worse"), last_step=300, parent="b")
    save(box, worse, alert("c"), state=b"later", version="v2", health=replace(HEALTH, through_step=300))
    saved = alerts.load_judgement(box.store, "r")
    assert saved is not None
    assert (saved.state, saved.version, saved.through_step) == (b"later", "v2", 300)
    assert {one.id: one for one in saved.alerts} == {"a": worse, "b": alert("b"), "c": alert("c")}


def test_nothing_is_kept_of_a_save_that_fails(box: Box) -> None:
    box.open()
    save(box, alert())
    cursor = box.run().cursor
    odd: Any = {"passing": object()}
    saving = alerts.save_judgement(box.store, "r", judged(alert("b"), health=replace(HEALTH, checks=odd)))
    with pytest.raises(TypeError):
        saving.result()
    assert listed(box) == ["a"]
    assert box.run().cursor == cursor
    assert box.changes[-1].cursor == cursor


def test_the_transitions_of_an_alert_stand_in_the_order_in_which_they_were_told(box: Box) -> None:
    box.open()
    fired = Told("a", "fired", 128, 1064.0, Level.WARNING)
    raised = Told("a", "raised", 130, 1065.0, Level.CRITICAL)
    other = Told("b", "fired", 130, 1065.0, Level.INFO)
    resolved = Told("a", "resolved", 130, 1065.0, Level.CRITICAL)
    save(box, alert(), told=(fired, raised))
    save(box, alert(), alert("b"), told=(other, resolved))
    assert alerts.list_transitions(box.store, "r") == [fired, raised, resolved, other]


def test_figures_that_json_lacks_are_kept_by_name(box: Box) -> None:
    box.open()
    odd = {"loss": math.nan, "most": math.inf, "least": -math.inf, "steps": np.int64(3), "by": np.array([1.5])}
    causes = (Cause("c", math.nan, "Unknown."),)
    save(box, alert(finding=replace(FINDING, observed=odd, causes=causes), resolved_at=math.nan))
    found = alerts.get_alert(box.store, "a")
    assert found.finding.observed == {"loss": "nan", "most": "inf", "least": "-inf", "steps": 3, "by": [1.5]}
    assert math.isnan(found.finding.causes[0].fit)
    with box.store.reader() as connection:
        stored = connection.exec_driver_sql("SELECT finding FROM alert").scalar_one()
    assert "NaN" not in str(stored)
    assert "Infinity" not in str(stored)


def test_what_people_set_outlives_judging(box: Box) -> None:
    box.open()
    box.log(1, [0, 500], loss=[1.0, 1.0])
    save(box, alert())
    acked = alerts.ack(box.store, "a", by="ann", note="known").result()
    assert acked.acknowledged == {"by": "ann", "note": "known", "at": 1000.0}
    assert box.changes[-1].alerts == (acked,)
    silenced = alerts.silence(box.store, "a", by="bob", seconds=60.0, steps=100).result()
    assert silenced == replace(acked, silenced_until={"at": 1060.0, "step": 600, "by": "bob"})
    save(box, alert(last_step=400))
    assert alerts.get_alert(box.store, "a") == replace(silenced, last_step=400)
    assert box.changes[-1].alerts == (replace(silenced, last_step=400),)
    box.reopen()
    assert alerts.silence(box.store, "a", seconds=0.0).result().silenced_until is None
    assert alerts.silence(box.store, "a", steps=5).result().silenced_until == {"at": None, "step": 505, "by": None}


def test_a_silence_without_an_end_is_refused(box: Box) -> None:
    with pytest.raises(Unprocessable, match="say which"):
        alerts.silence(box.store, "a")


@pytest.mark.parametrize("act", [alerts.ack, lambda store, found: alerts.silence(store, found, steps=1)])
def test_an_unknown_alert_is_not_found(box: Box, act: Any) -> None:
    box.open()
    with pytest.raises(NotFound, match="no alert nowhere"):
        act(box.store, "nowhere").result()
    with pytest.raises(NotFound, match="no alert nowhere"):
        alerts.get_alert(box.store, "nowhere")


def test_alerts_are_listed_newest_first_and_by_page(box: Box) -> None:
    box.open()
    box.open(run="s")
    same = [alert(f"a{place}", opened_at=1000.0 + place // 2) for place in range(6)]
    save(box, *same)
    save(box, alert("s0", run="s", opened_at=1001.0), run="s")
    everything = ["a5", "a4", "s0", "a3", "a2", "a1", "a0"]
    assert listed(box) == everything
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        page, cursor = alerts.list_alerts(box.store, AlertFilter(limit=2, cursor=cursor))
        seen += [one.id for one in page]
    assert (seen, cursor) == (everything, None)
    assert listed(box, run_id="s") == ["s0"]
    for nonsense in ("x", "ü", "gaM"):
        with pytest.raises(BadInput, match="cursor"):
            listed(box, cursor=nonsense)


def test_alerts_are_picked_by_state_root_and_rule(box: Box) -> None:
    box.open()
    save(box, alert(), alert("b", parent="a"), alert("c", state="resolved"), alert("d", rule="plateau"))
    assert listed(box, state="firing") == ["d", "b", "a"]
    assert listed(box, state="resolved") == ["c"]
    assert listed(box, roots=True) == ["d", "c", "a"]
    assert listed(box, rule="plateau") == ["d"]


def test_the_recent_alerts_are_those_that_fire_and_then_the_newest(box: Box) -> None:
    box.open()
    old = [alert(f"r{place}", state="resolved", opened_at=2000.0 + place) for place in range(4)]
    save(box, *old, alert("f"))
    assert [one.id for one in alerts.recent_alerts(box.store, "r", 3)] == ["f", "r3", "r2"]


def test_a_hidden_run_hides_its_alerts(box: Box) -> None:
    box.open()
    save(box, alert())
    runs.delete_run(box.store, "r").result()
    assert listed(box) == []
    for ask in (
        lambda: alerts.get_alert(box.store, "a"),
        lambda: alerts.ack(box.store, "a").result(),
        lambda: alerts.list_checks(box.store, "r"),
        lambda: listed(box, run_id="r"),
        lambda: save(box),
    ):
        with pytest.raises(NotFound):
            ask()
    runs.restore_run(box.store, "r").result()
    assert listed(box) == ["a"]
    assert box.run().health == HEALTH


def test_a_purged_run_takes_its_judgement_with_it(box: Box) -> None:
    for run in ("r", "s"):
        box.open(run=run)
        save(box, alert(f"a{run}", run=run), run=run, told=(Told(f"a{run}", "fired", 1, 1.0, Level.INFO),))
    runs.delete_run(box.store, "r", purge=True).result()
    assert listed(box) == ["as"]
    with box.store.reader() as connection:
        for table in (tables.alert, tables.transition, tables.judgement):
            assert [row.run_id for row in connection.execute(table.select())] == ["s"]
    assert box.open("again").health == Health()


def test_a_judgement_that_is_dropped_leaves_nothing(box: Box) -> None:
    box.open()
    save(box, alert(), alert("b", state="resolved"), told=(Told("a", "fired", 1, 1.0, Level.INFO),))
    run = alerts.drop_judgement(box.store, "r").result()
    assert run.health == Health()
    assert box.changes[-1].kind == "judged"
    assert box.changes[-1].alerts == (alert(state="resolved", reason="The run is judged anew."),)
    assert (listed(box), alerts.list_transitions(box.store, "r")) == ([], [])
    assert alerts.load_judgement(box.store, "r") is None
    assert box.run() == run


def test_lists_of_runs_carry_their_health(box: Box) -> None:
    for run in ("r", "s"):
        box.open(run=run)
    save(box)
    found, _ = listing.list_runs(box.store, listing.RunFilter(order="name"))
    assert [run.health for run in found] == [HEALTH, Health()]


def test_a_list_is_picked_by_severity_project_acknowledgement_and_words(box: Box) -> None:
    box.open(project="distil", name="first light")
    box.open(run="s", project="other")
    save(box, alert("a"), alert("b", level=Level.WARNING, rule="plateau", opened_at=1070.0))
    save(box, alert("c", "s", level=Level.INFO, opened_at=1080.0), run="s")
    alerts.ack(box.store, "a", "me").result()
    assert listed(box, levels=(Level.CRITICAL, Level.INFO)) == ["c", "a"]
    assert listed(box, project="distil") == ["b", "a"]
    assert listed(box, acknowledged=True) == ["a"]
    assert listed(box, acknowledged=False) == ["c", "b"]
    assert listed(box, q="7.97E-06 first") == ["b", "a"]
    assert listed(box, q="plateau") == ["b"]
    assert listed(box, q="100%") == []
    alerts.take_ack_back(box.store, "a").result()
    assert alerts.get_alert(box.store, "a").acknowledged is None


def test_what_follows_is_found_however_far(box: Box) -> None:
    box.open()
    root, other = alert("a"), alert("x")
    far = [alert("b", parent="a", opened_at=1065.0), alert("c", parent="b", opened_at=1066.0), alert("y", parent="x")]
    save(box, root, other, *far)
    assert [one.id for one in list_followers(box.store, [root], 100)] == ["c", "b"]
    assert list_followers(box.store, [], 100) == []


def test_an_incident_is_as_bad_as_what_follows_from_it(box: Box) -> None:
    box.open()
    save(box, alert("a", level=Level.INFO), alert("b", parent="a", level=Level.CRITICAL), alert("c", level=Level.INFO))
    assert listed(box, roots=True, levels=(Level.CRITICAL,)) == ["a"]
    assert listed(box, levels=(Level.CRITICAL,)) == ["b"]
    save(box, alert("b", parent="a", level=Level.CRITICAL, state="resolved"))
    assert listed(box, roots=True, levels=(Level.CRITICAL,)) == []
