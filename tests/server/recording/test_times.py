"""When rows were written: by a clock, by the seconds since the start, or not said."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

WRITTEN = 1_700_000_000.0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1700000100", "1700000105.5"),
        ("1700000100000", "1700000105500"),
        ("1700000100000000", "1700000105500000"),
        ("1700000100000000000", "1700000105500000000"),
        ("2023-11-14T22:15:00Z", "2023-11-14T22:15:05.5Z"),
        ("2023-11-14 22:15:00", "2023-11-14 22:15:05.500"),
        ("2023-11-15T00:15:00+02:00", "2023-11-14T22:15:05.500+00:00"),
    ],
)
def test_a_clock_is_read_in_any_usual_form(desk: Any, first: str, second: str) -> None:
    read = desk.table(f"step,timestamp,loss\n1,{first},2\n2,{second},3\n3,,4\n")
    assert read.config["_clock"] == "wall"
    assert read.times == pytest.approx([1_700_000_100.0, 1_700_000_105.5, 1_700_000_105.5, 1_700_000_105.5], abs=1e-3)
    assert read.recording.start["ts"] == pytest.approx(1_700_000_100.0)
    assert set(read.series) == {"loss"}


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that does not keep the time of Greenwich."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("far_away")
def test_a_date_without_a_zone_is_one_of_greenwich_wherever_it_is_read(desk: Any) -> None:
    assert desk.table("step,date,loss\n1,2023-11-14 22:15:00,2\n").times[0] == 1_700_000_100.0


def test_seconds_since_the_start_end_when_the_file_was_written(desk: Any) -> None:
    read = desk.table("epoch,time,loss\n" + "".join(f"{n},{n * 2.5},1\n" for n in range(1, 7)))
    assert read.config["_clock"] == "elapsed"
    assert read.times[0] == WRITTEN - 12.5
    assert read.times[-1] == WRITTEN


def test_how_long_each_step_took_is_no_clock(desk: Any) -> None:
    read = desk.table("step,elapsed,loss\n" + "".join(f"{n},{100 + n % 3},1\n" for n in range(9)))
    assert read.config["_clock"] == "none"
    assert "elapsed" in read.series
    assert set(read.times) == {WRITTEN}


def test_what_is_told_to_be_seconds_since_the_start_is(desk: Any) -> None:
    read = desk.table("step,sec,loss\n1,5,1\n2,7,1\n", "sec=@elapsed")
    assert read.times == [WRITTEN - 2, WRITTEN, WRITTEN]
    assert set(read.series) == {"loss"}


def test_a_word_for_a_time_keeps_the_time_before(desk: Any) -> None:
    read = desk.table("step,date,loss\n1,2023-11-14,2\n2,soon,3\n3,9999999999999,4\n")
    assert read.times == [1_699_920_000.0] * 4
