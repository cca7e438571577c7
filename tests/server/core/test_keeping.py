"""What is let go of follows from age, number and room alone, and a run that goes on is never touched."""

from hypothesis import given
from hypothesis import strategies as st

from lineside_server.core.keeping import DAY_S, Holding, Keeping, let_go
from lineside_server.core.runs import ENDED, RUN_STATES

NOW = 1000.0


def run(name: str, ended: float, *, size: int = 10, project: str = "p") -> Holding:
    return Holding(name, project, name, "finished", ended, size)


def names(holdings: list[Holding], keeping: Keeping) -> list[str]:
    return [one.run_id for one in let_go(holdings, keeping, NOW)]


THREE = [run("old", 100.0), run("new", 900.0), run("middle", 500.0)]


def test_by_age() -> None:
    assert names(THREE, Keeping(older_than=400)) == ["old", "middle"]
    assert names(THREE, Keeping(older_than=500)) == ["old"]
    assert names(THREE, Keeping(older_than=0)) == ["old", "middle", "new"]


def test_by_number_in_each_project() -> None:
    others = [run("theirs", 1.0, project="q")]
    assert names(THREE + others, Keeping(last=1)) == ["old", "middle"]
    assert names(THREE + others, Keeping(last=0)) == ["old", "middle", "new", "theirs"]
    assert names(THREE, Keeping(last=3)) == []


def test_with_age_and_number_both_must_agree() -> None:
    assert names(THREE, Keeping(older_than=400, last=2)) == ["old"]
    assert names(THREE, Keeping(older_than=800, last=0)) == ["old"]


def test_by_room_the_oldest_go_until_the_project_fits() -> None:
    live = Holding("live", "p", "live", "running", None, 15)
    assert names(THREE, Keeping(quota=30)) == []
    assert names(THREE, Keeping(quota=29)) == ["old"]
    assert names([*THREE, live], Keeping(quota=29)) == ["old", "middle"]
    assert names([*THREE, live], Keeping(quota=1)) == ["old", "middle", "new"]
    assert names(THREE, Keeping(older_than=400, quota=10)) == ["old", "middle"]


def test_a_project_may_keep_other_than_the_rest() -> None:
    theirs = [run("theirs", 100.0, project="q"), run("kept", 100.0, project="r")]
    keeping = Keeping(older_than=400, projects={"q": Keeping(older_than=950), "r": Keeping()})
    assert names(THREE + theirs, keeping) == ["old", "middle"]
    assert names(THREE + theirs, Keeping(projects={"q": Keeping(quota=9)})) == ["theirs"]


def test_keeping_is_told_by_settings() -> None:
    assert Keeping.told() is None
    assert Keeping.told(projects={"p": {}}) is None
    assert Keeping.told(1) == Keeping(older_than=DAY_S)
    told = Keeping.told(1, 50, {"p": {"retention_days": 2}, "q": {"retention_days": None}, "r": {"quota_bytes": None}})
    assert told is not None
    assert told.of("anything") == told
    assert told.of("p") == Keeping(older_than=2 * DAY_S, quota=50)
    assert told.of("q") == Keeping(quota=50)
    assert told.of("r") == Keeping(older_than=DAY_S)
    assert Keeping.told(projects={"p": {"quota_bytes": 5}}) == Keeping(projects={"p": Keeping(quota=5)})


def test_nothing_goes_unasked() -> None:
    assert names(THREE, Keeping()) == []


holding = st.builds(
    Holding,
    st.uuids().map(str),
    st.sampled_from("pq"),
    st.just("n"),
    st.sampled_from(RUN_STATES),
    st.none() | st.floats(0, NOW),
    st.integers(0, 100),
)
bound = st.none() | st.integers(0, 300)


@given(st.lists(holding, max_size=20, unique_by=lambda one: one.run_id), bound, bound, bound)
def test_only_ended_runs_go_and_the_last_stay(
    holdings: list[Holding], age: int | None, last: int | None, quota: int | None
) -> None:
    gone = let_go(holdings, Keeping(older_than=age, last=last, quota=quota), NOW)
    assert len(set(gone)) == len(gone)
    assert all(one.state in ENDED for one in gone)
    for project in "pq":
        ended = [one for one in holdings if one.project == project and one.state in ENDED]
        kept = [one for one in ended if one not in gone]
        assert len(kept) >= min(last or 0, len(ended))
        if quota is not None and len(kept) > (last or 0):
            assert sum(one.bytes or 0 for one in holdings if one.project == project and one not in gone) <= quota
