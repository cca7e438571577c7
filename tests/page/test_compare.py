"""Compare: differences first, then findings, figures and overlays; every interaction as a person would do it."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

BEFORE, AFTER = "founding/before_fix", "founding/after_fix_lr_zero"
CONFIG = {"learning_rate": 1e-3, "optimizer": {"name": "adamw", "betas": [0.9, 0.99]}, "temperature": 2.0}


def address(*runs: str, **more: str) -> str:
    return "#/compare?" + "&".join(
        [*(f"run={run}" for run in runs), *(f"{name}={value}" for name, value in more.items())]
    )


def asked(page: Page) -> dict[str, list[str]]:
    """What the address holds behind its route."""
    return parse_qs(urlsplit(page.url).fragment.partition("?")[2])


def row_of(table: Locator, name: str) -> list[str]:
    expect(table.get_by_role("rowheader", name=name).first).to_be_visible()
    header = table.page.get_by_role("rowheader", name=name)
    cells: list[str] = table.get_by_role("row").filter(has=header).get_by_role("cell").all_inner_texts()
    return cells


@pytest.fixture
def founding_pair(import_run: Any) -> tuple[str, str]:
    return import_run(BEFORE), import_run(AFTER)


@pytest.fixture
def two(start_run: Any) -> None:
    """Two small runs that overlap in a part of their steps; the second is longer and counts its tokens."""
    for name, steps, shift, config in (
        ("one", 20, 0.0, CONFIG),
        ("two", 40, 0.5, CONFIG | {"temperature": 4.0, "note": None}),
    ):
        run = start_run(name, id=name, config=config, tags=["t"])
        for step in range(1, steps + 1):
            values = {"train/loss": 2.0 / step + shift, "lr": 1e-3}
            run.log(values | ({"train/tokens": 100 * step} if name == "two" else {}), step=step)
        run.log({"eval/loss": 1.0 + shift}, step=steps)
        assert run.finish(timeout=10.0)


def test_the_differences_of_the_declarations_come_first(visitor: Any, founding_pair: Any) -> None:
    visitor.open(address(*founding_pair))
    table = visitor.page.get_by_role("region", name="Differences")
    expect(table.get_by_role("rowheader", name="lr_scheduler.warmup_steps")).to_be_visible()
    assert row_of(table, "lr_scheduler.warmup_steps") == ["7482", "≠ 467"]
    assert row_of(table, "eval_every") == ["1000", "≠ 2000"]
    expect(visitor.page.get_by_text("3 declarations differ: config.lr_scheduler.total_steps")).to_contain_text(
        "it does not show that a run is learning."
    )
    heads = visitor.page.get_by_role("heading", level=2)
    expect(heads).to_have_text(["Differences", "Findings", "Figures", "Charts"])
    findings = visitor.page.get_by_role("region", name="Findings")
    assert row_of(findings, "lr-exhausted")[0] == "passes"
    expect(findings.get_by_role("link", name=re.compile("The learning rate is 0"))).to_be_visible()
    figures = visitor.page.get_by_role("region", name="Figures")
    expect(figures.get_by_role("columnheader", name="train at 2,065")).to_be_visible()
    assert row_of(figures, "before_fix")[1:3] == ["3,000", "21.65"]
    visitor.assert_calm()
    visitor.assert_accessible()


def test_a_finding_leads_to_its_run(visitor: Any, founding_pair: Any) -> None:
    visitor.open(address(*founding_pair))
    visitor.page.get_by_role("link", name=re.compile("The learning rate is 0")).click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("after_fix_lr_zero")
    assert "alert" in asked(visitor.page)
    visitor.assert_calm()


def test_what_must_not_be_credited_is_said(visitor: Any, two: None) -> None:
    visitor.open(address("one", "two"))
    caveats = visitor.page.get_by_role("list", name="What must not be credited")
    expect(caveats).to_contain_text("What a loss measures is declared differently (config.temperature)")
    table = visitor.page.get_by_role("region", name="Differences")
    assert row_of(table, "note") == ["not set", "≠ null"]
    visitor.assert_calm()


def test_differences_are_filtered_and_what_is_equal_unfolds(visitor: Any, two: None) -> None:
    visitor.open(address("one", "two"))
    table = visitor.page.get_by_role("region", name="Differences")
    expect(table.get_by_role("rowheader", name="note")).to_be_visible()
    filtering = visitor.page.get_by_label("Filter the differences")
    filtering.press_sequentially("temp")  # by keys: what moves as one types is no jump
    expect(table.get_by_role("rowheader", name="note")).to_have_count(0)
    expect(table.get_by_role("rowheader", name="temperature")).to_be_visible()
    filtering.press_sequentially("nothing")
    expect(visitor.page.get_by_text("No difference answers to “tempnothing”.")).to_be_visible()
    filtering.press("ControlOrMeta+A")
    filtering.press("Delete")
    expect(table.get_by_role("rowheader", name="note")).to_be_visible()
    visitor.page.get_by_text(re.compile(r"^\d+ equal$")).click()
    equal = visitor.page.get_by_role("region", name="What is equal")
    assert row_of(equal, "optimizer.betas") == ["[0.9, 0.99]"]
    visitor.assert_calm()
    visitor.assert_accessible()


def test_runs_are_added_by_name_and_taken_away_again(visitor: Any, two: None) -> None:
    visitor.open("#/compare")
    expect(visitor.page.get_by_text("Two to twenty runs stand beside each other here")).to_be_visible()
    visitor.assert_accessible()
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("one")
    found = visitor.page.get_by_role("option")
    expect(found).to_have_count(1)
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_text("One run alone has nothing to differ from.")).to_be_visible()
    strip = visitor.page.get_by_role("list", name="Runs compared")
    expect(strip).to_contain_text("Finished")
    expect(found).to_have_text([re.compile("two")])  # the other one alone is left to be added
    found.click()
    expect(visitor.page.get_by_role("heading", name="Differences")).to_be_visible()
    assert asked(visitor.page)["run"] == ["one", "two"]
    visitor.page.keyboard.press("Escape")
    strip.get_by_role("button", name="Remove one").click()
    expect(strip.get_by_role("listitem")).to_have_count(1)
    visitor.page.get_by_role("button", name="Undo").click()
    expect(strip.get_by_role("listitem")).to_have_count(2)
    assert asked(visitor.page)["run"] == ["one", "two"]
    visitor.page.get_by_label("Add a run").fill("zzz")
    expect(visitor.page.get_by_text("No further run answers to “zzz”.")).to_be_visible()
    visitor.assert_calm()


def test_order_and_base_are_in_the_address(visitor: Any, two: None) -> None:
    visitor.open(address("one", "two"))
    table = visitor.page.get_by_role("region", name="Differences")
    expect(table.get_by_role("rowheader", name="temperature")).to_be_visible()
    assert row_of(table, "temperature") == ["2", "≠ 4"]
    strip = visitor.page.get_by_role("list", name="Runs compared")
    strip.get_by_role("button", name="Move two left").click()
    expect(strip.get_by_role("link")).to_have_text(["two", "one"])
    assert row_of(table, "temperature") == ["≠ 4", "2"]
    strip.get_by_role("button", name="make base two").click()
    expect(table.get_by_role("columnheader", name="two (base)")).to_be_visible()
    assert row_of(table, "temperature") == ["4", "≠ 2"]
    visitor.page.reload()
    expect(strip.get_by_role("link")).to_have_text(["two", "one"])
    expect(table.get_by_role("columnheader", name="two (base)")).to_be_visible()
    visitor.assert_calm()


def test_the_same_series_lie_over_each_other(visitor: Any, two: None) -> None:
    visitor.open(address("one", "two"))
    chart = visitor.chart("role:train.loss")
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".scatterlayer .trace")).to_have_count(2)
    legend = chart.get_by_role("contentinfo").or_(chart.locator(".legend"))
    expect(legend.get_by_role("button", name=re.compile("^one"))).to_contain_text("0.1000")
    expect(legend.get_by_role("button", name=re.compile("^two"))).to_contain_text("0.5500")
    strokes = chart.locator(".legend line").evaluate_all("lines => lines.map(line => line.getAttribute('stroke'))")
    assert len(set(strokes)) == 2
    legend.get_by_role("button", name=re.compile("^one")).click()
    expect(chart.locator(".scatterlayer .trace")).to_have_count(1)
    assert asked(visitor.page)["hide"] == ["one"]
    expect(legend.get_by_role("button", name=re.compile("^one"))).to_have_attribute("aria-pressed", "false")
    legend.get_by_role("button", name=re.compile("^two")).click()
    expect(chart.get_by_text("All its runs are left out.")).to_be_visible()
    visitor.assert_calm()


def test_a_chart_has_a_logarithmic_axis(visitor: Any, two: None) -> None:
    visitor.open(address("one", "two"))
    chart = visitor.chart("role:train.loss")
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".scatterlayer .trace")).to_have_count(2)
    log = chart.get_by_role("button", name="Loss, train on a log axis")
    log.click()
    expect(log).to_have_attribute("aria-pressed", "true")
    assert asked(visitor.page)["log"] == ["role:train.loss"]
    ticks = chart.locator(".yaxislayer-above .ytick text")
    expect(ticks.filter(has_text=re.compile("^0.1$"))).to_have_count(1)
    visitor.page.get_by_role("group", name="Show").get_by_role("button", name="difference to base").click()
    expect(log).to_be_hidden()  # below zero there is no logarithm
    visitor.assert_calm()


def test_a_run_keeps_its_stroke_when_another_goes(visitor: Any, start_run: Any) -> None:
    for name in ("first", "second", "third"):
        run = start_run(name, id=name)
        run.log({"loss": 1.0}, step=1)
        assert run.finish(timeout=10.0)
    visitor.open(address("first", "second", "third"))
    strip = visitor.page.get_by_role("list", name="Runs compared")

    def stroke(name: str) -> Any:
        return strip.get_by_role("listitem").filter(has_text=name).locator("line").get_attribute("stroke")

    before = stroke("third")
    strip.get_by_role("button", name="Remove first").click()
    expect(strip.get_by_role("listitem")).to_have_count(2)
    assert stroke("third") == before
    visitor.assert_calm()


def test_the_difference_to_the_base_ends_with_the_shorter_run(visitor: Any, two: None) -> None:
    visitor.open(address("one", "two"))
    chart = visitor.chart("role:train.loss")
    chart.scroll_into_view_if_needed()
    show = visitor.page.get_by_role("group", name="Show")
    show.get_by_role("button", name="difference to base").click()
    expect(chart.locator(".plot")).to_have_accessible_name(
        "Loss, train, difference to base at equal step. two: +0.5000 at step 20."
    )
    expect(chart.locator(".legend")).to_contain_text("base")
    show.get_by_role("button", name="ratio to base").click()
    expect(chart.locator(".plot")).to_have_accessible_name(re.compile(r"two: 6\.000\u00d7 at step 20\.$"))
    assert asked(visitor.page)["as"] == ["ratio"]
    visitor.page.get_by_role("combobox", name="Base").select_option("two")
    expect(chart.locator(".plot")).to_have_accessible_name(re.compile(r"one: 0\.1667\u00d7 at step 20\.$"))
    eval_chart = visitor.chart("role:eval.loss")
    eval_chart.scroll_into_view_if_needed()
    expect(eval_chart.locator(".plot")).to_have_accessible_name(re.compile("one: no finite value|same place"))
    visitor.assert_calm()


def test_equal_time_and_equal_tokens(visitor: Any, two: None) -> None:
    visitor.open(address("one", "two", at="time"))
    chart = visitor.chart("role:train.loss")
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".plot")).to_have_accessible_name(re.compile(r"at equal time\. one: 0\.1000 after"))
    at = visitor.page.get_by_role("group", name="At equal")
    at.get_by_role("button", name="tokens").click()
    expect(visitor.page.get_by_text("Not on this axis, for want of train/tokens: one.")).to_be_visible()
    expect(chart.locator(".plot")).to_have_accessible_name(re.compile(r"two: 0\.5500 at 4,000 tokens\.$"))
    at.get_by_role("button", name="step").click()
    assert "at" not in asked(visitor.page)
    visitor.assert_calm()
    visitor.assert_accessible()


def test_without_tokens_it_says_what_to_log(visitor: Any, founding_pair: Any) -> None:
    visitor.open(address(*founding_pair))
    tokens = visitor.page.get_by_role("group", name="At equal").get_by_role("button", name="tokens")
    expect(tokens).to_be_disabled()
    expect(visitor.page.get_by_text("No run logs its tokens: log a running count as train/tokens.")).to_be_visible()
    visitor.assert_calm()


def test_charts_are_fetched_when_they_are_seen(visitor: Any, import_run: Any) -> None:
    runs = import_run("lab/healthy-distil-0"), import_run("lab/component-dropped-1")
    keys: list[str] = []
    visitor.page.on("request", lambda request: keys.extend(parse_qs(urlsplit(request.url).query).get("key", [])))
    visitor.open(address(*runs))
    last = visitor.chart("series:train/weight/lm_loss")
    expect(last).to_have_count(1)
    assert "train/weight/lm_loss" not in keys
    last.scroll_into_view_if_needed()
    expect(last.locator(".scatterlayer .trace")).to_have_count(2)
    assert "train/weight/lm_loss" in keys
    visitor.page.get_by_role("heading", level=1).scroll_into_view_if_needed()
    expect(last.locator("svg.main-svg")).to_have_count(0)
    visitor.assert_calm()


def test_the_table_behind_a_chart(visitor: Any, two: None) -> None:
    visitor.open(address("one", "two"))
    rows = visitor.table_of("role:train.loss")
    assert rows == [
        ["one", "0.1000", "20", "0.1000", "2.000", "20", "0"],
        ["two", "0.5500", "40", "0.5500", "2.500", "40", "0"],
    ]
    visitor.assert_calm()


def test_a_live_run_grows(visitor: Any, start_run: Any, two: None) -> None:
    run = start_run("live", id="live")
    run.log({"train/loss": 3.0}, step=1)
    visitor.open()
    expect(visitor.page.locator('a.open[href="#/runs/live"]')).to_be_visible()
    visitor.open(address("two", "live"))
    chart = visitor.chart("role:train.loss")
    chart.scroll_into_view_if_needed()
    expect(chart.get_by_role("button", name=re.compile("^live"))).to_contain_text("3.000")
    run.log({"train/loss": 0.25}, step=2)
    expect(chart.get_by_role("button", name=re.compile("^live"))).to_contain_text("0.2500")
    visitor.assert_calm()


def test_a_run_that_is_not_there_is_told_and_can_be_taken_away(visitor: Any, two: None) -> None:
    visitor.open(address("one", "gone", "two"))
    expect(visitor.page.get_by_text("There is no run gone.")).to_be_visible()
    visitor.errors.clear()  # the browser notes the 404
    visitor.page.get_by_role("button", name="Remove gone").click()
    expect(visitor.page.get_by_role("heading", name="Differences")).to_be_visible()
    expect(visitor.page.get_by_text("There is no run gone.")).to_have_count(0)
    visitor.assert_calm()


def test_a_lost_server_takes_nothing_away(visitor: Any, start_run: Any, two: None) -> None:
    start_run("live", id="live").log({"train/loss": 3.0}, step=1)
    visitor.open()
    expect(visitor.page.locator('a.open[href="#/runs/live"]')).to_be_visible()
    visitor.open(address("two", "live"))
    expect(visitor.page.get_by_role("heading", name="Differences")).to_be_visible()

    def cut(route: Route) -> None:
        route.abort()

    visitor.page.route("**/compare?*", cut)
    expect(visitor.page.get_by_text("Reconnecting…")).to_be_visible()
    expect(visitor.page.get_by_role("heading", name="Differences")).to_be_visible()
    visitor.page.unroute("**/compare?*", cut)
    expect(visitor.page.get_by_text("Reconnecting…")).to_have_count(0)
    visitor.errors.clear()  # the browser notes what was cut
    visitor.assert_calm()


def test_a_token_is_asked_for(guarded: Any) -> None:
    guarded.open(address("a", "b"))
    expect(guarded.page.get_by_label("Token")).to_be_visible()


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_scrolls_one_way_only(visitor: Any, two: None, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.open(address("one", "two"))
    chart = visitor.chart("role:train.loss")
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".scatterlayer .trace")).to_have_count(2)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    visitor.assert_accessible()
