"""Taking a recorded run in: it goes where the runs are kept, as a trainer would have sent it."""

from typing import Any

from lineside_server.reach import Reach
from lineside_server.recording.model import Recording


def take_in(there: Reach, recording: Recording, project: str | None) -> dict[str, Any]:
    """Send one run, and tell what was accepted and refused of it; sent again it changes nothing."""
    run = there.open(recording.opening(project))
    accepted, rejected = 0, []
    for seq, lines in recording.batches():
        told = there.send(run["id"], recording.writer, seq, lines)
        accepted += told["accepted"]
        rejected += [fault | {"batch": seq} for fault in told["rejected"]]
    notes = list(recording.notes)
    return {
        "file": str(recording.path), "run": run["id"], "accepted": accepted, "rejected": rejected, "notes": notes
    }  # fmt: skip
