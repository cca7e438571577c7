"""The inbox: incidents of all runs, handled without leaving the list, and the way from there to the run."""

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from lineside_server.core.findings import Alert, Cause, Finding, Health, Level
from lineside_server.core.judged import Judged
from lineside_server.store.alerts import save_judgement

FOUNDING = "founding/after_fix_lr_zero"
FINDING = Finding(
    "The learning rate is 0 where 7.97e-06 is due", {"lr": 0.0}, {"lr": 7.97e-06}, (0, 128),
    ("lr",), "lr = peak * update / warmup", {}, (Cause("stepped-twice", 0.9, "It is."),), ("Step it once.",), "Why.",
)  # fmt: skip


def alert(alert_id: str, run_id: str, **fields: Any) -> Alert:
    told = Alert(
        alert_id, run_id, "lr-exhausted", "lr", None, Level.WARNING, "firing", 3, 100.0, 9, None, None, None, FINDING
    )
    return replace(told, **fields)


@pytest.fixture
def find(visitor: Any, start_run: Any, wait: Any) -> Any:
    """Have a judge find alerts in a run of the real client: `find(name, *alerts)`."""
    visitor.server.watch.judge.stop()  # what is found here is ours alone

    def save(name: str, *found: Alert) -> Any:
        run = start_run(name, id=name)
        run.log({"train/loss": 1.0, "lr": 0.0}, step=9)
        wait(lambda: run_is_there(visitor, name))
        tell(visitor, name, *found)
        return run

    return save


def run_is_there(visitor: Any, run_id: str) -> bool:
    return bool(visitor.page.request.get(f"{visitor.server.url}/runs/{run_id}/metrics?key=lr").json().get("series"))


def tell(visitor: Any, run_id: str, *found: Alert) -> None:
    health = Health("warning", {"critical": 0, "warning": len(found), "info": 0}, {"passing": 1, "firing": 1}, 9)
    save_judgement(visitor.server.store, run_id, Judged(found, (), health, (), b"", "1")).result()


def line(visitor: Any, words: str) -> Locator:
    found: Locator = visitor.page.locator(".inbox li").filter(has_text=words)
    return found


def titled(title: str, **fields: Any) -> dict[str, Any]:
    return fields | {"finding": replace(FINDING, title=title)}


def test_incidents_stand_by_run_with_what_follows_folded_and_enter_opens_them(visitor: Any, import_run: Any) -> None:
    run_id = import_run(FOUNDING)
    visitor.open("#/alerts")
    group = visitor.page.get_by_role("region", name="after_fix_lr_zero")
    expect(group.get_by_role("img", name="Verdict: critical")).to_be_visible()
    expect(group.locator("header")).to_contain_text(re.compile(r"after_fix_lr_zero\s*default\s*Finished"))
    expect(group.locator("li .severity")).to_contain_text(["lr-exhausted", "train-eval-scale", "nonfinite"])
    first = group.locator("li").first
    expect(first).to_contain_text("Critical")
    expect(first).to_contain_text(re.compile(r"\+1.*step 128 · \d+ d ago"))
    visitor.assert_accessible()

    link = first.get_by_role("link")
    link.focus()
    visitor.page.keyboard.press("ArrowRight")
    row = first.get_by_role("row").filter(has=visitor.page.get_by_role("rowheader", name="lr", exact=True))
    expect(row.get_by_role("cell")).to_have_text(["0 (exact)", "8.287e-6"])
    expect(first.locator(".short")).to_contain_text(re.compile("Scheduler not stepped fits 100%.*Do: Call"))
    visitor.page.keyboard.press("ArrowLeft")
    expect(first.locator(".short")).to_be_hidden()

    visitor.page.keyboard.press("ArrowDown")
    expect(group.locator("li").nth(1).get_by_role("link")).to_be_focused()
    visitor.page.keyboard.press("ArrowUp")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page).to_have_url(re.compile(rf"#/runs/{run_id}\?alert="))
    article = visitor.page.locator("article.incident").filter(has_text="· lr-exhausted")
    expect(article).to_be_focused()
    expect(visitor.page.get_by_role("status").filter(has_text="Step 128 is marked")).to_be_attached()
    visitor.assert_calm()


def test_an_address_unfolds_what_follows_and_marks_a_step(visitor: Any, import_run: Any) -> None:
    run_id = import_run(FOUNDING)
    alerts = visitor.page.request.get(f"{visitor.server.url}/runs/{run_id}/alerts?limit=100").json()["items"]
    child = next(one for one in alerts if one["parent"] is not None)
    visitor.open(f"#/runs/{run_id}?alert={child['id']}")
    expect(visitor.page.locator(f"[id='alert-{child['id']}']")).to_be_focused()
    visitor.open(f"#/runs/{run_id}?step=1000")
    for chart in ("train-loss", "lr"):
        visitor.chart(chart).scroll_into_view_if_needed()
        expect(visitor.chart(chart).locator(".annotation-text")).to_have_text("step 1,000")
    expect(visitor.page.get_by_role("status").filter(has_text="Step 1,000 is marked on the charts")).to_be_attached()
    visitor.assert_calm()


def test_a_finding_that_is_no_more_is_said(visitor: Any, import_run: Any) -> None:
    visitor.open(f"#/runs/{import_run(FOUNDING)}?alert=nothing")
    expect(visitor.page.get_by_role("alert").filter(has_text="is no more")).to_be_visible()


def test_acknowledge_and_silence_by_keys_and_take_it_back(visitor: Any, find: Any) -> None:
    find("ill", alert("a", "ill"))
    visitor.open("#/alerts")
    one = line(visitor, "lr-exhausted")
    one.get_by_role("link").focus()
    visitor.page.keyboard.press("a")
    expect(one).to_contain_text("Acknowledged")
    visitor.page.get_by_role("button", name="Undo").click()
    expect(one).not_to_contain_text("Acknowledged")

    one.get_by_role("link").focus()
    visitor.page.keyboard.press("Shift+A")
    dialog = visitor.page.get_by_role("dialog", name="Acknowledge with a note")
    dialog.get_by_label("Note").fill("a known one")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(one).to_contain_text("Acknowledged: a known one")

    one.get_by_role("link").focus()
    visitor.page.keyboard.press("s")
    dialog = visitor.page.get_by_role("dialog", name="Silence")
    dialog.get_by_label("Until step").fill("5")
    visitor.page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("The run is at step 9 already: say a later one.")
    dialog.get_by_label("Until step").fill("50")
    visitor.page.keyboard.press("Enter")
    expect(one).to_contain_text("Silenced until step 50")
    visitor.page.get_by_role("button", name="Undo").click()
    expect(one).not_to_contain_text("Silenced")

    one.get_by_role("button", name="Silence: lr-exhausted").click()
    visitor.page.get_by_role("button", name="For a day").click()
    expect(one).to_contain_text(re.compile("Silenced for (23 h|1 d)"))
    one.get_by_role("button", name="Silence: lr-exhausted").click()
    visitor.page.get_by_role("button", name="End the silence").click()
    expect(one).not_to_contain_text("Silenced")
    visitor.assert_calm()


def test_several_are_selected_by_space_and_acknowledged_at_once(visitor: Any, find: Any) -> None:
    find("ill", alert("a", "ill", **titled("First")), alert("b", "ill", **titled("Second", opened_at=90.0)))
    visitor.open("#/alerts")
    line(visitor, "First").get_by_role("link").focus()
    visitor.page.keyboard.press("Space")
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Space")
    expect(line(visitor, "Second").get_by_role("checkbox")).to_be_checked()
    expect(visitor.page.get_by_text("2 selected")).to_be_visible()
    visitor.assert_accessible()
    visitor.page.get_by_role("button", name="Acknowledge", exact=True).first.click()
    expect(visitor.page.get_by_role("status").filter(has_text="Acknowledged: 2 incidents.")).to_be_visible()
    expect(visitor.page.locator(".told").filter(has_text="Acknowledged")).to_have_count(2)
    expect(visitor.page.get_by_text("2 selected")).to_be_hidden()
    visitor.page.get_by_role("button", name="Undo").click()
    expect(visitor.page.locator(".told").filter(has_text="Acknowledged")).to_have_count(0)
    visitor.assert_calm()


def test_filters_stand_in_the_address(visitor: Any, find: Any) -> None:
    find(
        "ill",
        alert("a", "ill", level=Level.CRITICAL, **titled("The worst")),
        alert("b", "ill", rule="plateau", **titled("It stands still")),
        alert("c", "ill", level=Level.INFO, **titled("A note")),
        alert("d", "ill", state="resolved", resolved_step=8, **titled("Long over")),
    )
    visitor.open("#/alerts")
    lines = visitor.page.locator(".inbox li a.open")
    expect(lines).to_have_text(["The worst", "It stands still"])
    visitor.page.get_by_label("Severity").select_option("Notes too")
    expect(lines).to_have_count(3)
    visitor.page.get_by_label("Severity").select_option("Critical alone")
    expect(lines).to_have_text(["The worst"])
    visitor.page.get_by_label("Severity").select_option("Warnings and worse")
    visitor.page.get_by_label("Rule").select_option("plateau")
    expect(lines).to_have_text(["It stands still"])
    visitor.page.get_by_label("Rule").select_option("Any rule")
    visitor.page.get_by_role("button", name="Resolved").click()
    expect(lines).to_have_text(["Long over"])
    visitor.page.get_by_role("button", name="All", exact=True).click()
    expect(lines).to_have_text(["The worst", "It stands still", "Long over"])
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.type("still")
    expect(lines).to_have_text(["It stands still"])
    expect(visitor.page).to_have_url(re.compile(r"state=all.*q=still|q=still.*state=all"))
    visitor.page.reload()
    expect(lines).to_have_text(["It stands still"])
    visitor.page.get_by_label("Filter by words").fill("no such thing")
    visitor.page.get_by_role("button", name="Clear the filters").click()
    expect(lines).to_have_count(3)
    visitor.page.get_by_label("Project").select_option("page")
    visitor.page.get_by_label("Not acknowledged").check()
    expect(lines).to_have_count(3)
    visitor.assert_calm()


def test_what_comes_waits_while_the_list_is_read(visitor: Any, find: Any) -> None:
    find("ill", alert("a", "ill", **titled("The first")))
    visitor.open("#/alerts")
    lines = visitor.page.locator(".inbox li a.open")
    expect(lines).to_have_text(["The first"])
    found = (alert("a", "ill", **titled("The first")), alert("b", "ill", level=Level.CRITICAL, **titled("A worse one")))
    tell(visitor, "ill", *found)
    fresh = visitor.page.get_by_role("button", name="1 new: show")
    expect(fresh).to_be_visible()
    expect(lines).to_have_text(["The first"])
    visitor.assert_calm()
    visitor.page.keyboard.press(".")
    expect(lines).to_have_text(["A worse one", "The first"])
    tell(visitor, "ill", replace(found[0], parent="b"), replace(found[1], state="resolved", resolved_step=9))
    expect(line(visitor, "A worse one")).to_contain_text("resolved")
    visitor.assert_calm(most_shift=0.1)


def test_an_empty_inbox_says_how_many_runs_are_well(visitor: Any, find: Any) -> None:
    visitor.open("#/alerts")
    expect(visitor.page.get_by_text("Nothing is wrong: no run is live.")).to_be_visible()
    find("well")
    expect(visitor.page.get_by_text("Nothing is wrong in the one live run.")).to_be_visible()
    tell(visitor, "well", alert("a", "well"))
    expect(line(visitor, "lr-exhausted")).to_be_visible()  # nobody reads an empty list
    visitor.page.get_by_role("button", name="Resolved").click()
    expect(visitor.page.get_by_text("No incident was resolved so far.")).to_be_visible()
    visitor.assert_accessible()


def test_a_long_history_comes_in_pages(visitor: Any, find: Any) -> None:
    many = [alert(f"a{n:03}", "ill", opened_at=1000.0 - n, **titled(f"Finding {n}")) for n in range(130)]
    find("ill", *many)
    visitor.open("#/alerts")
    lines = visitor.page.locator(".inbox li a.open")
    expect(lines).to_have_count(100)
    visitor.page.get_by_role("button", name="Earlier incidents").click()
    expect(lines).to_have_count(130)
    expect(lines.last).to_have_text("Finding 129")
    expect(visitor.page.get_by_role("button", name="Earlier incidents")).to_be_hidden()
    visitor.assert_calm(most_shift=1.0)


@pytest.mark.parametrize("status", [403, 500])
def test_what_the_service_refuses_is_said_in_its_words(visitor: Any, find: Any, status: int) -> None:
    find("ill", alert("a", "ill"))
    refused = {"status": status, "json": {"title": "No", "status": status, "detail": "This needs the scope read."}}
    visitor.page.route("**/alerts?*", lambda route: route.fulfill(**refused))
    visitor.open("#/alerts")
    expect(visitor.page.get_by_role("alert").filter(has_text="This needs the scope read.")).to_be_visible()
    visitor.page.unroute("**/alerts?*")
    visitor.page.get_by_role("button", name="Try again").click()
    expect(line(visitor, "lr-exhausted")).to_be_visible()


def test_a_token_is_asked_for(page: Page, make_server: Any, built_page: Any) -> None:
    server = make_server(token="s3cret-token")  # a made-up one
    page.goto(f"{server.url}/#/alerts")
    expect(page.get_by_label("Token")).to_be_visible()


@pytest.mark.parametrize("width", [360, 390, 700, 1000])
def test_it_fits_narrow_screens(visitor: Any, import_run: Any, width: int) -> None:
    import_run(FOUNDING)
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.open("#/alerts")
    visitor.page.get_by_role("button", name="Evidence: lr-exhausted").click()
    expect(visitor.page.locator(".short")).to_be_visible()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
