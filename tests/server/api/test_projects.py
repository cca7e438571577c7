"""What projects and runs take is told, by page, and only to whoever asks for it."""

from typing import Any

POINTS = {"type": "columns", "steps": list(range(100)), "columns": {"loss": [step / 3 for step in range(100)]}}


def test_the_room_of_projects_and_runs(service: Any) -> None:
    for run_id, project in [("a", "p"), ("b", "p"), ("c", "q"), ("empty", "r")]:
        service.open(run_id, project=project)
    for run_id in "abc":
        service.tell(run_id, POINTS)
    service.tell("a", {"type": "finish", "ts": 5.0, "status": "finished"}, seq=2)
    runs = service.get("/sizes?limit=3").json()
    rest = service.get(f"/sizes?limit=3&cursor={runs['next']}").json()
    assert [one["run"] for one in runs["items"]] == ["a", "b", "c"]
    assert rest["next"] is None
    told = {one.pop("run"): one.pop("bytes") for one in runs["items"] + rest["items"]}
    assert told["empty"] == 0
    assert min(told[run_id] for run_id in "abc") > 100
    ended = {"project": "p", "name": "a", "state": "finished", "ended_at": 5.0}
    assert runs["items"][0] == ended
    sizes = {one["name"]: one["bytes"] for one in service.get("/projects?bytes=1").json()["items"]}
    assert sizes == {"p": told["a"] + told["b"], "q": told["c"], "r": 0}
    assert "bytes" not in service.get("/projects").json()["items"][0]


def test_sizes_of_one_project(service: Any) -> None:
    for run_id, project in [("a", "p"), ("b", "q")]:
        service.open(run_id, project=project)
    assert [one["run"] for one in service.get("/sizes?project=q").json()["items"]] == ["b"]
    assert service.get("/sizes?project=nothing").json() == {"items": [], "next": None}


def test_what_is_kept_of_a_project_is_told_with_it(serve: Any) -> None:
    keeping = {"short": {"retention_days": 1.5}, "free": {"retention_days": None, "quota_bytes": 10}}
    service = serve(retention_days=30, project_keeping=keeping)
    for name in ("short", "free", "usual"):
        service.open(name, project=name)
    kept = {
        one["name"]: (one["retention_days"], one["quota_bytes"]) for one in service.get("/projects").json()["items"]
    }
    assert kept == {"short": (1.5, None), "free": (None, 10), "usual": (30.0, None)}


def test_a_service_that_keeps_everything_says_so(service: Any) -> None:
    service.open("a", project="p")
    (told,) = service.get("/projects").json()["items"]
    assert (told["retention_days"], told["quota_bytes"]) == (None, None)
