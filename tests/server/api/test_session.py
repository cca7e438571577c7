"""Signing in: a cookie stands for a token, says nothing of it, and ends with it."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

OPERATOR = {"name": "LINESIDE_TOKEN", "scope": "admin", "project": None, "signed_in": True}


@pytest.fixture
def guarded(serve: Any) -> Any:
    return serve(token="sesame")


def sign_in(service: Any, token: str = "sesame", **headers: str) -> Any:
    return service.post("/session", json={"token": token}, headers=headers)


def cookie_of(answer: Any) -> Any:
    (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()
    return morsel


def made(service: Any, **told: Any) -> Any:
    answer = service.post("/tokens", json={"name": "n", **told}, headers={"Authorization": "Bearer sesame"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_cookie_opens_what_the_token_would(guarded: Any) -> None:
    assert guarded.get("/runs").status_code == 401
    signed = sign_in(guarded)
    assert signed.status_code == 200
    assert signed.json() == guarded.get("/session").json() == OPERATOR
    assert guarded.get("/runs").status_code == 200
    assert guarded.post("/runs", json={}).status_code == 201
    with guarded.socket("/live") as socket:
        assert socket.receive_json()["type"] == "snapshot"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(guarded: Any) -> None:
    signed = sign_in(guarded)
    morsel = cookie_of(signed)
    assert morsel.key == "lineside_session_7460"
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "strict", "/")
    assert morsel["max-age"] == str(30 * 86_400)
    assert not morsel["secure"]
    assert "sesame" not in signed.text + signed.headers["set-cookie"]
    assert morsel.value not in signed.text


def test_where_the_page_came_by_https_the_cookie_does_too(guarded: Any) -> None:
    signed = sign_in(guarded, Origin="https://127.0.0.1:7460")
    assert cookie_of(signed)["secure"]


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": 5}, {"token": "x" * 2000}, {"token": "a", "b": 1}])
def test_what_is_no_token_is_refused(guarded: Any, body: Any) -> None:
    assert guarded.post("/session", json=body).status_code == 422


def test_a_form_of_another_site_signs_nobody_in(guarded: Any) -> None:
    assert sign_in(guarded, Origin="https://evil.example").status_code == 403
    form = guarded.post("/session", content=b"token=sesame", headers={"Content-Type": "text/plain"})
    assert form.status_code == 415


def test_ten_failures_a_minute_then_a_wait(guarded: Any, clock: Any) -> None:
    for _ in range(10):
        refused = sign_in(guarded, "wrong")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
    refused = sign_in(guarded)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    assert "wrong" not in refused.text
    clock.advance(60.0)
    assert sign_in(guarded).status_code == 200


def test_whoever_succeeds_is_not_counted(guarded: Any) -> None:
    for _ in range(12):
        assert sign_in(guarded).status_code == 200


def test_a_new_session_takes_the_place_of_the_one_before(guarded: Any) -> None:
    first = cookie_of(sign_in(guarded)).value
    sign_in(guarded)
    guarded.cookies.clear()
    assert guarded.get("/runs", headers={"Cookie": f"lineside_session_7460={first}"}).status_code == 401


def test_signing_out_ends_it_on_both_sides(guarded: Any) -> None:
    secret = cookie_of(sign_in(guarded)).value
    with guarded.socket("/live") as socket:
        assert socket.receive_json()["type"] == "snapshot"
        gone = guarded.delete("/session")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008
    assert gone.status_code == 204
    assert cookie_of(gone)["max-age"] == "0"
    assert guarded.get("/runs", headers={"Cookie": f"lineside_session_7460={secret}"}).status_code == 401
    assert guarded.delete("/session").status_code == 204


def test_a_revoked_token_ends_its_sessions(guarded: Any) -> None:
    token = made(guarded, scope="read")
    sign_in(guarded, token["token"])
    assert guarded.get("/session").json()["name"] == "n"
    assert guarded.post("/runs", json={}).status_code == 403
    guarded.delete(f"/tokens/{token['id']}", headers={"Authorization": "Bearer sesame"})
    assert guarded.get("/runs").status_code == 401
    with pytest.raises(WebSocketDenialResponse) as refused, guarded.socket("/live"):
        pass
    assert refused.value.status_code == 401


def test_a_session_outlives_a_restart_but_not_its_time(serve: Any, clock: Any) -> None:
    secret = cookie_of(sign_in(serve(token="sesame"))).value
    service = serve(token="sesame", headers={"Cookie": f"lineside_session_7460={secret}"})
    assert service.get("/runs").status_code == 200
    clock.advance(30 * 86_400)
    assert service.get("/runs").status_code == 401


def test_a_bearer_token_goes_before_the_cookie(guarded: Any) -> None:
    sign_in(guarded)
    token = made(guarded, scope="read")
    assert guarded.post("/runs", json={}, headers={"Authorization": f"Bearer {token['token']}"}).status_code == 403
    assert guarded.get("/runs", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_where_no_token_is_asked_for_a_cookie_of_before_is_as_none(service: Any) -> None:
    stale = {"Cookie": "lineside_session_7460=of-another-database"}
    assert service.get("/session", headers=stale).json()["name"] == "local"
    assert service.get("/runs", headers={"Cookie": "=;;; a=b=c; lineside_session_7460"}).status_code == 200
