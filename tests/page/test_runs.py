"""The list of runs: filter, sort, group, walk, select, change many, bring back, and thousands of lines."""

import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lineside_server.core.events import Batch, Columns, Event
from lineside_server.store.journal import append
from lineside_server.store.runs import RunSpec, open_run

DAY_S = 86_400.0
Seed = Callable[..., None]


@pytest.fixture
def seed(live_server: Any) -> Seed:
    """Put a run into the store as a client would have: some losses, and its end where `status` says one."""
    store = live_server.store

    def put(run_id: str, loss: float | None = None, status: str | None = None, ended: float = 0.0, **told: Any) -> None:
        spec = RunSpec(**{"id": run_id, "name": run_id, "project": "p", "started_at": time.time(), **told})
        opened = open_run(store, spec, "w")
        parts: list[Columns | Event] = []
        if loss is not None:
            steps, falling = np.arange(1, 11), np.linspace(loss * 2, loss, 10)
            times = time.time() + steps.astype(np.float64)
            parts.append(Columns(steps, times, {"train/loss": falling, "eval/loss": falling * 1.5}))
        if status is not None:
            parts.append(Event("finish", None, time.time() - ended, {"status": status}))
        opened.result()
        columns = tuple(part for part in parts if isinstance(part, Columns))
        events = tuple(part for part in parts if isinstance(part, Event))
        if parts:
            told_at = events[0].ts if events else None
            append(store, run_id, Batch("w", 1, columns, events, (), len(parts), told_at)).result()

    return put


@pytest.fixture
def four(seed: Seed) -> None:
    seed("ape", 4.0, "finished", project="kd", tags=("paper",))
    seed("bee", 2.0, "failed", project="kd")
    seed("cat", 3.0, project="sft", tags=("paper", "sweep"))
    seed("dog", None, "finished", project="sft")


def names(visitor: Any) -> Locator:
    """The names of the lines, in order."""
    found: Locator = visitor.page.locator(".runs a.open")
    return found


def select(visitor: Any, *ids: str) -> None:
    for run_id in ids:
        visitor.page.get_by_role("checkbox", name=f"Select {run_id}", exact=True).check()


def button(visitor: Any, name: str) -> Locator:
    found: Locator = visitor.page.get_by_role("button", name=name, exact=True)
    return found


def test_a_click_on_a_column_sorts_by_it_a_second_turns_it_round_and_a_third_ends_it(visitor: Any, four: None) -> None:
    visitor.open()
    expect(names(visitor)).to_have_text(["cat", "dog", "bee", "ape"])
    head = visitor.page.get_by_role("columnheader", name="Train loss")
    head.get_by_role("button").click()
    expect(names(visitor)).to_have_text(["bee", "cat", "ape", "dog"])
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").click()
    expect(names(visitor)).to_have_text(["ape", "cat", "bee", "dog"])
    expect(head).to_have_attribute("aria-sort", "descending")
    assert visitor.page.url.endswith("#/?sort=-loss")
    visitor.page.reload()
    expect(names(visitor)).to_have_text(["ape", "cat", "bee", "dog"])
    head.get_by_role("button").click()
    expect(names(visitor)).to_have_text(["cat", "dog", "bee", "ape"])
    expect(head).not_to_have_attribute("aria-sort", re.compile("."))
    visitor.assert_calm()


def test_words_states_and_projects_narrow_the_list_and_stand_in_the_address(visitor: Any, four: None) -> None:
    visitor.open()
    button(visitor, "Finished 2").click()
    expect(names(visitor)).to_have_text(["dog", "ape"])
    button(visitor, "Failed 1").click()
    expect(names(visitor)).to_have_text(["dog", "bee", "ape"])
    visitor.page.get_by_label("Project").select_option("kd")
    expect(names(visitor)).to_have_text(["bee", "ape"])
    expect(visitor.page.get_by_role("status").filter(has_text="2 of 4")).to_be_visible()
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("PAPER kd")
    expect(names(visitor)).to_have_text(["ape"])
    visitor.page.reload()
    expect(names(visitor)).to_have_text(["ape"])
    expect(visitor.page.get_by_label("Filter runs")).to_have_value("PAPER kd")
    visitor.page.get_by_label("Filter runs").fill("nothing of this")
    expect(visitor.page.get_by_text("No run answers to this filter.")).to_be_visible()
    button(visitor, "Show all runs").click()
    expect(names(visitor)).to_have_count(4)
    visitor.assert_calm()


def test_groups_fold_and_unfold_and_say_what_is_in_them(visitor: Any, four: None) -> None:
    visitor.open()
    visitor.page.get_by_label("Group by").select_option("project")
    lines = visitor.page.locator(".runs tr[data-line]")
    expect(lines).to_have_count(6)
    expect(lines.nth(0)).to_contain_text("sft 2 runs · 1 live")
    button(visitor, "sft").click()
    expect(lines).to_have_count(4)
    expect(button(visitor, "sft")).to_have_attribute("aria-expanded", "false")
    visitor.page.reload()
    expect(names(visitor)).to_have_text(["bee", "ape"])
    button(visitor, "sft").focus()
    visitor.page.keyboard.press("ArrowRight")
    expect(lines).to_have_count(6)
    visitor.page.keyboard.press("ArrowDown")
    expect(names(visitor).first).to_be_focused()
    visitor.page.get_by_label("Group by").select_option("tag")
    expect(visitor.page.locator(".fold")).to_have_text([re.compile("paper"), re.compile("sweep"), re.compile("No tag")])
    expect(names(visitor)).to_have_text(["cat", "ape", "cat", "dog", "bee"])
    visitor.page.get_by_label("Group by").select_option("state")
    expect(visitor.page.locator(".fold").first).to_contain_text("Running")
    visitor.assert_calm()
    visitor.assert_accessible()


def test_keys_walk_select_and_compare(visitor: Any, four: None) -> None:
    visitor.open()
    expect(names(visitor)).to_have_count(4)
    page = visitor.page
    expect(page.get_by_role("link", name="Deleted runs")).to_be_visible()  # what comes later is there
    page.keyboard.press("ArrowDown")
    expect(names(visitor).nth(0)).to_be_focused()
    page.keyboard.press("End")
    expect(names(visitor).nth(3)).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("Home")
    expect(names(visitor).nth(0)).to_be_focused()
    page.keyboard.press("PageDown")
    expect(names(visitor).nth(3)).to_be_focused()
    page.keyboard.press("PageUp")
    page.keyboard.press(" ")
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    assert re.search(r"sel=ape&sel=cat", page.url)
    page.keyboard.press("Escape")
    expect(page.get_by_text("2 runs selected")).to_be_hidden()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"#/compare\?run=cat&run=dog$"))
    page.go_back()
    expect(page.get_by_text("2 runs selected")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(names(visitor).nth(0)).to_be_focused()
    visitor.assert_calm()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/runs/cat$"))


def test_shift_selects_all_between_and_the_head_all_that_are_shown(visitor: Any, four: None) -> None:
    visitor.open()
    select(visitor, "cat")
    visitor.page.get_by_role("checkbox", name="Select bee", exact=True).click(modifiers=["Shift"])
    expect(visitor.page.get_by_text("3 runs selected")).to_be_visible()
    head = visitor.page.get_by_role("checkbox", name="Select all that are shown")
    assert head.evaluate("box => box.indeterminate")
    head.click()
    expect(visitor.page.get_by_text("4 runs selected")).to_be_visible()
    visitor.page.reload()
    expect(visitor.page.get_by_text("4 runs selected")).to_be_visible()
    visitor.assert_accessible()
    visitor.page.get_by_role("link", name="Compare", exact=True).click()
    expect(visitor.page).to_have_url(re.compile(r"#/compare\?run=\w+&run=\w+&run=\w+&run=\w+$"))


def test_deleting_can_be_taken_back_at_once_and_later(visitor: Any, four: None) -> None:
    visitor.open()
    select(visitor, "ape", "bee")
    button(visitor, "Delete").click()
    expect(names(visitor)).to_have_text(["cat", "dog"])
    button(visitor, "Undo").click()
    expect(names(visitor)).to_have_text(["cat", "dog", "bee", "ape"])
    select(visitor, "ape", "bee")
    button(visitor, "Delete").click()
    expect(visitor.page.get_by_text("2 runs deleted.")).to_be_visible()
    visitor.page.get_by_role("link", name="Deleted runs").click()
    expect(visitor.page.get_by_role("heading", name="Deleted runs")).to_be_visible()
    rows = visitor.page.locator(".runs tr[data-line]")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("data go in 6 d 23 h")
    select(visitor, "ape")
    button(visitor, "Restore").click()
    expect(rows).to_have_count(1)
    select(visitor, "bee")
    visitor.assert_accessible()
    button(visitor, "Delete for good").click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_contain_text("nothing brings it back")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(visitor.page.get_by_text("No run lies deleted.")).to_be_visible()
    visitor.page.get_by_role("link", name="All runs").click()
    expect(names(visitor)).to_have_text(["cat", "dog", "ape"])
    visitor.assert_calm()


def test_a_run_that_trains_is_deleted_only_when_that_is_meant(visitor: Any, four: None) -> None:
    visitor.open()
    select(visitor, "ape", "cat")
    button(visitor, "Delete").click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 run of 2 may still train")
    dialog.get_by_role("button", name="Cancel").click()
    expect(names(visitor)).to_have_count(4)
    button(visitor, "Delete").click()
    dialog.get_by_role("button", name="Delete those that ended").click()
    expect(names(visitor)).to_have_text(["cat", "dog", "bee"])
    visitor.assert_calm()


def test_stopping_many_asks_first_and_tells_the_trainers(visitor: Any, start_run: Any, four: None) -> None:
    run = start_run("long", id="long")
    run.log({"train/loss": 1.0}, step=1)
    visitor.open()
    expect(names(visitor)).to_have_count(5)
    select(visitor, "long", "ape")
    button(visitor, "Stop").click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_contain_text("The other one has ended already.")
    dialog.get_by_role("button", name="Stop", exact=True).click()
    expect(visitor.page.get_by_text("1 run asked to stop.")).to_be_visible()
    for step in range(2, 400):
        run.log({"train/loss": 1.0}, step=step)
        visitor.page.wait_for_timeout(50)
        if run.should_stop:
            break
    assert run.should_stop
    run.finish(status="stopped", timeout=10.0)
    visitor.assert_calm()


def test_tags_are_put_on_many_taken_off_and_put_back(visitor: Any, four: None) -> None:
    visitor.open()
    tagged = visitor.page.locator(".c-name small")
    select(visitor, "ape", "bee")
    button(visitor, "Tag…").click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="paper")).to_have_attribute("aria-pressed", "mixed")
    visitor.assert_accessible()
    dialog.get_by_label("New tag").fill("keep")
    dialog.get_by_role("button", name="Add").click()
    expect(tagged).to_have_text(["paper · sweep", "", "keep", "keep · paper"])
    button(visitor, "Undo").click()
    expect(tagged).to_have_text(["paper · sweep", "", "", "paper"])
    button(visitor, "Tag…").click()
    dialog.get_by_role("button", name="paper").click()
    expect(tagged).to_have_text(["paper · sweep", "", "paper", "paper"])
    button(visitor, "Tag…").click()
    dialog.get_by_role("button", name="paper").click()
    expect(tagged).to_have_text(["paper · sweep", "", "", ""])
    visitor.assert_calm()


def test_old_runs_of_a_project_are_counted_before_they_go(visitor: Any, seed: Seed, four: None) -> None:
    for place in range(3):
        seed(f"old{place}", 1.0, "finished", ended=40 * DAY_S, project="kd")
    visitor.open()
    expect(names(visitor)).to_have_count(7)
    visitor.page.get_by_text("Storage by project").click()
    row = visitor.page.get_by_role("row").filter(has=visitor.page.get_by_role("rowheader", name="kd"))
    expect(row).to_contain_text("for good")
    visitor.assert_accessible()
    button(visitor, "Delete old runs of kd…").click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 runs ended so long ago.")
    dialog.get_by_label("Ended more than").fill("60")
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    dialog.get_by_label("Ended more than").fill("39.5")
    dialog.get_by_role("button", name="Delete 3 runs").click()
    expect(names(visitor)).to_have_text(["cat", "dog", "bee", "ape"])
    button(visitor, "Undo").click()
    expect(names(visitor)).to_have_count(7)
    visitor.assert_calm()


def test_a_live_run_comes_into_the_list_and_moves_only_its_own_line(visitor: Any, start_run: Any, four: None) -> None:
    visitor.open()
    expect(names(visitor)).to_have_count(4)
    run = start_run("fresh", id="fresh", intent={"total_steps": 100})
    run.log({"train/loss": 7.5}, step=10)
    expect(names(visitor)).to_have_text(["fresh", "cat", "dog", "bee", "ape"])
    lines = visitor.page.locator(".runs tr[data-line]")
    line = lines.first
    expect(line.locator(".c-loss")).to_have_text("7.500")
    for place in (1, 3, 4):  # those with figures are judged meanwhile
        expect(lines.nth(place).locator(".c-findings")).not_to_have_text("\N{EN DASH}")
    watch = """() => {
      window.touched = new Set();
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const row = (target.nodeType === 3 ? target.parentElement : target).closest("tr[data-line]");
          const age = (target.nodeType === 3 ? target.parentElement : target).closest(".age");
          if (row && !age) window.touched.add(row.dataset.line);
        }
      }).observe(document.querySelector(".runs"), {
        subtree: true, childList: true, characterData: true, attributes: true,
      });
    }"""
    visitor.page.evaluate(watch)
    run.log({"train/loss": 6.25}, step=20)
    expect(line.locator(".c-loss")).to_have_text("6.250")
    expect(line).to_contain_text("20.0%")
    assert visitor.page.evaluate("[...window.touched]") == ["0"]
    visitor.assert_calm()


def test_of_thousands_of_runs_only_those_in_view_exist(visitor: Any, seed: Seed, live_server: Any) -> None:
    store, began = live_server.store, time.time()
    specs = (RunSpec(id=f"r{n}", name=f"run {n}", project=f"p{n % 7}", started_at=began - n) for n in range(2000))
    for opened in [open_run(store, spec, None) for spec in specs]:
        opened.result()
    visitor.open()
    page = visitor.page
    expect(page.get_by_role("status").filter(has_text=re.compile(r"^2,000 runs$"))).to_be_visible()
    rows = page.locator(".runs tr[data-line]")
    assert rows.count() < 120
    expect(names(visitor).first).to_have_text("run 0")
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(names(visitor).last).to_have_text("run 1999")
    assert rows.count() < 120
    expect(page.get_by_role("columnheader", name="Train loss")).to_be_in_viewport()
    page.keyboard.press("/")
    page.keyboard.type("run 1234")
    expect(names(visitor)).to_have_text(["run 1234"])
    page.keyboard.press("Escape")
    page.get_by_role("columnheader", name="Run", exact=True).get_by_role("button").click()
    page.get_by_role("columnheader", name="Run", exact=True).get_by_role("button").click()
    expect(names(visitor).first).to_have_text("run 1999")
    names(visitor).first.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name="run 0", exact=True)).to_be_focused()
    assert rows.count() < 120
    page.get_by_role("checkbox", name="Select all that are shown").click()
    expect(page.get_by_text("2,000 runs selected")).to_be_visible()
    assert "sel=" not in page.url
    visitor.assert_calm()


@pytest.mark.parametrize("width", [360, 390])
def test_the_list_on_a_phone(visitor: Any, seed: Seed, four: None, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    for number in range(60):
        seed(f"{number}-a-rather-long-name-of-a-run-without-a-space", 1.0, project="a-project-with-a-long-name-too")
    visitor.open()
    rows = visitor.page.locator(".runs tr[data-line]")
    expect(visitor.page.get_by_role("status").filter(has_text=re.compile(r"^64 runs$"))).to_be_visible()
    assert rows.count() < 60
    visitor.page.get_by_label("Sort by").select_option("name")
    expect(names(visitor).first).to_contain_text("0-a-rather")
    select(visitor, "0-a-rather-long-name-of-a-run-without-a-space", "1-a-rather-long-name-of-a-run-without-a-space")
    expect(visitor.page.get_by_text("2 runs selected")).to_be_visible()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    heights = rows.evaluate_all("rows => [...new Set(rows.map(row => row.offsetHeight))]")
    assert len(heights) == 1
    visitor.assert_accessible()
    visitor.assert_calm()


def test_an_empty_list_teaches_and_ends_with_the_first_run(visitor: Any, start_run: Any) -> None:
    visitor.open()
    expect(visitor.page.locator("pre").first).to_contain_text(f'server="{visitor.server.url}"')
    expect(visitor.page.locator("pre").nth(1)).to_have_text("lineside demo\n")
    visitor.assert_accessible()
    start_run("first", id="first").log({"train/loss": 1.0}, step=1)
    expect(names(visitor)).to_have_text(["first"])


def test_a_list_that_cannot_be_read_says_why_and_tries_again(visitor: Any, four: None) -> None:
    problem = '{"title": "Unavailable", "status": 503, "detail": "The database is busy."}'
    visitor.page.route("**/runs?**", lambda route: route.fulfill(status=503, body=problem))
    visitor.open()
    expect(visitor.page.get_by_role("alert").filter(has_text="The database is busy.")).to_be_visible()
    visitor.page.unroute("**/runs?**")
    button(visitor, "Try now").click()
    expect(names(visitor)).to_have_count(4)
    expect(visitor.page.get_by_text("The database is busy.")).to_be_hidden()
