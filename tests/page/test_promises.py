"""What holds on every view: its own host alone, a strict policy, little weight, and charts last."""

import gzip
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Request, expect

FOUNDING = "founding/after_fix_lr_zero"
HEALTHY = "lab/healthy-distil-0"
LIMIT_KB = 30


def test_no_view_asks_another_host_or_goes_against_the_policy(visitor: Any, import_run: Any) -> None:
    ill, healthy = import_run(FOUNDING), import_run(HEALTHY)
    routes = ["#/", f"#/runs/{ill}", f"#/runs/{healthy}", "#/alerts", "#/rules", "#/rules/lr-exhausted"]
    routes += [f"#/compare?run={ill}&run={healthy}", "#/settings", "#/channels", "#/channels?add=standard"]
    routes += ["#/runs/none", "#/nowhere"]
    for route in routes:
        visitor.open(route)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.page.title().endswith(" · lineside"), route
    # A run that is not there is said to be so, and a view may be left while its socket opens.
    visitor.errors[:] = [said for said in visitor.errors if "404" not in said and "closed before" not in said]
    visitor.assert_calm(most_shift=1.0)


def test_the_policy_lets_scripts_in_from_here_alone(visitor: Any) -> None:
    answer = visitor.page.request.get(f"{visitor.server.url}/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy.get("script-src", policy["default-src"]) == "'self'"
    assert policy["connect-src"] == policy["default-src"] == "'self'"
    assert [name for name, told in policy.items() if "unsafe" in told] == ["style-src"]  # Plotly's hover styles
    assert {policy[name] for name in ("frame-ancestors", "base-uri", "form-action", "object-src")} == {"'none'"}
    assert "<script>" not in answer.text()


def test_the_verdict_is_on_screen_before_the_chart_library_is_asked_for(visitor: Any, import_run: Any) -> None:
    verdict_was_there: list[bool] = []
    seen: list[bool] = []
    page = visitor.page

    def on_request(request: Request) -> None:
        if "plotly" in request.url:
            verdict_was_there.append(bool(seen))

    def hold_back(route: Any) -> None:
        """What comes last is let through only once the verdict was seen."""
        expect(page.get_by_label("Verdict", exact=True)).to_be_visible()
        seen.append(True)
        route.continue_()

    run_id = import_run(HEALTHY)
    page.on("request", on_request)
    page.route("**/assets/columns-*.js", hold_back)
    visitor.open(f"#/runs/{run_id}")
    expect(visitor.chart("train-loss").locator("svg.main-svg").first).to_be_visible()
    assert verdict_was_there == [True]
    visitor.assert_calm()


def test_the_build_fails_beyond_its_weight(built_page: Path) -> None:
    index = (built_page / "index.html").read_text()
    named = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', index)
    assert named
    size = sum(len(gzip.compress((built_page / name).read_bytes())) for name in named)
    assert size <= LIMIT_KB * 1000
    config = (built_page.parent / "vite.config.ts").read_text()
    assert f"weigh({LIMIT_KB}_000)" in config
