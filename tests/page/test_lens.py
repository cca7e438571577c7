"""How the charts of a run are looked at: window, crosshair, axis, smoothing, attempts and the filter, by address."""

import math
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Request, expect

from lineside_server.reach import reach
from lineside_server.settings import Settings

STEPS = 2000
SPIKE = 1237
PART = r"at step (49|50)\d to \S+ at step (99\d|1,00\d)"
INTENT: dict[str, Any] = {"total_steps": STEPS, "step_unit": "batch", "accumulation": 4, "steps_per_epoch": 500}


@pytest.fixture
def long_run(start_run: Any, live_server: Any, wait: Any) -> str:
    """A run of more points than a chart shows: its one spike stands inside a bucket."""
    run = start_run("long", id="long", intent=INTENT)
    for step in range(1, STEPS + 1):
        loss = 99.0 if step == SPIKE else 2.0 + math.sin(step / 50)
        run.log({"train/loss": loss, "signed": math.sin(step), "grad_norm": 1.0 + step % 7}, step=step)
    assert run.finish(timeout=30.0)
    with reach(live_server.url, Settings()) as there:
        wait(lambda: there.show("long")["health"]["through_step"] == STEPS)
    return "long"


def open_board(visitor: Any, run: str, query: str = "") -> None:
    visitor.open(f"#/runs/{run}{query}")
    visitor.chart("train-loss").scroll_into_view_if_needed()
    expect(visitor.chart("train-loss").locator("svg.main-svg").first).to_be_visible()


def glass_of(visitor: Any, name: str) -> Locator:
    glass: Locator = visitor.chart(name).locator(".glass")
    glass.scroll_into_view_if_needed()
    return glass


def drag(visitor: Any, name: str, first: float, last: float) -> None:
    """Drag over a chart from one share of its width to another."""
    box: Any = glass_of(visitor, name).bounding_box()
    left, width, middle = box["x"] + 50, box["width"] - 60, box["y"] + box["height"] / 2
    visitor.page.mouse.move(left + first * width, middle)
    visitor.page.mouse.down()
    visitor.page.mouse.move(left + (first + last) / 2 * width, middle)
    visitor.page.mouse.move(left + last * width, middle)
    visitor.page.mouse.up()


def query_of(visitor: Any) -> dict[str, list[str]]:
    address = visitor.page.evaluate("window.location.href")  # what the page object tells of it comes a moment later
    return parse_qs(urlsplit(address).fragment.partition("?")[2])


def toolbar(visitor: Any) -> Locator:
    bar: Locator = visitor.page.get_by_role("region", name="How the charts are shown")
    return bar


def shown_steps(visitor: Any, name: str = "train-loss") -> list[int]:
    return [int(row[0].replace(",", "")) for row in visitor.table_of(name)]


def every_point_is_there(visitor: Any, name: str, points: int) -> None:
    """The finer series has come: each of its points is a dot, one or two of them over the edge."""
    dots = visitor.chart(name).locator(".points").first.locator("path")
    expect(dots.nth(points - 1)).to_be_attached()


def asks_for_parts(request: Request) -> bool:
    return "/metrics?" in request.url and "from=" in request.url


def test_a_dragged_window_fetches_what_the_buckets_hid(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run)
    with visitor.page.expect_request(asks_for_parts) as asked:
        drag(visitor, "train-loss", 0.6, 0.64)
    told = parse_qs(urlsplit(asked.value.url).query)
    window = query_of(visitor)
    start, end = int(window["from"][0]), int(window["to"][0])
    assert start < SPIKE < end < 1400
    assert int(told["from"][0]) <= start
    assert told["to"] == [str(end)]
    assert "train/loss" in told["key"]
    expect(visitor.chart("train-loss").locator("tbody, .glass").first).to_be_attached()
    visitor.chart("train-loss").get_by_role("button", name="as a table").click()
    row = visitor.chart("train-loss").get_by_role("row").filter(has_text="99.0000")
    expect(row.get_by_role("rowheader")).to_have_text(f"{SPIKE:,}")
    steps = shown_steps(visitor)
    assert steps == sorted(range(start, end + 1), reverse=True)
    expect(toolbar(visitor).get_by_text(f"steps {start:,} to {end:,}")).to_be_visible()
    visitor.assert_calm()


def test_every_chart_shows_the_window_and_the_ways_back_lead_to_the_whole_run(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run)
    drag(visitor, "train-loss", 0.25, 0.5)
    for name in ("train-loss", "grad-norm"):
        glass_of(visitor, name)
        expect(visitor.chart(name).locator(".plot")).to_have_accessible_name(re.compile(PART))
    visitor.page.go_back()
    expect(visitor.chart("grad-norm").locator(".plot")).to_have_accessible_name(
        re.compile(r"at step \d to \S+ at step 2,000")
    )
    drag(visitor, "grad-norm", 0.25, 0.5)
    assert query_of(visitor)["from"]
    glass_of(visitor, "grad-norm").dblclick()
    expect(toolbar(visitor).get_by_role("button", name="whole run")).to_be_disabled()
    assert query_of(visitor) == {}
    visitor.assert_calm()


def test_keys_zoom_and_move(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run)
    page = visitor.page
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(toolbar(visitor).get_by_text("steps 750 to 1,250")).to_be_visible()
    page.keyboard.press("Shift+ArrowRight")
    expect(toolbar(visitor).get_by_text("steps 875 to 1,375")).to_be_visible()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("-")
    expect(toolbar(visitor).get_by_text("steps 500 to 1,500")).to_be_visible()
    page.keyboard.press("0")
    assert query_of(visitor) == {}
    toolbar(visitor).get_by_role("button", name="Look closer").click()
    expect(toolbar(visitor).get_by_text("steps 500 to 1,500")).to_be_visible()
    toolbar(visitor).get_by_role("button", name="whole run").click()
    assert query_of(visitor) == {}
    visitor.assert_calm()


def test_fingers_and_a_turned_wheel_zoom(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run)
    box: Any = glass_of(visitor, "train-loss").bounding_box()
    left, width, middle = box["x"] + 50, box["width"] - 60, box["y"] + box["height"] / 2
    fingers = visitor.page.context.new_cdp_session(visitor.page)

    def touch(kind: str, *shares: float) -> None:
        points = [{"x": left + share * width, "y": middle, "id": at} for at, share in enumerate(shares)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.4, 0.6)
    touch("touchMove", 0.3, 0.7)
    touch("touchMove", 0.2, 0.8)
    touch("touchEnd")
    expect(toolbar(visitor).get_by_text(re.compile(r"steps 6\d\d to 1,3\d\d"))).to_be_visible()
    # The wheel turns about what is drawn, and the address is a moment ahead of it.
    expect(visitor.chart("train-loss").locator(".xtick").filter(has_text="800")).to_have_count(1)
    visitor.page.mouse.move(left + width / 2, middle)
    visitor.page.keyboard.down("Control")
    visitor.page.mouse.wheel(0, -40)
    visitor.page.keyboard.up("Control")
    expect(toolbar(visitor).get_by_text(re.compile(r"steps [78]\d\d to 1,[12]\d\d"))).to_be_visible()
    visitor.assert_calm()


def test_a_window_to_the_end_takes_live_points_in(visitor: Any, start_run: Any) -> None:
    run = start_run("live", id="live")
    for step in range(1, 1001):
        run.log({"train/loss": float(step)}, step=step)
    visitor.open_run("live")
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("1000 at 1,000")
    drag(visitor, "train-loss", 0.95, 1.0)
    expect(toolbar(visitor).get_by_text("to the end")).to_be_visible()
    for step in range(1001, 1021):
        run.log({"train/loss": float(step)}, step=step)
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("1020 at 1,020")
    steps = shown_steps(visitor)
    assert steps[0] == 1020
    assert steps == list(range(1020, steps[-1] - 1, -1))
    assert 940 < steps[-1] < 960
    visitor.assert_calm(most_shift=0.02)


def test_the_crosshair_is_on_all_charts(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run, "?from=100&to=140")
    for name in ("train-loss", "grad-norm"):
        every_point_is_there(visitor, name, 41)
    box: Any = glass_of(visitor, "train-loss").bounding_box()
    visitor.page.mouse.move(box["x"] + 50 + (box["width"] - 60) / 2, box["y"] + 60)
    for name in ("train-loss", "grad-norm"):
        expect(visitor.chart(name).locator(".hair")).to_be_visible()
    expect(visitor.chart("train-loss").locator(".readout")).to_contain_text("step 120")
    expect(visitor.chart("grad-norm").locator(".readout")).to_have_text("2.000")  # 1 + 120 % 7
    expect(toolbar(visitor).locator(".cursor")).to_contain_text("step 120 · update 30 · epoch 0.24 · ")
    visitor.page.mouse.move(5, 5)
    expect(visitor.chart("grad-norm").locator(".hair")).to_be_hidden()
    expect(toolbar(visitor).locator(".cursor")).to_have_text("")
    visitor.assert_calm()


def test_arrows_walk_from_point_to_point_and_say_what_stands_there(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run, "?from=1230&to=1240")
    for name in ("train-loss", "grad-norm"):
        every_point_is_there(visitor, name, 11)
    glass = glass_of(visitor, "train-loss")
    live = glass.locator("[aria-live=polite]")
    glass.focus()
    visitor.page.keyboard.press("ArrowRight")
    expect(live).to_contain_text("Step 1,240: train/loss ")
    for _ in range(3):
        visitor.page.keyboard.press("ArrowLeft")
    expect(live).to_have_text(re.compile(rf"^Step {SPIKE:,}: train/loss 99\.0000"))
    visitor.page.keyboard.press("Home")
    expect(live).to_contain_text("Step 1,230: ")
    expect(visitor.chart("grad-norm").locator(".hair")).to_be_visible()
    visitor.assert_calm()


def test_the_x_axis_can_be_any_that_the_run_knows(visitor: Any, import_run: Any) -> None:
    open_board(visitor, import_run("founding/after_fix_lr_warmup"))
    axis = toolbar(visitor).get_by_role("group", name="X axis")
    ticks = visitor.chart("train-loss").locator(".xtick")
    for name, tick in (("update", "100"), ("epoch", "0.08"), ("time", ":"), ("duration", "10 m")):
        axis.get_by_role("button", name=name).click()
        expect(axis.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        expect(ticks.filter(has_text=tick).first).to_be_attached()
    assert query_of(visitor) == {"x": ["relative"]}
    axis.get_by_role("button", name="step").click()
    expect(ticks.filter(has_text="2,000")).to_have_count(1)
    assert query_of(visitor) == {}
    visitor.assert_calm()


def test_an_axis_that_cannot_be_says_why(visitor: Any, start_run: Any) -> None:
    run = start_run("bare", id="bare")
    for step in range(1, 4):
        run.log({"train/loss": 1.0 / step}, step=step)
    visitor.open_run("bare")
    button = toolbar(visitor).get_by_role("button", name="epoch")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute("title", re.compile("declare steps_per_epoch in the intent, or log epoch"))
    button.click(force=True)
    expect(visitor.page.get_by_text("Epochs are not known")).to_be_visible()
    assert query_of(visitor) == {}
    visitor.assert_calm(most_shift=0.02)


def test_a_log_scale_tells_what_it_leaves_out(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run, "?log=series:signed&log=train-loss&from=1&to=20")
    chart = visitor.chart("series:signed")
    chart.scroll_into_view_if_needed()
    gone = sum(math.sin(step) <= 0 for step in range(1, 21))
    expect(chart.locator(".caption")).to_have_text(f"Log scale: {gone} points at or below zero are left out.")
    expect(chart.locator(".ytick").first).to_be_attached()
    expect(visitor.chart("train-loss").locator(".caption")).to_have_text("")
    visitor.assert_calm()


def test_smoothing_is_chosen_and_kept_in_the_address(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run)
    lines = visitor.chart("grad-norm").locator(".js-line")
    glass_of(visitor, "grad-norm")
    expect(lines).to_have_count(4)  # two edges of the band, the raw line, the smoothed one
    choice = toolbar(visitor).get_by_label("Smoothing")
    choice.select_option("none")
    expect(lines).to_have_count(3)
    choice.select_option("EMA")
    assert query_of(visitor)["smooth"] == ["ema:0.9"]
    expect(lines).to_have_count(4)
    slider = toolbar(visitor).get_by_role("slider", name="How much the mean keeps")
    slider.focus()
    visitor.page.keyboard.press("End")
    assert query_of(visitor)["smooth"] == ["ema:0.999"]
    choice.select_option("median")
    slider = toolbar(visitor).get_by_role("slider", name="Points of the median")
    slider.focus()
    visitor.page.keyboard.press("ArrowRight")
    assert query_of(visitor)["smooth"] == ["median:17"]
    visitor.page.reload()
    expect(choice).to_have_value("median")
    expect(slider).to_have_value("17")
    visitor.assert_calm()


def test_an_earlier_attempt_is_shown_instead(visitor: Any, start_run: Any) -> None:
    run = start_run("again", id="again")
    for step in range(1, 41):
        run.log({"train/loss": float(step)}, step=step)
    run.finish(timeout=10.0)
    run = start_run("again", id="again", resume="must")
    for step in range(21, 31):
        run.log({"train/loss": 100.0 + step}, step=step)
    run.finish(timeout=10.0)
    open_board(visitor, "again")
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("130.0 at 30")
    expect(visitor.chart("train-loss").locator(".annotation-text")).to_have_text(re.compile("attempt 2"))
    toolbar(visitor).get_by_label("Attempt").select_option("1, from step 1")
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("40.00 at 40")
    assert shown_steps(visitor) == list(range(40, 0, -1))
    expect(toolbar(visitor).locator(".cursor")).to_contain_text("Attempt 1 alone")
    assert query_of(visitor)["attempt"] == ["1"]
    toolbar(visitor).get_by_label("Attempt").select_option("all, as they count")
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("130.0 at 30")
    visitor.assert_calm()


def test_the_filter_leaves_the_charts_whose_names_hold_it(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run)
    field = toolbar(visitor).get_by_role("searchbox", name="Filter charts by name")
    field.press_sequentially("sign")
    expect(visitor.page.locator(".board [data-chart]")).to_have_count(1)
    expect(visitor.chart("series:signed").locator("svg.main-svg").first).to_be_visible()
    field.fill("nothing like it")
    expect(visitor.page.get_by_text("No chart has “nothing like it” in its name.")).to_be_visible()
    field.fill("")
    visitor.chart("train-loss").scroll_into_view_if_needed()
    expect(visitor.chart("train-loss").locator("svg.main-svg").first).to_be_visible()
    visitor.assert_calm()


def test_the_address_shows_the_same_again(visitor: Any, long_run: str) -> None:
    open_board(visitor, long_run)
    drag(visitor, "train-loss", 0.25, 0.5)
    toolbar(visitor).get_by_role("button", name="epoch").click()
    toolbar(visitor).get_by_label("Smoothing").select_option("none")
    toolbar(visitor).get_by_role("searchbox", name="Filter charts by name").fill("loss")
    address = visitor.page.evaluate("window.location.href")
    visitor.page.reload()
    expect(visitor.chart("train-loss").locator(".plot")).to_have_accessible_name(re.compile(PART))
    expect(toolbar(visitor).get_by_role("button", name="epoch")).to_have_attribute("aria-pressed", "true")
    expect(toolbar(visitor).get_by_label("Smoothing")).to_have_value("none")
    expect(visitor.chart("grad-norm")).to_have_count(0)
    assert visitor.page.evaluate("window.location.href") == address
    visitor.assert_calm()
    visitor.assert_accessible()


def test_of_many_charts_only_those_near_the_view_exist(visitor: Any, start_run: Any) -> None:
    run = start_run("wide", id="wide")
    for step in range(1, 5):
        run.log({"train/loss": 1.0 / step} | {f"layer/{at:03d}": float(at + step) for at in range(200)}, step=step)
    assert run.finish(timeout=30.0)
    open_board(visitor, "wide")
    slots = visitor.page.locator(".slot")
    expect(slots).to_have_count(24)
    visitor.page.get_by_role("button", name="Show the other 176 charts").click()
    expect(slots).to_have_count(200)
    assert visitor.page.locator(".slot .chart").count() < 60
    height = visitor.page.evaluate("document.documentElement.scrollHeight")
    visitor.chart("series:layer/199").scroll_into_view_if_needed()
    expect(visitor.chart("series:layer/199").locator(".headline")).to_have_text("203.0")
    assert visitor.page.locator(".slot .chart").count() < 60
    assert visitor.page.evaluate("document.documentElement.scrollHeight") == height
    visitor.assert_calm()


@pytest.mark.parametrize("width", [360, 390])
def test_the_toolbar_wraps_on_a_phone(visitor: Any, long_run: str, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    open_board(visitor, long_run, "?smooth=ema:0.99&from=100&to=200")
    expect(toolbar(visitor).get_by_role("slider")).to_be_attached()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visitor.errors == []
