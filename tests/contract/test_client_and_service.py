"""What the client says is what the service holds."""

import json
import math
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import lineside
from lineside_server.store.runs import get_run

VALUES = [7.965738758029979e-06, 5e-324, -0.0, 1.7976931348623157e308, math.nan, math.inf, -math.inf, 0.1 + 0.2]
KEYS = ["train/kd_loss", "eval/🚂/loss", "a/b/c/d", " odd, \"key\" '✓'", "ключ", "x" * 256]

EIGHTH = """
import sys, lineside
number = int(sys.argv[2])
run = lineside.init(project="eight", name=f"run {number}", id=f"run-{number}", server=sys.argv[1])
for step in range(2000):
    run.log({"train/loss": number + step / 7, "lr": 1e-5 * step}, step=step)
sys.exit(0 if run.finish() else 1)
"""


@pytest.fixture
def start(live_server: Any, tmp_path: Path) -> Iterator[Callable[..., lineside.Run]]:
    runs: list[lineside.Run] = []

    def init(run_id: str, **options: Any) -> lineside.Run:
        runs.append(lineside.init(id=run_id, server=live_server.url, dir=str(tmp_path / "spool"), **options))
        return runs[-1]

    yield init
    for run in runs:
        run.finish(timeout=5.0)


def test_eight_processes_at_once_into_a_fresh_service(live_server: Any, held: Any, trainer: Any) -> None:
    processes: list[subprocess.Popen[str]] = [trainer(EIGHTH, live_server.url, str(number)) for number in range(8)]
    assert [process.wait(120) for process in processes] == [0] * 8
    told = held(live_server.url)
    assert {run["id"]: run["state"] for run in told.runs()} == {f"run-{number}": "finished" for number in range(8)}
    for number in range(8):
        loss = told.series(f"run-{number}", "train/loss")
        assert loss["step"] == list(range(2000))
        assert loss["value"] == [number + step / 7 for step in range(2000)]
        assert loss["corrected"] == 0
        assert told.series(f"run-{number}", "lr")["value"] == [1e-5 * step for step in range(2000)]


def test_every_value_and_every_key_arrives_as_it_was(live_server: Any, held: Any, start: Any) -> None:
    run = start("exact")
    for step, value in enumerate(VALUES):
        run.log(dict.fromkeys(KEYS, value), step=step)
    assert run.finish()
    told = held(live_server.url)
    for key in KEYS:
        series = told.series("exact", key)
        finite = [value if math.isfinite(value) else None for value in VALUES]
        assert [repr(value) for value in series["value"]] == [repr(value) for value in finite]
        assert [(one["step"], one["kind"]) for one in series["nonfinite"]] == [(4, "nan"), (5, "inf"), (6, "-inf")]


def test_steps_that_repeat_and_go_back(live_server: Any, held: Any, start: Any) -> None:
    run = start("back")
    for step, value in [(1, 1.0), (5, 5.0), (3, 3.0), (5, 50.0), (1, 10.0)]:
        run.log({"a": value}, step=step)
    run.log({"a": 6.0})
    assert run.finish()
    told = held(live_server.url)
    series = told.series("back", "a")
    assert list(zip(series["step"], series["value"], strict=True)) == [(1, 10.0), (3, 3.0), (5, 50.0), (6, 6.0)]
    assert series["corrected"] == 2
    assert len(told.run("back")["attempts"]) == 1


def test_a_resumed_run_that_goes_back_is_a_new_attempt(live_server: Any, held: Any, start: Any) -> None:
    run = start("again")
    for step in range(10):
        run.log({"a": 1.0}, step=step)
    assert run.finish()
    run = start("again", resume="must")
    for step in range(6, 9):
        run.log({"a": 2.0}, step=step)
    assert run.finish()
    told = held(live_server.url)
    assert told.series("again", "a")["value"] == [1.0] * 6 + [2.0] * 3
    assert told.series("again", "a", attempt=1)["value"] == [1.0] * 10
    assert [(one["attempt"], one["first_step"]) for one in told.run("again")["attempts"]] == [(1, 0), (2, 6)]


def test_log_without_a_step_goes_on_after_the_last(live_server: Any, held: Any, start: Any) -> None:
    run = start("steps")
    for _ in range(3):
        run.log({"a": 1.0})
    assert run.finish()
    run = start("steps", resume="must")
    run.log({"a": 2.0})
    assert run.finish()
    assert held(live_server.url).series("steps", "a")["value"] == [1.0, 1.0, 1.0, 2.0]


def test_losses_and_what_is_not_finite_in_them(live_server: Any, held: Any, start: Any) -> None:
    run = start("losses", intent={"losses": {"kd_loss": {"weight": 0.7}}, "accumulation": 2, "total_steps": 10})
    run.log_losses(4, raw={"kd_loss": 2.0, "lm_loss": math.nan}, weights={"kd_loss": 0.7, "lm_loss": 0.3}, total=1.4)
    run.nonfinite(5, "lm_loss", "inf", "skipped_step")
    run.note("look <here>", step=5)
    run.checkpoint("step-5.pt", step=5)
    assert run.finish("stopped")
    told = held(live_server.url)
    view = told.run("losses")
    assert (view["state"], view["update"]) == ("stopped", {"done": 2, "total": 5})
    roles = {key: view["roles"].get(key) for key in ("train/loss", "train/kd_loss", "train/weight/kd_loss")}
    assert list(roles.values()) == ["train.loss", "train.component", "weight"]
    events = told.events("losses", "nonfinite")
    assert [(one["step"], one["component"], one["value"], one["action"]) for one in events] == [
        (4, "lm_loss", "nan", "none"),
        (5, "lm_loss", "inf", "skipped_step"),
    ]
    assert told.events("losses", "note")[0]["text"] == "look <here>"
    assert told.events("losses", "checkpoint")[0]["path"] == "step-5.pt"


def test_a_later_declaration_is_merged_over_the_earlier(live_server: Any, held: Any, start: Any) -> None:
    run = start("config", config={"a": 1, "b": 2, "api_key": "s3cret"}, intent={"epochs": 1}, tags=["x"], group="g")
    run.update_config({"b": 3})
    run.update_intent({"total_steps": 100})
    run.log({"a": 1.0}, step=50)
    assert run.finish()
    view = held(live_server.url).run("config")
    assert (view["config"]["a"], view["config"]["b"]) == (1, 3)
    assert "s3cret" not in str(view)
    assert view["intent"]["total_steps"] == 100
    assert view["intent"]["epochs"] == 1
    assert (view["tags"], view["group"], view["progress"]["fraction"]) == (["x"], "g", 0.5)


def test_a_stop_is_learnt_from_the_next_answer(live_server: Any, held: Any, trainer: Any) -> None:
    process = trainer(
        """
import sys, lineside
run = lineside.init(id="stop", server=sys.argv[1])
run.log({"a": 1.0}, step=0)
print("begun", flush=True)
step = 0
while not run.should_stop:
    step += 1
    run.log({"a": 1.0}, step=step)
run.finish("stopped")
""",
        live_server.url,
    )
    assert process.stdout.readline() == "begun\n"
    told = held(live_server.url)
    while "stop" not in {run["id"] for run in told.runs()}:
        assert process.poll() is None
    told.post("/runs/stop/stop")
    assert process.wait(60) == 0
    assert told.run("stop")["state"] == "stopped"


def issued(server: Any, **told: Any) -> Any:
    asked = urllib.request.Request(
        f"{server.url}/tokens",
        json.dumps({"name": "trainer", **told}).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer sesame"},
    )
    with urllib.request.urlopen(asked) as answer:
        return json.load(answer)


def test_a_token_that_may_write_is_all_that_a_trainer_needs(make_server: Any, tmp_path: Path) -> None:
    server = make_server(token="sesame")
    options = {"server": server.url, "dir": str(tmp_path / "spool")}
    token = issued(server, scope="write", project="vision")["token"]
    with lineside.init(id="mine", token=token, **options) as run:
        for step in range(20):
            run.log({"train/loss": 1.0 / (step + 1)}, step=step)
    assert get_run(server.store, "mine").project == "vision"
    assert get_run(server.store, "mine").last_step == 19
    assert get_run(server.store, "mine").state == "finished"


@pytest.mark.parametrize(
    ("told", "project", "sentence"),
    [
        ({"scope": "read"}, None, "This takes a token with the scope write; the token “trainer” has the scope read."),
        ({"project": "vision"}, "speech", "This reaches beyond the project “vision”"),
    ],
)
def test_a_trainer_is_told_what_its_token_lacks(  # noqa: PLR0917 - fixtures come by name
    make_server: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], told: Any, project: str | None, sentence: str
) -> None:
    server = make_server(token="sesame")
    token = issued(server, **told)["token"]
    run = lineside.init(id="refused", project=project, token=token, server=server.url, dir=str(tmp_path / "spool"))
    run.log({"a": 1.0}, step=0)
    assert not run.finish(timeout=5.0)
    told_by_the_client = capfd.readouterr().err
    assert sentence in told_by_the_client
    assert "LINESIDE_TOKEN" in told_by_the_client
    assert token not in told_by_the_client


def test_a_token_is_asked_for_and_given(make_server: Any, tmp_path: Path) -> None:
    server = make_server(token="sesame")
    options = {"server": server.url, "dir": str(tmp_path / "spool")}
    refused = lineside.init(id="refused", token="wrong", **options)
    refused.log({"a": 1.0}, step=0)
    assert not refused.finish(timeout=5.0)
    welcome = lineside.init(id="welcome", token="sesame", **options)
    welcome.log({"a": 1.0}, step=0)
    assert welcome.finish()
