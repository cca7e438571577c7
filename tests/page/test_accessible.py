"""What axe-core says of every view as it stands, in light and dark, on a desk and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect

FOUNDING = "founding/after_fix_lr_zero"
HEALTHY = "lab/healthy-distil-0"
widths = pytest.mark.parametrize("width", [1280, 390])


def unfold(visitor: Any) -> None:
    """Open everything that is folded."""
    visitor.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")


@widths
def test_the_list_empty_and_with_runs(visitor: Any, import_run: Any, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.open()
    expect(visitor.page.get_by_role("heading", name="No runs yet")).to_be_visible()
    visitor.assert_accessible()
    import_run(HEALTHY)
    import_run(FOUNDING)
    expect(visitor.page.locator(".runs a.open")).to_have_count(2)
    unfold(visitor)
    visitor.assert_accessible()


@widths
def test_a_healthy_run(visitor: Any, import_run: Any, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.open(f"#/runs/{import_run(HEALTHY)}")
    expect(visitor.chart("train-loss").locator("svg.main-svg").first).to_be_visible()
    visitor.assert_accessible()


@widths
def test_a_founding_run_with_all_unfolded_and_a_table_open(visitor: Any, import_run: Any, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.open(f"#/runs/{import_run(FOUNDING)}")
    chart = visitor.chart("train-loss")
    chart.scroll_into_view_if_needed()
    expect(chart.locator("svg.main-svg").first).to_be_visible()
    assert visitor.table_of("train-loss")
    unfold(visitor)
    visitor.assert_accessible()


@pytest.mark.parametrize("route", ["#/nowhere", "#/runs/none", "#/alerts", "#/rules", "#/compare", "#/settings"])
def test_places_with_little_on_them(visitor: Any, route: str) -> None:
    visitor.open(route)
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    visitor.assert_accessible()


@widths
def test_the_form_that_signs_in(guarded: Any, width: int) -> None:
    guarded.page.set_viewport_size({"width": width, "height": 800})
    guarded.open()
    expect(guarded.page.get_by_role("heading", name="Sign in")).to_be_visible()
    guarded.assert_accessible()
