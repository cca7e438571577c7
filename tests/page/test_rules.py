"""The rule book on the page: the table, a rule and what it does now, its form, and the trial beside it."""

import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import expect

BEFORE_FIX = "founding/before_fix"
OWN = {"metric": "train/loss", "op": ">", "value": 5.0}


@pytest.fixture
def rest(live_server: Any) -> Any:
    """REST as somebody else would use it, beside the page."""
    with httpx2.Client(base_url=live_server.url) as client:
        yield client


@pytest.fixture
def live_run(start_run: Any) -> Any:
    """A run that goes on, whose loss has jumped above 5."""
    run = start_run("high", id="high")
    for step in range(1, 40):
        run.log({"train/loss": 1.0 if step < 20 else 9.0}, step=step)
    return run


def row(visitor: Any, rule: str) -> Any:
    return visitor.page.get_by_role("row").filter(has=visitor.page.get_by_role("link", name=rule, exact=True))


def field(visitor: Any, label: str) -> Any:
    return visitor.page.get_by_role("form").get_by_label(label, exact=True)


def test_the_book_says_what_each_rule_is_doing_now(visitor: Any, rest: Any, live_run: Any) -> None:
    visitor.open("#/rules")
    expect(visitor.page.get_by_text("27 rules, over 1 live run.")).to_be_visible()
    expect(row(visitor, "stall")).to_contain_text("No step for far too long")
    expect(row(visitor, "stall")).to_contain_text("1 passing")
    expect(row(visitor, "eval-frozen")).to_contain_text("1 not checked")
    visitor.assert_calm()
    rest.put("/rules/mine", json=OWN | {"severity": "critical"}).raise_for_status()
    live_run.log({"train/loss": 9.0}, step=41)
    expect(row(visitor, "mine")).to_contain_text("1 firing")
    expect(row(visitor, "mine")).to_contain_text("your own")
    visitor.assert_accessible()


def test_the_book_is_filtered_and_sorted_in_its_address(visitor: Any, rest: Any) -> None:
    rest.put("/rules/mine", json=OWN).raise_for_status()
    rest.put("/rules/plateau", json={"enabled": False, "scope": {"project": "p"}}).raise_for_status()
    visitor.open("#/rules")
    page, links = visitor.page, visitor.page.locator(".rules a.open")
    expect(links).to_have_count(28)
    expect(page.get_by_text("28 rules, over no live run now.")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("learning rate")
    expect(links).to_have_text(["lr-schedule", "lr-exhausted", "lr-stuck", "lr-peak"])
    expect(page.get_by_role("status").get_by_text("4 of 28 rules")).to_be_visible()
    page.get_by_role("button", name="Rule").click()
    page.get_by_role("button", name="Rule").click()
    expect(page.get_by_role("columnheader", name="Rule")).to_have_attribute("aria-sort", "descending")
    expect(links).to_have_text(["lr-stuck", "lr-schedule", "lr-peak", "lr-exhausted"])
    page.reload()
    expect(links).to_have_text(["lr-stuck", "lr-schedule", "lr-peak", "lr-exhausted"])
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("State").select_option("switched off")
    expect(links).to_have_text(["plateau"])
    expect(row(visitor, "plateau")).to_contain_text("off in part")
    page.get_by_label("State").select_option("your own")
    expect(links).to_have_text(["mine"])
    page.get_by_label("Family").select_option("system")
    expect(page.get_by_text("No rule answers to that")).to_be_visible()
    visitor.assert_calm()


def test_the_book_is_walked_by_keys(visitor: Any) -> None:
    visitor.open("#/rules")
    expect(visitor.page.locator(".rules a.open")).to_have_count(27)
    visitor.page.keyboard.press("/")
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("ArrowDown")
    expect(visitor.page.get_by_role("link", name="lr-exhausted")).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("lr-exhausted")
    visitor.page.get_by_role("link", name="All rules").click()
    expect(visitor.page.locator(".rules a.open")).to_have_count(27)
    visitor.page.keyboard.press("n")
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("New rule")
    visitor.assert_calm()


def test_a_rule_says_what_it_looks_for_and_where_it_fires_now(visitor: Any, live_run: Any, rest: Any) -> None:
    rest.put("/rules/mine", json=OWN).raise_for_status()
    live_run.log({"train/loss": 9.0}, step=41)
    visitor.open("#/rules/mine")
    live = visitor.page.get_by_role("region", name="Live runs")
    expect(live.get_by_role("row").filter(has_text="high")).to_contain_text("train/loss is 9, above 5")
    live.get_by_role("link", name=re.compile("above 5")).click()
    expect(visitor.page).to_have_url(re.compile(r"#/runs/high\?alert="))
    visitor.open("#/rules/eval-frozen")
    about = visitor.page.get_by_role("region", name="What it looks for")
    expect(about).to_contain_text("evals = 3 evals in a row gave the same, bit for bit")
    expect(live).to_contain_text("No eval loss is logged")
    about.get_by_role("button", name="late").click()
    expect(field(visitor, "late")).to_be_focused()
    about.get_by_text("Formula, causes and an example").click()
    expect(about.get_by_text("evals whose figures all equal those of the eval before.")).to_be_visible()
    visitor.assert_accessible()


def test_a_parameter_is_changed_tried_back_and_undone(visitor: Any, rest: Any) -> None:
    visitor.open("#/rules/eval-frozen")
    page = visitor.page
    form = page.get_by_role("form", name="Change eval-frozen")
    says = form.get_by_role("status").first
    expect(says).to_have_text("It stands as it comes: nothing of it is changed.")
    expect(form.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    field(visitor, "many").fill("7")
    expect(says).to_have_text("Changed: many is 7 instead of 5.")
    form.get_by_role("button", name="Reset many to 5").click()
    expect(says).to_have_text("It stands as it comes: nothing of it is changed.")
    field(visitor, "many").fill("7")
    field(visitor, "Severity").select_option("info")
    field(visitor, "Project").fill("p")
    expect(says).to_contain_text("For runs of project p, many is 7 instead of 5, each finding counts as info.")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved eval-frozen.")).to_be_visible()
    saved = rest.get("/rules/eval-frozen").json()
    assert (saved["params"]["many"], saved["severity"], saved["scope"]["project"]) == (7, "info", "p")
    expect(page.get_by_text("learning · changed · on · project p")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("eval-frozen is as it was.")).to_be_visible()
    expect(field(visitor, "many")).to_have_value("5")
    assert rest.get("/rules/eval-frozen").json()["source"] == "catalogue"
    visitor.assert_calm()


def test_a_rule_goes_back_to_its_default_and_forth(visitor: Any, rest: Any) -> None:
    rest.put("/rules/stall", json={"params": {"least_s": 90.0}}).raise_for_status()
    visitor.open("#/rules/stall")
    expect(field(visitor, "least_s")).to_have_value("90")
    visitor.page.get_by_role("button", name="Back to default").click()
    expect(visitor.page.get_by_text("stall stands as it comes.")).to_be_visible()
    expect(field(visitor, "least_s")).to_have_value("60")
    visitor.page.get_by_role("button", name="Undo").click()
    expect(field(visitor, "least_s")).to_have_value("90")
    assert rest.get("/rules/stall").json()["params"]["least_s"] == 90.0
    visitor.assert_calm()


def test_what_the_server_finds_wrong_stands_at_its_field(visitor: Any) -> None:
    visitor.open("#/rules/stall")
    field(visitor, "window").fill("2.5")
    visitor.page.keyboard.press("Control+s")
    expect(field(visitor, "window")).to_have_attribute("aria-invalid", "true")
    expect(field(visitor, "window")).to_have_accessible_description(re.compile("Expected `int`"))
    expect(field(visitor, "window")).to_be_focused()
    field(visitor, "window").fill("ten")
    expect(field(visitor, "window")).not_to_have_attribute("aria-invalid", "true")
    visitor.page.keyboard.press("Enter")
    expect(field(visitor, "window")).to_have_accessible_description(re.compile("This is no number"))
    visitor.assert_accessible()


def test_a_rule_of_ones_own_is_written_tried_and_saved(visitor: Any, import_run: Any, rest: Any) -> None:
    run_id = import_run(BEFORE_FIX)
    visitor.open(f"#/rules?metric=train/loss&run={run_id}")
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("New rule on train/loss")
    expect(page.locator("#rule-keys option[value='eval/loss']")).to_have_count(1)
    field(visitor, "Of it the").select_option("median")
    field(visitor, "Value").fill("20")
    page.get_by_role("group", name="Lasting").get_by_label("steps").fill("50")
    says = "Fires as warning when the median of the last 16 points of train/loss is above 20 for 50 steps."
    expect(page.get_by_text(says)).to_be_visible()
    trial = page.get_by_role("region", name="Try it on recorded runs")
    expect(trial.get_by_role("list", name="Runs to try it on").get_by_role("listitem")).to_have_count(1)
    trial.get_by_role("button", name="Try").click()
    expect(trial.get_by_text("It would have fired in 1 of 1 run.")).to_be_visible()
    expect(trial.get_by_role("img", name=re.compile("of .* fires at step"))).to_be_visible()
    field(visitor, "Value").fill("2000")
    expect(trial.get_by_text("This is of the rule as it was written then")).to_be_visible()
    trial.get_by_role("button", name="Try").click()
    expect(trial.get_by_text("It would never have fired in 1 run.")).to_be_visible()
    expect(trial.get_by_text("never", exact=True)).to_be_visible()
    visitor.assert_accessible()
    page.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("train-loss-above-2000")
    assert rest.get("/rules/train-loss-above-2000").json()["definition"]["for"] == {"steps": 50}
    visitor.assert_calm()


def test_the_saved_rule_is_tried_beside_the_one_that_is_written(visitor: Any, import_run: Any, rest: Any) -> None:
    import_run(BEFORE_FIX)
    rest.put("/rules/mine", json=OWN | {"value": 1e9}).raise_for_status()
    visitor.open("#/rules/mine")
    trial = visitor.page.get_by_role("region", name="Try it on recorded runs")
    trial.get_by_role("button", name="Try").click()
    expect(trial.get_by_text("It would never have fired in 1 run.")).to_be_visible()
    field(visitor, "Value").fill("10")
    trial.get_by_role("button", name="Try").click()
    expect(trial.get_by_text("The saved rule would never have fired.")).to_be_visible()
    first = trial.get_by_role("link", name=re.compile("^step ")).first
    step = int(re.sub(r"\D", "", first.text_content()))
    first.click()
    visitor.page.get_by_role("button", name="Leave without saving").click()
    expect(visitor.page).to_have_url(re.compile(r"#/runs/.*\?from=\d+&to=\d+"))
    bounds = [int(text) for text in re.findall(r"(?:from|to)=(\d+)", visitor.page.url)]
    assert bounds[0] <= step <= bounds[1]


def test_runs_are_added_to_a_trial_and_left_out(visitor: Any, start_run: Any) -> None:
    for name in ("alpha", "beta"):
        run = start_run(name, id=name)
        run.log({"train/loss": 9.0}, step=1)
        assert run.finish(timeout=10.0)
    visitor.open("#/rules?metric=train/loss&try=alpha")
    chosen = visitor.page.get_by_role("list", name="Runs to try it on").get_by_role("listitem")
    expect(chosen).to_have_count(1)
    search = visitor.page.get_by_label("Add a run to try it on")
    search.fill("bet")
    found = visitor.page.get_by_role("list", name="Runs found")
    expect(found.get_by_role("button")).to_have_count(1)
    search.press("Enter")
    expect(chosen).to_have_count(2)
    visitor.page.reload()
    expect(chosen).to_have_count(2)
    visitor.page.get_by_role("button", name="Leave out alpha").click()
    expect(chosen).to_have_count(1)
    expect(chosen).to_contain_text("beta")
    search.fill("nothing of this name")
    expect(found).to_contain_text("No other run answers to that.")
    visitor.assert_calm()


def test_a_trial_can_be_stopped(visitor: Any, start_run: Any) -> None:
    run = start_run("alpha", id="alpha")
    run.log({"train/loss": 9.0}, step=1)
    assert run.finish(timeout=10.0)
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)  # never answered

    visitor.page.route("**/rules/test", hold)
    visitor.open("#/rules/loss-spike")
    trial = visitor.page.get_by_role("region", name="Try it on recorded runs")
    trial.get_by_role("button", name="Try").click()
    expect(trial.get_by_text("Trying on alpha, 1 of 1…")).to_be_visible()
    trial.get_by_role("button", name="Stop").click()
    expect(trial.get_by_text("Stopped after 0 of 1 runs.")).to_be_visible()
    expect(trial.get_by_role("button", name="Try")).to_be_enabled()
    visitor.page.unroute("**/rules/test")
    trial.get_by_role("button", name="Try").click()
    expect(trial.get_by_text("It would never have fired in 1 run.")).to_be_visible()
    assert len(held) == 1


def test_what_is_not_saved_is_kept_and_leaving_asks(visitor: Any, rest: Any) -> None:
    visitor.open("#/rules")
    visitor.page.get_by_role("link", name="stall").click()
    field(visitor, "least_s").fill("90")
    rest.put("/rules/stall", json={"params": {"gap": 2.0}}).raise_for_status()
    expect(visitor.page.get_by_text("It was changed elsewhere meanwhile")).to_be_visible()
    expect(field(visitor, "least_s")).to_have_value("90")
    visitor.page.get_by_role("link", name="All rules").click()
    dialog = visitor.page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Keep writing").click()
    expect(dialog).to_be_hidden()
    expect(field(visitor, "least_s")).to_have_value("90")
    visitor.page.go_back()
    expect(dialog).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(field(visitor, "least_s")).to_have_value("90")
    visitor.page.get_by_role("button", name="Take that one").click()
    expect(field(visitor, "least_s")).to_have_value("60")
    expect(field(visitor, "gap")).to_have_value("2")
    visitor.page.get_by_role("link", name="All rules").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Rules")
    visitor.assert_calm()


def test_a_rule_of_ones_own_is_deleted_and_comes_back(visitor: Any, rest: Any) -> None:
    rest.put("/rules/mine", json=OWN).raise_for_status()
    visitor.open("#/rules/mine")
    visitor.page.get_by_role("button", name="Delete").click()
    expect(visitor.page.get_by_text("Deleted mine.")).to_be_visible()
    expect(visitor.page.locator(".rules a.open")).to_have_count(27)
    visitor.page.get_by_role("button", name="Undo").click()
    expect(row(visitor, "mine")).to_be_visible()
    assert rest.get("/rules/mine").json()["definition"] == OWN | {"severity": "warning"}
    visitor.assert_calm()


def test_a_name_that_is_taken_is_refused_before_it_takes_a_rules_place(visitor: Any) -> None:
    visitor.open("#/rules?metric=x")
    field(visitor, "Value").fill("1")
    field(visitor, "Name").fill("stall")
    expect(visitor.page.get_by_text("Fires as warning when x is above 1.")).to_be_visible()
    visitor.page.get_by_role("button", name="Save the rule").click()
    expect(field(visitor, "Name")).to_have_accessible_description("There is a rule stall already.")
    field(visitor, "Fire when it does not come").check()
    expect(field(visitor, "Value")).to_have_count(0)
    visitor.page.get_by_role("button", name="Discard changes").click()
    expect(field(visitor, "Name")).to_have_value("")
    visitor.assert_calm()


def test_a_rule_of_the_file_is_read_only(page: Any, make_server: Any, built_page: Any, tmp_path: Any) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[rules.mine]\nmetric = "x"\nop = ">"\nvalue = 7\n')
    server = make_server(rules_file=file)
    page.goto(f"{server.url}/#/rules/mine")
    expect(page.get_by_text("It stands in the rules file of the service: change it there.")).to_be_visible()
    expect(page.get_by_label("Metric", exact=True)).not_to_be_editable()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)


def test_a_rule_that_is_not_there_and_a_token_are_told_in_words(guarded: Any) -> None:
    guarded.open("#/rules")
    guarded.page.get_by_label("Token").fill("s3cret-token")
    guarded.page.get_by_role("button", name="Sign in").click()
    expect(guarded.page.get_by_text("27 rules, over no live run now.")).to_be_visible()
    guarded.open("#/rules/nowhere")
    expect(guarded.page.get_by_text("There is no rule nowhere.")).to_be_visible()


def test_what_a_token_may_not_do_is_told_with_the_scope_that_it_lacks(visitor: Any) -> None:
    told = "This takes a token with the scope admin; the token “lead” has the scope read."
    refusal = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": told}
    visitor.page.route(
        "**/rules/stall",
        lambda route: route.fulfill(status=403, json=refusal) if route.request.method == "PUT" else route.continue_(),
    )
    visitor.open("#/rules/stall")
    field(visitor, "least_s").fill("90")
    visitor.page.get_by_role("button", name="Save", exact=True).click()
    expect(visitor.page.get_by_role("alert").get_by_text(told)).to_be_visible()
    expect(field(visitor, "least_s")).to_have_value("90")


def test_a_lost_service_is_a_small_word_and_the_table_stays(visitor: Any) -> None:
    visitor.open("#/rules")
    expect(visitor.page.locator(".rules a.open")).to_have_count(27)
    visitor.page.route("**/rules?*", lambda route: route.abort())
    expect(visitor.page.get_by_text("Reconnecting…")).to_be_visible()
    expect(visitor.page.locator(".rules a.open")).to_have_count(27)
    visitor.page.unroute("**/rules?*")
    expect(visitor.page.get_by_text("Reconnecting…")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_scrolls_one_way_only(visitor: Any, live_run: Any, rest: Any, width: int) -> None:
    long = "a/very/long/key/that/does/not/fit/at/all/anywhere/on/a/phone"
    rest.put("/rules/mine", json=OWN | {"metric": long}).raise_for_status()
    visitor.page.set_viewport_size({"width": width, "height": 800})
    for route in ("#/rules", "#/rules/mine", "#/rules/lr-schedule", f"#/rules?metric={long}&run=high"):
        visitor.open(route)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        expect(visitor.page.get_by_text("Loading the rule")).to_have_count(0)
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width, route
        visitor.assert_accessible()
