"""Whatever is written, whenever the sender dies: everything arrives once, cut the same."""

import shutil
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineside._folder import Folder
from lineside._keyset import KeySet
from lineside._reader import Leftover, Parcel, Reader
from lineside._record import event_record, frame
from lineside._spool import Spool

ACTIONS = st.lists(st.sampled_from(["log", "log other", "event", "send", "lose answer", "crash"]), max_size=60)


class Journey:
    """A writer, a sender that may be restarted at any point, and a server that knows each seq once."""

    def __init__(self, root: Path) -> None:
        self.folder = Folder.create(root, {"writer": "w", "server": None, "mode": "online", "open": {"id": "r"}})
        self.spool = Spool(self.folder, 40_000, resumes=False)
        self.reader = Reader(self.folder, self.spool)
        self.keysets = {"log": KeySet(("a",)), "log other": KeySet(("a", "b"))}
        self.logged: list[Any] = []
        self.applied: dict[int, list[dict[str, Any]]] = {}
        self.parcel: Parcel | None = None

    def act(self, action: str) -> None:
        if action in self.keysets:
            keyset, step = self.keysets[action], len(self.logged)
            self.spool.point(keyset, step, 1.0, [step] * len(keyset.keys))
            self.logged.append(step)
        elif action == "event":
            self.spool.event({"type": "note", "step": len(self.logged), "text": "n"})
            self.logged.append("note")
        elif action == "crash":
            self.reader.close()
            self.reader, self.parcel = Reader(self.folder, Leftover(self.folder)), None
            # From here on it is a leftover: the writer has died with its sender.
            self.act("send")
        else:
            self.send(answered=action == "send")

    def send(self, *, answered: bool) -> bool:
        self.parcel = self.parcel or self.reader.next()
        if self.parcel is None:
            return False
        assert self.applied.setdefault(self.parcel.seq, self.parcel.events) == self.parcel.events
        if answered:
            self.reader.done()
            self.parcel = None
        return True

    def arrived(self) -> list[Any]:
        assert sorted(self.applied) == list(range(1, len(self.applied) + 1))
        found: list[Any] = []
        for seq in sorted(self.applied):
            for event in self.applied[seq]:
                if event["type"] == "columns":
                    found += struct.unpack(f"<{len(event['steps']) // 8}q", event["steps"])
                else:
                    found.append(event["type"])
        return found


@given(ACTIONS, ACTIONS)
@settings(max_examples=150)
def test_everything_arrives_once_through_lost_answers_and_crashes(before: list[str], after: list[str]) -> None:
    root = Path(tempfile.mkdtemp())
    journey = Journey(root)
    for action in [a for a in before if a != "crash"]:
        journey.act(action)
    journey.spool.close()
    journey.act("crash")
    for action in [a for a in after if a in ("send", "lose answer", "crash")]:
        journey.act(action)
    while journey.send(answered=True):
        pass
    assert sorted(journey.arrived(), key=str) == sorted(journey.logged, key=str)
    journey.reader.close()
    journey.folder.release()
    shutil.rmtree(root)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder.create(tmp_path, {"writer": "w", "server": None, "mode": "online", "open": {"id": "r"}})
    yield folder
    folder.release()


def left(folder: Folder) -> list[dict[str, Any]]:
    """Send all that is left in the folder."""
    reader = Reader(folder, Leftover(folder))
    found = []
    while parcel := reader.next():
        found += parcel.events
        reader.done()
    reader.close()
    return found


def note(text: str) -> bytes:
    return event_record({"type": "note", "step": 0, "text": text})


def texts(events: list[dict[str, Any]]) -> list[Any]:
    return [event["text"] if event["type"] == "note" else event for event in events]


def test_a_torn_tail_is_not_a_loss(folder: Folder) -> None:
    folder.segment(1).write_bytes(note("a") + note("b")[:-3])
    folder.segment(2).write_bytes(note("c"))
    assert texts(left(folder)) == ["a", "c"]


def test_a_damaged_tail_is_a_loss(folder: Folder) -> None:
    folder.segment(1).write_bytes(note("a") + note("b")[:-3] + b"???")
    assert texts(left(folder)) == ["a", {"type": "gap", "records": 1}]


def test_a_stretch_of_rubbish_costs_nothing_else(folder: Folder) -> None:
    folder.segment(1).write_bytes(note("a") + b"\x00" * 6_000_000 + note("b"))
    found = texts(left(folder))
    assert [text for text in found if isinstance(text, str)] == ["a", "b"]
    assert {"type": "gap", "records": 1} in found


def test_a_record_larger_than_a_chunk_is_read(folder: Folder) -> None:
    folder.segment(1).write_bytes(note("a") + note("x" * 2_000_000) + note("b"))
    assert [text if len(text) < 9 else len(text) for text in texts(left(folder))] == ["a", 2_000_000, "b"]


def test_segments_are_deleted_as_they_are_done(folder: Folder) -> None:
    folder.segment(1).write_bytes(note("a"))
    folder.segment(2).write_bytes(note("b"))
    reader = Reader(folder, Leftover(folder))
    reader.next()
    reader.done()
    assert folder.segments() == [1, 2]
    reader.next()
    assert folder.segments() == [2]
    reader.done()
    assert reader.next() is None
    assert folder.segments() == []
    reader.close()


def test_an_unknown_record_is_counted(folder: Folder) -> None:
    folder.segment(1).write_bytes(frame(b"\x63future") + note("a"))
    assert texts(left(folder)) == [{"type": "gap", "records": 1}, "a"]
