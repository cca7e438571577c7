"""`trainer_state.json` of the Hugging Face trainer: its log history as events, what it declares as intent."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from lineside_server.core.roles import role_of
from lineside_server.errors import BadInput
from lineside_server.recording.keys import told_roles
from lineside_server.recording.mapping import ColumnMap
from lineside_server.recording.model import NO_END, Recording, finish, no_run
from lineside_server.recording.naming import run_name
from lineside_server.recording.source import digest_of
from lineside_server.recording.trainer_history import History, figure, history_of, scalar
from lineside_server.recording.trainer_keys import UNDECLARED

AVERAGED: Final = {"train/loss": "the mean over the updates since the log before"}
EPOCHS_OFF: Final = 0.01  # of the number of epochs
MOST_NAMED: Final = 10
_encode: Final = msgspec.json.Encoder().encode


def is_state(told: object) -> bool:
    return isinstance(told, dict) and isinstance(told.get("log_history"), list)


def read_trainer_state(path: Path, state: Mapping[str, Any], mapping: ColumnMap) -> Recording:
    """Turn a state that was read into a run; BadInput where it logged nothing, or the mapping asks what it has not."""
    if mapping.parts or mapping.blank_is_nan:
        raise BadInput(
            f"{path} is a trainer state, which says itself what is what: --map can only rename there, or @drop."
        )
    mapping.check({name: None for row in state["log_history"] if isinstance(row, dict) for name in row})
    history = history_of(state["log_history"], mapping)
    if not history.points:
        raise no_run(path, "its log history holds no figures")
    begin = path.stat().st_mtime
    roles, notes = told_roles({key: None for _, values in history.points for key in values})
    notes = [*_notes(history), *notes]
    start = {
        "type": "start",
        "name": run_name(path),
        "config": {**_config(state, history), "_notes": notes},
        "intent": _intent(state, history) | ({"roles": roles} if roles else {}),
        "ts": begin,
    }
    end = finish(begin, None if history.summary or _is_done(state) else NO_END)
    return Recording(path, digest_of(path, mapping.salt), start, lambda: _lines(history, begin, end), tuple(notes))


def _lines(history: History, ts: float, end: bytes) -> Iterator[bytes]:
    for step, values in history.points:
        yield _encode({"type": "metrics", "step": step, "ts": ts, "values": values})
    yield end


def _config(state: Mapping[str, Any], history: History) -> dict[str, Any]:
    told = {name: scalar(value) for name, value in state.items() if scalar(value) is not None}
    printed = {key: history.printed(key) for key in history.cells if role_of(key, UNDECLARED) is not None}
    facts = {
        "_averaged": {key: how for key, how in AVERAGED.items() if key in history.cells},
        "_summary": history.summary,
    }
    return told | {
        "_read_as": "trainer_state",
        "_steps": "step",
        "_clock": "none",
        "_printed": {key: how for key, how in printed.items() if how is not None},
        **{name: fact for name, fact in facts.items() if fact},
    }


def _intent(state: Mapping[str, Any], history: History) -> dict[str, Any]:
    """Return what the state declares; epochs only where the length follows from them, not they from the length."""
    intent: dict[str, Any] = {"step_unit": "update"}
    total, epochs = figure(state.get("max_steps")), figure(state.get("num_train_epochs"))
    if total is not None and total >= 1:
        intent["total_steps"] = int(total)
        done, epoch = figure(state.get("global_step")), figure(state.get("epoch"))
        if epochs and done and epoch and abs(epoch * total / done - epochs) <= EPOCHS_OFF * epochs:
            intent["epochs"] = epochs
    every = figure(state.get("eval_steps"))
    if every and every < 1 and total:
        every = math.ceil(every * total)
    evals = [step for step in history.evals if step > 0]
    if every and evals and evals[0] == every and all(step % every == 0 for step in evals[:-1]):
        intent["eval_every"] = int(every)
    return intent


def _is_done(state: Mapping[str, Any]) -> bool:
    done, total = figure(state.get("global_step")), figure(state.get("max_steps"))
    return done is not None and total is not None and 0 < total <= done


def _notes(history: History) -> list[str]:
    notes = []
    if "train/loss" in history.cells:
        notes.append(
            "train/loss is the mean over the updates since the log before, as the Hugging Face trainer logs it."
        )
    if history.summary:
        notes.append(
            "The trainer's closing figures are in the config (_summary); its train_loss is a mean over the run."
        )
    notes.append("A trainer state tells no time: all points bear the time of the file, and no pace is known.")
    if history.left_out:
        notes.append(f"Left out, because they hold no numbers: {', '.join(sorted(history.left_out)[:MOST_NAMED])}.")
    if history.rows_left_out:
        notes.append(f"{history.rows_left_out} rows of the log history name no step and are left out.")
    return notes
