"""What judgement says on the page: verdict, incidents beside the charts, checks, and marks on the charts."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

FOUNDING = "founding/after_fix_lr_zero"
HEALTHY = "lab/healthy-distil-0"
INTENT: dict[str, Any] = {
    "total_steps": 1000,
    "step_unit": "batch",
    "accumulation": 4,
    "schedule": {"kind": "linear", "peak": 3e-5, "warmup": 20, "total": 250, "unit": "update"},
}


def incident(visitor: Any, rule: str) -> Locator:
    found: Locator = visitor.page.locator("article.incident").filter(has_text=f"· {rule}")
    return found


def log_stuck(run: Any, first: int, last: int) -> None:
    """A learning rate that stays at zero in the warm-up."""
    for step in range(first, last + 1):
        run.log({"train/loss": 2.0 + step % 3 / 100, "lr": 0.0}, step=step)


def test_it_says_what_is_wrong_by_which_figures_why_and_what_to_do(visitor: Any, import_run: Any) -> None:
    visitor.open(f"#/runs/{import_run(FOUNDING)}")
    verdict = visitor.page.get_by_label("Verdict", exact=True)
    expect(verdict.get_by_role("heading")).to_contain_text("The learning rate is 0")
    expect(verdict.get_by_role("img", name="Verdict: critical")).to_be_visible()
    expect(verdict).to_contain_text("Since step 128 of 74,823. Two more: ")

    article = incident(visitor, "lr-exhausted")
    expect(article).to_contain_text("Critical")
    row = article.get_by_role("row").filter(has=visitor.page.get_by_role("rowheader", name="lr", exact=True))
    expect(row.get_by_role("cell")).to_have_text(["0 (exact)", "8.287e-6"])
    causes = article.get_by_role("list", name="Causes").first
    expect(causes.get_by_role("listitem").first).to_contain_text("Scheduler not stepped")
    expect(causes.get_by_role("img", name="fits 100%")).to_be_visible()
    expect(article.locator(".do").first).to_contain_text("Do:Call scheduler.step() once an update")
    expect(article.locator(".cannot").first).to_contain_text("Cannot tell: ")

    refuted = article.get_by_role("list", name="Causes").nth(1)
    expect(refuted).to_be_hidden()
    article.get_by_text("2 more causes refuted").click()
    expect(refuted.locator("s")).to_have_text(["Schedule over", "Display rounding"])
    expect(article.get_by_text("Explains 1 more: lr-stuck")).to_be_visible()
    visitor.assert_calm()


def test_a_step_is_marked_on_the_chart_of_its_series_by_key_alone(visitor: Any, import_run: Any) -> None:
    visitor.page.set_viewport_size({"width": 1280, "height": 500})
    visitor.open(f"#/runs/{import_run(FOUNDING)}")
    step = incident(visitor, "lr-exhausted").get_by_role("button", name=re.compile("^step 128 to")).first
    step.focus()
    visitor.page.keyboard.press("Enter")
    chart = visitor.chart("lr")
    expect(chart).to_be_in_viewport(ratio=0.9)
    expect(chart).to_have_class(re.compile("pointed"))
    expect(chart.locator(".annotation-text")).to_have_text("step 128")
    expect(chart.locator(".plot")).to_have_accessible_name(
        re.compile(r"The learning rate is 0 .* \(critical, since step 128\)\. .*Step 128 is marked")
    )
    expect(visitor.page.get_by_role("status").filter(has_text="Step 128 is marked")).to_be_attached()
    expect(visitor.chart("train-loss")).not_to_have_class(re.compile("pointed"))
    visitor.page.keyboard.press("Enter")
    expect(chart).not_to_have_class(re.compile("pointed"))
    visitor.assert_calm()


def test_a_mark_on_a_chart_explains_itself(visitor: Any, import_run: Any) -> None:
    visitor.open(f"#/runs/{import_run(FOUNDING)}")
    chart = visitor.chart("lr")
    expect(chart.locator(".shapelayer path")).not_to_have_count(0)  # the band
    chart.locator(".plot-box").hover()
    chart.get_by_role("button", name=re.compile("^The learning rate is 0")).hover()
    expect(chart.locator(".tip")).to_contain_text("The learning rate is 0")
    visitor.assert_calm()


def test_a_healthy_run_has_a_calm_strip_and_its_notes_are_folded(visitor: Any, import_run: Any) -> None:
    visitor.open(f"#/runs/{import_run(HEALTHY)}")
    verdict = visitor.page.get_by_label("Verdict", exact=True)
    expect(verdict.get_by_role("heading")).to_have_text("Nothing wrong can be seen.")
    expect(verdict.get_by_role("img", name="Verdict: healthy")).to_be_visible()
    findings = visitor.page.get_by_role("complementary", name="Findings")
    expect(findings.locator("header")).to_contain_text("none open")
    expect(findings.get_by_label("Checks")).to_contain_text(re.compile(r"\d+ passing · \d+ firing · \d+ not checked"))
    note = findings.get_by_text(re.compile(r"^Notes \(\d+\): "))
    expect(incident(visitor, "loss-share")).to_be_hidden()
    note.focus()
    visitor.page.keyboard.press("Enter")
    expect(incident(visitor, "loss-share")).to_be_visible()
    visitor.assert_calm()


def test_what_was_not_checked_says_what_to_log(visitor: Any, start_run: Any) -> None:
    run = start_run("bare", id="bare")
    for step in range(1, 101):
        run.log({"loss": 4.0 / step**0.2, "lr": 1e-4}, step=step)
    assert run.finish(timeout=10.0)
    visitor.open_run("bare")
    findings = visitor.page.get_by_role("complementary", name="Findings")
    reasons = findings.locator("dl > div")
    expect(reasons.filter(has_text="grad-norm").locator("code").first).to_have_text("lineside.watch(model)")
    expect(reasons.filter(has_text="lr-schedule")).to_contain_text("lr-exhausted")  # one reason, told once
    visitor.assert_calm()


def test_an_incident_is_acknowledged_and_silenced_in_place(visitor: Any, import_run: Any) -> None:
    visitor.open(f"#/runs/{import_run(FOUNDING)}")
    article = incident(visitor, "lr-exhausted")
    article.get_by_role("button", name="Acknowledge: lr-exhausted").click()
    expect(article).to_contain_text("Acknowledged")
    article.get_by_role("button", name="Silence for an hour: lr-exhausted").click()
    expect(article).to_contain_text("Silenced for")
    visitor.page.reload()
    expect(article).to_contain_text("Acknowledged")
    article.get_by_role("button", name="End the silence: lr-exhausted").click()
    expect(article.get_by_role("button", name="Silence for an hour: lr-exhausted")).to_be_visible()
    visitor.assert_calm()


def test_an_incident_arrives_and_nothing_jumps(visitor: Any, start_run: Any) -> None:
    run = start_run("live", id="live", intent=INTENT)
    log_stuck(run, 1, 4)
    visitor.open_run("live")
    expect(visitor.chart("lr").locator(".headline")).to_have_text("0 (exact) at 4")
    expect(visitor.page.locator(".findings header")).to_contain_text("none open")
    log_stuck(run, 5, 80)
    expect(visitor.page.get_by_label("Verdict", exact=True).get_by_role("heading")).to_contain_text(
        "learning rate is 0"
    )
    expect(incident(visitor, "lr-exhausted")).to_be_visible()
    expect(visitor.chart("lr").locator(".plot")).to_have_accessible_name(re.compile(r"\(critical, since step \d+\)"))
    log_stuck(run, 81, 160)
    expect(visitor.chart("lr").locator(".headline")).to_have_text("0 (exact) at 160")
    visitor.assert_calm()


def test_on_a_phone_incidents_come_first_and_new_ones_wait_to_be_asked_for(visitor: Any, start_run: Any) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    run = start_run("live", id="live", intent=INTENT)
    log_stuck(run, 1, 4)
    visitor.open_run("live")
    expect(visitor.page.locator(".findings header")).to_contain_text("none open")
    log_stuck(run, 5, 80)
    fresh = visitor.page.get_by_role("button", name="1 new: show")
    expect(fresh).to_be_visible()
    expect(incident(visitor, "lr-exhausted")).to_have_count(0)
    visitor.assert_calm(most_shift=0.02)
    visitor.page.get_by_role("button", name="Show the incident").click()
    expect(incident(visitor, "lr-exhausted")).to_be_focused()
    expect(fresh).to_be_hidden()
    tops = [visitor.page.locator(name).bounding_box()["y"] for name in (".findings", '[data-chart="train-loss"]')]
    assert tops == sorted(tops)


@pytest.mark.parametrize("width", [360, 390, 700, 1000])
def test_findings_fit_narrow_screens(visitor: Any, import_run: Any, width: int) -> None:
    run_id = import_run(FOUNDING)
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.open()
    counts = visitor.page.get_by_role("row").filter(has_text="after_fix_lr_zero").locator(".c-findings")
    expect(counts).to_contain_text(re.compile(r"●\s*1\s*critical\s*▲\s*4\s*warning"))
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    visitor.open(f"#/runs/{run_id}")
    expect(incident(visitor, "train-eval-scale")).to_be_visible()
    for summary in visitor.page.locator(".findings summary").all():
        summary.evaluate("summary => { summary.parentElement.open = true; }")
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    visitor.assert_calm(most_shift=1.0)
