"""How the command line reaches the runs: through the service that holds them, else in the database file itself."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from lineside_server.api.schemas import RunOpen
from lineside_server.api.tokens import TokenIn, token_view
from lineside_server.core.access import LOCAL, Scope
from lineside_server.core.audit import Actor, Deed
from lineside_server.core.clock import SystemClock
from lineside_server.core.keeping import Holding
from lineside_server.errors import BadInput, LinesideError, Unavailable
from lineside_server.ingest.accept import accept
from lineside_server.ingest.decode import Limits, decode
from lineside_server.live.views import run_view
from lineside_server.recording.model import LINES
from lineside_server.settings import Settings
from lineside_server.store.audit import AuditFilter, list_audit
from lineside_server.store.engine import Store
from lineside_server.store.journal import append
from lineside_server.store.listing import RunFilter, list_runs
from lineside_server.store.prune import holdings, purge_ended
from lineside_server.store.reads import summaries
from lineside_server.store.runs import RunSpec, get_run, open_run
from lineside_server.store.space import give_back_now
from lineside_server.store.tokens import issue_token, list_tokens, revoke_token
from lineside_server.watch import open_store

JSON = "application/json"
ASK_S = 1.0  # a service on this machine that does not answer by then is not there
WORK_S = 120.0
PAGE = 500  # runs asked for at once


class Reach(Protocol):
    """Runs and answers are as the REST surface gives them."""

    def open(self, opening: Mapping[str, Any]) -> dict[str, Any]: ...
    def send(self, run_id: str, writer: str, seq: int, lines: bytes) -> dict[str, Any]: ...
    def runs(self, project: str | None, limit: int) -> list[dict[str, Any]]: ...
    def show(self, run_id: str) -> dict[str, Any]: ...
    def holdings(self, project: str | None) -> list[Holding]: ...
    def purge(self, run_id: str) -> bool: ...
    def audit(self, wanted: Mapping[str, str | int]) -> list[dict[str, Any]]: ...
    def tokens(self) -> list[dict[str, Any]]: ...
    def create_token(self, told: Mapping[str, Any]) -> dict[str, Any]: ...
    def revoke_token(self, token_id: str) -> dict[str, Any]: ...


@contextmanager
def reach(server: str | None, settings: Settings) -> Iterator[Reach]:
    """Reach `server` where one is named, else a service that answers at the configured address, else the file."""
    usual = f"http://{f'[{settings.host}]' if ':' in settings.host else settings.host}:{settings.port}"
    service = Service(server or usual, settings.token)
    if server is not None or service.answers():
        yield service
        return
    store = open_store(settings, SystemClock())
    try:
        yield File(store)
    finally:
        store.close()


class RefusedError(LinesideError):
    """What the service answered instead; `code` is its HTTP status."""

    def __init__(self, detail: str, code: int) -> None:
        super().__init__(detail)
        self.code = code


class Service:
    """A running service, over HTTP."""

    def __init__(self, url: str, token: str | None) -> None:
        try:
            self._url = urlsplit(url)
            self._port = self._url.port
        except ValueError as fault:
            raise BadInput(f"{url} is no address of a service: {fault}.") from fault
        if self._url.scheme not in ("http", "https") or not self._url.hostname:
            raise BadInput(f"{url} is no address of a service: it begins with http:// or https://.")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def answers(self) -> bool:
        """Tell whether a lineside service is there."""
        try:
            return bool(self._call("GET", "/healthz", timeout=ASK_S) == {"status": "up"})
        except LinesideError:
            return False

    def open(self, opening: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", "/runs", msgspec.json.encode(opening), JSON)

    def send(self, run_id: str, writer: str, seq: int, lines: bytes) -> dict[str, Any]:
        query = urlencode({"writer": writer, "seq": seq})
        return self._call("POST", f"/runs/{run_id}/events?{query}", lines, LINES)

    def runs(self, project: str | None, limit: int) -> list[dict[str, Any]]:
        query = urlencode({"limit": limit, **({"project": project} if project else {})})
        items: list[dict[str, Any]] = self._call("GET", f"/runs?{query}")["items"]
        return items

    def show(self, run_id: str) -> dict[str, Any]:
        return self._call("GET", f"/runs/{quote(run_id, safe='')}")

    def holdings(self, project: str | None) -> list[Holding]:
        found: list[Holding] = []
        query: dict[str, Any] = {"limit": PAGE, **({"project": project} if project else {})}
        while True:
            page = self._call("GET", f"/sizes?{urlencode(query)}")
            names = ("run", "project", "name", "state", "ended_at", "bytes")
            found += [Holding(*(item[name] for name in names)) for item in page["items"]]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    def purge(self, run_id: str) -> bool:
        """False when it was taken up again in the meantime, or is gone already."""
        query = urlencode({"purge": 1, "only_ended": 1})
        try:
            self._call("DELETE", f"/runs/{quote(run_id, safe='')}?{query}")
        except RefusedError as refusal:
            if refusal.code in (http.client.CONFLICT, http.client.NOT_FOUND):
                return False
            raise
        return True

    def audit(self, wanted: Mapping[str, str | int]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._call("GET", f"/audit?{urlencode(wanted)}")["items"]
        return items

    def tokens(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": PAGE}
        while True:
            page = self._call("GET", f"/tokens?{urlencode(query)}")
            found += page["items"]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    def create_token(self, told: Mapping[str, Any]) -> dict[str, Any]:
        return self._call("POST", "/tokens", msgspec.json.encode(told), JSON)

    def revoke_token(self, token_id: str) -> dict[str, Any]:
        return self._call("DELETE", f"/tokens/{quote(token_id, safe='')}")

    def _call(
        self, method: str, path: str, body: bytes | None = None, kind: str = JSON, timeout: float = WORK_S
    ) -> dict[str, Any]:
        secure = self._url.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(self._url.hostname or "", self._port, timeout=timeout)
        try:
            headers = self._headers | {"Content-Type": kind}
            connection.request(method, self._url.path.rstrip("/") + path, body, headers)
            response = connection.getresponse()
            told: Any = msgspec.json.decode(response.read())
        except (OSError, http.client.HTTPException, msgspec.DecodeError) as failure:
            raise Unavailable(f"No lineside service answers at {self._url.geturl()}: {failure}.") from failure
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise RefusedError(f"The service says: {told.get('detail', response.reason)}", response.status)
        return dict(told)


class File:
    """A database file that no service holds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._clock = SystemClock()

    def open(self, opening: Mapping[str, Any]) -> dict[str, Any]:
        told = RunOpen.model_validate(opening)
        spec = RunSpec(**told.model_dump(exclude={"writer", "tags"}), tags=tuple(told.tags))
        run, _ = open_run(self._store, spec, told.writer).result()
        return _plain(run_view(run, {}))

    def send(self, run_id: str, writer: str, seq: int, lines: bytes) -> dict[str, Any]:
        raw = decode(lines, LINES, "identity", Limits(), {"writer": writer, "seq": str(seq)})
        return _plain(append(self._store, run_id, accept(raw, self._clock.now())).result(), "accepted", "rejected")

    def runs(self, project: str | None, limit: int) -> list[dict[str, Any]]:
        found, _ = list_runs(self._store, RunFilter(project=project, limit=limit))
        return [_plain(run_view(run, summaries(self._store, run.id))) for run in found]

    def show(self, run_id: str) -> dict[str, Any]:
        return _plain(run_view(get_run(self._store, run_id), summaries(self._store, run_id)))

    def holdings(self, project: str | None) -> list[Holding]:
        return holdings(self._store, project)

    def purge(self, run_id: str) -> bool:
        gone = purge_ended(self._store, run_id)
        give_back_now(self._store)
        return gone

    def audit(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [_plain(one) for one in list_audit(self._store, AuditFilter(**wanted))[0]]

    def _acting(self, action: str, token_id: str | None, name: str | None = None) -> Store:
        return self._store.acting(Deed(Actor(LOCAL), action, "token", token_id, {} if name is None else {"name": name}))

    def tokens(self) -> list[dict[str, Any]]:
        return [token_view(token) for token in list_tokens(self._store)]

    def create_token(self, told: Mapping[str, Any]) -> dict[str, Any]:
        asked = TokenIn.model_validate(told)
        scope = Scope[asked.scope.upper()]
        secret, stored = issue_token(
            self._acting("token.create", None, asked.name), asked.name, scope, asked.project, asked.expires_at
        )
        return token_view(stored.result()) | {"token": secret}

    def revoke_token(self, token_id: str) -> dict[str, Any]:
        return token_view(revoke_token(self._acting("token.revoke", token_id), token_id).result())


def _plain(value: object, *only: str) -> dict[str, Any]:
    """Return what the REST surface would answer."""
    if only:
        value = {name: getattr(value, name) for name in only}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return plain
