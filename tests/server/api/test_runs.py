"""Runs over HTTP: opened, resumed, listed, changed, stopped, hidden and brought back."""

import json
from typing import Any

import msgspec
import pytest
import zstandard

from lineside_server.core.clock import ManualClock

JSON = {"Content-Type": "application/json"}


def test_a_run_is_opened_and_told_in_full(service: Any) -> None:
    run = service.open(
        "alice", project="p", config={"lr": 3e-5}, intent={"total_steps": 10}, tags=["b", "a"], group="g"
    )
    assert run["state"] == "running"
    assert (run["project"], run["config"], run["tags"], run["group"]) == ("p", {"lr": 3e-5}, ["a", "b"], "g")
    assert run["progress"] == {"step": None, "total_steps": 10, "fraction": None, "steps_per_s": None, "eta_s": None}
    assert run["health"]["verdict"] == "unknown"
    assert service.get("/runs/alice").json() == run


def test_a_run_without_an_id_gets_one(service: Any) -> None:
    first, second = (service.post("/runs", json={}).json() for _ in range(2))
    assert first["id"] != second["id"]
    assert first["project"] == "default"


def test_never_allow_and_must(service: Any) -> None:
    assert service.post("/runs", json={"id": "alice", "resume": "must"}).status_code == 404
    assert service.post("/runs", json={"id": "alice", "resume": "allow"}).status_code == 201
    assert service.post("/runs", json={"id": "alice"}).status_code == 409
    assert service.post("/runs", json={"id": "alice", "resume": "never"}).status_code == 409
    assert service.post("/runs", json={"id": "alice", "resume": "allow"}).status_code == 200
    assert service.post("/runs", json={"id": "alice", "resume": "must"}).status_code == 200


def test_the_same_writer_asking_again_lost_an_answer(service: Any) -> None:
    opened = service.post("/runs", json={"id": "alice", "writer": "w1"})
    again = service.post("/runs", json={"id": "alice", "writer": "w1"})
    assert (opened.status_code, again.status_code) == (201, 200)
    assert opened.json() == again.json()
    assert service.post("/runs", json={"id": "alice", "writer": "w2"}).status_code == 409


def test_a_body_may_be_packed_and_compressed(service: Any) -> None:
    told = {"id": "alice", "config": {"🚂": [1, 2.5, None, "x"]}}
    packed = zstandard.compress(msgspec.msgpack.encode(told))
    headers = {"Content-Type": "application/msgpack", "Content-Encoding": "zstd"}
    answer = service.post("/runs", content=packed, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["config"] == {"🚂": [1, 2.5, None, "x"]}


def test_a_config_that_is_not_finite_never_comes_back_as_a_bare_token(service: Any) -> None:
    packed = msgspec.msgpack.encode({"id": "alice", "config": {"clip": float("inf")}})
    service.post("/runs", content=packed, headers={"Content-Type": "application/msgpack"})
    told = json.loads(service.get("/runs/alice").text, parse_constant=pytest.fail)
    assert told["config"] == {"clip": "inf"}


def test_the_list_is_paged_by_cursor_and_filtered(service: Any, clock: ManualClock) -> None:
    for number in range(7):
        clock.advance(1)
        service.open(f"run{number}", project="odd" if number % 2 else "even", tags=[f"t{number}"])
    seen, cursor = [], None
    while True:
        page = service.get(
            "/runs", params={"limit": 3, "order": "created_at", **({"cursor": cursor} if cursor else {})}
        )
        seen += [run["id"] for run in page.json()["items"]]
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert seen == [f"run{number}" for number in range(7)]

    def ids(**query: Any) -> Any:
        return {run["id"] for run in service.get("/runs", params=query).json()["items"]}

    assert ids(project="odd") == {"run1", "run3", "run5"}
    assert ids(tag="t4") == {"run4"}
    assert ids(q="RUN2") == {"run2"}
    assert ids(state="finished") == set()
    assert service.get("/runs?cursor=nonsense").status_code == 400


def test_a_person_changes_what_is_told_of_a_run(service: Any) -> None:
    service.open("alice", intent={"total_steps": 10, "epochs": 1})
    change = {"name": "Alice <b>", "tags": ["x"], "notes": "look", "intent": {"epochs": None, "accumulation": 4}}
    run = service.patch("/runs/alice", json=change).json()
    assert (run["name"], run["tags"], run["notes"]) == ("Alice <b>", ["x"], "look")
    assert run["intent"] == {"total_steps": 10, "accumulation": 4}
    run = service.patch("/runs/alice", json={"state": "failed", "state_reason": "power cut"}).json()
    assert (run["state"], run["state_reason"]) == ("failed", "power cut")
    assert run["ended_at"] is not None
    assert run["notes"] == "look"


def test_a_stop_reaches_the_trainer_in_its_next_answer(service: Any) -> None:
    service.open("alice")
    assert service.tell("alice", {"type": "heartbeat"}, seq=1)["commands"] == []
    assert service.post("/runs/alice/stop", headers=JSON).json()["stop_requested"] is True
    assert service.tell("alice", {"type": "heartbeat"}, seq=2)["commands"] == ["stop"]


def test_a_deleted_run_is_hidden_and_can_be_brought_back(service: Any) -> None:
    service.open("alice")
    service.tell("alice", {"type": "metrics", "step": 1, "values": {"a": 1}})
    assert service.delete("/runs/alice").json()["deleted"] is True
    assert service.get("/runs/alice").status_code == 404
    assert service.get("/runs/alice/metrics").status_code == 404
    assert service.get("/runs").json()["items"] == []
    assert [run["id"] for run in service.get("/runs?deleted=1").json()["items"]] == ["alice"]
    refused = service.post("/runs/alice/events", json={"writer": "w", "seq": 9, "events": []})
    assert refused.status_code == 404
    assert service.post("/runs/alice/restore", headers=JSON).json()["deleted"] is False
    assert service.series("alice", "a")["value"] == [1.0]


def test_a_purged_run_is_gone_and_its_id_free(service: Any) -> None:
    service.open("alice")
    assert service.delete("/runs/alice?purge=1").status_code == 200
    assert service.get("/runs?deleted=1").json()["items"] == []
    assert service.post("/runs/alice/restore", headers=JSON).status_code == 404
    assert service.post("/runs", json={"id": "alice"}).status_code == 201


def test_projects_are_counted_by_state(service: Any) -> None:
    for run_id, project in [("a", "p"), ("b", "p"), ("c", "q")]:
        service.open(run_id, project=project)
    service.tell("a", {"type": "finish", "status": "failed"})
    page = service.get("/projects?limit=1").json()
    kept = {"retention_days": None, "quota_bytes": None}
    assert page["items"] == [{"name": "p", "runs": 2, "states": {"failed": 1, "running": 1}} | kept]
    assert service.get(f"/projects?cursor={page['next']}").json() == {
        "items": [{"name": "q", "runs": 1, "states": {"running": 1}} | kept],
        "next": None,
    }
    assert service.get("/projects?cursor=x").status_code == 400


def test_users_texts_come_back_as_data_and_never_as_markup(service: Any) -> None:
    nasty = "<script>alert(1)</script>\u2028{{7*7}}'\"&"
    run = service.open("alice", name=nasty, project=nasty, config={nasty: nasty}, tags=[nasty])
    assert run["name"] == nasty
    answer = service.get("/runs/alice")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["config"] == {nasty: nasty}


def test_progress_and_roles_follow_the_run(service: Any, clock: ManualClock) -> None:
    intent = {"total_steps": 100, "step_unit": "batch", "accumulation": 4}
    service.open("alice", intent=intent, hello_ts=clock.now())
    start = clock.now()
    for place in range(4):
        clock.advance(10)
        steps = range(place * 10, place * 10 + 10)
        told = [{"type": "metrics", "step": s, "ts": start + s, "values": {"train/loss": 1, "lr": 0.1}} for s in steps]
        service.tell("alice", *told, seq=place + 1)
    run = service.get("/runs/alice").json()
    assert run["progress"]["step"] == 39
    assert run["progress"]["fraction"] == 0.39
    assert run["progress"]["steps_per_s"] == pytest.approx(1.0)
    assert run["progress"]["eta_s"] == pytest.approx(61.0)
    assert run["update"] == {"done": 9, "total": 25}
    assert run["roles"] == {"train/loss": "train.loss", "lr": "lr"}
    assert run["summary"]["train/loss"]["count"] == 40


@pytest.mark.parametrize("where", ["name", "project", "group"])
@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m", "\x7f", "\x9b31m", "x" * 10_000])
def test_a_name_is_short_and_without_control_characters(service: Any, where: str, name: str) -> None:
    answer = service.post("/runs", json={"id": "alice", where: name})
    assert answer.status_code == 422
    assert where in answer.json()["detail"]


def test_a_file_is_named_after_the_id_alone(service: Any) -> None:
    """A name could end the header or name another file; an id holds nothing that could."""
    service.open("alice", project='"; filename="../evil.exe')
    service.tell("alice", {"type": "metrics", "step": 1, "values": {'=HYPERLINK("http://evil.example")': 1.0}})
    answer = service.get("/runs/alice/metrics", params={"format": "csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="alice.csv"'
    assert answer.headers["content-type"].startswith("text/csv")
