"""The public surface is exactly what it says, cheap to import, and at home where wandb was."""

import sys
from pathlib import Path
from typing import Any

import pytest

import lineside


def test_all_is_what_can_be_imported() -> None:
    shown = {name for name in vars(lineside) if not name.startswith("_")} - {"TYPE_CHECKING", "Any"}
    assert sorted(shown | {"__version__", "config", "run", "summary"}) == lineside.__all__


def test_there_is_no_other_name() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        lineside.nothing  # noqa: B018 - the access is the test


def test_the_functions_of_the_module_act_on_the_current_run(server: Any, spool_dir: Path) -> None:
    import lineside as wandb  # noqa: PLC0415 - as a user writes it

    wandb.init(project="p", config={"lr": 1}, server=server.url, dir=spool_dir)
    run = wandb.run
    assert run is not None
    wandb.config.update({"epochs": 3})
    wandb.config.seed = 4
    assert wandb.config["epochs"] == 3
    wandb.log({"loss": 0.5})
    wandb.log({"loss": 0.25}, step=7)
    wandb.summary["best"] = 0.25
    wandb.alert(title="t", text="x")
    wandb.define_metric("loss", summary="min")
    lineside.log_losses(8, raw={"kd": 1.0}, total=1.0)
    lineside.nonfinite(8, "kd", "nan")
    lineside.note("n")
    lineside.checkpoint("c")
    lineside.epoch(1)
    lineside.system({"a": 1})
    lineside.print_line("p")
    lineside.update_config({"more": 1})
    lineside.update_intent({"total_steps": 10})
    assert wandb.finish()
    assert sorted(point.step for point in server.points(run.id)) == [0, 7, 8]
    assert {event["type"] for event in server.events(run.id)} == {
        "config", "alert", "nonfinite", "note", "checkpoint", "epoch", "system", "log", "intent", "finish"
    }  # fmt: skip


def test_without_a_run_it_says_so_once(python: Any) -> None:
    script = "import lineside\nfor _ in range(3):\n    lineside.log({'a': 1})\nprint(lineside.run, lineside.finish())"
    process = python(script)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert out == "None True\n"
    assert err.count("There is no run yet") == 1


def test_importing_it_brings_nothing_heavy(python: Any) -> None:
    script = """
import sys, lineside
run = lineside.init(id="light")
run.log({"a": 1})
run.finish()
print(sorted(set(sys.modules) & {"http.client", "email", "ssl", "argparse", "random", "dataclasses", "inspect",
                                 "subprocess", "tempfile", "importlib.metadata", "traceback", "logging"}))
"""
    process = python(script)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert out == "[]\n"


def test_the_package_is_typed() -> None:
    assert (Path(lineside.__file__).parent / "py.typed").is_file()
    assert "lineside" in sys.modules
