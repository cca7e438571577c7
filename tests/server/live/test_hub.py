"""Snapshot and frames together are the run, wherever the line is cut; and nobody waits for anybody."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineside_server.core.events import Change
from lineside_server.core.series import SeriesQuery
from lineside_server.live.board import MOST_PENDING, Board
from lineside_server.live.channel import Channel
from lineside_server.live.hub import Hub, Post, Sight, Viewer, Wish
from lineside_server.sights import Sights
from lineside_server.store.alerts import ack, save_judgement
from lineside_server.store.engine import Store
from lineside_server.store.journal import append
from lineside_server.store.reads import read_series
from lineside_server.store.runs import RunPatch, RunSpec, delete_run, open_run, patch_run

KEYS = ("a", "b/🚂", "c")
ALL = 1_000_000
PATIENCE_S = 10.0


@dataclass
class Screen:
    """A page: it draws what it is sent, by the rules of the frames, and keeps its last cursor."""

    keys: frozenset[str] = frozenset(KEYS)
    cursor: str | None = None
    series: dict[str, Any] = field(default_factory=dict)
    events: dict[str, Any] = field(default_factory=dict)
    alerts: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    taken_before_cut: int = ALL
    gate: Callable[[], Awaitable[object]] | None = None
    viewer: Any = None
    task: Any = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, text: Any) -> None:
        if self.taken_before_cut <= 0:
            raise ConnectionError("the line was cut")
        self.taken_before_cut -= 1
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate()
        self.draw(json.loads(text, parse_constant=pytest.fail))

    def draw(self, frame: Any) -> None:
        kind, data = frame["type"], frame["data"]
        self.kinds.append(kind)
        self.cursor = frame["cursor"]
        if kind == "snapshot":
            self.series = {key: points_of(view) for key, view in data["series"].items()}
            self.events |= {event["id"]: event for event in data["events"]}
            self.alerts = {alert["id"]: alert for alert in data["alerts"]}
            self.run = data["run"]
        elif kind == "points":
            for key, view in data["series"].items():
                self.series.setdefault(key, {}).update(points_of(view))
        elif kind == "event":
            self.events[data["id"]] = data
        elif kind == "alert":
            self.alerts[data["id"]] = data
        else:
            self.run = data
        self.news.set()

    def shown(self) -> Any:
        return {key: points for key, points in self.series.items() if points}


def points_of(view: Any) -> Any:
    kinds: dict[int, str] = {}
    for run in view["nonfinite"]:
        kinds |= dict.fromkeys((run["step"], run["last_step"]), run["kind"])
    return {
        step: (ts, value if value is not None else kinds.get(step, "nonfinite"))
        for step, ts, value in zip(view["step"], view["ts"], view["value"], strict=True)
    }


def truth(store: Store, run_id: str, keys: Any) -> Any:
    page = read_series(store, run_id, SeriesQuery(tuple(keys), points=ALL))
    told = {}
    for key, view in page.series.items():
        pairs = zip(view.ts.tolist(), view.value.tolist(), strict=True)
        told[key] = dict(zip(view.step.tolist(), pairs, strict=True))
    return {key: points for key, points in told.items() if points}


def same(shown: Any, told: Any) -> Any:
    if shown.keys() != told.keys():
        return False
    for key, points in told.items():
        if shown[key].keys() != points.keys():
            return False
        for step, (ts, value) in points.items():
            drawn_ts, drawn = shown[key][step]
            good = drawn == value if math.isfinite(value) else drawn in (repr(value), "nonfinite")
            if drawn_ts != ts or not good:
                return False
    return True


class Stage:
    """A hub on the running loop with the real store behind it."""

    def __init__(self, store: Store, **options: Any) -> None:
        self.store = store
        self.hub = Hub(Sights(store), **({"merge_s": 0.0, "run_frame_s": 0.0} | options))
        self.board = Board(Sights(store), run_frame_s=0.0)
        self.loop = asyncio.get_running_loop()
        store.on_commit(self.listener)
        self.tasks: list[asyncio.Task[None]] = []

    def listener(self, changes: list[Change]) -> None:
        self.loop.call_soon_threadsafe(self.publish, changes)

    def publish(self, changes: Any) -> None:
        for change in changes:
            self.hub.publish(change)
            self.board.publish(change)

    def connect(self, run_id: str, screen: Any) -> None:
        screen.viewer = Viewer(Wish(screen.keys, ALL))
        screen.task = asyncio.create_task(self.hub.watch(run_id, screen.viewer, screen.cursor, screen.send))
        self.tasks.append(screen.task)

    async def cut(self, screen: Any) -> None:
        screen.task.cancel()
        await asyncio.gather(screen.task, return_exceptions=True)
        screen.taken_before_cut = ALL

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        assert not [e for e in ends if isinstance(e, Exception) and not isinstance(e, ConnectionError)]
        self.hub.close()
        self.board.close()
        self.store.work.listeners.remove(self.listener)


async def until(condition: Any, what: Any) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            pytest.fail(what() if callable(what) else what, pytrace=False)
        await asyncio.sleep(0.001)


values = st.sampled_from([0.5, -1e-300, 7.965738758029979e-06, math.nan, math.inf, -math.inf])
batches = st.tuples(
    st.just("batch"),
    st.sampled_from(["w", "other"]),
    st.lists(st.integers(0, 12), min_size=1, max_size=4),
    st.sets(st.sampled_from(KEYS), min_size=1),
    values,
)
acts = st.one_of(
    batches,
    batches,
    batches,
    st.tuples(st.just("cut"), st.integers(0, 3)),
    st.tuples(st.just("die"), st.integers(0, 3)),
    st.tuples(st.just("resume")),
    st.tuples(st.just("note")),
    st.tuples(st.just("show"), st.sets(st.sampled_from(KEYS))),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(acts, max_size=14), most_changes=st.sampled_from([1, 3, 1000]))
def test_snapshot_and_frames_are_the_whole_series_for_any_cut_of_the_line(
    store: Store, make: Any, plan: Any, most_changes: int
) -> None:
    async def scenario(stage: Any) -> None:
        run, _ = open_run(store, RunSpec(), "w").result()
        open_run(store, RunSpec(id=run.id, resume="allow"), "other").result()
        screen = Screen()
        stage.connect(run.id, screen)
        notes = 0
        for seq, act in enumerate(plan, 1):
            match act:
                case ("batch", writer, steps, keys, value):
                    told = make.columns(steps, **{key: [value] * len(steps) for key in keys})
                    await asyncio.wrap_future(append(store, run.id, make.batch(seq, told, writer=writer)))
                case ("note",):
                    notes += 1
                    told = make.batch(seq, make.note(1, f"note {seq}"))
                    await asyncio.wrap_future(append(store, run.id, told))
                case ("resume",):
                    again = RunSpec(id=run.id, resume="must")
                    await asyncio.wrap_future(open_run(store, again, f"writer {seq}"))
                    told = make.batch(1, make.columns([seq], a=[1.0]), writer=f"writer {seq}")
                    await asyncio.wrap_future(append(store, run.id, told))
                case ("cut", turns):
                    for _ in range(turns):
                        await asyncio.sleep(0)
                    await stage.cut(screen)
                    stage.connect(run.id, screen)
                case ("die", frames):
                    screen.taken_before_cut = frames
                case ("show", keys):
                    screen.keys = frozenset(keys)
                    screen.viewer.ask(Wish(screen.keys, ALL))
        await stage.cut(screen)
        stage.connect(run.id, screen)
        told = truth(store, run.id, screen.keys)
        await until(
            lambda: same(screen.shown(), told) and len(screen.events) == notes,
            lambda: f"the screen never caught up: {screen.shown()} of {told}, {len(screen.events)} of {notes} notes",
        )
        await asyncio.sleep(0)
        assert same(screen.shown(), told)

    play(scenario, store, channel=partial(Channel, most_changes=most_changes))


def play(scenario: Any, store: Store, **options: Any) -> None:
    """Run a scenario on a stage of its own, within a loop of its own."""

    async def act() -> None:
        stage = Stage(store, **options)
        try:
            await asyncio.wait_for(scenario(stage), 30)
        finally:
            await stage.end()

    asyncio.run(act())


def opened(store: Store) -> Any:
    return open_run(store, RunSpec(), "w").result()[0]


async def judge(store: Store, run: Any, judged: Any) -> Any:
    return await asyncio.wrap_future(save_judgement(store, run.id, judged))


async def commit(store: Store, run: Any, batch: Any) -> Any:
    return await asyncio.wrap_future(append(store, run.id, batch))


def test_who_comes_back_with_its_last_cursor_gets_frames_and_no_snapshot(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, screen = opened(store), Screen()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")
        await commit(store, run, make.batch(1, make.columns([1], a=[1.0])))
        await until(lambda: "points" in screen.kinds, "no points")
        await stage.cut(screen)
        await commit(store, run, make.batch(2, make.columns([2], a=[2.0])))
        screen.kinds.clear()
        stage.connect(run.id, screen)
        await until(lambda: "points" in screen.kinds, "no points after the cut")
        assert "snapshot" not in screen.kinds
        assert screen.series["a"] == {1: (0.5, 1.0), 2: (1.0, 2.0)}

    play(scenario, store)


def test_a_hub_that_was_restarted_resumes_who_missed_nothing(store: Store, make: Any) -> None:
    run, screen = opened(store), Screen()

    async def before(stage: Any) -> None:
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")

    async def after(stage: Any) -> None:
        screen.kinds.clear()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["run"], "not told that it is connected")
        await commit(store, run, make.batch(1, make.columns([1], a=[1.0])))
        await until(lambda: "points" in screen.kinds, "no points")
        assert "snapshot" not in screen.kinds

    play(before, store)
    play(after, store)


def test_a_hub_that_was_restarted_gives_a_snapshot_to_who_missed_something(store: Store, make: Any) -> None:
    run, screen = opened(store), Screen()

    async def before(stage: Any) -> None:
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")

    async def after(stage: Any) -> None:
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds[-1] == "snapshot" and len(screen.kinds) > 1, "no fresh snapshot")
        assert screen.series["a"] == {1: (0.5, 1.0)}

    play(before, store)
    append(store, run.id, make.batch(1, make.columns([1], a=[1.0]))).result()
    play(after, store)


@pytest.mark.parametrize("cursor", ["", "999999.0", "x", "-1", "999999999.{stamp}"])
def test_a_cursor_that_means_nothing_gets_a_snapshot(store: Store, make: Any, cursor: str) -> None:
    async def scenario(stage: Any) -> None:
        run = opened(store)
        stamp = format(int(run.created_at * 1_000_000), "x")
        screen = Screen(cursor=cursor.format(stamp=stamp))
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")

    play(scenario, store)


def test_a_slow_viewer_holds_up_nobody_and_gets_a_fresh_snapshot(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, quick, slow = opened(store), Screen(), Screen()
        gate = asyncio.Event()
        slow.gate = gate.wait
        stage.connect(run.id, quick)
        stage.connect(run.id, slow)
        await until(lambda: quick.kinds == ["snapshot"], "no snapshot")
        for seq in range(1, 20):
            await commit(store, run, make.batch(seq, make.columns([seq], a=[float(seq)])))
            await until(lambda seq=seq: seq in quick.series.get("a", {}), "the quick one waited")
        assert slow.kinds == []
        gate.set()
        await until(lambda: len(slow.series.get("a", {})) == 19, "the slow one never caught up")
        assert slow.kinds.count("snapshot") == 2
        assert "points" not in slow.kinds

    play(scenario, store, channel=partial(Channel, most_changes=3))


def test_what_comes_while_a_viewer_is_busy_is_merged(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, screen = opened(store), Screen()
        gate = asyncio.Event()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")
        screen.gate = gate.wait
        for seq in range(1, 20):
            await commit(store, run, make.batch(seq, make.columns([seq], a=[float(seq)])))
        gate.set()
        await until(lambda: len(screen.series.get("a", {})) == 19, "not all came")
        assert screen.kinds.count("points") <= 2

    play(scenario, store)


def test_a_busy_run_is_told_at_the_pace_of_merging(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, screen = opened(store), Screen()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")
        await commit(store, run, make.batch(1, make.columns([1], a=[1.0])))
        await until(lambda: "points" in screen.kinds, "the first after a silence comes at once")
        for seq in range(2, 30):
            await commit(store, run, make.batch(seq, make.columns([seq], a=[1.0])))
        assert screen.kinds.count("points") == 1, "these wait for the next time"

    play(scenario, store, merge_s=3600.0)


def test_run_frames_come_at_the_pace_of_run_frames(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, screen = opened(store), Screen()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")
        for seq in range(1, 30):
            await commit(store, run, make.batch(seq, make.columns([seq], a=[1.0])))
        await until(lambda: 29 in screen.series.get("a", {}) and "run" in screen.kinds, "nothing came")
        assert screen.kinds.count("run") == 1

    play(scenario, store, run_frame_s=3600.0)


def test_a_run_frame_is_made_once_for_all_who_stand_at_one_place(store: Store) -> None:
    post, sight, keys = Post(Channel()), Sight(opened(store), "{}"), frozenset(KEYS)
    first = post.run_text(sight, 3, keys)
    assert post.run_text(sight, 3, frozenset(KEYS)) is first
    others = [post.run_text(sight, 4, keys), post.run_text(sight, 3, frozenset("a"))]
    assert len({json.loads(text)["cursor"] for text in [first, *others]}) == 3


def test_a_change_of_the_run_is_told(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, screen = opened(store), Screen()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")
        await asyncio.wrap_future(patch_run(store, run.id, RunPatch(notes="look here")))
        await until(lambda: screen.run["notes"] == "look here", "not told")
        await asyncio.wrap_future(delete_run(store, run.id))
        await until(lambda: screen.run["deleted"], "not told that it is hidden")

    play(scenario, store)


def test_what_is_judged_is_told(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, screen, late = opened(store), Screen(), Screen()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")
        alert = make.alert(run.id, f"{run.id}-a")
        await judge(store, run, make.judged(alert))
        await until(lambda: alert.id in screen.alerts and screen.run["health"]["verdict"] == "warning", "not told")
        await asyncio.wrap_future(ack(store, alert.id, "ann"))
        await until(lambda: screen.alerts[alert.id]["acknowledged"], "not told what people do")
        assert "snapshot" not in screen.kinds[1:]
        stage.connect(run.id, late)
        await until(lambda: alert.id in late.alerts, "not in the snapshot")
        assert late.alerts == screen.alerts
        assert late.run["health"] == screen.run["health"]

    play(scenario, store)


def test_who_comes_back_hears_of_each_alert_once_as_it_is_now(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, screen = opened(store), Screen()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")
        await stage.cut(screen)
        keeper = Screen()
        stage.connect(run.id, keeper)
        for state in ("firing", "resolved"):
            await judge(store, run, make.judged(make.alert(run.id, "x", state=state), make.alert(run.id, state=state)))
        await until(lambda: keeper.alerts.get("a", {}).get("state") == "resolved", "not told")
        screen.kinds.clear()
        stage.connect(run.id, screen)
        await until(lambda: len(screen.alerts) == 2, "not told")
        assert screen.kinds.count("alert") == 2
        assert {alert["state"] for alert in screen.alerts.values()} == {"resolved"}

    play(scenario, store)


def test_the_list_tells_of_alerts_and_begins_with_the_incidents(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, told = opened(store), dict[str, Any]()
        root, child = make.alert(run.id, f"{run.id}-root"), make.alert(run.id, f"{run.id}-child", parent="root")
        await judge(store, run, make.judged(root, child, make.alert(run.id, "old", state="resolved")))
        snapshot: list[str] = []

        async def send(text: Any) -> None:
            frame = json.loads(text)
            if frame["type"] == "snapshot":
                snapshot.extend(alert["id"] for alert in frame["data"]["alerts"] if alert["run_id"] == run.id)
            elif frame["type"] == "alert":
                told[frame["data"]["id"]] = frame["data"]

        stage.tasks.append(asyncio.create_task(stage.board.watch(send)))
        await until(lambda: snapshot, "no snapshot")
        assert snapshot == [root.id]
        await judge(store, run, make.judged(replace(root, parent="other"), make.alert(run.id, "new")))
        await until(lambda: len(told) == 2, "not told")
        assert (told[root.id]["parent"], told["new"]["severity"]) == ("other", "warning")

    play(scenario, store)


def test_a_reader_of_the_list_that_missed_too_many_alerts_gets_it_anew(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, kinds = opened(store), list[str]()
        gate = asyncio.Event()

        async def send(text: Any) -> None:
            kinds.append(json.loads(text)["type"])
            await gate.wait()

        stage.tasks.append(asyncio.create_task(stage.board.watch(send)))
        await until(lambda: kinds == ["snapshot"], "no snapshot")
        many = [make.alert(run.id, f"{run.id}-{place}", state="resolved") for place in range(MOST_PENDING + 1)]
        stage.board.publish(Change(run.id, 2, "judged", run, alerts=tuple(many)))
        gate.set()
        await until(lambda: kinds.count("snapshot") == 2, "no fresh list")
        assert "alert" not in kinds

    play(scenario, store)


def test_the_list_tells_of_new_changed_and_deleted_runs(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        shown = {}
        first = asyncio.Event()

        async def send(text: Any) -> None:
            frame = json.loads(text)
            if frame["type"] == "snapshot":
                shown.update({run["id"]: run for run in frame["data"]["runs"]})
                first.set()
            else:
                shown[frame["data"]["id"]] = frame["data"]

        stage.tasks.append(asyncio.create_task(stage.board.watch(send)))
        await first.wait()
        run = opened(store)
        await until(lambda: run.id in shown, "a new run is not told")
        await commit(store, run, make.batch(1, make.columns([5], a=[1.0])))
        await until(lambda: shown[run.id]["last_step"] == 5, "a change is not told")
        await asyncio.wrap_future(delete_run(store, run.id, purge=True))
        await until(lambda: shown[run.id]["deleted"], "a purge is not told")

    play(scenario, store)


def test_channels_that_nobody_watches_are_forgotten(store: Store, make: Any) -> None:
    async def scenario(stage: Any) -> None:
        run, screen = opened(store), Screen()
        stage.connect(run.id, screen)
        await until(lambda: screen.kinds == ["snapshot"], "no snapshot")
        assert stage.hub.viewers == 1
        await stage.cut(screen)
        assert stage.hub.viewers == 0
        stage.hub.tidy()
        assert run.id in stage.hub._posts, "a short cut of the line costs no snapshot"
        stage.hub._posts[run.id].left_at -= 3600
        stage.hub.tidy()
        assert run.id not in stage.hub._posts

    play(scenario, store)
