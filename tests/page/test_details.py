"""Below the charts of a run: facts to edit, config and intent, events, lines of output, gauges of the machine."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

CONFIG: dict[str, Any] = {
    "learning_rate": 3e-05,
    "optimizer": {"name": "adamw", "betas": [0.9, 0.999], "weight decay": 0.0},
    "git": {"commit": "9735c03aa0e1d1be2f0c"},
    "resume": None,
    "seed": 12345678901234567890,
    "api_key": "sk-made-up-and-secret",
    "teacher": "a-rather-long-name-of-a-model-without-a-single-space-in-it/" * 4,
}


@pytest.fixture
def streamed(start_run: Any, visitor: Any, wait: Any) -> Any:
    """A run of the real client that says a little of everything, and goes on."""
    run = start_run("told", id="told", tags=["a100"], config=CONFIG, intent={"accumulation": 4, "total_steps": 1000})
    for step in range(1, 101):
        run.log({"train/loss": 4 / step**0.3}, step=step)
    run.note("A first note", step=10)
    run.checkpoint("/data/step_50.pt", step=50)
    run.nonfinite(60, "lm_loss", "nan", "clamped_to_zero")
    run.epoch(1, step=100)
    run.update_intent({"accumulation": 16})
    run.update_intent({"accumulation": 8})
    run.log({"train/loss": 1.0}, step=101)
    wait(lambda: told(visitor, "told"))
    return run


def told(visitor: Any, run_id: str) -> bool:
    answer = visitor.page.request.get(f"{visitor.server.url}/runs/{run_id}").json()
    return bool(answer.get("last_step") == 101)


def panel(visitor: Any) -> Locator:
    found: Locator = visitor.page.get_by_role("tabpanel")
    return found


def asked_for(visitor: Any) -> list[str]:
    urls: list[str] = []
    visitor.page.on("request", lambda request: urls.append(request.url))
    return urls


def test_tabs_open_by_click_and_keys_and_nothing_loads_before(visitor: Any, streamed: Any) -> None:
    visitor.page.set_viewport_size({"width": 1280, "height": 300})
    asked = asked_for(visitor)
    visitor.open_run("told")
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("1.000 at 101")
    assert not [url for url in asked if "assets/details" in url]
    visitor.page.get_by_role("region", name="Details").scroll_into_view_if_needed()
    about = visitor.page.get_by_role("tab", name="About")
    expect(about).to_have_attribute("aria-selected", "true")
    assert not [url for url in asked if re.search(r"/events\?|/gauges", url)]
    about.focus()
    visitor.page.keyboard.press("ArrowRight")
    expect(visitor.page.get_by_role("tab", name="Config")).to_be_focused()
    expect(visitor.page).to_have_url(re.compile("tab=config"))
    visitor.page.keyboard.press("End")
    expect(panel(visitor)).to_contain_text("No gauge so far.")
    visitor.page.get_by_role("tab", name="Log").click()
    expect(panel(visitor)).to_contain_text("No line so far.")
    visitor.page.reload()
    expect(visitor.page.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    visitor.assert_calm(most_shift=0.05)


def test_facts_are_told_and_edited_in_place_and_taken_back(visitor: Any, streamed: Any) -> None:
    visitor.open("#/runs/told?tab=about")
    known = panel(visitor).locator(".known")
    expect(known).to_contain_text(re.compile(r"Id\s*told.*Commit\s*9735c03aa0e1d1be2f0c.*Last step\s*101"))
    visitor.assert_accessible()
    visitor.page.get_by_label("Name", exact=True).fill("told anew")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("told anew")
    visitor.page.get_by_role("button", name="Undo").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("told")
    visitor.page.get_by_label("Tags").fill("baseline, <b>x</b>")
    visitor.page.get_by_role("button", name="Add", exact=True).click()
    tags = panel(visitor).locator(".tag")
    expect(tags).to_contain_text(["<b>x</b>", "a100", "baseline"])
    visitor.page.get_by_role("button", name="Remove the tag a100").click()
    expect(tags).to_contain_text(["<b>x</b>", "baseline"])
    visitor.page.get_by_label("Notes").fill("It went well.")
    visitor.page.get_by_role("button", name="Save").click()
    expect(visitor.page.get_by_role("status").filter(has_text="The notes are saved.")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_label("Notes")).to_have_value("It went well.")
    expect(tags).to_have_count(2)
    visitor.assert_calm(most_shift=0.05)


def test_config_and_intent_are_searched_with_their_digits_and_without_secrets(visitor: Any, streamed: Any) -> None:
    visitor.open("#/runs/told?tab=config")
    config = panel(visitor).get_by_role("region", name="Config", exact=True)
    for words in ("weight decay0.0", "seed12345678901234567890", "resumenull", "betas"):
        expect(config).to_contain_text(words)
    expect(config).not_to_contain_text("sk-made-up")
    later = panel(visitor).get_by_role("region", name="Declared later")
    expect(later.get_by_role("listitem")).to_have_text(
        [re.compile(r"intent, .*accumulation\s*16\s*8"), re.compile(r"intent, .*accumulation\s*16")]
    )
    expect(later.locator("s")).to_have_text(["16"])
    visitor.assert_accessible()
    visitor.page.get_by_label("Search keys and values").fill("0.999")
    expect(config).to_contain_text("1 of ")
    expect(config).not_to_contain_text("adamw")
    expect(visitor.page).to_have_url(re.compile(r"find=0\.999"))
    visitor.page.get_by_label("Search keys and values").fill("no such thing")
    expect(config).to_contain_text("Nothing in it answers to “no such thing”.")
    visitor.page.get_by_label("Search keys and values").fill("")
    config.get_by_text("optimizer").click()
    expect(config.get_by_text("adamw")).to_be_hidden()
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visitor.server.url)
    config.get_by_role("button", name="learning_rate").click()
    expect(visitor.page.get_by_role("status").filter(has_text="Copied learning_rate.")).to_be_visible()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == "learning_rate"
    visitor.assert_calm(most_shift=0.05)


def test_events_are_filtered_and_new_ones_wait_and_a_step_is_shown_on_the_charts(visitor: Any, streamed: Any) -> None:
    visitor.open("#/runs/told?tab=events")
    what = panel(visitor).locator("tbody .what")
    expect(what).to_have_text(
        [
            "Declared: accumulation",
            "Declared: accumulation",
            "Epoch 1",
            "lm_loss was NaN (set to zero)",
            "/data/step_50.pt",
            "A first note",
        ]
    )
    visitor.assert_accessible()
    kinds = panel(visitor).get_by_role("group", name="Types of events")
    kinds.get_by_role("button", name="Checkpoint").click()
    expect(what).to_have_text(["/data/step_50.pt"])
    kinds.get_by_role("button", name="Note").click()
    expect(what).to_have_count(2)
    expect(visitor.page).to_have_url(re.compile("kind=checkpoint&kind=note"))
    streamed.note("A second note", step=100)
    visitor.page.get_by_role("button", name="1 new: show").click()
    expect(what.first).to_have_text("A second note")
    visitor.page.get_by_label("Filter the events").fill("first")
    expect(what).to_have_text(["A first note"])
    visitor.page.get_by_label("Filter the events").fill("nowhere")
    expect(panel(visitor)).to_contain_text("No event answers to these filters.")
    kinds.get_by_role("button", name="All").click()
    visitor.page.get_by_label("Filter the events").fill("step_50")
    panel(visitor).get_by_role("button", name="step 50").click()
    expect(visitor.page).to_have_url(re.compile(r"step=50\b"))
    expect(visitor.chart("train-loss").locator(".annotation-text")).to_have_text("step 50")
    expect(visitor.chart("train-loss")).to_be_in_viewport()
    visitor.page.go_back()
    visitor.chart("train-loss").scroll_into_view_if_needed()
    expect(visitor.chart("train-loss")).not_to_have_class(re.compile("pointed"))
    visitor.assert_calm(most_shift=0.1)


def test_many_events_come_in_pages(visitor: Any, start_run: Any, wait: Any) -> None:
    run = start_run("many", id="many")
    run.log({"train/loss": 1.0}, step=101)
    for number in range(450):
        run.note(f"note {number}", step=number)
    assert run.finish(timeout=20.0)
    visitor.open("#/runs/many?tab=events&kind=note")
    rows = panel(visitor).locator("tbody tr")
    expect(rows).to_have_count(200)
    expect(rows.first).to_contain_text("note 449")
    panel(visitor).get_by_role("button", name="Earlier events").click()
    panel(visitor).get_by_role("button", name="Earlier events").click()
    expect(rows).to_have_count(450)
    expect(panel(visitor).get_by_role("button", name="Earlier events")).to_be_hidden()
    visitor.page.get_by_label("Filter the events").fill("note 123")
    expect(rows).to_have_count(1)  # on the third page
    expect(rows).to_contain_text("note 123")
    visitor.assert_calm(most_shift=1.0)


def test_lines_follow_the_end_and_stand_still_for_who_reads(visitor: Any, streamed: Any) -> None:
    for number in range(700):
        streamed.print_line(f"line {number}")
    streamed.print_line("\x1b[33mslow\x1b[0m loader", "warning")
    streamed.print_line("CUDA error", "error")
    visitor.open("#/runs/told?tab=log")
    box = visitor.page.get_by_role("region", name="Lines of output")
    expect(box.locator(".line").last).to_have_text(re.compile(r"error\s*CUDA error"))
    expect(box.locator(".line").last).to_be_in_viewport()
    expect(box.locator(".line.warning .text")).to_have_text("slow loader")
    visitor.assert_accessible()
    visitor.assert_calm(most_shift=0.05)  # lines that come above or below are no jumps to who follows the end

    box.evaluate("box => { box.scrollTop = 0; }")
    expect(panel(visitor)).to_contain_text("paused")
    expect(box.locator(".line").first).to_contain_text(re.compile(r"line 0\b"))
    streamed.print_line("a late one")
    expect(panel(visitor)).to_contain_text("1 new line waits")
    expect(box).not_to_contain_text("a late one")
    visitor.page.get_by_role("button", name="Follow the end").click()
    expect(box.locator(".line").last).to_contain_text("a late one")
    expect(box.locator(".line").last).to_be_in_viewport()

    panel(visitor).get_by_role("button", name="Warnings and worse").click()
    expect(box.locator(".line .text")).to_have_text(["slow loader", "CUDA error"])
    visitor.page.get_by_label("Filter the lines").fill("cuda")
    expect(box.locator(".line .text")).to_have_text(["CUDA error"])
    expect(visitor.page).to_have_url(re.compile("level=warning"))
    visitor.page.get_by_label("Filter the lines").fill("nowhere")
    expect(box).to_contain_text("No line answers to this filter.")


def test_gauges_are_small_curves_with_their_last_figures(visitor: Any, streamed: Any) -> None:
    for number in range(40):
        streamed.system({"gpu/0/util": 80.0 + number % 7, "gpu/10/util": 50.0, "host/rss_bytes": 8e9 + number})
    visitor.open("#/runs/told?tab=system")
    gauge = panel(visitor).get_by_role("figure").filter(has_text="0/util").first
    expect(gauge.locator("b")).to_have_text("84 %")
    expect(gauge.get_by_role("img")).to_have_accessible_name(re.compile("^gpu/0/util: 84 %"))
    visitor.assert_accessible()
    streamed.system({"gpu/0/util": 12.5})
    expect(gauge.locator("b")).to_have_text("12.5 %")
    gauge.get_by_role("img").hover()
    expect(gauge.locator("path.here")).to_be_attached()
    expect(panel(visitor)).to_contain_text(", here ")
    panel(visitor).get_by_role("button", name="as a table").click()
    row = panel(visitor).get_by_role("row").filter(has_text="gpu/0/util")
    expect(row.get_by_role("cell")).to_have_text(["12.5 %", "12.5 %", "86.0 %", "41"])
    visitor.assert_calm(most_shift=0.05)


@pytest.mark.parametrize("tab", ["config", "events", "log", "system"])
def test_what_cannot_be_read_is_said_and_tried_again(visitor: Any, streamed: Any, tab: str) -> None:
    refused = {"status": 403, "json": {"title": "No", "status": 403, "detail": "This needs the scope read."}}
    place = re.compile(r"/runs/told/(events|gauges)\?")
    visitor.page.route(place, lambda route: route.fulfill(**refused))
    visitor.open(f"#/runs/told?tab={tab}")
    expect(panel(visitor).get_by_role("alert").filter(has_text="This needs the scope read.")).to_be_visible()
    visitor.page.unroute(place)
    panel(visitor).get_by_role("button", name="Try again").click()
    expect(panel(visitor).get_by_role("alert").filter(has_text="This needs")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 390, 700])
def test_they_fit_narrow_screens(visitor: Any, streamed: Any, width: int) -> None:
    streamed.print_line("x" * 400)
    streamed.system({"a/very/long/name/of/a/gauge/that/does/not/fit": 1.0})
    visitor.page.set_viewport_size({"width": width, "height": 800})
    for tab in ("about", "config", "events", "log", "system"):
        visitor.open(f"#/runs/told?tab={tab}")
        expect(panel(visitor)).to_be_visible()
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width, tab
