"""A live run as a person sees it: it appears, it moves, and it survives a restart of the server."""

import math
import re
from typing import Any

from playwright.sync_api import expect

import lineside

LR = 7.965738758029979e-06
INTENT: dict[str, Any] = {
    "total_steps": 1000,
    "step_unit": "batch",
    "accumulation": 4,
    "schedule": {"kind": "linear", "peak": 3e-5, "warmup": 20, "total": 250, "unit": "update"},
    "losses": {"kd_loss": {"weight": 0.7}, "lm_loss": {"weight": 0.3}},
}


def log_steps(run: lineside.Run, first: int, last: int) -> None:
    for step in range(first, last + 1):
        raw = {"kd_loss": 9.0 / step, "lm_loss": 7.0 / step}
        run.log_losses(step, raw=raw, weights={"kd_loss": 0.7, "lm_loss": 0.3}, total=8.4 / step)
        run.log({"lr": LR, "grad_norm": 1.0 + 1.0 / step, "tokens_per_s": 1000.0 + step}, step=step)


def test_it_appears_without_reload_and_its_points_arrive(visitor: Any, start_run: Any) -> None:
    visitor.open()
    expect(visitor.page.get_by_role("heading", name="No runs yet")).to_be_visible()
    expect(visitor.page.get_by_role("region", name="The lines to paste")).to_contain_text(visitor.server.url)

    run = start_run("first light", intent=INTENT)
    log_steps(run, 1, 20)
    row = visitor.page.get_by_role("row").filter(has_text="first light")
    expect(row).to_contain_text("Running")
    expect(row).to_contain_text("0.4200")  # the train loss of step 20

    row.get_by_role("link").click()
    expect(visitor.chart("train-loss").locator("svg.main-svg").first).to_be_visible()
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("0.4200 at 20")
    log_steps(run, 21, 60)
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("0.1400 at 60")
    expect(visitor.chart("components").locator(".labels")).to_contain_text("kd_loss 0.1500")
    expect(visitor.chart("lr").locator(".headline")).to_have_text("7.97e-6 at 60")
    assert [int(row[0]) for row in visitor.table_of("train-loss")] == list(range(60, 0, -1))
    visitor.assert_calm(most_shift=0.02)


def test_charts_draw_themselves_by_role(visitor: Any, start_run: Any) -> None:
    run = start_run("roles", id="roles", intent=INTENT)
    log_steps(run, 1, 100)
    run.log({"eval/loss": 0.3, "eval/kd_loss": 0.2, "eval/lm_loss": 0.4, "gpu/temperature": 61.0}, step=100)
    visitor.open_run("roles")
    expect(visitor.chart("ratio").locator(".headline")).to_contain_text(" at 100")
    median = 8.4 * (1 / 50 + 1 / 51) / 2  # of the last 50 updates of 4 batches, which is all 100
    assert visitor.table_of("ratio") == [["100", f"{0.3 / median:#.4g}"]]
    expect(visitor.chart("lr").locator(".caption")).to_have_text("Dashed: declared, linear, warm-up 20 updates.")
    assert visitor.table_of("lr")[0][:2] == ["100", "7.965738758029979e-6"]
    expect(visitor.chart("grad-norm").locator(".headline")).to_have_text("1.010 at 100")
    visitor.chart("throughput").scroll_into_view_if_needed()  # a chart is drawn where it can be seen
    expect(visitor.chart("throughput").locator(".headline")).to_have_text("1,100 tokens_per_s")
    expect(visitor.page.get_by_role("heading", name="gpu", exact=True)).to_be_attached()

    components = visitor.chart("components")
    components.get_by_role("button", name="weighted").click()
    expect(components.locator(".headline")).to_have_text("sum 0.08400")
    components.get_by_role("button", name="share").click()
    expect(components.locator(".labels")).to_contain_text("kd_loss 75.0%")
    visitor.assert_calm()


def test_the_declared_rate_follows_to_the_last_point(visitor: Any, start_run: Any) -> None:
    run = start_run("declared", id="declared", intent=INTENT)
    log_steps(run, 1, 4)
    visitor.open_run("declared")
    expect(visitor.chart("lr").locator(".headline")).to_have_text("7.97e-6 at 4")
    log_steps(run, 5, 80)  # at once: the declared curve was asked for a moment ago
    expect(visitor.chart("lr").locator(".headline")).to_have_text("7.97e-6 at 80")
    visitor.table_of("lr")
    newest = visitor.chart("lr").locator("tbody tr").first
    expect(newest).to_have_text(re.compile(r"^80.*e-5$"))  # 3e-5 is reached at update 20, which is step 80


def test_a_learning_rate_of_zero_is_called_exact(visitor: Any, start_run: Any) -> None:
    run = start_run("stuck", id="stuck")
    run.log({"lr": 0.0, "train/loss": 2.0}, step=1)
    visitor.open_run("stuck")
    expect(visitor.chart("lr").locator(".headline")).to_have_text("0 (exact) at 1")


def test_a_nan_has_its_mark_with_component_and_action(visitor: Any, start_run: Any) -> None:
    run = start_run("sick", id="sick", intent=INTENT)
    log_steps(run, 1, 30)
    run.nonfinite(31, "lm_loss", "nan", "skipped_step")
    run.log_losses(31, raw={"kd_loss": 0.3, "lm_loss": math.nan}, weights={"kd_loss": 0.7, "lm_loss": 0.3}, total=0.3)
    log_steps(run, 32, 60)
    visitor.open_run("sick")
    expect(visitor.page.get_by_label("Verdict", exact=True)).to_contain_text("lm_loss")
    for name in ("train-loss", "components"):
        chart = visitor.chart(name)
        expect(chart.locator(".plot")).to_have_accessible_name(re.compile("lm_loss was NaN at step 31"))
        mark = chart.locator(".points path[d*='A']").last  # a circle with a cross: no other shape here has an arc
        expect(mark).to_be_visible()
        told = "lm_loss was NaN at step 31: the update was skipped (skipped_step)"
        chart.locator(".plot-box").hover()
        chart.get_by_role("button", name=told).hover()
        expect(chart.locator(".tip")).to_contain_text(told)
    visitor.assert_calm()


def test_it_recovers_from_a_restart_of_the_server(visitor: Any, start_run: Any) -> None:
    run = start_run("tough", id="tough")
    for step in range(1, 31):
        run.log({"train/loss": 8.4 / step}, step=step)
    visitor.open_run("tough")
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("0.2800 at 30")
    visitor.assert_calm()

    visitor.server.stop()
    expect(visitor.page.get_by_text("Reconnecting…")).to_be_visible()
    for step in range(31, 61):
        run.log({"train/loss": 8.4 / step}, step=step)
    visitor.server.start()
    expect(visitor.page.get_by_text("Reconnecting…")).to_be_hidden(timeout=20_000)
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("0.1400 at 60", timeout=60_000)
    assert [int(row[0]) for row in visitor.table_of("train-loss")] == list(range(60, 0, -1))
    assert visitor.page.evaluate("window.witness.shift") <= 0.01


def test_a_new_attempt_takes_the_place_of_what_it_repeats(visitor: Any, start_run: Any) -> None:
    run = start_run("again", id="again")
    for step in range(1, 41):
        run.log({"train/loss": float(step)}, step=step)
    visitor.open_run("again")
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("40.00 at 40")
    run.finish(timeout=10.0)
    run = start_run("again", id="again", resume="must")
    for step in range(21, 31):
        run.log({"train/loss": 100.0 + step}, step=step)
    expect(visitor.chart("train-loss").locator(".headline")).to_have_text("130.0 at 30")
    rows = visitor.table_of("train-loss")
    assert [int(row[0]) for row in rows] == list(range(30, 0, -1))
    assert [float(row[1]) for row in rows[:10]] == [100.0 + step for step in range(30, 20, -1)]
