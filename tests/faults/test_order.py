"""Batches out of order and twice, retries long after, and spools that several processes see."""

import json
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

BATCHES, SIZE = 120, 100

LOGGING = """
import os, sys, lineside
run = lineside.init(id=sys.argv[2], server=sys.argv[1])
for step in range(5_000):
    run.log({"a": step / 7}, step=step)
print(run.id, flush=True)
sys.stdin.readline()
sys.exit(0 if run.finish() else 1)
"""


def batch(seq: int) -> dict[str, Any]:
    steps = range(seq * SIZE, (seq + 1) * SIZE)
    return {"type": "columns", "steps": [*steps], "columns": {"a": [step / 7 for step in steps]}}


@pytest.mark.parametrize("seed", range(3))
def test_any_order_and_every_batch_twice(live_server: Any, talk: Any, seed: int) -> None:
    talk.open()
    order = [*range(BATCHES), *range(BATCHES)]
    random.Random(seed).shuffle(order)
    answers = [(seq, talk.tell(seq, batch(seq))) for seq in order]
    seen: set[int] = set()
    for seq, answer in answers:
        assert answer["duplicate"] is (seq in seen)
        assert answer["accepted"] == (0 if seq in seen else 1)
        seen.add(seq)
    assert live_server.store.counters.sealed_chunks, "this is about what is sealed, too"
    assert_whole(talk)


def test_a_retry_long_after_sealing_changes_nothing(live_server: Any, talk: Any) -> None:
    talk.open()
    for seq in range(BATCHES):
        talk.tell(seq, batch(seq))
    talk.tell(BATCHES, {"type": "finish", "status": "finished"})
    before = talk.run()
    live_server.restart()
    for seq in (0, BATCHES // 2, BATCHES - 1, BATCHES):
        changed = batch(seq) | {"columns": {"a": [0.0] * SIZE}}
        answer = talk.tell(seq, changed)
        assert (answer["accepted"], answer["duplicate"], answer["rejected"]) == (0, True, [])
    assert _logged(talk.run()) == _logged(before)
    assert_whole(talk)


def assert_whole(talk: Any) -> None:
    series = talk.series("a")
    assert series["step"] == list(range(BATCHES * SIZE))
    assert series["value"] == [step / 7 for step in range(BATCHES * SIZE)]
    assert series["corrected"] == 0


def test_two_processes_over_one_folder_have_a_spool_each(
    live_server: Any, talk: Any, python: Any, tmp_path: Path
) -> None:
    both = [python(LOGGING, live_server.url, name, LINESIDE_DIR=str(tmp_path)) for name in ("alice", "bob")]
    assert [process.stdout.readline() for process in both] == ["alice\n", "bob\n"]
    assert sorted(path.name.partition("~")[0] for path in (tmp_path / "spool").iterdir()) == ["alice", "bob"]
    for process in both:
        process.communicate("\n", timeout=60)
        assert process.returncode == 0
    for name in ("alice", "bob"):
        series = talk.series("a", name)
        assert (series["step"], series["corrected"]) == (list(range(5_000)), 0)
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_is_left_is_shipped_by_exactly_one(live_server: Any, speak: Any, python: Any, tmp_path: Path) -> None:
    live_server.stop()
    names = [f"run-{number}" for number in range(4)]
    killed = [python(LOGGING, live_server.url, name, LINESIDE_DIR=str(tmp_path)) for name in names]
    for process in killed:
        process.stdout.readline()
        process.kill()
        process.wait(30)
    live_server.start()
    told = [result for process in at_once(python, tmp_path) for result in process]
    assert Counter(one["run"] for one in told if one["state"] == "sent") == Counter(names)
    assert sum(one["records"] for one in told) == 4 * 5_000
    assert {one["state"] for one in told} <= {"sent", "in use"}
    assert live_server.store.counters.duplicates == 0, "no batch came twice"
    talk = speak(live_server.url)
    for name in names:
        series = talk.series("a", name)
        assert (series["step"], series["corrected"]) == (list(range(5_000)), 0)
    assert not list(tmp_path.rglob("*.seg"))


def at_once(python: Any, folder: Path) -> list[list[dict[str, Any]]]:
    """Three that ship the same folder at the same time."""
    syncs: list[subprocess.Popen[str]] = [
        python("lineside._cli", "sync", str(folder), "--json", LINESIDE_DIR=str(folder)) for _ in range(3)
    ]
    told = []
    for process in syncs:
        said, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
        told.append(json.loads(said)["spools"])
    return told


def _logged(run: dict[str, Any]) -> dict[str, Any]:
    """A run without what judging it brings, at a time of its own."""
    return {name: value for name, value in run.items() if name not in ("health", "cursor")}
