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


class Sent(NamedTuple):
    """A batch under way: how many records, and whether more may follow at once."""

    records: int
    more: bool


class Receipt(NamedTuple):
    """What the answer to a batch asks for; `watched`: whether anybody looks at the run, as far as is known."""

    commands: tuple[str, ...]
    watched: bool


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
        return None if self.send() is None else self.receive()

    def send(self) -> Sent | None:
        """Send one batch, and leave its answer to `receive`; None when there is nothing to send."""
        parcel = self._parcel or self._take()
        if parcel is None:
            return None
        path = f"/runs/{self.folder.about['open']['id']}/events"
        self.link.send(path, self._body, "application/msgpack")
        return Sent(parcel.records, parcel.more)

    def receive(self) -> Receipt:
        """Take the answer to the batch that was sent; until it is acknowledged the same batch is sent again."""
        answer = self.link.receive()
        if answer.status not in (200, 201, 202) and answer.status not in _BAD_BATCH:
            raise self._refusal(answer, "ship")
        receipt = self._book(answer)
        self._reader.done()
        self._parcel, self._body = None, b""
        return receipt

    def close(self) -> None:
        self._reader.close()
        self.link.close()

    def _take(self) -> Parcel | None:
        parcel = self._parcel = self._reader.next()
        if parcel is not None:
            self._body = pack({"writer": self.folder.about["writer"], "seq": parcel.seq, "events": parcel.events})
        return parcel

    def _book(self, answer: Answer) -> Receipt:
        records, damaged = (self._parcel.records, self._parcel.damaged) if self._parcel else (0, 0)
        body = answer.json()
        if answer.status in _BAD_BATCH:
            self.refused += records
            say(f"The server refused a batch of {records} records, which are lost: {_detail(answer)}")
        elif "accepted" in body:
            self.shipped += records
        else:
            raise Unreachable("what answers there is no lineside server")
        if damaged:
            self.damaged += damaged
            say(f"{damaged} records of the spool {self.folder.path} were damaged; the rest is sent.")
        self._complain(body.get("rejected"))
        return Receipt(tuple(body.get("commands") or ()), watched=body.get("watched") is not False)

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
        if answer.status == 401:
            return f"{server} does not accept the token of this run (LINESIDE_TOKEN): {_detail(answer)}"
        if answer.status == 403:
            return f"{server} refuses this to the token of this run (LINESIDE_TOKEN): {_detail(answer)}"
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
