"""Keys are looked up in memory, and what is revoked, expired or signed out opens nothing any more."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lineside_server.core.access import OPERATOR, Grant, Scope
from lineside_server.core.clock import ManualClock
from lineside_server.keyring import SESSION_S, Keyring, Pass
from lineside_server.settings import Settings
from lineside_server.store.engine import Store
from lineside_server.store.tokens import list_tokens


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(str(tmp_path / "lineside.db"), ManualClock(1000.0))
    yield opened
    opened.close()


def ring(store: Store, token: str | None = None) -> Keyring:
    return Keyring(store, Settings(token=token))


def later(store: Store, seconds: float) -> None:
    assert isinstance(store.clock, ManualClock)
    store.clock.advance(seconds)


def held(found: Pass | None) -> Pass:
    assert found is not None
    return found


async def issued(keyring: Keyring, name: str = "n", expires_at: float | None = None) -> tuple[str, str]:
    secret, token = await keyring.issue(name, Scope.WRITE, None, expires_at)
    return secret, token.id


def test_a_token_opens_until_it_is_revoked(store: Store) -> None:
    async def scene() -> None:
        keyring = ring(store)
        secret, token_id = await issued(keyring)
        assert held(keyring.find(secret)).grant == Grant(token_id, "n", Scope.WRITE, None)
        assert held(ring(store).find(secret)).grant.token_id == token_id  # a restart knows it too
        assert keyring.find(secret + "x") is None
        assert keyring.find("") is None
        await keyring.revoke(token_id)
        assert keyring.find(secret) is None
        assert ring(store).find(secret) is None

    asyncio.run(scene())


def test_a_token_expires(store: Store) -> None:
    async def scene() -> None:
        keyring = ring(store)
        secret, _ = await issued(keyring, expires_at=1010.0)
        assert keyring.find(secret)
        later(store, 10.0)
        assert keyring.find(secret) is None

    asyncio.run(scene())


def test_the_token_of_the_settings_is_an_admins(store: Store) -> None:
    keyring = ring(store, "sesame")
    assert held(keyring.find("sesame")).grant == OPERATOR
    assert keyring.find("sesam\u00e9") is None
    assert ring(store).find("sesame") is None


def test_a_session_stands_for_its_token_and_falls_with_it(store: Store) -> None:
    async def scene() -> None:
        keyring = ring(store)
        secret, token_id = await issued(keyring)
        cookie, _ = await keyring.sign_in(held(keyring.find(secret)))
        found = held(keyring.find_session(cookie))
        assert found.by_session
        assert found.grant.token_id == token_id
        assert keyring.find(cookie) is None  # a session is no token
        assert keyring.find_session(secret) is None
        assert ring(store).find_session(cookie)
        await keyring.revoke(token_id)
        assert keyring.find_session(cookie) is None
        assert ring(store).find_session(cookie) is None

    asyncio.run(scene())


def test_a_session_ends_by_time_and_by_hand(store: Store) -> None:
    async def scene() -> None:
        keyring = ring(store)
        secret, _ = await issued(keyring)
        first, _ = await keyring.sign_in(held(keyring.find(secret)))
        second, _ = await keyring.sign_in(held(keyring.find(secret)))
        await keyring.sign_out(first)
        await keyring.sign_out(first)
        assert keyring.find_session(first) is None
        assert keyring.find_session(second)
        later(store, SESSION_S)
        assert keyring.find_session(second) is None

    asyncio.run(scene())


def test_another_token_of_the_settings_ends_the_sessions_of_the_one_before(store: Store) -> None:
    async def scene() -> None:
        before = ring(store, "sesame")
        cookie, _ = await before.sign_in(held(before.find("sesame")))
        assert held(ring(store, "sesame").find_session(cookie)).grant == OPERATOR
        assert ring(store, "another").find_session(cookie) is None
        assert ring(store).find_session(cookie) is None

    asyncio.run(scene())


@pytest.mark.parametrize("end", ["revoke", "sign out", "expire"])
def test_who_looks_on_is_told_when_it_ends(store: Store, end: str) -> None:
    async def scene() -> None:
        keyring = ring(store)
        secret, token_id = await issued(keyring, expires_at=1010.0)
        other, _ = await issued(keyring, "other")
        cookie, _ = await keyring.sign_in(held(keyring.find(secret)))
        kept = held(keyring.find(other))
        with keyring.watching(held(keyring.find_session(cookie))) as ended, keyring.watching(kept) as stands:
            assert not ended.is_set()
            if end == "revoke":
                await keyring.revoke(token_id)
            elif end == "sign out":
                await keyring.sign_out(cookie)
            else:
                later(store, 10.0)
                await keyring.tick(1010.0)
            assert ended.is_set()
            assert not stands.is_set()

    asyncio.run(scene())


def test_one_that_ended_before_it_was_watched_is_told_at_once(store: Store) -> None:
    async def scene() -> None:
        keyring = ring(store)
        secret, token_id = await issued(keyring)
        found = held(keyring.find(secret))
        await keyring.revoke(token_id)
        with keyring.watching(found) as ended:
            assert ended.is_set()

    asyncio.run(scene())


def test_where_no_token_was_asked_for_nothing_ends(store: Store) -> None:
    async def scene() -> None:
        keyring = ring(store)
        with keyring.watching(Pass(OPERATOR)) as ended:
            await keyring.tick(0.0)
            assert not ended.is_set()

    asyncio.run(scene())


def test_when_a_token_was_used_is_kept_to_the_minute(store: Store) -> None:
    def kept() -> Any:
        return list_tokens(store)[0].last_used_at

    async def scene() -> None:
        keyring = ring(store)
        secret, _ = await issued(keyring)
        assert kept() is None
        keyring.find(secret)
        assert kept() is None  # nothing is written in the way of a request
        await keyring.tick(1000.0)
        assert kept() == 1000.0
        later(store, 59.0)
        keyring.find(secret)
        await keyring.tick(1059.0)
        assert kept() == 1000.0
        later(store, 1.0)
        keyring.find(secret)
        await keyring.tick(1060.0)
        assert kept() == 1060.0

    asyncio.run(scene())
