"""A disk that is full or read-only, on either side: said in words, survived, and nothing that was accepted is lost."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lineside
from lineside_server.core.clock import SystemClock
from lineside_server.store.engine import Store

SERVE = "import sys; from lineside_server.cli import main; sys.exit(main(['serve', '--port', '0', *sys.argv[1:]]))"
BLOCK = {"type": "columns", "columns": {key: [0.5 + n / 7 for n in range(2_000)] for key in "abcdefgh"}}

LOGGING = """
import sys, lineside
run = lineside.init(id="alice", server=sys.argv[1])
keys = [f"k{n}" for n in range(8)]
step = 0
for line in sys.stdin:
    for step in range(step, step + int(line)):
        run.log(dict.fromkeys(keys, step / 3), step=step)
    step += 1
    print(step, flush=True)
sys.exit(0 if run.finish(timeout=60) else 1)
"""


class Trainer:
    """Logs so many steps more whenever it is told to; told when their log() has returned."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def log(self, steps: int) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def finish(self) -> str:
        """End the run; what it said on the terminal."""
        _, said = self.process.communicate(timeout=90)
        assert self.process.returncode == 0, said
        assert "Traceback" not in said
        return said


@pytest.fixture
def begin(python: Any, tmp_path: Path) -> Callable[..., Trainer]:
    return lambda url, spool=tmp_path / "spool": Trainer(python(LOGGING, url, LINESIDE_DIR=str(spool)))


def assert_whole(talk: Any, steps: int) -> None:
    for key in ("k0", "k7"):
        series = talk.series(key)
        assert series["step"] == list(range(steps))
        assert series["value"] == [step / 3 for step in range(steps)]
        assert series["corrected"] == 0


def block(first: int) -> Any:
    return BLOCK | {"steps": list(range(first, first + 2_000))}


def assert_told_and_passed(server: Any, talk: Any, trainer: Trainer, wait: Any, recover: Callable[[], None]) -> None:
    """With the disk full: a batch is refused in words, reading and training go on; with room again, all is there."""
    before = trainer.log(1_000)
    refused = [talk.ship(1, block(0), run_id="bob") for _ in range(2)]
    for answer in refused:
        assert answer.status_code == 507
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "no room left" in answer.json()["detail"]
        assert "sqlite" not in answer.text.lower()
        assert str(Path.home()) not in answer.text
    assert talk.series("a", "bob")["count"] == 0, "nothing of it was half kept"
    assert talk.run("bob")["state"] == "running"
    assert talk.get("/readyz").status_code == 200, "what is stored is served"
    after = trainer.log(3_000)
    assert after == before + 3_000, "training goes on"
    failed = server.store.counters.failed_commits
    wait(lambda: server.store.counters.failed_commits > failed)  # the trainer was refused, too
    recover()
    assert talk.tell(1, block(0), run_id="bob")["duplicate"] is False
    assert talk.series("a", "bob")["count"] == 2_000
    trainer.finish()
    assert_whole(talk, after)
    assert talk.run()["state"] == "finished"
    assert talk.events("gap") == []


def test_a_database_that_may_not_grow(live_server: Any, talk: Any, begin: Any, wait: Any) -> None:
    talk.open("bob")
    trainer = begin(live_server.url)
    trainer.log(100)
    wait(lambda: talk.get("/runs/alice").status_code == 200 and talk.series("k0")["count"] == 100)

    def bound(more: int) -> None:
        def limit(connection: Any) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages + more}")

        live_server.store.submit(limit).result()

    bound(0)
    assert_told_and_passed(live_server, talk, trainer, wait, lambda: bound(1_000_000))


def test_a_disk_of_the_service_that_is_full(make_server: Any, speak: Any, begin: Any, wait: Any, mount: Any) -> None:
    disk = mount("disk", "-t", "tmpfs", "-o", "size=16m", "tmpfs")
    server = make_server(database=str(disk / "lineside.db"))
    talk = speak(server.url)
    talk.open("bob")
    trainer = begin(server.url)
    trainer.log(100)
    wait(lambda: talk.get("/runs/alice").status_code == 200 and talk.series("k0")["count"] == 100)
    fill(disk / "ballast")
    assert_told_and_passed(server, talk, trainer, wait, (disk / "ballast").unlink)


def test_a_disk_of_the_trainer_that_is_full(live_server: Any, speak: Any, begin: Any, wait: Any, mount: Any) -> None:
    disk = mount("disk", "-t", "tmpfs", "-o", "size=512k", "tmpfs")
    live_server.stop()
    trainer = begin(live_server.url, disk)
    logged = trainer.log(20_000)
    assert logged == 20_000, "training goes on"
    live_server.start()
    talk = speak(live_server.url)
    wait(lambda: talk.get("/runs/alice").status_code == 200 and not list(disk.rglob("00000001.seg")))
    total = trainer.log(1_000)
    said = trainer.finish()
    assert said.count("The spool cannot be written") == 1
    series = talk.series("k0")
    lost = sum(gap["records"] for gap in talk.events("gap"))
    assert lost > 0
    assert series["count"] + lost == total, "what is not there is told as a gap"
    assert series["value"] == [step / 3 for step in series["step"]]
    assert series["step"][-1_000:] == list(range(total - 1_000, total)), "the disk takes records again"


def fill(path: Path) -> None:
    """Leave not a byte on the disk."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


@pytest.fixture
def read_only(mount: Any, tmp_path: Path) -> Callable[[str], Path]:
    """Let a folder be read-only: for everybody but root its mode does that, for root a mount."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        if os.geteuid() != 0:
            for path in [*folder.iterdir(), folder]:
                path.chmod(0o555)
            return folder
        mount(name, "--bind", str(folder))
        return Path(mount(name, "-o", "remount,bind,ro"))

    return make


@pytest.mark.parametrize("there", [False, True], ids=["folder", "database"])
def test_what_is_read_only_at_the_start_is_said_in_a_sentence(read_only: Any, tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    if there:
        Store.open(str(folder / "lineside.db"), SystemClock()).close()
    read_only("data")
    command = [sys.executable, "-c", SERVE, "--database", str(folder / "lineside.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("lineside: The database lineside.db cannot be opened: Read-only file system") or (
        "Permission denied" in done.stderr
    )
    assert done.stderr.count("\n") == 1


def test_a_database_file_that_is_read_only_by_itself(mount: Any, tmp_path: Path) -> None:
    database = tmp_path / "data" / "lineside.db"
    database.parent.mkdir()
    Store.open(str(database), SystemClock()).close()
    (tmp_path / "data" / "lineside.db").chmod(0o444)
    arguments = ("--bind", str(database), str(database))
    if subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED: this user may not mount")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(database)], check=True)
        command = [sys.executable, "-c", SERVE, "--database", str(database)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        subprocess.run(["umount", str(database)], check=True)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("lineside: ")
    assert done.stderr.count("\n") == 1


def test_a_database_that_turns_read_only_while_it_is_served(
    live_server: Any, talk: Any, wait: Any, tmp_path: Path
) -> None:
    run = lineside.init(id="alice", server=live_server.url, dir=str(tmp_path / "spool"))
    run.log({"a": 0.0}, step=0)
    wait(lambda: talk.get("/runs/alice").status_code == 200 and talk.series("a")["count"] == 1)

    # The writer's own, held on to: once it is read-only no transaction can begin that would give it away.
    writing = live_server.store.submit(lambda connection: connection.connection.driver_connection).result()

    def protect(on: bool) -> None:
        writing.execute(f"PRAGMA query_only={on:d}")

    protect(on=True)
    for step in range(1, 500):
        run.log({"a": float(step)}, step=step)
    answer = talk.ship(1, {"type": "metrics", "step": 1, "values": {"b": 1}})
    assert answer.status_code == 503
    assert "read-only" in answer.json()["detail"]
    assert talk.post("/runs", json={"id": "new"}).status_code == 503
    wait(lambda: run.state == "waiting")
    assert talk.series("a")["count"] == 1, "what is stored is served"
    protect(on=False)
    assert run.finish(timeout=60)
    assert talk.series("a")["value"] == [float(step) for step in range(500)]
    assert talk.events("gap") == []
