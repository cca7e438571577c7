"""Through a real reverse proxy, under a path that it takes off or leaves: client, sockets, answers, links."""

from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

import lineside

PATH = "/lines/here"


@pytest.fixture(params=[True, False], ids=["stripped", "left"])
def fronted(request: Any, make_server: Any, proxy: Any) -> Any:
    server = make_server(root_path=PATH, token="sesame", forwarded_allow_ips="127.0.0.1", allowed_hosts="box.example")
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "box.example", "X-Forwarded-For": "203.0.113.9"}
    return proxy(server.port, PATH, strips=request.param, headers=headers)


def test_the_client_sends_through_it(fronted: Any, tmp_path: Any) -> None:
    with lineside.init(
        project="p", name="alice", id="alice", server=fronted.url, token="sesame", dir=str(tmp_path)
    ) as run:
        run.log({"train/loss": 1.0}, step=1)
    with httpx2.Client(base_url=fronted.url, headers={"Authorization": "Bearer sesame"}) as client:
        told = client.get("/runs/alice").raise_for_status().json()
        assert (told["last_step"], told["state"]) == (1, "finished")
        assert client.get("/openapi.json").json()["servers"] == [{"url": PATH}]
    assert all(path.startswith(PATH) for path in fronted.asked)


def test_sockets_open_through_it(fronted: Any) -> None:
    address = f"{fronted.url.replace('http', 'ws')}/live"
    token: Any = ["lineside", "bearer.sesame"]
    origin: Any = "https://box.example"
    with connect(address, subprotocols=token, origin=origin) as socket:
        assert '"type":"snapshot"' in str(socket.recv(timeout=30))


def test_the_origin_is_that_of_the_proxy(fronted: Any) -> None:
    headers = {"Authorization": "Bearer sesame"}
    assert httpx2.get(f"{fronted.url}/runs", headers=headers | {"Origin": "https://box.example"}).status_code == 200
    assert httpx2.get(f"{fronted.url}/runs", headers=headers | {"Origin": "http://box.example"}).status_code == 403
