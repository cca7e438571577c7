"""The settings tell who did what, when somebody asks."""

from typing import Any

from playwright.sync_api import expect


def test_what_was_done_is_told_newest_first_and_more_on_demand(visitor: Any, live_server: Any) -> None:
    request = visitor.page.request
    for n in range(60):
        request.post(f"{live_server.url}/runs", data={"id": f"run{n}", "project": "p"})
        assert request.post(f"{live_server.url}/runs/run{n}/stop", data={}).ok
    asked: list[str] = []
    visitor.page.on("request", lambda one: asked.append(one.url))
    visitor.open("#/settings")
    card = visitor.page.get_by_role("region", name="Who did what")
    expect(card.get_by_role("button", name="Show it")).to_be_visible()
    assert not [url for url in asked if "/audit" in url]
    card.get_by_role("button", name="Show it").click()
    items = card.get_by_role("listitem")
    expect(items).to_have_count(50)
    expect(items.first).to_contain_text("local stopped the run run59")
    expect(items.first).to_contain_text("from 127.0.0.1, project p")
    visitor.assert_accessible()
    card.get_by_role("button", name="Earlier ones").click()
    expect(items).to_have_count(60)
    expect(card.get_by_role("button", name="Earlier ones")).to_be_hidden()
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    items.first.get_by_role("link", name="run59").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("run59")
    visitor.assert_calm()


def test_a_service_where_nothing_was_done_says_so(visitor: Any) -> None:
    visitor.open("#/settings")
    visitor.page.get_by_role("button", name="Show it").click()
    expect(visitor.page.get_by_text("Nothing is on record yet.")).to_be_visible()
    visitor.assert_calm()


def test_what_it_was_done_to_is_named_and_led_to(visitor: Any, live_server: Any) -> None:
    request = visitor.page.request
    request.post(f"{live_server.url}/runs", data={"id": "alice", "project": "p"})
    assert request.patch(f"{live_server.url}/runs/alice", data={"notes": "tired", "tags": ["a"]}).ok
    hook = {"kind": "standard", "name": "<img src=x>", "url": "https://hooks.example/"}
    assert request.post(f"{live_server.url}/webhooks", data=hook).ok
    assert request.put(f"{live_server.url}/rules/mine", data={"metric": "a", "op": ">", "value": 5}).ok
    visitor.open("#/settings")
    card = visitor.page.get_by_role("region", name="Who did what")
    card.get_by_role("button", name="Show it").click()
    items = card.get_by_role("listitem")
    expect(items).to_have_count(3)
    expect(items.nth(1)).to_contain_text("added the webhook <img src=x>")
    expect(items.nth(2)).to_contain_text("project p: notes, tags")
    visitor.assert_accessible()
    items.first.get_by_role("link", name="mine").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("mine")
    visitor.assert_calm()
