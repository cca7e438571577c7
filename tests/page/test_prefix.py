"""The page under a path of a reverse proxy: its files, its calls, its sockets and its links."""

from typing import Any

import pytest
from playwright.sync_api import expect

import lineside

PATH = "/lines/here"


@pytest.mark.parametrize("strips", [True, False])
def test_the_page_works_below_a_path(  # noqa: PLR0917 - fixtures come by name
    page: Any, make_server: Any, proxy: Any, built_page: Any, tmp_path: Any, strips: bool
) -> None:
    server = make_server(root_path=PATH)
    front = proxy(server.port, PATH, strips=strips)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    run = lineside.init(project="p", name="alice", id="alice", server=front.url, dir=str(tmp_path))
    page.goto(f"{front.url}/")
    page.get_by_role("link", name="alice").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("alice")
    run.log({"train/loss": 1.5}, step=7)  # comes by the socket
    expect(page.locator('[data-chart="train-loss"]')).to_be_visible()
    for view in ("alerts", "rules", "settings"):
        page.goto(f"{front.url}/#/{view}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name="The interface for programs").click()
    expect(page.get_by_text("/runs/{run_id}/metrics").first).to_be_visible()
    run.finish(timeout=10.0)
    assert faults == []
    assert all(path.startswith(PATH) for path in front.asked), [p for p in front.asked if not p.startswith(PATH)]
    assert any(path.startswith(f"{PATH}/runs/alice/live") for path in front.asked)
