"""`lineside diagnose`: what it prints, and how it ends."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import typer

from lineside_server.console import run_app
from lineside_server.diagnose import main

START = {"type": "start", "name": "small", "config": {}, "intent": {}, "ts": 0.0}


def write(path: Path, losses: list[float | str], **start: Any) -> Path:
    events = [START | start]
    for step, loss in enumerate(losses):
        events.append({"type": "metrics", "step": step, "ts": float(step), "values": {"train/loss": loss, "lr": 1e-3}})
    path.write_text("\n".join(map(json.dumps, events)))
    return path


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    return write(tmp_path / "quiet.jsonl", [2.0 - step / 1000 for step in range(400)])


@pytest.fixture
def ill(tmp_path: Path) -> Path:
    return write(tmp_path / "ill.jsonl", [2.0, "nan", "nan", "nan", 2.0])


def run(capsys: Any, *arguments: Any) -> tuple[int, str, str]:
    code = main(["diagnose", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_quiet_run_ends_with_0_and_says_what_was_not_checked(capsys: Any, quiet: Path) -> None:
    code, out, _ = run(capsys, quiet)
    assert code == 0
    assert "Nothing wrong can be seen" in out
    assert "grad-norm: No gradient norm is logged" in out


def test_an_ill_run_ends_with_1_and_says_what_is_wrong_and_what_to_do(capsys: Any, ill: Path) -> None:
    code, out, _ = run(capsys, ill)
    assert code == 1
    assert "CRITICAL nonfinite" in out
    assert "Do: " in out


def test_json_is_as_documented_for_a_file_and_for_a_folder(capsys: Any, ill: Path, quiet: Path) -> None:
    code, out, _ = run(capsys, ill, "--json")
    told = json.loads(out)
    assert code == 1
    assert set(told) == {"file", "name", "verdict", "findings", "checks"}
    assert (told["name"], told["verdict"]) == ("small", "critical")
    (finding,) = [one for one in told["findings"] if one["rule"] == "nonfinite"]
    assert finding["opened_step"] == 1
    assert {"title", "evidence", "causes", "actions", "cannot_tell", "severity", "parent"} <= set(finding)
    assert {"rule", "verdict", "reason"} <= set(told["checks"][0])
    code, out, _ = run(capsys, ill.parent, "--json")
    assert code == 1
    assert [one["verdict"] for one in json.loads(out)["runs"]] == ["critical", "healthy"]


def test_usage_and_failures_are_told_apart(capsys: Any, tmp_path: Path, quiet: Path) -> None:
    assert run(capsys, tmp_path / "nowhere")[0] == 2
    assert run(capsys, quiet, "--map", "nonsense")[0] == 2
    assert run(capsys)[0] == 2
    broken = tmp_path / "broken.txt"
    broken.write_text("no run at all")
    code, _, err = run(capsys, broken)
    assert code == 3
    assert "is no recorded run" in err


def test_a_file_cut_short_in_a_folder_stops_no_other(capsys: Any, tmp_path: Path, quiet: Path) -> None:
    packed = gzip.compress(quiet.read_bytes())
    (tmp_path / "a_cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    code, out, err = run(capsys, tmp_path)
    assert code == 0
    assert "Nothing wrong" in out
    assert "a_cut" in err


def test_a_run_of_loss_and_rate_alone_is_told_what_to_log(capsys: Any, quiet: Path) -> None:
    _, out, _ = run(capsys, quiet, "--json")
    reasons = {
        check["rule"]: check["reason"] for check in json.loads(out)["checks"] if check["verdict"] == "not_checked"
    }
    assert {"lr-schedule", "train-eval-scale", "loss-sum", "grad-norm", "skipped-steps", "initial-loss"} <= set(reasons)
    for rule, reason in reasons.items():
        assert reason.endswith((".", ")")), rule
    for rule in ("grad-norm", "skipped-steps", "train-eval-scale", "memory-growth"):
        assert "`" in reasons[rule], reasons[rule]


def test_an_error_of_our_own_never_looks_like_a_finding(capsys: Any) -> None:
    app = typer.Typer()

    @app.command()
    def broken() -> None:
        raise RuntimeError("broken")

    assert run_app(app, []) == 3
    assert "RuntimeError: broken" in capsys.readouterr().err
