"""What `log` returned for survives kill -9, and arrives once."""

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LOGGING = """
import sys, lineside
run = lineside.init(id="r", config={"lr": 1})
fd = sys.stdout.fileno()
import os
step = 0
while True:
    run.log({"train/loss": step / 3, "lr": 1e-3}, step=step)
    os.write(fd, b"%d\\n" % step)  # only now has log returned
    step += 1
"""


def returned(process: "subprocess.Popen[str]", at_least: int) -> int:
    """Kill a process in the middle of logging; return the last step for which `log` had returned."""
    assert process.stdout is not None
    last = -1
    while last < at_least:
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().splitlines()
    process.wait(20)
    whole = [line for line in rest if line]
    return int(whole[-1]) if whole else last


def sync(spool_dir: Path, *options: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "lineside._cli", "sync", str(spool_dir), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("at_least", [0, 10, 3_000, 60_000])
@pytest.mark.parametrize("online", [True, False])
def test_nothing_that_was_logged_is_lost_or_doubled(
    server: Any, python: Any, spool_dir: Path, at_least: int, online: bool
) -> None:
    if not online:
        server.stop()
    last = returned(python(LOGGING), at_least)
    if not online:
        server.start()
    code, told = sync(spool_dir)
    assert (code, told["spools"][0]["state"]) == (0, "sent")
    points = server.points("r")
    steps = [point.step for point in points]
    assert steps == list(range(len(steps)))
    assert len(steps) in (last + 1, last + 2)  # a record may be written whose call had not returned
    assert all(point.values == {"train/loss": point.step / 3, "lr": 1e-3} for point in points)
    assert server.contradictions == []
    assert list((spool_dir / "spool").iterdir()) == []
    assert sync(spool_dir) == (0, {"spools": []})


def test_a_file_size_limit_only_makes_more_files(server: Any, python: Any, lines: Any) -> None:
    limit = 50_000
    script = f"""
import resource, lineside
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
run = lineside.init(id="r")
for step in range(3_000):
    run.log({{"a": step, "b": 1}}, step=step)
print("done", run.finish(), flush=True)
"""
    process = python(script)
    assert lines(process, "done") == "done True"
    assert sorted(point.step for point in server.points("r")) == list(range(3_000))


def test_training_goes_on_when_nothing_can_be_written(server: Any, python: Any, lines: Any) -> None:
    script = """
import resource, lineside
run = lineside.init(id="r")
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
run.log({"a": 0}, step=0)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
for step in range(1, 100):
    run.log({"a": step}, step=step)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
run.log({"a": 100}, step=100)
print("done", run.finish(), flush=True)
"""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    process = python(script)
    assert lines(process, "done") == "done True"
    assert [point.step for point in server.points("r")] == [0, 100]
    (gap,) = server.events("r", "gap")
    assert (gap["records"], gap["from_step"], gap["to_step"]) == (99, 1, 99)


def test_a_spool_bound_holds_while_the_server_is_away(server: Any, python: Any, lines: Any, spool_dir: Path) -> None:
    server.stop()
    script = """
import lineside
run = lineside.init(id="r", spool_limit=200_000)
for step in range(20_000):
    run.log({"a": step}, step=step)
print("logged", flush=True)
input()
"""
    command = [sys.executable, "-c", script]
    env = {"LINESIDE_SERVER": server.url, "LINESIDE_DIR": str(spool_dir), "PATH": ""}
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert lines(process, "logged") == "logged"
        size = sum(path.stat().st_size for path in spool_dir.rglob("*.seg"))
        assert size <= 210_000
        server.start()
        _, err = process.communicate("\n", timeout=40)
    assert err.count("reached its limit of 200,000 bytes") == 1
    steps = [point.step for point in server.points("r")]
    dropped = sum(gap["records"] for gap in server.events("r", "gap"))
    assert steps[-1] == 19_999
    assert len(steps) + dropped == 20_000
    assert server.status("r") == "finished"
