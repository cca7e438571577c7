"""Clocks that jump, on either side: no run is lost for it, none lives for ever, and points keep their times."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lineside_server.core.clock import ManualClock

HOUR = 3600.0
NOW = 1_760_000_000.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def service(make_server: Any, clock: ManualClock) -> Any:
    return make_server(clock, sweep_every=HOUR)


@pytest.fixture
def tick(service: Any, clock: ManualClock) -> Callable[[], None]:
    """Let the service look at its runs now, as it does every few seconds by itself."""

    def look() -> None:
        watch = service.watch
        asyncio.run_coroutine_threadsafe(watch.tick(clock.now()), watch._loop).result(30)

    return look


def log(talk: Any, seq: int, ts: float) -> None:
    talk.tell(seq, {"type": "metrics", "step": seq, "ts": ts, "values": {"a": seq}})


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 30 * 24 * HOUR, -30 * 24 * HOUR])
def test_a_jump_of_the_services_clock_loses_no_run_and_keeps_none_alive(
    service: Any, clock: ManualClock, tick: Any, speak: Any, jump: float
) -> None:
    talk = speak(service.url)
    talk.open()
    log(talk, 1, clock.now())
    clock.advance(30)
    tick()
    clock.jump(jump)
    tick()
    assert talk.run()["state"] == "running", "it was heard of half a minute ago"
    clock.advance(59)
    tick()
    assert talk.run()["state"] == "running"
    clock.advance(2)
    tick()
    assert talk.run()["state"] == "lost", "silence after the jump counts"
    log(talk, 2, clock.now())
    assert talk.run()["state"] == "running"
    clock.advance(61)
    tick()
    assert talk.run()["state"] == "lost"


def test_a_jump_stalls_no_run_that_lives(service: Any, clock: ManualClock, tick: Any, speak: Any) -> None:
    talk = speak(service.url)
    talk.open()
    log(talk, 1, clock.now())
    for seq, jump in enumerate((HOUR, -HOUR), start=2):
        clock.jump(jump)
        talk.tell(seq, {"type": "heartbeat", "ts": clock.now()})
        tick()
        assert talk.run()["state"] == "running"
    for seq in range(4, 14):
        clock.advance(10)
        talk.tell(seq, {"type": "heartbeat", "ts": clock.now()})
        tick()
    assert talk.run()["state"] == "stalled"


@pytest.mark.parametrize("off", [HOUR, -HOUR])
def test_a_trainer_an_hour_off_is_understood(
    service: Any, clock: ManualClock, tick: Any, speak: Any, off: float
) -> None:
    talk = speak(service.url)
    talk.open(writer="w", hello_ts=clock.now() + off)
    told = []
    for seq in range(1, 20):
        told.append(clock.now() + off)
        log(talk, seq, told[-1])
        clock.advance(5)
        tick()
        assert talk.run()["state"] == "running"
    assert talk.series("a")["ts"] == told, "points keep the times that the trainer gave"
    assert talk.run()["progress"]["steps_per_s"] == pytest.approx(0.2)
    talk.tell(20, {"type": "finish", "ts": clock.now() + off, "status": "finished"})
    run = talk.run()
    assert (run["state"], run["ended_at"]) == ("finished", pytest.approx(clock.now()))


def test_a_trainers_clock_that_goes_back_takes_nothing_away(
    service: Any, clock: ManualClock, tick: Any, speak: Any
) -> None:
    talk = speak(service.url)
    talk.open(writer="w", hello_ts=clock.now())
    told = []
    for seq in range(1, 40):
        told.append(clock.now() - (HOUR if seq >= 20 else 0.0))
        log(talk, seq, told[-1])
        clock.advance(1)
        tick()
    run = talk.run()
    assert (run["state"], run["last_step"]) == ("running", 39)
    assert run["progress"]["steps_per_s"] is None or run["progress"]["steps_per_s"] > 0
    series = talk.series("a")
    assert (series["step"], series["ts"]) == (list(range(1, 40)), told)
    in_time = talk.get("/runs/alice/metrics", params={"key": "a", "x": "time", "points": 10}).json()["series"]["a"]
    assert in_time["count"] == 39
    assert (min(in_time["min"]), max(in_time["max"])) == (1, 39)


JUMPING = """
import sys, time, lineside
true, off = time.time, [0.0]
time.time = lambda: true() + off[0]
run = lineside.init(id="jumps", server=sys.argv[1])
for step in range(3_000):
    off[0] = (0.0, -3600.0, 86400.0)[step // 1_000]
    run.log({"a": step}, step=step)
sys.exit(0 if run.finish() else 1)
"""


def test_the_client_goes_on_through_jumps_of_its_clock(talk: Any, live_server: Any, python: Any, tmp_path: Any) -> None:
    process = python(JUMPING, live_server.url, LINESIDE_DIR=str(tmp_path / "spool"))
    assert process.communicate(timeout=60)[1].count("Traceback") == 0
    assert process.returncode == 0
    series = talk.series("a", "jumps")
    assert series["value"] == list(range(3_000))
    first, back, ahead = (series["ts"][place] for place in (500, 1_500, 2_500))
    assert first - back == pytest.approx(3600, abs=60)
    assert ahead - first == pytest.approx(86400, abs=60)
    assert talk.run("jumps")["state"] == "finished"
