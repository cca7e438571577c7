"""Makes the lab's runs, each in a process of its own, and writes recordings and manifest into a folder."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lineside
from lineside_trainer import models
from lineside_trainer.console import say
from lineside_trainer.faults.catalogue import find
from lineside_trainer.lab.onset import first_step
from lineside_trainer.lab.tape import Tape
from lineside_trainer.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.process import BaseProcess

    from lineside_trainer.lab.cases import Case

MANIFEST = "runs.json"
PATIENCE_S = 75.0  # a run that says nothing for so long is given up, and killed
HUNG_S = 5.0  # one that says nothing for so long needs no processor: the next may start beside it
POLL_S = 0.1
AT_ONCE = 2  # the runs wait for half of their time, on purpose


def record_all(folder: Path, cases: Sequence[Case], cache: Path, patience: float = PATIENCE_S) -> None:
    """Record runs into a folder; others that are there stay, and stay in the manifest."""
    waiting = [*reversed(cases)]
    folder.mkdir(parents=True, exist_ok=True)
    models.choose_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        running: list[Live] = []
        while waiting or running:
            if waiting and sum(live.silent_for() < HUNG_S for live in running) < AT_ONCE:
                running.append(Live(waiting.pop(), Path(scratch), cache.absolute()))
            for live in [live for live in running if live.over(patience)]:
                running.remove(live)
                _keep(folder, live)
            time.sleep(POLL_S)


class Live:
    """A run in its own process: a kill ends nothing else, and a leak leaks nowhere else."""

    def __init__(self, case: Case, scratch: Path, cache: Path) -> None:
        self.case, self.folder = case, scratch / case.name
        self.folder.mkdir()
        self.began = self.last = time.time()
        fork = multiprocessing.get_context("fork")  # torch and transformers are imported once
        self.process: BaseProcess = fork.Process(target=_train, args=(case, self.folder, cache))
        self.process.start()

    @property
    def spool(self) -> Path | None:
        return next((self.folder / "client" / "spool").glob("*"), None)

    def silent_for(self) -> float:
        """Return the seconds since the last record; before the first one the run is busy with corpus and teacher."""
        now = time.time()
        segments = self.spool.glob("*.seg") if self.spool else ()
        return now - max((path.stat().st_mtime for path in segments), default=now)

    def over(self, patience: float) -> bool:
        """Return whether the process has ended; one that has hung for long enough is killed."""
        if self.process.is_alive() and self.silent_for() > patience:
            self.last = time.time()
            self.process.kill()
            self.process.join()
        return not self.process.is_alive()

    def tape(self) -> Tape:
        survives = self.case.fault is None or find(self.case.fault).survives
        if self.spool is None or (survives and self.process.exitcode != 0):
            said = (self.folder / "said.txt").read_text(encoding="utf-8")
            raise RuntimeError(f"The run {self.case.name} ended with {self.process.exitcode}:\n{said[-2000:]}")
        tape = Tape.of(self.spool, self.case.name)
        tape.lived_until(self.last)
        return tape


def _train(case: Case, folder: Path, cache: Path) -> None:
    """Train in this (forked) process, as the command would, with the client offline."""
    os.chdir(folder)
    with Path("said.txt").open("w", encoding="utf-8") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)

    def open_run(name: str, config: dict[str, Any], intent: dict[str, Any], run_id: str | None) -> lineside.Run:
        mode = "offline" if name == "student" else "disabled"
        declared = intent if case.declared else None
        return lineside.init("lab", name, run_id, config=config, intent=declared, mode=mode, dir="client")

    Session(case.config, cache, open_run, fault=case.made()).distil(Path("output"))


def _keep(folder: Path, live: Live) -> None:
    """Write the recording, and its line of the manifest."""
    case, tape = live.case, live.tape()
    path = folder / f"{case.name}.jsonl.gz"
    tape.write(path)
    told = find(case.fault) if case.fault else None
    line = {
        "file": path.name,
        "fault": case.fault,
        "setting": case.setting,
        "seed": case.seed,
        "declared": case.declared,
        "fault_step": first_step(told, tape) if told else None,
        "expected_rules": list(told.raises) if told else [],
        "may_follow": list(told.follows) if told else [],
        "first_cause": told.cause if told else None,
    }
    manifest = folder / MANIFEST
    known = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else []
    lines = sorted([*(each for each in known if each["file"] != path.name), line], key=lambda each: each["file"])
    text = ",\n".join(json.dumps(each) for each in lines)
    manifest.write_text(f"[\n{text}\n]\n", encoding="utf-8")
    shutil.rmtree(live.folder)
    say(
        f"{path.name}: {len(tape.events)} events, {path.stat().st_size / 1000:.0f} kB, {time.time() - live.began:.0f} s"
    )
