"""How a run's state follows from what its writers say; silence is in sweep.py."""

from typing import Any

from lineside_server.core.events import Event
from lineside_server.core.runs import ENDED
from lineside_server.store.attempts import Writer, outlived
from lineside_server.store.bounds import mind_size
from lineside_server.store.heads import Head
from lineside_server.store.work import Work


def revive(head: Head, *, points: bool) -> bool:
    """Any word ends `lost`, points end `stalled`; a run that has ended stays ended. Whether anything changed."""
    if head.run.state == "lost" or (head.run.state == "stalled" and points):
        head.change(state="running", state_reason=None)
        return True
    return False


def apply(work: Work, head: Head, writer: Writer, event: Event, *, told: bool) -> bool:
    """Takes in a declaration or a finish. Whether the run's cold columns changed.

    TooLarge: it would declare more than is kept.

    `told`: whether the trainer itself wrote the event's time.
    """
    match event.type:
        case "config" | "intent" as name:
            declared = {name: {**getattr(head.run, name), **event.body[name]}}
            mind_size(work, **declared)
            head.change(**declared)
        case "finish":
            return _finish(head, writer, event, event.ts + writer.clock_offset if told else None)
        case _:
            return False
    return True


def _finish(head: Head, writer: Writer, event: Event, told_at: float | None) -> bool:
    writer.finished = True
    now = head.run.heard_at
    if head.run.state in ENDED or outlived(writer, head.writers.values(), now, told_at):
        return False
    ended_at = now if told_at is None else told_at
    error = event.body.get("error")
    reason = None if error is None else str(error).replace("\x00", "\ufffd")  # PostgreSQL has no NUL in texts
    head.change(state=event.body["status"], state_reason=reason, ended_at=ended_at)
    return True


def end_fields(state: str, now: float) -> dict[str, Any]:
    """What goes with a state that is set by hand."""
    return {"ended_at": now if state in ENDED else None}
