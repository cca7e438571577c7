"""Signing in and out: the token goes out once, and no script of the page can read what stands for it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

TOKEN = "s3cret-token"  # a made-up one
STORED = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"


def sign_in(visitor: Any, token: str) -> None:
    visitor.page.get_by_label("Token").fill(token)
    visitor.page.get_by_role("button", name="Sign in").click()


def is_in(visitor: Any) -> None:
    expect(visitor.page.get_by_role("heading", name="No runs yet")).to_be_visible()


@pytest.fixture
def operator(guarded: Any) -> Iterator[Any]:
    """The service by hand, by the token of its settings."""
    with httpx2.Client(base_url=guarded.server.url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


def make(operator: Any, **told: Any) -> Any:
    answer = operator.post("/tokens", json=told)
    answer.raise_for_status()
    return answer.json()


@contextmanager
def refusals(visitor: Any) -> Iterator[None]:
    """The browser notes each answer that is no success by itself: those are meant here."""
    yield
    visitor.errors[:] = [error for error in visitor.errors if not re.search("40[13]|WebSocket connection", error)]


def test_a_token_is_asked_for_once(guarded: Any) -> None:
    with refusals(guarded):
        guarded.open()
        sign_in(guarded, "wrong")
        expect(guarded.page.get_by_role("alert")).to_contain_text("This token is not known here")
        sign_in(guarded, TOKEN)
        is_in(guarded)
        guarded.page.reload()
        is_in(guarded)
    guarded.assert_calm()
    guarded.assert_accessible()


def test_the_page_keeps_no_token_where_a_script_could_read_it(guarded: Any) -> None:
    with refusals(guarded):
        guarded.page.add_init_script("localStorage.setItem('lineside.token', 'of an earlier page')")
        guarded.open()
        sign_in(guarded, TOKEN)
        is_in(guarded)
    stored = guarded.page.evaluate(STORED)
    assert TOKEN not in stored
    assert "lineside_session" not in stored
    assert "earlier" not in stored
    cookie = next(one for one in guarded.page.context.cookies() if one["name"].startswith("lineside_session"))
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert TOKEN not in cookie["value"]
    guarded.assert_calm()


def test_a_token_in_the_address_is_taken_out_of_it(guarded: Any) -> None:
    with refusals(guarded):
        guarded.open(f"#token={TOKEN}")
        is_in(guarded)
    assert guarded.page.url == f"{guarded.server.url}/#/"
    assert TOKEN not in guarded.page.content()
    guarded.assert_calm()


def test_who_signed_in_is_told_and_may_go(guarded: Any, operator: Any) -> None:
    token = make(operator, name="laptop of Ada", scope="read", project="vision")
    with refusals(guarded):
        guarded.open("#/settings")
        sign_in(guarded, token["token"])
        access = guarded.page.get_by_role("region", name="Access")
        expect(access).to_contain_text("“laptop of Ada”, scope read")
        expect(access).to_contain_text("in the project vision alone")
        guarded.assert_accessible()
        access.get_by_role("button", name="Sign out").click()
        expect(guarded.page.get_by_role("heading", name="Sign in")).to_be_visible()
        guarded.page.reload()
        expect(guarded.page.get_by_role("heading", name="Sign in")).to_be_visible()
    guarded.assert_calm()


def test_a_reader_is_told_in_words_what_it_may_not_do(guarded: Any, operator: Any) -> None:
    token = make(operator, name="reader", scope="read")
    operator.post("/runs", json={"id": "alice", "name": "alice"}).raise_for_status()
    with refusals(guarded):
        guarded.open("#/rules/stall")
        sign_in(guarded, token["token"])
        guarded.page.get_by_label("least_s", exact=False).fill("90")
        guarded.page.get_by_role("button", name="Save", exact=True).click()
        told = "This takes a token with the scope admin; the token “reader” has the scope read."
        expect(guarded.page.get_by_text(told)).to_be_visible()
    guarded.assert_calm()


def test_a_revoked_token_ends_the_session_that_looks_on(guarded: Any, operator: Any) -> None:
    token = make(operator, name="short", scope="read")
    with refusals(guarded):
        guarded.open()
        sign_in(guarded, token["token"])
        is_in(guarded)
        operator.delete(f"/tokens/{token['id']}").raise_for_status()
        expect(guarded.page.get_by_role("heading", name="Sign in")).to_be_visible()
    guarded.assert_calm()


def test_too_many_tries_are_told_to_wait(guarded: Any) -> None:
    guarded.open()
    for _ in range(10):
        httpx2.post(f"{guarded.server.url}/session", json={"token": "wrong"})
    sign_in(guarded, TOKEN)
    expect(guarded.page.get_by_role("alert")).to_contain_text("wait a moment")


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_scrolls_one_way_only(guarded: Any, width: int) -> None:
    guarded.page.set_viewport_size({"width": width, "height": 800})
    guarded.open()
    expect(guarded.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert guarded.page.evaluate("document.documentElement.scrollWidth") <= width
    guarded.assert_accessible()
