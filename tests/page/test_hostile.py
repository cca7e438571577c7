"""Names and texts made to do harm are shown, and do nothing: on every view, on a phone's width."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import expect

EVIL = "<img src=x onerror=window.owned=1><script>owned=1</script><b onmouseover=owned=1>\u202e\u200b'\"&amp;%{y}"
LONG = EVIL + "W" * (256 - len(EVIL))  # as long as a name may be, without a place to break
TEXT = f"{LONG}\x1b[31m\x07" + "W" * 10_000
TAG = LONG[:128]
WIDTH = 390
INJECTED = """() => [...document.querySelectorAll(
  'img[src="x"], script:not([src]), [onerror], [onmouseover], iframe, object')].map((one) => one.outerHTML)"""


@pytest.fixture
def haunted(live_server: Any, wait: Any) -> Iterator[Any]:
    """A service in which whatever a user names is hostile."""
    with httpx2.Client(base_url=live_server.url, timeout=60) as client:

        def put(path: str, told: Any, method: str = "POST") -> Any:
            answer = client.request(method, path, json=told)
            assert answer.status_code < 300, answer.text
            return answer.json()

        rule = {"metric": f"train/{EVIL}", "op": ">", "value": 0, "title": LONG, "severity": "critical"}
        put("/rules/evil", rule, "PUT")
        put("/webhooks", {"kind": "standard", "name": LONG, "url": "https://example.com/hook"})
        for run_id in ("evil", "worse"):
            named = {"project": LONG, "name": LONG, "group": LONG, "tags": [TAG], "host": {"name": TEXT}}
            intent = {"losses": {EVIL: {"weight": 1.0}}, EVIL: TEXT, "total_steps": 100}
            put("/runs", {"id": run_id, **named, "config": {LONG: TEXT, run_id: {EVIL: [EVIL]}}, "intent": intent})
            put(f"/runs/{run_id}", {"notes": TEXT}, "PATCH")
            values = {"train/loss": 1.0, f"train/{EVIL}": 1.0, f"eval/{EVIL}": 2.0, EVIL: 1.0, LONG: 3.0}
            events: list[Any] = [{"type": "metrics", "step": step, "values": values} for step in range(1, 20)]
            events += [
                {"type": "note", "step": 3, "text": TEXT},
                {"type": "checkpoint", "step": 4, "path": TEXT},
                {"type": "log", "level": "error", "text": TEXT},
                {"type": "alert", "step": 5, "title": LONG, "text": TEXT, "level": "critical"},
                {"type": "nonfinite", "step": 6, "component": EVIL, "value": "nan", "action": "none"},
                {"type": "system", "values": {EVIL: 1.0}},
                {"type": "finish", "status": "failed", "error": TEXT},
            ]
            put(f"/runs/{run_id}/events", {"writer": "w", "seq": 1, "events": events})
        wait(lambda: client.get("/alerts?rule=evil").json()["items"])
        yield live_server


@pytest.fixture
def watched(visitor: Any, haunted: Any) -> Any:
    visitor.page.set_viewport_size({"width": WIDTH, "height": 800})
    visitor.dialogs = []
    visitor.asked = []
    visitor.page.on("dialog", lambda dialog: (visitor.dialogs.append(dialog.message), dialog.dismiss()))
    visitor.page.on("request", lambda request: visitor.asked.append(request.url))
    return visitor


def assert_harmless(visitor: Any, where: str) -> None:
    page = visitor.page
    assert page.evaluate("window.owned") is None, where
    assert page.evaluate(INJECTED) == [], where
    assert visitor.dialogs == [], where
    assert not [url for url in visitor.asked if re.search(r"/x$", url)], where
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, where
    assert page.evaluate("window.witness.refused") == [], where


ROUTES = [
    "#/", f"#/?q={quote(EVIL)}", f"#/?project={quote(LONG)}", "#/runs/evil", f"#/runs/{quote(EVIL, safe='')}",
    "#/compare?run=evil&run=worse", f"#/compare?run={quote(EVIL)}", "#/alerts", f"#/alerts?q={quote(EVIL)}", "#/rules",
    "#/rules/evil", f"#/rules/{quote(EVIL, safe='')}", "#/settings", "#/channels", f"#/{quote(EVIL)}", "#/deleted",
]  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
def test_no_view_lets_a_name_become_more_than_text(watched: Any, route: str) -> None:
    watched.open(route)
    expect(watched.page.get_by_role("heading", level=1)).to_be_visible()
    watched.page.wait_for_load_state("networkidle")
    assert_harmless(watched, route)


def test_the_details_of_a_run_show_them_as_text(watched: Any) -> None:
    watched.open("#/runs/evil")
    region = watched.page.get_by_role("region", name="Details")
    region.scroll_into_view_if_needed()
    for tab in region.get_by_role("tab").all():
        tab.click()
        expect(watched.page.get_by_role("tabpanel")).to_be_visible()
        watched.page.wait_for_load_state("networkidle")
        assert_harmless(watched, tab.inner_text())


def test_charts_show_them_as_text_where_they_are_pointed_at(watched: Any) -> None:
    watched.page.set_viewport_size({"width": 1280, "height": 900})
    watched.open("#/runs/evil")
    chart = watched.page.locator("[data-chart]").first
    expect(chart.locator("svg.main-svg").first).to_be_visible()
    chart.locator(".plot-box").hover()
    assert watched.page.evaluate("window.owned") is None
    assert watched.page.evaluate(INJECTED) == []


def test_the_palette_shows_them_as_text(watched: Any) -> None:
    watched.open()
    expect(watched.page.get_by_role("heading", level=1)).to_be_visible()
    watched.page.get_by_role("button", name="Search").click()
    expect(watched.page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    assert_harmless(watched, "palette")


def test_the_visit_would_tell_of_an_element_that_was_let_in(watched: Any) -> None:
    """What all of the above rests on."""
    watched.open()
    expect(watched.page.get_by_role("heading", level=1)).to_be_visible()
    watched.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=1>')")
    with pytest.raises(AssertionError):
        assert_harmless(watched, "it was let in")
