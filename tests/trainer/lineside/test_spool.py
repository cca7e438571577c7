"""The spool takes what it is given before it returns, keeps to its bound and owns up to what it lost."""

import errno
import os
import resource
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineside._batch import build
from lineside._folder import Folder
from lineside._keyset import KeySet
from lineside._pen import Pen, holding, lending
from lineside._spool import Spool

KEYS = KeySet(("a", "b"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder.create(tmp_path, {"writer": "w", "server": None, "mode": "offline", "open": {"id": "r"}})


@pytest.fixture(params=[holding, lending], ids=["holding", "lending"])
def make(folder: Folder, request: pytest.FixtureRequest) -> Iterator[Callable[..., Spool]]:
    made = []

    def begin(limit: int = 1 << 30, *, resumes: bool = False, pen: Pen = request.param) -> Spool:
        KEYS.segment = 0  # no segment of this spool knows it
        made.append(Spool(folder, limit, resumes=resumes, pen=pen))
        return made[-1]

    yield begin
    for spool in made:
        spool.close()
        spool.folder.release()


def put(spool: Spool, step: int | None, keyset: KeySet = KEYS, **options: Any) -> None:
    spool.point(keyset, step, 1.0, [float(place) for place in range(len(keyset.keys))], **options)


def events(spool: Spool) -> list[dict[str, Any]]:
    """Return all that lies in the spool's files now, as a batch would tell it."""
    found = []
    for number in spool.folder.segments():
        batch = build(spool.folder.segment(number).read_bytes(), {}, -1, exact=True)
        assert batch.damaged == 0
        found += batch.events
    return found


def steps(spool: Spool) -> list[int]:
    packed = [event["steps"] for event in events(spool) if event["type"] == "columns"]
    return [step for each in packed for step in struct.unpack(f"<{len(each) // 8}q", each)]


def gaps(spool: Spool) -> list[dict[str, Any]]:
    return [event for event in events(spool) if event["type"] == "gap"]


def test_a_point_is_in_the_file_when_the_call_returns(make: Callable[..., Spool]) -> None:
    spool = make()
    for step in range(5):
        put(spool, step)
        assert steps(spool) == list(range(step + 1))


def test_steps_that_are_not_given_follow_the_highest(make: Callable[..., Spool]) -> None:
    spool = make()
    for step in (None, None, 10, 4, None, None):
        put(spool, step)
    assert steps(spool) == [0, 1, 10, 4, 11, 12]


def test_an_open_step_is_given_again(make: Callable[..., Spool]) -> None:
    spool = make()
    put(spool, None, advance=False)
    put(spool, None)
    put(spool, None)
    assert steps(spool) == [0, 0, 1]


def test_a_resumed_spool_counts_on_from_the_base(make: Callable[..., Spool]) -> None:
    spool = make(resumes=True)
    put(spool, None)
    put(spool, None)
    spool.set_base(40)
    put(spool, None)
    assert steps(spool) == [0, 1, 43]  # the first two were written before, and are resolved here with base -1


def test_a_value_without_a_double_changes_nothing(make: Callable[..., Spool]) -> None:
    spool = make()
    put(spool, None)
    assert not spool.point(KEYS, None, 1.0, [1.0, "x"])  # type: ignore[list-item]  # the mistake is the test
    assert not spool.point(KEYS, 9, 1.0, [1.0])
    put(spool, None)
    assert steps(spool) == [0, 1]


def test_an_event_without_a_step_is_marked_at_the_last(make: Callable[..., Spool]) -> None:
    spool = make()
    spool.event({"type": "note", "step": None})
    put(spool, 7)
    spool.event({"type": "note", "step": None})
    assert [event["step"] for event in events(spool) if event["type"] == "note"] == [0, 7]


def test_key_sets_are_told_again_in_every_segment(make: Callable[..., Spool]) -> None:
    spool = make(limit=40_000)
    other = KeySet(("c",))
    for step in range(300):
        put(spool, step)
        put(spool, step, other)
    assert len(spool.folder.segments()) > 3
    assert len(steps(spool)) == 600


def test_a_full_spool_drops_the_oldest_and_says_how_much(
    make: Callable[..., Spool], capsys: pytest.CaptureFixture[str]
) -> None:
    spool = make(limit=40_000)
    for step in range(2_000):
        put(spool, step)
        assert sum(spool.folder.segment(n).stat().st_size for n in spool.folder.segments()) <= 40_000 + 200
    kept, dropped = steps(spool), sum(gap["records"] for gap in gaps(spool))
    assert kept == list(range(2_000 - len(kept), 2_000))
    assert dropped + len(kept) == 2_000
    assert spool.losses.total.records >= dropped
    assert (min(g["from_step"] for g in gaps(spool)), max(g["to_step"] for g in gaps(spool))) == (0, kept[0] - 1)
    assert capsys.readouterr().err.count("limit of 40,000 bytes") == 1


def test_what_a_batch_has_taken_up_is_never_dropped(make: Callable[..., Spool]) -> None:
    spool = make(limit=40_000)
    put(spool, 0)
    assert spool.claim(0) == 1
    for step in range(1, 2_000):
        put(spool, step)
    assert spool.folder.segments()[0] == 1
    assert steps(spool)[0] == 0
    assert spool.claim(1) == spool.folder.segments()[1]


def test_a_dropped_declaration_is_told_again(make: Callable[..., Spool]) -> None:
    spool = make(limit=40_000)
    spool.event({"type": "config", "ts": 1.0, "config": {"lr": 1, "seed": 2}})
    spool.event({"type": "config", "ts": 2.0, "config": {"lr": 3}})
    for step in range(2_000):
        put(spool, step)
    told: dict[str, Any] = {}
    for event in events(spool):
        told |= event.get("config", {})
    assert told == {"lr": 3, "seed": 2}


def test_a_full_disk_costs_what_it_costs_and_no_more(
    make: Callable[..., Spool], capsys: pytest.CaptureFixture[str]
) -> None:
    spool = make()
    put(spool, 0)
    disk = os.dup(spool._fd)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, spool._fd)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))  # nor can another file be had
    try:
        for step in range(1, 4):
            put(spool, step)
        spool.event({"type": "note", "step": 3})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    os.dup2(disk, spool._fd)
    put(spool, 4)
    os.close(disk)
    os.close(full)
    assert steps(spool) == [0, 4]
    (gap,) = gaps(spool)
    assert (gap["records"], gap["from_step"], gap["to_step"]) == (4, 1, 3)
    said = capsys.readouterr().err
    assert said.count(os.strerror(errno.ENOSPC)) == 1
    assert "4 records were lost" in said


def test_a_write_that_falls_short_is_completed(make: Callable[..., Spool]) -> None:
    spool = make(pen=lambda file, record, size: os.write(file, bytes(record)[: size // 3]))
    for step in range(3):
        put(spool, step)
    assert steps(spool) == [0, 1, 2]


def test_a_file_that_may_grow_no_more_is_followed_by_the_next(make: Callable[..., Spool]) -> None:
    spool = make()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        for step in range(100):
            put(spool, step)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert steps(spool) == list(range(100))
    assert len(spool.folder.segments()) > 3
    assert gaps(spool) == []


def test_a_signal_handler_that_writes_waits_for_the_write_it_interrupted(make: Callable[..., Spool]) -> None:
    spool = make()
    order = []

    class Interrupting:
        """Stands in for the write in whose middle a handler runs, in the same thread."""

        def __iter__(self) -> Iterator[float]:
            put(spool, 2)
            assert spool.after_write(lambda: order.append(steps(spool)))
            return iter([1.0, 2.0])

    spool.point(KEYS, 1, 1.0, Interrupting())
    assert order == [[1, 2]]
    assert not spool.after_write(lambda: order.append([]))


def test_threads_share_a_spool(make: Callable[..., Spool]) -> None:
    spool = make(limit=1 << 22)
    keysets = [KeySet((f"thread/{number}",)) for number in range(4)]

    def work(keyset: KeySet) -> None:
        for _ in range(500):
            put(spool, None, keyset)

    threads = [threading.Thread(target=work, args=(keyset,)) for keyset in keysets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(steps(spool)) == list(range(2_000))


def test_nothing_is_written_after_the_last_event(make: Callable[..., Spool]) -> None:
    spool = make()
    spool.event({"type": "finish", "status": "finished"}, last=True)
    put(spool, 1)
    spool.event({"type": "note", "step": 1})
    assert [event["type"] for event in events(spool)] == ["finish"]


def test_an_event_too_large_for_a_batch_is_left_out(
    make: Callable[..., Spool], capsys: pytest.CaptureFixture[str]
) -> None:
    spool = make()
    spool.event({"type": "note", "step": 0, "text": "x" * (4 << 20)})
    assert events(spool) == []
    assert "too large" in capsys.readouterr().err
