"""Logs tell what was asked, never by which token."""

import logging

import pytest

from lineside_server.discretion import be_discreet, told


@pytest.mark.parametrize(
    "line",
    [
        "< Sec-WebSocket-Protocol: lineside, bearer.SECRET-1.x~y",
        "< authorization: Bearer SECRET",
        "< Cookie: a=b; lineside=SECRET",
        "Set-Cookie: lineside=SECRET; HttpOnly",
        "{'authorization': 'Bearer SECRET'}",
        "they sent bearer.SECRET and more",
    ],
)
def test_no_token_is_logged(line: str) -> None:
    assert "SECRET" not in told(line)
    assert "…" in told(line)


@pytest.mark.parametrize("line", ["127.0.0.1:1 - GET /runs HTTP/1.1 200", "a forbearer of news", "a cookie", ""])
def test_the_rest_is_logged_as_it_is(line: str) -> None:
    assert told(line) == line


def test_what_uvicorn_is_told_to_log_goes_that_way(caplog: pytest.LogCaptureFixture) -> None:
    be_discreet()
    log = logging.getLogger("uvicorn.error")
    with caplog.at_level(logging.DEBUG, "uvicorn.error"):
        log.debug("< %s: %s", "Authorization", "Bearer SECRET")
        log.debug("ASGI callable returned without completing handshake.")
    assert [record.getMessage() for record in caplog.records] == ["< Authorization: …"]
