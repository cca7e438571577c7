"""Opens a run on its server and ships the batches of one spool, each until it is acknowledged."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ._http import Answer, Unreachable
from ._reader import Parcel, Reader, Source
from ._say import say
from ._wire import pack

if TYPE_CHECKING:
    from ._folder import Folder
    from ._http import Link

_LATER = {408, 421, 425, 429, 507}
_BAD_BATCH = {400, 413, 415, 422}
_LONGEST_WAIT = 300.0


class Refused(Exception):  # noqa: N818 - a decision of the server, told in its sentence
    """The server will not have this run, now or later."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Receipt(NamedTuple):
    records: int
    more: bool
    commands: tuple[str, ...] = ()


class Shipper:
    """Ships one spool over one link; used by one thread. Raises Unreachable (try again) and Refused (do not)."""

    def __init__(self, folder: Folder, source: Source, link: Link) -> None:
        self.folder = folder
        self.link = link
        self.run: dict[str, Any] = {}
        self.shipped = self.damaged = self.refused = 0
        self._reader = Reader(folder, source)
        self._parcel: Parcel | None = None
        self._body = b""
        self._complained = False

    @property
    def opened(self) -> bool:
        return self._reader.opened

    def open(self) -> int:
        """Open or resume the run; return the last step that the server knows of, -1 for none."""
        about = self.folder.about
        request = {**about["open"], "writer": about["writer"], "hello_ts": time.time()}
        answer = self.link.post("/runs", json.dumps(request).encode(), "application/json")
        if answer.status not in (200, 201):
            raise self._refusal(answer, "open")
        self.run = answer.json()
        if "id" not in self.run:
            raise Unreachable("what answers there is no lineside server")
        last = self.run.get("last_step")
        base = last if isinstance(last, int) else -1
        self._reader.set_opened(base)
        return base

    def ship(self) -> Receipt | None:
        """Send one batch; None when there is nothing to send."""
        if self._parcel is None and not self._take():
            return None
        parcel = self._parcel
        if parcel is None:
            return None
        path = f"/runs/{self.folder.about['open']['id']}/events"
        answer = self.link.post(path, self._body, "application/msgpack")
        if answer.status not in (200, 201, 202) and answer.status not in _BAD_BATCH:
            raise self._refusal(answer, "ship")
        receipt = self._book(parcel, answer)
        self._reader.done()
        self._parcel, self._body = None, b""
        return receipt

    def close(self) -> None:
        self._reader.close()
        self.link.close()

    def _take(self) -> bool:
        parcel = self._parcel = self._reader.next()
        if parcel is None:
            return False
        self._body = pack({"writer": self.folder.about["writer"], "seq": parcel.seq, "events": parcel.events})
        return True

    def _book(self, parcel: Parcel, answer: Answer) -> Receipt:
        body = answer.json()
        if answer.status in _BAD_BATCH:
            self.refused += parcel.records
            say(f"The server refused a batch of {parcel.records} records, which are lost: {_detail(answer)}")
        elif "accepted" in body:
            self.shipped += parcel.records
        else:
            raise Unreachable("what answers there is no lineside server")
        if parcel.damaged:
            self.damaged += parcel.damaged
            say(f"{parcel.damaged} records of the spool {self.folder.path} were damaged; the rest is sent.")
        self._complain(body.get("rejected"))
        return Receipt(parcel.records, parcel.more, tuple(body.get("commands") or ()))

    def _complain(self, rejected: Any) -> None:
        if rejected and isinstance(rejected, list) and not self._complained:
            self._complained = True
            first = rejected[0] if isinstance(rejected[0], dict) else {}
            say(f"The server refused a value of {first.get('key') or 'an event'}: {first.get('reason', 'no reason')}")

    def _refusal(self, answer: Answer, act: str) -> Exception:
        """Tell a server in trouble from one that has decided."""
        if answer.status in _LATER or answer.status >= 500:
            return Unreachable(f"it answers {answer.status}: {_detail(answer)}", _retry_after(answer))
        return Refused(answer.status, self._why(answer, act))

    def _why(self, answer: Answer, act: str) -> str:
        run, server = self.folder.about["open"]["id"], self.link.server
        if answer.status == 409 and act == "open":
            return (
                f"A run with the id {run} exists already on {server}, and resume='never' asks for a new one "
                "(resume='allow' goes on with it)."
            )
        if answer.status in (401, 403):
            return f"{server} does not accept the token of this run (LINESIDE_TOKEN)."
        if answer.status in (404, 410):
            gone = "there is no such run to resume" if act == "open" else "it was deleted there"
            return f"{server} does not know the run {run}: {gone}."
        return f"{server} refuses the run {run} ({answer.status}): {_detail(answer)}"


def _detail(answer: Answer) -> str:
    problem = answer.json()
    if text := problem.get("detail") or problem.get("title"):
        return str(text)[:300]
    if 300 <= answer.status < 400:
        return f"it points to {answer.headers.get('location', 'another address')}"
    return "no reason is given"


def _retry_after(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT) if text.isdecimal() else 0.0
