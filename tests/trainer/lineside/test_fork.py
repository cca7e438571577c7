"""A forked child neither writes into its parent's spool nor sends for it."""

import os
import signal
from pathlib import Path
from typing import Any

from lineside._folder import Folder, leftovers

FORK = """
import os, sys, lineside
run = lineside.init(id="parent")
run.log({"a": 1}, step=0)
child = os.fork()
if child == 0:
    CHILD
os.waitpid(child, 0)
run.log({"a": 2}, step=1)
print("done", run.finish(), flush=True)
"""


def outcome(python: Any, lines: Any, child: str) -> str:
    process = python(FORK.replace("CHILD", child))
    assert lines(process, "done") == "done True"
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    return str(err)


def test_what_a_child_logs_is_dropped_and_said_once(server: Any, python: Any, lines: Any) -> None:
    child = "[run.log({'a': 9}, step=5) for _ in range(3)]; lineside.note('x'); sys.exit(3)"
    err = outcome(python, lines, child)
    assert [point.step for point in server.points("parent")] == [0, 1]
    assert [event["type"] for event in server.events("parent")] == ["finish"]
    assert server.status("parent") == "finished"
    assert err.count("was forked from the one that writes") == 1


def test_a_child_that_fails_is_not_the_end_of_the_run(server: Any, python: Any, lines: Any) -> None:
    outcome(python, lines, "raise ValueError('in the child')")
    assert server.status("parent") == "finished"


def test_a_child_can_have_a_run_of_its_own(server: Any, python: Any, lines: Any) -> None:
    child = "own = lineside.init(id='child'); own.log({'b': 1}); own.finish(); os._exit(0)"
    outcome(python, lines, child)
    assert len(server.points("child")) == 1
    assert server.status("child") == "finished"
    assert [point.step for point in server.points("parent")] == [0, 1]


def test_a_terminated_child_dies_as_it_would_without_us(server: Any, python: Any, lines: Any) -> None:
    err = outcome(python, lines, "import signal; os.kill(os.getpid(), signal.SIGTERM); os._exit(9)")
    assert server.status("parent") == "finished"
    assert "Traceback" not in err


def test_a_child_does_not_keep_the_lock_of_a_dead_parent(server: Any, python: Any, lines: Any, spool_dir: Any) -> None:
    script = """
import os, signal, sys, lineside
run = lineside.init(id="parent", mode="offline")
run.log({"a": 1}, step=0)
if os.fork() == 0:
    print("child", os.getpid(), flush=True)
    sys.stdout.close(); sys.stderr.close(); os.close(1); os.close(2)
    signal.pause()
os.kill(os.getpid(), signal.SIGKILL)
"""
    process = python(script)
    child = int(lines(process, "child").split()[1])
    process.wait(20)
    (path,) = leftovers(spool_dir)
    folder = Folder.adopt(path)
    os.kill(child, signal.SIGKILL)
    assert folder is not None
    folder.release()


def test_workers_of_multiprocessing_are_no_trouble(server: Any, python: Any, lines: Any) -> None:
    script = """
import multiprocessing, lineside
def work(n):
    lineside.log({"worker": n})
    return n
if __name__ == "__main__":
    run = lineside.init(id="parent")
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, range(4)))
    run.log({"a": 1})
    print("done", run.finish(), flush=True)
"""
    process = python(script)
    assert lines(process, "done") == "done True"
    assert [list(point.values) for point in server.points("parent")] == [["a"]]


def test_no_thread_of_ours_imports_anything(server: Any, python: Any, spool_dir: Path) -> None:
    """An import that a fork interrupts is locked in the child for ever, so threads must not import."""
    script = """
import sys, threading, lineside

class Watch:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            print("imported", name, flush=True)

sys.meta_path.insert(0, Watch())
run = lineside.init(id="r", resume="allow")
run.log({"a": 1})
run.note("x")
print("done", run.finish(), flush=True)
"""
    server.faults.extend([503, ("lost", None)])
    folder = Folder.create(spool_dir, {"writer": "w", "server": server.url, "mode": "online", "open": {"id": "o"}})
    folder.segment(1).write_bytes(b"rubbish")
    folder.release()
    process = python(script)
    out, err = process.communicate(timeout=40)
    assert out == "done True\n", err
    assert "o" in server.runs
