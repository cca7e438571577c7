"""However a process ends, its run ends with the right status."""

import signal
from typing import Any

import pytest

OPEN = """
import signal, sys, time, threading, lineside
run = lineside.init(id="r", project="p")
run.log({"train/loss": 1.0}, step=0)
"""

FOREVER = (
    OPEN
    + """
print("ready", flush=True)
step = 0
while True:
    step += 1
    run.log({"train/loss": 1.0}, step=step)
"""
)


def ended(server: Any, process: Any) -> tuple[Any, ...]:
    out, err = process.communicate(timeout=40)
    finishes = server.events("r", "finish")
    assert len(finishes) == 1, (out, err)
    return process.returncode, finishes[0]["status"], finishes[0].get("error"), out, err


def test_a_normal_exit_finishes_the_run(server: Any, python: Any) -> None:
    code, status, error, _, err = ended(server, python(OPEN))
    assert (code, status, error) == (0, "finished", None)
    assert len(server.points("r")) == 1
    assert err.splitlines()[0].startswith("lineside: run ")
    assert err.splitlines()[0].endswith(f"→ {server.url}/#/runs/r")


def test_an_exception_fails_the_run_with_the_last_line_of_the_traceback(server: Any, python: Any) -> None:
    code, status, error, _, err = ended(server, python(OPEN + "raise ValueError('kd_loss is bad')"))
    assert (code, status, error) == (1, "failed", "ValueError: kd_loss is bad")
    assert "Traceback" in err


def test_an_exception_in_a_with_block_fails_the_run(server: Any, python: Any) -> None:
    script = "import lineside\nwith lineside.init(id='r') as run:\n    raise OSError('no disk')"
    code, status, error, _, _ = ended(server, python(script))
    assert (code, status, error) == (1, "failed", "OSError: no disk")


def test_finish_in_a_finally_knows_of_the_exception_on_its_way(server: Any, python: Any) -> None:
    script = OPEN + "try:\n    {}['lr']\nfinally:\n    lineside.finish()"
    _, status, error, _, _ = ended(server, python(script))
    assert (status, error) == ("failed", "KeyError: 'lr'")


def test_a_users_excepthook_is_called_too(server: Any, python: Any) -> None:
    hook = "import sys\nsys.excepthook = lambda *a: print('mine', a[0].__name__)\n"
    _, status, _, out, _ = ended(server, python(hook + OPEN + "1/0"))
    assert status == "failed"
    assert "mine ZeroDivisionError" in out


@pytest.mark.parametrize(
    ("leave", "expected"),
    [
        ("sys.exit(0)", (0, "finished", None)),
        ("sys.exit()", (0, "finished", None)),
        ("sys.exit(3)", (3, "failed", "SystemExit: 3")),
        ("sys.exit('no data')", (1, "failed", "SystemExit: no data")),
        ("sys.exit(143)", (143, "stopped", None)),
        ("raise KeyboardInterrupt", (-signal.SIGINT, "stopped", None)),
    ],
)
def test_a_way_to_leave_has_its_status(server: Any, python: Any, leave: Any, expected: Any) -> None:
    assert ended(server, python(OPEN + leave))[:3] == expected


def test_system_exit_in_a_with_block(server: Any, python: Any) -> None:
    script = "import lineside\nwith lineside.init(id='r'):\n    raise SystemExit(4)"
    assert ended(server, python(script))[:3] == (4, "failed", "SystemExit: 4")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_logging_stops_the_run(server: Any, python: Any, lines: Any, number: Any) -> None:
    process = python(FOREVER)
    lines(process, "ready")
    process.send_signal(number)
    code, status, error, _, _ = ended(server, process)
    assert (code, status, error) == (-number, "stopped", None)
    steps = [point.step for point in server.points("r")]
    assert steps == list(range(len(steps)))


def test_sigterm_while_sleeping_stops_the_run(server: Any, python: Any, lines: Any) -> None:
    process = python(OPEN + "print('ready', flush=True)\ntime.sleep(60)")
    lines(process, "ready")
    process.send_signal(signal.SIGTERM)
    assert ended(server, process)[:3] == (-signal.SIGTERM, "stopped", None)


def test_sigterm_calls_a_users_handler_that_lets_training_end_by_itself(server: Any, python: Any, lines: Any) -> None:
    script = """
import signal, lineside
asked = []
signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
run = lineside.init(id="r")
print("ready", flush=True)
step = 0
while not asked:
    step += 1
    run.log({"train/loss": 1.0}, step=step)
run.log({"eval/loss": 2.0}, step=step)
print("asked", asked, flush=True)
"""
    process = python(script)
    lines(process, "ready")
    process.send_signal(signal.SIGTERM)
    code, status, _, out, _ = ended(server, process)
    assert (code, status) == (0, "stopped")
    assert f"asked [{int(signal.SIGTERM)}]" in out
    assert server.points("r")[-1].values == {"eval/loss": 2.0}


def test_a_users_handler_that_exits_is_obeyed(server: Any, python: Any, lines: Any) -> None:
    script = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *a: sys.exit(7))\n" + FOREVER
    process = python(script)
    lines(process, "ready")
    process.send_signal(signal.SIGTERM)
    assert ended(server, process)[:2] == (7, "stopped")


def test_sigterm_that_is_ignored_changes_nothing(server: Any, python: Any, lines: Any) -> None:
    script = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + OPEN
    process = python(script + "print('ready', flush=True)\nsys.stdin.readline() if 0 else time.sleep(0.3)")
    lines(process, "ready")
    process.send_signal(signal.SIGTERM)
    assert ended(server, process)[:2] == (0, "finished")


def test_a_handler_that_logs_while_log_is_interrupted_does_not_hang(server: Any, python: Any) -> None:
    script = """
import itertools, signal, lineside
seen, count = [], itertools.count()
def handler(number, frame):
    mark = next(count)  # one act: the handler may interrupt itself
    lineside.log({"signals": mark})
    seen.append(mark)
run = lineside.init(id="r")
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
while len(seen) < 200:
    run.log({"train/loss": 1.0})
signal.setitimer(signal.ITIMER_REAL, 0)
print(len(seen))
"""
    code, status, _, out, _ = ended(server, python(script))
    assert (code, status) == (0, "finished")
    marks = [point.values["signals"] for point in server.points("r") if "signals" in point.values]
    assert sorted(marks) == list(range(int(out)))
    steps = sorted(point.step for point in server.points("r"))
    assert steps == list(range(len(steps)))


def test_hooks_are_gone_after_the_last_run(server: Any, python: Any) -> None:
    script = """
import atexit, signal, sys, lineside
before = (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM))
a = lineside.init(id="r")
assert sys.excepthook is not before[0]
a.finish()
assert (sys.excepthook, sys.exit, signal.getsignal(signal.SIGTERM)) == before
"""
    assert ended(server, python(script))[:2] == (0, "finished")


def test_a_server_that_is_away_does_not_hold_up_sigterm_for_long(python: Any, lines: Any) -> None:
    process = python(FOREVER, LINESIDE_SERVER="http://127.0.0.1:9")
    lines(process, "ready")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=15)
    assert process.returncode == -signal.SIGTERM


def test_a_secret_in_an_error_does_not_leave(server: Any, python: Any) -> None:
    script = OPEN + "run.config['db_password'] = 'hunter2hunter2'\nraise ValueError('login hunter2hunter2, token=abc')"
    _, _, error, _, _ = ended(server, python(script, MY_SECRET="swordfish1"))
    assert error == "ValueError: login [redacted], token=[redacted]"
