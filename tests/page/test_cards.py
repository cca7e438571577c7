"""Each chart's card: its menu, full screen, pins, files, table, labels, marks and states."""

import csv
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import BrowserContext, Download, Locator, Route, expect

LOSSES = [8.4 / step + (0.1 if step % 7 == 0 else 0.0) for step in range(1, 41)]
INTENT: dict[str, Any] = {"losses": {"kd_loss": {"weight": 0.7}, "lm_loss": {"weight": 0.3}}}


@pytest.fixture
def a_run(start_run: Any) -> Any:
    """A run that has ended, of 40 steps: a loss, two components, an evaluation and a gauge."""
    run = start_run("a run", id="cards", intent=INTENT)
    for step, loss in enumerate(LOSSES, start=1):
        raw = {"kd_loss": loss, "lm_loss": math.nan if step == 9 else loss / 2}
        run.log_losses(step, raw=raw, weights={"kd_loss": 0.7, "lm_loss": 0.3}, total=loss)
        run.log({"gpu/temperature": 60.0 + step / 8}, step=step)
    run.log({"eval/loss": 0.31}, step=40)
    assert run.finish(timeout=10.0)
    return run


def more(visitor: Any, title: str) -> Locator:
    button: Locator = visitor.page.get_by_role("button", name=f"{title}: more", exact=True)
    return button


def choose(visitor: Any, title: str, item: str) -> None:
    """Take an item of a card's menu."""
    more(visitor, title).click()
    menu = visitor.page.get_by_role("menu", name=title)
    menu.get_by_text(item, exact=True).click()
    expect(menu).to_have_count(0)


def download(visitor: Any, title: str, item: str) -> Download:
    with visitor.page.expect_download() as found:
        choose(visitor, title, item)
    got: Download = found.value
    return got


def text_of(found: Download) -> str:
    return Path(found.path()).read_text("utf-8")


def drawn(visitor: Any, name: str) -> Locator:
    chart: Locator = visitor.chart(name)
    chart.scroll_into_view_if_needed()
    expect(chart.locator("svg.main-svg").first).to_be_visible()
    return chart


def test_the_menu_is_walked_by_keys_and_gives_the_focus_back(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    button = more(visitor, "Loss, train")
    button.focus()
    visitor.page.keyboard.press("Enter")
    menu = visitor.page.get_by_role("menu", name="Loss, train")
    expect(menu.get_by_role("menuitem", name="Full screen")).to_be_focused()
    visitor.page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Pin")).to_be_focused()
    visitor.page.keyboard.press("End")
    expect(menu.get_by_role("menuitem", name="Alert on this…")).to_be_focused()
    visitor.page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem", name="Full screen")).to_be_focused()
    visitor.page.keyboard.press("t")
    expect(menu.get_by_role("menuitemcheckbox", name="Table")).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(button).to_be_focused()
    visitor.page.keyboard.press("ArrowDown")
    expect(menu).to_be_visible()
    visitor.page.mouse.click(5, 400)
    expect(menu).to_have_count(0)
    visitor.assert_calm()


def test_a_chart_fills_the_window_by_key_and_goes_back_by_key(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    more(visitor, "Loss, train").focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("menuitem", name="Full screen")).to_be_focused()
    visitor.page.keyboard.press("Enter")
    card = visitor.page.get_by_role("dialog", name="Loss, train")
    expect(card).to_be_visible()
    box = card.bounding_box()
    assert (box["x"], box["y"], box["height"]) == (0, 0, 900)
    assert "full=train-loss" in visitor.page.url
    width = card.locator("svg.main-svg").first
    expect(width).to_have_attribute("width", re.compile(r"^1\d\d\d"))
    under = visitor.page.get_by_role("heading", level=1)
    assert under.evaluate("heading => heading.closest('[inert]') !== null")

    card.get_by_role("button", name="as a table").click()
    expect(card.get_by_role("region", name="Loss, train, table")).to_be_visible()
    expect(card.locator("svg.main-svg").first).to_be_visible()  # side by side
    visitor.page.reload()
    expect(card.get_by_role("region", name="Loss, train, table")).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    assert under.evaluate("heading => heading.closest('[inert]') === null")
    assert "full=" not in visitor.page.url
    expect(more(visitor, "Loss, train")).to_be_focused()
    visitor.assert_calm()


def test_a_chart_fills_a_phone_with_its_table_under_it(visitor: Any, a_run: Any) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    visitor.page.evaluate("window.witness.shift = 0")  # from here on it is the card's
    choose(visitor, "Loss, train", "Table")
    choose(visitor, "Loss, train", "Full screen")
    card = visitor.page.get_by_role("dialog", name="Loss, train")
    table = card.get_by_role("region", name="Loss, train, table")
    expect(table).to_be_visible()
    plot = card.locator("svg.main-svg").first
    expect(plot).to_be_visible()
    assert plot.bounding_box()["height"] > 250
    assert table.bounding_box()["y"] > plot.bounding_box()["y"] + 250
    card.get_by_role("button", name="Leave full screen").click()
    expect(card).to_have_count(0)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    visitor.assert_calm(most_shift=0.02)


def titles(visitor: Any) -> Callable[[], list[str]]:
    return lambda: visitor.page.locator(".board h2, .board .card h3").all_inner_texts()


def test_a_pinned_chart_stands_first_and_survives_a_reload(visitor: Any, a_run: Any, wait: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    told = titles(visitor)
    assert told()[0] == "Loss, train"
    visitor.chart("series:gpu/temperature").scroll_into_view_if_needed()
    choose(visitor, "gpu/temperature", "Pin")
    wait(lambda: told()[:3] == ["Pinned", "gpu/temperature", "Loss, train"])
    assert "gpu" not in told()  # its group has no other
    expect(more(visitor, "gpu/temperature")).to_be_focused()
    visitor.page.reload()
    drawn(visitor, "series:gpu/temperature")
    assert told()[:2] == ["Pinned", "gpu/temperature"]
    choose(visitor, "gpu/temperature", "Unpin")
    wait(lambda: told()[0] == "Loss, train")
    visitor.page.get_by_role("button", name="Undo").click()
    wait(lambda: told()[0] == "Pinned")
    choose(visitor, "gpu/temperature", "Unpin")
    visitor.open("#/")
    visitor.open("#/runs/cards?pin=train-eval")
    wait(lambda: told()[:2] == ["Pinned", "Train and eval"])
    choose(visitor, "Train and eval", "Unpin")
    wait(lambda: told()[0] == "Loss, train")
    assert "pin=" not in visitor.page.url
    visitor.assert_calm()


def test_the_csv_holds_what_was_logged_bit_for_bit(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    found = download(visitor, "Loss, train", "Download CSV, every point")
    assert found.suggested_filename == "a-run-Loss-train.csv"
    rows = list(csv.DictReader(text_of(found).splitlines()))
    assert {row["key"] for row in rows} == {"train/loss"}
    assert [int(row["step"]) for row in rows] == list(range(1, 41))
    assert [float(row["value"]) for row in rows] == LOSSES
    visitor.assert_calm()


def test_the_csv_of_a_chart_of_several_series_holds_them_all(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "components")
    rows = list(csv.DictReader(text_of(download(visitor, "Loss components", "Download CSV, every point")).splitlines()))
    values = [float(row["value"]) for row in rows if row["key"] == "train/lm_loss"]
    assert math.isnan(values[8])
    assert [value for value in values if not math.isnan(value)] == [
        loss / 2 for step, loss in enumerate(LOSSES, start=1) if step != 9
    ]
    visitor.assert_calm()


def test_the_svg_is_a_file_of_its_own_with_title_axis_and_legend(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "train-eval")
    found = download(visitor, "Train and eval", "Download SVG")
    assert found.suggested_filename == "a-run-Train-and-eval.svg"
    svg = ET.fromstring(text_of(found))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    words = [" ".join("".join(text.itertext()).split()) for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "Train and eval" in words
    assert "a run · page" in words
    assert "step" in words
    assert {"train/loss", "eval/loss"} <= set(words)
    visitor.assert_calm()


def test_pictures_are_light_whatever_the_page_wears(visitor: Any, a_run: Any) -> None:
    visitor.page.emulate_media(color_scheme="dark")
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    text = text_of(download(visitor, "Loss, train", "Download SVG"))
    assert "rgb(11, 107, 179)" in text  # the light token of the first series
    assert "rgb(87, 174, 240)" not in text
    visitor.assert_calm()


def test_the_png_is_a_picture(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    found = download(visitor, "Loss, train", "Download PNG")
    assert found.suggested_filename == "a-run-Loss-train.png"
    head = Path(found.path()).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (1920, 1080)
    visitor.assert_calm()


def test_table_picture_and_link_are_copied(visitor: Any, a_run: Any, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    read = "navigator.clipboard.readText()"
    choose(visitor, "Loss, train", "Copy the table")
    expect(visitor.page.get_by_text("The table is copied.")).to_be_visible()
    lines = [line.split("\t") for line in visitor.page.evaluate(read).split("\n")]
    assert lines[0] == ["step", "train/loss"]
    assert [(int(step), float(value)) for step, value in lines[1:]] == list(enumerate(LOSSES, start=1))
    choose(visitor, "Loss, train", "Copy as SVG")
    expect(visitor.page.get_by_text("The text of the SVG is copied.")).to_be_visible()
    assert ET.fromstring(visitor.page.evaluate(read)).tag.endswith("svg")
    choose(visitor, "Loss, train", "Copy as PNG")
    expect(visitor.page.get_by_text("The picture is copied.")).to_be_visible()
    types = "navigator.clipboard.read().then(items => items.flatMap(item => item.types))"
    assert visitor.page.evaluate(types) == ["image/png"]
    choose(visitor, "Loss, train", "Copy the link")
    expect(visitor.page.get_by_text("The link to this chart is copied.")).to_be_visible()
    assert visitor.page.evaluate(read) == f"{visitor.server.url}/#/runs/cards?full=train-loss"
    visitor.assert_calm()


def test_a_bell_leads_to_a_new_rule_of_each_series(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "components")
    more(visitor, "Loss components").click()
    menu = visitor.page.get_by_role("menu", name="Loss components")
    bells = menu.get_by_role("menuitem", name=re.compile("^Alert on"))
    expect(bells).to_have_text(["Alert on train/kd_loss…", "Alert on train/lm_loss…", *totals()])
    bells.first.click()
    assert visitor.page.url.endswith("#/rules?metric=train%2Fkd_loss&run=cards")
    visitor.assert_calm()


def totals() -> list[str]:
    return ["Alert on train/loss…", "Alert on eval/loss…"]


def test_a_log_scale_is_switched_from_the_menu(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    drawn(visitor, "train-loss")
    choose(visitor, "Loss, train", "Log scale")
    assert "log=train-loss" in visitor.page.url
    more(visitor, "Loss, train").click()
    expect(visitor.page.get_by_role("menuitemcheckbox", name="Log scale")).to_be_checked()
    visitor.assert_calm()


def test_a_label_hides_its_line_and_shows_it_again(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    chart = drawn(visitor, "components")
    lines = chart.locator(".scatterlayer .trace")
    before = lines.count()
    label = chart.get_by_role("button", name=re.compile("^kd_loss"))
    expect(label).to_have_attribute("aria-pressed", "true")
    label.click()
    expect(label).to_have_attribute("aria-pressed", "false")
    expect(lines).to_have_count(before - 1)
    visitor.page.reload()
    expect(label).to_have_attribute("aria-pressed", "false")
    expect(lines).to_have_count(before - 1)
    label.focus()
    visitor.page.keyboard.press("Enter")
    expect(lines).to_have_count(before)
    assert "hide=" not in visitor.page.url
    visitor.assert_calm()


def steps_of(visitor: Any, name: str) -> list[int]:
    return [int(row[0].replace(",", "")) for row in visitor.table_of(name)]


def test_the_table_is_sorted_either_way_and_offers_the_rest(visitor: Any, a_run: Any) -> None:
    visitor.open_run("cards")
    chart = drawn(visitor, "train-loss")
    assert steps_of(visitor, "train-loss") == list(range(40, 0, -1))
    head = chart.get_by_role("columnheader", name="step")
    expect(head).to_have_attribute("aria-sort", "descending")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert steps_of(visitor, "train-loss") == list(range(1, 41))
    expect(chart.locator(".about")).to_contain_text("40 steps.")
    with visitor.page.expect_download() as found:
        chart.get_by_role("button", name="Full CSV of Loss, train").click()
    assert found.value.suggested_filename == "a-run-Loss-train.csv"
    visitor.assert_calm()


def test_a_thinned_table_says_so_and_has_the_extremes(visitor: Any, import_run: Any) -> None:
    visitor.open(f"#/runs/{import_run('founding/after_fix_lr_zero')}")
    chart = drawn(visitor, "train-loss")
    rows = visitor.table_of("train-loss")
    expect(chart.locator(".about")).to_contain_text(re.compile(r"thinned from [\d,]+ points"))
    heads = chart.locator("thead th").all_inner_texts()
    assert [head.split(", ")[-1] for head in heads[-2:]] == ["least", "greatest"]
    least, greatest = (float(cell) for cell in rows[3][-2:])
    assert least <= float(rows[3][1]) <= greatest
    chart.get_by_role("button", name=re.compile("more rows$")).click()
    expect(chart.locator("tbody tr")).not_to_have_count(300)
    visitor.assert_calm()


def test_a_table_keeps_its_place_while_points_come(visitor: Any, start_run: Any) -> None:
    run = start_run("live", id="live")
    for step in range(1, 101):
        run.log({"train/loss": float(step)}, step=step)
    visitor.open_run("live")
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("100.0 at 100")
    visitor.table_of("train-loss")
    row = visitor.chart("train-loss").locator("tr[data-step='40']")
    row.scroll_into_view_if_needed()
    place = row.bounding_box()["y"]
    for step in range(101, 131):
        run.log({"train/loss": float(step)}, step=step)
    expect(visitor.chart("train-loss").locator("tbody tr").first).to_have_attribute("data-step", "130")
    assert abs(row.bounding_box()["y"] - place) < 2
    visitor.assert_calm()


def test_nothing_logged_yet_says_what_to_log(visitor: Any, start_run: Any) -> None:
    start_run("bare", id="bare").log({"gpu/temperature": 60.0}, step=1)
    visitor.open_run("bare")
    expect(visitor.chart("train-loss")).to_contain_text("No train loss is logged. Log it as train/loss.")
    visitor.chart("grad-norm").scroll_into_view_if_needed()
    expect(visitor.chart("grad-norm")).to_contain_text("No gradient norm is logged. Log it as grad_norm.")
    visitor.assert_calm()


def test_charts_that_cannot_be_loaded_say_so_and_are_tried_again(visitor: Any, a_run: Any) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    visitor.page.route("**/plotly*.js", refuse)
    visitor.open_run("cards")
    chart = visitor.chart("train-loss")
    expect(chart).to_contain_text("The charts could not be loaded from the server.")
    chart.get_by_role("button", name="Show the table").click()
    expect(chart.locator("tbody tr")).to_have_count(40)
    chart.get_by_role("button", name="as a table").click()
    visitor.page.unroute("**/plotly*.js", refuse)
    chart.get_by_role("button", name="Try again").click()
    drawn(visitor, "train-loss")


@pytest.fixture
def a_marked_run(start_run: Any) -> Any:
    """A run of 400 steps with a mark of each kind; three of them stand together."""
    run = start_run("marked", id="marked")
    for step in range(1, 401):
        run.log({"train/loss": math.nan if step == 250 else 8.4 / step}, step=step)
    run.note("look here", step=100)
    run.checkpoint("step100.pt", step=100)
    run.epoch(1, step=101)
    run.alert("too warm", "81 degrees", level="warning", step=300)
    assert run.finish(timeout=10.0)
    return run


def test_marks_are_walked_by_keys_and_explain_themselves(visitor: Any, a_marked_run: Any) -> None:
    visitor.open_run("marked")
    chart = drawn(visitor, "train-loss")
    strip = chart.get_by_role("toolbar", name="Marks on Loss, train")
    expect(strip.get_by_role("button")).to_have_count(1)  # one stop for the Tab key, and nothing else
    more(visitor, "Loss, train").focus()
    while not strip.evaluate("strip => strip.contains(document.activeElement)"):
        visitor.page.keyboard.press("Tab")
    group = strip.get_by_role("button", name="3 marks, steps 100 to 101")
    expect(group).to_be_focused()
    tip = chart.locator(".tip")
    expect(tip).to_contain_text("Note, step 100: look here")
    expect(tip).to_contain_text("Checkpoint step100.pt, step 100")
    visitor.page.keyboard.press("ArrowRight")
    expect(strip.get_by_role("button", name=re.compile("^loss was NaN at step 250"))).to_be_focused()
    expect(tip).to_contain_text("loss was NaN at step 250")
    visitor.page.keyboard.press("End")
    told = "too warm: 81 degrees (warning, raised by your code at step 300)"
    expect(strip.get_by_role("button", name=told)).to_be_focused()
    expect(tip).to_contain_text(told)
    visitor.assert_accessible()
    visitor.page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    expect(strip.get_by_role("button", name=told)).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(tip).to_be_visible()
    visitor.page.keyboard.press("Shift+Tab")
    expect(tip).to_have_count(0)
    expect(strip.get_by_role("button")).to_have_count(1)
    visitor.assert_calm()


def test_the_words_of_a_mark_stay_while_they_are_pointed_at(visitor: Any, a_marked_run: Any) -> None:
    visitor.open_run("marked")
    chart = drawn(visitor, "train-loss")
    chart.locator(".plot-box").hover()
    spot = chart.get_by_role("button", name="3 marks, steps 100 to 101")
    spot.hover()
    tip = chart.locator(".tip")
    expect(tip).to_contain_text("Epoch 1, step 101")
    box = tip.bounding_box()
    assert box is not None
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
    expect(tip).to_contain_text("Epoch 1, step 101")
    visitor.page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    spot.hover()
    expect(tip).to_be_visible()
    visitor.page.mouse.move(2, 2)
    expect(tip).to_have_count(0)
    visitor.assert_calm()


def test_a_mark_of_a_finding_leads_to_its_incident(visitor: Any, import_run: Any) -> None:
    visitor.open(f"#/runs/{import_run('founding/after_fix_lr_zero')}?full=lr")
    chart = drawn(visitor, "lr")
    more(visitor, "Learning rate").focus()
    spot = chart.get_by_role("button", name=re.compile("^The learning rate is 0"))
    chart.locator(".plot-box").hover()
    spot.focus()
    visitor.page.keyboard.press("Tab")
    link = chart.get_by_role("link", name="Show the incident")
    expect(link).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("dialog", name="Learning rate")).to_have_count(0)
    expect(visitor.page.locator("article.incident:focus, article:focus").first).to_contain_text(
        "The learning rate is 0"
    )
    assert "alert=" in visitor.page.url


def test_marks_are_tapped(browser: Any, live_server: Any, built_page: Path, a_marked_run: Any) -> None:
    with browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/#/runs/marked")
        chart = page.locator("[data-chart=train-loss]")
        chart.scroll_into_view_if_needed()
        spot = chart.get_by_role("button", name=re.compile("^3 marks"))
        spot.tap()
        expect(chart.locator(".tip")).to_contain_text("look here")
        page.locator("h1").tap()
        expect(chart.locator(".tip")).to_have_count(0)


def test_cards_are_accessible_in_full_screen_and_with_an_open_menu(visitor: Any, a_run: Any) -> None:
    visitor.open("#/runs/cards?full=components&hide=components%3Akd_loss&table=components")
    drawn(visitor, "components")
    visitor.assert_accessible()
    more(visitor, "Loss components").click()
    expect(visitor.page.get_by_role("menu")).to_be_visible()
    visitor.assert_accessible()
