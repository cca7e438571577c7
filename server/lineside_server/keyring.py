"""Which keys open the service: live tokens and sessions in memory, so that no request waits for the database."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final

from lineside_server.core.access import OPERATOR, Grant, Scope, Session, Token, digest_of, witness_of
from lineside_server.core.audit import Deed
from lineside_server.settings import Settings
from lineside_server.store.engine import Store
from lineside_server.store.sessions import add_session, end_session, list_sessions
from lineside_server.store.tokens import issue_token, list_tokens, mark_used, revoke_token

USED_EVERY_S: Final = 60.0  # how closely it is kept when a token was last used
SESSION_S: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Pass:
    """A caller that was let in: as whom, and by which key; without one none was asked for."""

    grant: Grant
    digest: str | None = None
    by_session: bool = False


@dataclass(eq=False, slots=True)
class _Watched:
    held: Pass
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Keyring:
    """Made in any thread; then everything is called on the event loop."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._operator = None if settings.token is None else digest_of(settings.token)
        self._tokens = {token.digest: token for token in list_tokens(store)}
        self._digests = {token.id: token.digest for token in self._tokens.values()}
        self._sessions = {session.digest: session for session in list_sessions(store)}
        self._used: dict[str, float] = {}
        self._unwritten: dict[str, float] = {}
        self._watched: set[_Watched] = set()

    def find(self, secret: str) -> Pass | None:
        """Tell as whom the holder of a token comes; None: it is unknown, revoked or expired."""
        digest = digest_of(secret)
        grant = self._grant_of(digest)
        return None if grant is None else Pass(grant, digest)

    def find_session(self, secret: str) -> Pass | None:
        session = self._sessions.get(digest_of(secret))
        if session is None or session.expires_at <= self._store.clock.now():
            return None
        token = self._digest_behind(session)
        if token is None or not compare_digest(witness_of(secret, token), session.witness):
            return None
        grant = self._grant_of(token)
        return None if grant is None else Pass(grant, session.digest, by_session=True)

    async def issue(
        self, name: str, scope: Scope, project: str | None, expires_at: float | None, deed: Deed | None = None
    ) -> tuple[str, Token]:
        """Make a token: itself, told this once, and what is kept of it."""
        secret, stored = issue_token(self._acting(deed), name, scope, project, expires_at)
        token = await asyncio.wrap_future(stored)
        self._tokens[token.digest] = token
        self._digests[token.id] = token.digest
        return secret, token

    async def revoke(self, token_id: str, deed: Deed | None = None) -> Token:
        """Make a token useless, with its sessions and the sockets that it holds open."""
        token = await asyncio.wrap_future(revoke_token(self._acting(deed), token_id))
        self._tokens[token.digest] = token
        self._sessions = {key: one for key, one in self._sessions.items() if one.token_id != token_id}
        self._look_after_the_watched()
        return token

    async def sign_in(self, held: Pass, deed: Deed | None = None) -> tuple[str, Session]:
        """Begin a session with a token: its secret, told this once, and what is kept of it."""
        assert held.digest is not None, "a session is begun with a token"
        assert not held.by_session, "a session is begun with a token"
        secret, now = secrets.token_urlsafe(32), self._store.clock.now()
        witness = witness_of(secret, held.digest)
        session = Session(digest_of(secret), held.grant.token_id, witness, now, now + SESSION_S)
        for gone in await asyncio.wrap_future(add_session(self._acting(deed), session)):
            self._sessions.pop(gone, None)
        self._sessions[session.digest] = session
        self._look_after_the_watched()
        return secret, session

    async def sign_out(self, secret: str, deed: Deed | None = None) -> None:
        digest = digest_of(secret)
        if self._sessions.pop(digest, None) is not None:
            self._look_after_the_watched()
            await asyncio.wrap_future(end_session(self._acting(deed), digest))

    @contextmanager
    def watching(self, held: Pass) -> Iterator[asyncio.Event]:
        """An event that comes when what a socket was opened with is revoked, expires or is signed out."""
        watched = _Watched(held)
        self._watched.add(watched)
        self._look_after_the_watched()
        try:
            yield watched.ended
        finally:
            self._watched.discard(watched)

    async def tick(self, _now: float) -> None:
        """Close what has expired, and write down what was used."""
        self._look_after_the_watched()
        used, self._unwritten = self._unwritten, {}
        if used:
            await asyncio.wrap_future(mark_used(self._store, used))

    def _acting(self, deed: Deed | None) -> Store:
        return self._store if deed is None else self._store.acting(deed)

    def _grant_of(self, digest: str) -> Grant | None:
        """`digest` is of what was offered: to find it in a table tells by no clock what a token is."""
        if self._operator is not None and compare_digest(digest, self._operator):
            return OPERATOR
        token, now = self._tokens.get(digest), self._store.clock.now()
        if token is None or not compare_digest(digest, token.digest) or not token.is_live(now):
            return None
        self._note_use(token, now)
        return token.grant

    def _note_use(self, token: Token, now: float) -> None:
        last = self._used.get(token.id, token.last_used_at)
        if last is None or abs(now - last) >= USED_EVERY_S:
            self._used[token.id] = self._unwritten[token.id] = now

    def _digest_behind(self, session: Session) -> str | None:
        return self._operator if session.token_id is None else self._digests.get(session.token_id)

    def _stands(self, held: Pass) -> bool:
        now = self._store.clock.now()
        if held.digest is None:
            return True
        if held.by_session:
            session = self._sessions.get(held.digest)
            digest = None if session is None or session.expires_at <= now else self._digest_behind(session)
        else:
            digest = held.digest
        if digest is None or digest == self._operator:
            return digest is not None
        return digest in self._tokens and self._tokens[digest].is_live(now)

    def _look_after_the_watched(self) -> None:
        for watched in self._watched:
            if not self._stands(watched.held):
                watched.ended.set()
