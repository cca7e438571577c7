"""The frame of the page: palette, help, the tab's signal, notices, settings, print, focus and places."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

FOUNDING = "founding/after_fix_lr_zero"
HEALTHY = "lab/healthy-distil-0"
INTENT: dict[str, Any] = {
    "total_steps": 1000,
    "step_unit": "batch",
    "accumulation": 4,
    "schedule": {"kind": "linear", "peak": 3e-5, "warmup": 20, "total": 250, "unit": "update"},
}
LIT = re.compile(r'cy="([\d.]+)" r="2\.4"')
# A browser that shows notices to the test; `leave` is what it answers when it is asked.
NOTIFIER = """
window.said = [];
window.asked = 0;
window.Notification = class {
  static permission = sessionStorage.leave ?? "default";
  static async requestPermission() {
    window.asked += 1;
    sessionStorage.leave = Notification.permission = "LEAVE";
    return "LEAVE";
  }
  constructor(title, options) { window.said.push({ title, ...options }); window.last = this; }
  close() {}
};
"""


@pytest.fixture
def ill_run(start_run: Any) -> Callable[..., Any]:
    """A live run whose learning rate stays at zero in the warm-up; more of it is logged by what this returns."""
    run = start_run("ill", id="ill", intent=INTENT)

    def log(first: int, last: int) -> Any:
        for step in range(first, last + 1):
            run.log({"train/loss": 2.0 + step % 3 / 100, "lr": 0.0}, step=step)
        return run

    log(1, 4)
    return log


def await_frame(page: Page) -> None:
    """Wait for what comes a moment after the first view."""
    expect(page.locator(".notice")).to_be_attached()


def open_palette(page: Page) -> Any:
    page.keyboard.press("Control+k")
    field = page.get_by_role("dialog").get_by_role("combobox")
    expect(field).to_be_focused()
    return field


def lit(page: Page) -> list[str]:
    href = page.locator('link[rel="icon"]').get_attribute("href") or ""
    return LIT.findall(unquote(href))


def test_the_palette_goes_to_runs_and_places_by_keys_alone(visitor: Any, start_run: Any) -> None:
    for name in ("alpha", "beta", "gamma"):
        start_run(name, id=name).log({"train/loss": 1.0}, step=1)
    visitor.open()
    expect(visitor.page.locator(".runs a.open")).to_have_count(3)
    field = open_palette(visitor.page)
    chosen = visitor.page.get_by_role("dialog").get_by_role("option", selected=True)
    visitor.page.keyboard.type("bet")
    expect(visitor.page.get_by_role("group", name="Runs").get_by_role("option")).to_have_count(1)
    expect(chosen).to_contain_text("beta")
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id"))
    visitor.assert_accessible()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("beta")
    expect(visitor.page.get_by_role("heading", level=1)).to_be_focused()

    open_palette(visitor.page)
    expect(visitor.page.get_by_role("dialog").get_by_role("group").first).to_have_accessible_name("Recent")
    expect(chosen).to_contain_text("beta")
    # Places come with the views that offer them: the last one may not be there yet.
    expect(visitor.page.get_by_role("dialog").get_by_role("option").last).to_have_text("Settings")
    visitor.page.keyboard.press("End")
    expect(chosen).to_have_text("Settings")
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("ArrowUp")
    visitor.page.keyboard.press("Home")
    expect(chosen).to_contain_text("beta")
    visitor.page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_focused()

    open_palette(visitor.page)
    visitor.page.keyboard.type("no such thing at all")
    expect(visitor.page.get_by_text("Nothing answers to “no such thing at all”.")).to_be_visible()
    visitor.assert_calm()


def test_the_palette_opens_by_its_button_on_a_phone(visitor: Any, import_run: Any) -> None:
    import_run(HEALTHY)
    visitor.page.set_viewport_size({"width": 360, "height": 700})
    visitor.open()
    visitor.page.get_by_role("button", name="Search").click()
    option = visitor.page.get_by_role("option", name="healthy-distil-0")
    expect(option).to_be_visible()
    visitor.assert_accessible()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360
    option.click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("healthy-distil-0")
    visitor.assert_calm()


def test_the_help_tells_the_keys_that_hold_now(visitor: Any, start_run: Any) -> None:
    start_run("alpha", id="alpha").log({"train/loss": 1.0}, step=1)
    visitor.open()
    expect(visitor.page.locator(".runs a.open")).to_have_count(1)
    visitor.page.keyboard.press("?")
    dialog = visitor.page.get_by_role("dialog", name="Keyboard")
    expect(dialog.get_by_role("region", name="Runs")).to_contain_text("/Filter the runs")
    expect(dialog.get_by_role("region", name="Everywhere")).to_contain_text("Ctrl KSearch")
    expect(dialog).to_contain_text(re.compile(r"lineside \d+\.\d+"))
    visitor.assert_accessible()
    visitor.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    visitor.open("#/settings")
    visitor.page.get_by_role("button", name="Keyboard", exact=True).click()
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("Filter the runs")).to_be_hidden()
    visitor.assert_calm()


def test_the_tab_shows_the_worst_of_all_live_runs_and_of_the_run_that_is_open(
    visitor: Any, import_run: Any, ill_run: Any
) -> None:
    fine = import_run(HEALTHY)
    visitor.open("#/settings")
    expect(visitor.page).to_have_title("Settings · lineside")
    assert lit(visitor.page) == []
    ill_run(5, 80)
    expect(visitor.page).to_have_title(re.compile(r"^● \d critical · Settings · lineside$"))
    assert lit(visitor.page) == ["3.6"]
    expect(visitor.page.get_by_role("link", name=re.compile(r"Alerts.*open in live runs: \d"))).to_be_visible()
    visitor.open(f"#/runs/{fine}")
    expect(visitor.page).to_have_title("healthy-distil-0 · lineside")
    expect(visitor.page.locator('link[rel="icon"]')).to_have_attribute("href", re.compile("12.4%22%20r%3D%222.4"))
    visitor.open("#/runs/ill")
    expect(visitor.page).to_have_title(re.compile(r"^● \d critical · ill · lineside$"))
    expect(visitor.chart("lr")).to_be_attached()  # its socket has opened
    visitor.open("#/")
    ill_run(81, 81).finish(timeout=10.0)
    expect(visitor.page).to_have_title("Runs · lineside")
    visitor.assert_calm()


def choose_notices(visitor: Any, leave: str = "granted") -> None:
    visitor.page.add_init_script(NOTIFIER.replace("LEAVE", leave))
    visitor.open("#/settings")
    visitor.page.get_by_label("Warnings and critical incidents").click()


def test_a_notice_tells_of_an_incident_once_and_leads_to_it(visitor: Any, ill_run: Any) -> None:
    choose_notices(visitor)
    expect(visitor.page.get_by_label("Warnings and critical incidents")).to_be_checked()
    assert visitor.page.evaluate("asked") == 1
    other = visitor.page.context.new_page()
    other.add_init_script(NOTIFIER.replace("LEAVE", "granted").replace('?? "default"', '?? "granted"'))
    other.goto(f"{visitor.server.url}/#/alerts")
    await_frame(other)
    await_frame(visitor.page)
    ill_run(5, 80)
    visitor.page.wait_for_function("() => said.length > 0")
    said = visitor.page.evaluate("said")
    assert "learning rate is 0" in said[0]["title"]
    assert said[0]["body"].startswith("ill · page, step ")
    ill_run(81, 160)
    expect(visitor.page).to_have_title(re.compile("^●"))
    visitor.page.evaluate("last.onclick()")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("ill")
    assert "alert=" in visitor.page.url
    tags = [one["tag"] for one in visitor.page.evaluate("said")]
    assert len(tags) == len(set(tags))
    assert other.evaluate("said") == []
    other.close()
    visitor.assert_calm()


def test_no_notice_for_what_was_open_before_or_for_the_run_that_is_looked_at(visitor: Any, ill_run: Any) -> None:
    ill_run(5, 80)
    choose_notices(visitor)
    expect(visitor.page).to_have_title(re.compile("^● .*Settings"))  # told by the first snapshot
    visitor.open("#/runs/ill")
    expect(visitor.page).to_have_title(re.compile("^● .*ill"))
    await_frame(visitor.page)
    run = ill_run(81, 120)
    run.log({"train/loss": float("nan"), "lr": 0.0}, step=121)
    ill_run(122, 130)
    expect(visitor.page.locator("article.incident").filter(has_text="· nonfinite")).to_be_visible()
    ill_run(131, 200)
    expect(visitor.chart("train-loss").locator(".headline")).to_contain_text(" at 200")
    assert visitor.page.evaluate("said") == []
    visitor.assert_calm()


def test_a_browser_that_refuses_notices_is_explained(visitor: Any) -> None:
    choose_notices(visitor, "denied")
    expect(visitor.page.get_by_text("Allow notifications for this address")).to_be_visible()
    expect(visitor.page.get_by_label("None")).to_be_checked()
    visitor.assert_accessible()
    visitor.assert_calm()


def test_settings_tell_what_the_service_is(visitor: Any) -> None:
    visitor.open("#/settings")
    about = visitor.page.get_by_role("region", name="This service")
    expect(about).to_contain_text("SQLite, one file")
    expect(about).to_contain_text("for ever retention_days")
    expect(
        visitor.page.get_by_text("This service asks for no token here: who reaches it may do everything.")
    ).to_be_visible()
    visitor.assert_accessible()
    visitor.assert_calm()


def test_a_printed_run_has_its_verdict_facts_incidents_and_charts_on_white(visitor: Any, import_run: Any) -> None:
    visitor.page.emulate_media(color_scheme="dark")
    visitor.page.add_init_script("window.print = () => { window.printed = document.documentElement.dataset.paper; }")
    visitor.open(f"#/runs/{import_run(FOUNDING)}")
    expect(visitor.chart("train-loss").locator("svg.main-svg").first).to_be_visible()
    await_frame(visitor.page)
    visitor.page.keyboard.press("Control+p")
    visitor.page.wait_for_function("() => window.printed === ''")
    assert visitor.page.locator(".chart").count() == visitor.page.locator(".chart:has(svg.main-svg)").count()
    assert visitor.page.evaluate("document.documentElement.dataset.paper") is None

    visitor.page.emulate_media(media="print", color_scheme="dark")
    assert visitor.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for gone in (visitor.page.get_by_role("navigation"), visitor.page.locator("main button:not(.step)").first):
        expect(gone).to_be_hidden()
    for there in (".verdict", ".facts", "article.incident", '[data-chart="train-loss"] svg.main-svg'):
        expect(visitor.page.locator(there).first).to_be_visible()


def test_the_focus_follows_to_the_new_heading_and_back_finds_the_place_again(visitor: Any, start_run: Any) -> None:
    for number in range(40):
        start_run(f"run-{number}", id=f"run-{number}").log({"train/loss": 1.0}, step=1)
    visitor.open()
    expect(visitor.page.locator(".runs")).to_have_attribute("aria-rowcount", "41")
    await_frame(visitor.page)
    visitor.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    link = visitor.page.get_by_role("link", name="run-3", exact=True)
    link.scroll_into_view_if_needed()
    depth = visitor.page.evaluate("scrollY")
    assert depth > 0
    link.click()
    heading = visitor.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("run-3")
    expect(heading).to_be_focused()
    visitor.page.go_back()
    expect(heading).to_have_text("Runs")
    # The list may have grown by a line of words meanwhile, as its last runs came in.
    visitor.page.wait_for_function("depth => Math.abs(scrollY - depth) < 40", arg=depth)
    visitor.page.get_by_role("link", name="Settings").click()
    expect(heading).to_have_text("Settings")
    assert visitor.page.evaluate("scrollY") == 0
    visitor.assert_calm()


def test_the_first_stop_of_the_tab_key_skips_to_the_content(visitor: Any) -> None:
    visitor.open("#/settings")
    expect(visitor.page.get_by_role("heading", name="Settings")).to_be_visible()
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("button", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("main")).to_be_focused()
    assert visitor.page.locator("html").get_attribute("lang") == "en"


def test_a_view_whose_file_is_gone_offers_to_reload(visitor: Any) -> None:
    visitor.open()
    expect(visitor.page.get_by_role("heading", name="No runs yet")).to_be_visible()
    visitor.page.route("**/assets/settings-*.js", lambda route: route.fulfill(status=404, body=""))
    visitor.page.get_by_role("link", name="Settings").click()
    expect(visitor.page.get_by_text("This part of the page could not be loaded.")).to_be_visible()
    visitor.page.unroute("**/assets/settings-*.js")
    visitor.page.get_by_role("button", name="Reload the page").click()
    expect(visitor.page.get_by_role("heading", name="Settings")).to_be_visible()
