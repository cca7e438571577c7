"""The page itself: keys, tokens, phones, strangers' strings, and the Stop button."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect


@pytest.fixture
def three_runs(start_run: Any) -> None:
    """Each is finished before the next begins: the server hears of them in this order."""
    for name in ("alpha", "beta", "gamma"):
        run = start_run(name, id=name)
        run.log({"train/loss": 1.0}, step=1)
        assert run.finish(timeout=10.0)


def test_keys_filter_and_walk_the_list(visitor: Any, three_runs: None) -> None:
    visitor.open()
    links = visitor.page.locator(".runs a.open")
    expect(links).to_have_count(3)
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("be")
    expect(links).to_have_text(["beta"])
    visitor.page.keyboard.press("Escape")
    expect(links).to_have_text(["gamma", "beta", "alpha"])
    visitor.page.keyboard.press("/")
    for _ in range(3):
        visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("ArrowUp")
    expect(links.nth(1)).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("beta")
    visitor.assert_calm()


def test_what_users_wrote_stays_text(visitor: Any, start_run: Any) -> None:
    evil = '<img src=x onerror="document.title=1"><b>bold</b>'
    run = start_run(evil, id="evil")
    run.log({"train/loss": 1.0, "<b>key</b>/%{x}": 2.0}, step=1)
    run.nonfinite(1, "<i>component</i>", "inf", "raised")
    visitor.open_run("evil")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(evil)
    chart = visitor.chart("series:<b>key</b>/%{x}")
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".headline")).to_have_text("2.000")
    box = chart.locator(".points path").first.bounding_box()
    visitor.page.mouse.move(box["x"] + 3, box["y"] + 3)
    expect(chart.locator(".readout")).to_contain_text("<b>key</b>/")
    assert visitor.page.locator("img, main b b").count() == 0
    visitor.assert_calm()


def test_stop_asks_twice_and_reaches_the_trainer(visitor: Any, start_run: Any) -> None:
    run = start_run("long", id="long")
    run.log({"train/loss": 1.0}, step=1)
    visitor.open_run("long")
    visitor.page.get_by_role("button", name="Stop run").click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Keep running").click()
    expect(dialog).to_be_hidden()
    assert visitor.server.store is not None
    visitor.page.get_by_role("button", name="Stop run").click()
    dialog.get_by_role("button", name="Stop run").click()
    expect(visitor.page.get_by_text("Stop requested")).to_be_visible()
    for step in range(2, 200):
        run.log({"train/loss": 1.0}, step=step)
        visitor.page.wait_for_timeout(50)
        if run.should_stop:
            break
    assert run.should_stop
    run.finish(status="stopped", timeout=10.0)
    expect(visitor.page.get_by_text(re.compile("^Stopped at step"))).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Stop run")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_scrolls_one_way_only(visitor: Any, start_run: Any, width: int) -> None:
    run = start_run("a-rather-long-name-of-a-run-without-a-single-space-in-it", id="phone")
    for step in range(1, 30):
        run.log({"train/loss": 1.0 / step, "lr": 1e-5, "a/very/long/key/that/does/not/fit": 1.0}, step=step)
    visitor.page.set_viewport_size({"width": width, "height": 800})
    for route in ("#/", "#/runs/phone", "#/runs/none"):
        visitor.open(route)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width, route


def test_a_run_that_is_not_there_is_told_in_words_and_looked_for_again(visitor: Any, start_run: Any) -> None:
    visitor.open("#/runs/late")
    expect(visitor.page.get_by_role("heading", name="Not here")).to_be_visible()
    expect(visitor.page.get_by_role("link", name="All runs")).to_be_visible()
    start_run("late", id="late").log({"train/loss": 2.5}, step=1)
    expect(visitor.page.get_by_role("heading", name="late")).to_be_visible()
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("2.500 at 1")


def test_charts_come_after_the_facts_and_in_a_file_of_their_own(visitor: Any, three_runs: None) -> None:
    visitor.open()
    expect(visitor.page.locator(".runs a.open")).to_have_count(3)
    loaded = "performance.getEntriesByType('resource').map(entry => entry.name)"
    assert not [name for name in visitor.page.evaluate(loaded) if "plotly" in name or "board" in name]
    visitor.page.get_by_role("link", name="alpha").click()
    expect(visitor.chart("train-loss").locator("svg.main-svg").first).to_be_visible()
    assert [name for name in visitor.page.evaluate(loaded) if "plotly" in name]


def test_the_room_that_projects_take_is_told_when_asked(visitor: Any, three_runs: None) -> None:
    visitor.open()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    summary = visitor.page.get_by_text("Storage by project")
    expect(summary).to_be_visible()
    assert not [url for url in asked if "bytes=1" in url]
    summary.click()
    expect(visitor.page.locator(".storage tbody tr")).to_contain_text(re.compile(r"page3[\d.]+ k?Bfor good"))
    visitor.assert_calm()
