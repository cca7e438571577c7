"""`kill -9` of the trainer and of the service in the middle: nothing that `log` returned for is lost or doubled."""

import subprocess
from typing import Any

import pytest

TRAINING = """
import os, sys, lineside
run = lineside.init(id="run", server=sys.argv[1])
for step in range(int(sys.argv[2])):
    run.log({"train/loss": step / 3, "lr": 1e-5}, step=step)
    os.write(1, b"%d\\n" % step)  # only now has log returned
sys.exit(0 if run.finish(timeout=60) else 1)
"""


def read_to(process: "subprocess.Popen[str]", step: int) -> None:
    """Wait until the trainer's `log` has returned for a step."""
    assert process.stdout is not None
    while int(process.stdout.readline()) < step:
        pass


def kill(process: "subprocess.Popen[str]", step: int) -> int:
    """Kill the trainer once it is past a step; return the last step for which `log` had returned."""
    read_to(process, step)
    process.kill()
    assert process.stdout is not None
    told = process.stdout.read().split()
    process.wait(30)
    return int(told[-1]) if told else step


def assert_whole(held: Any, steps: int) -> None:
    loss = held.series("run", "train/loss")
    assert loss["step"] == list(range(steps))
    assert loss["value"] == [step / 3 for step in range(steps)]
    assert loss["corrected"] == 0, "no point came twice"
    assert held.series("run", "lr")["count"] == steps


@pytest.mark.parametrize("at", [0, 7, 5_000, 40_000])
def test_the_trainer_is_killed(live_server: Any, held: Any, trainer: Any, sync: Any, at: int) -> None:
    process = trainer(TRAINING, live_server.url, "1000000")
    last = kill(process, at)
    assert sync() == 0
    steps = held(live_server.url).series("run", "train/loss")["count"]
    assert steps in (last + 1, last + 2), "a record may be written whose call had not returned"
    assert_whole(held(live_server.url), steps)


def test_the_service_is_killed_again_and_again(service: Any, held: Any, trainer: Any) -> None:
    steps = 60_000
    process = trainer(TRAINING, service.url, str(steps))
    for at in (1_000, 15_000, 30_000, 45_000):
        read_to(process, at)
        service.kill()
        read_to(process, at + 2_000)
        service.start()
    rest = process.stdout.read().split()
    assert int(rest[-1]) == steps - 1, "the loop went on while the service was away"
    assert process.wait(60) == 0
    assert_whole(held(service.url), steps)
    assert held(service.url).run("run")["state"] == "finished"


def test_both_are_killed(service: Any, held: Any, trainer: Any, sync: Any) -> None:
    process = trainer(TRAINING, service.url, "1000000")
    read_to(process, 20_000)
    service.kill()
    last = kill(process, 30_000)
    service.start()
    assert sync() == 0
    steps = held(service.url).series("run", "train/loss")["count"]
    assert steps in (last + 1, last + 2)
    assert_whole(held(service.url), steps)


def test_a_restart_of_the_service_keeps_the_run_alive(live_server: Any, held: Any, trainer: Any) -> None:
    process = trainer(TRAINING, live_server.url, "30000")
    read_to(process, 5_000)
    live_server.restart()
    process.stdout.read()
    assert process.wait(60) == 0
    assert_whole(held(live_server.url), 30_000)
