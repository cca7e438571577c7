"""The rule book: what stands in it is what judges a run, and what is wrong in it is said with its place."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lineside_server.core.findings import Finding, Level
from lineside_server.core.rulebook import Entry, Scope
from lineside_server.errors import StartError
from lineside_server.rules.book import Book, rule_of
from lineside_server.rules.definition import RuleFaultError, RuleTold, entry_of
from lineside_server.rules.file import read_rules
from lineside_server.rules.model import NoState, Reading, Rule, Scene, Standing, levels_of, passing
from lineside_server.rules.own import Own

OWN = {"metric": "train/entropy", "op": "<", "value": 0.1}


@dataclass(frozen=True)
class Limits:
    most: float = 2.0
    points: int = 10


class Steep(Rule):
    """Fires at each value above `most`, and calls those above ten times that critical."""

    id = "steep"
    title = "Too steep"
    family = "numerics"
    Params = Limits
    State = NoState

    def observe(self, scene: Scene) -> Any:
        new = scene.tracks["x"].new
        levels = levels_of(len(new))
        levels[new.values > self.params.most] = Level.WARNING
        levels[new.values > 10 * self.params.most] = Level.CRITICAL
        yield Reading("x", new.steps, new.times, levels, lambda _: Finding("Steep", {}, {}, (0, 0), ("x",)))

    def standing(self, scene: Scene) -> Standing:
        return passing(f"Nothing above {self.params.most} by step {scene.to_step}.")


class Flat(Steep):
    id = "flat"


CATALOGUE: tuple[type[Rule], ...] = (Steep, Flat)


def book(*entries: Entry) -> Book:
    return Book(entries, CATALOGUE)


def entry(rule_id: str = "steep", scope: Any = None, **told: Any) -> Entry:
    return entry_of(rule_id, RuleTold.model_validate(told | {"scope": scope or {}}), CATALOGUE)


def ids(a_book: Book, project: str = "p", tags: tuple[str, ...] = (), run_id: str = "r") -> list[str]:
    return [rule.id for rule in a_book.rules_for(project, tags, run_id)]


def test_a_book_without_entries_is_the_catalogue_as_it_comes() -> None:
    first, second = (book().rules_for("p", (), "r") for _ in range(2))
    assert [(type(rule), rule.params) for rule in first] == [(Steep, Limits()), (Flat, Limits())]
    assert not {id(rule) for rule in first} & {id(rule) for rule in second}, "rules have a state: each run has its own"
    assert [rule.id for rule in Book().rules_for("p", (), "r")] == [rule.id for rule in Book().catalogue]


def test_an_entry_changes_the_parameters_that_it_names() -> None:
    (steep, _) = book(entry(params={"most": 3})).rules_for("p", (), "r")
    assert steep.params == Limits(most=3.0)
    assert isinstance(steep.params.most, float)


def test_a_rule_that_is_off_judges_nobody() -> None:
    assert ids(book(entry(enabled=False))) == ["flat"]
    assert ids(book(entry("mine", enabled=False, **OWN))) == ["steep", "flat"]


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        ({}, True),
        ({"project": "p"}, True),
        ({"project": "q"}, False),
        ({"tag": "b"}, True),
        ({"tag": "c"}, False),
        ({"run": "r"}, True),
        ({"project": "p", "tag": "b", "run": "s"}, False),
    ],
)
def test_an_entry_holds_within_its_scope(scope: Any, covers: bool) -> None:
    assert ids(book(entry(scope=scope, enabled=False)), "p", ("a", "b"), "r") == (
        ["flat"] if covers else ["steep", "flat"]
    )
    assert ("mine" in ids(book(entry("mine", scope=scope, **OWN)), "p", ("a", "b"), "r")) is covers


def test_own_rules_stand_behind_the_built_in_ones_by_id() -> None:
    mixed = book(entry("zebra", **OWN), entry("steep", params={"most": 5.0}), entry("ape", **OWN))
    assert ids(mixed) == ["steep", "flat", "ape", "zebra"]
    rules = mixed.rules_for("p", (), "r")
    assert isinstance(rules[2], Own)
    assert rules[2].title == "Your own rule on train/entropy"
    assert rules[2].params.level == Level.WARNING


def test_a_severity_goes_before_the_rules_own_grading(judge: Any) -> None:
    series = {"x": (range(4), [0.0, 3.0, 0.0, 30.0])}
    (steep, _) = book(entry(severity="info")).rules_for("p", (), "r")
    fired = judge(type(steep), series).fired
    assert [(one.step, one.level) for one in fired] == [(1, Level.INFO), (3, Level.INFO)]
    assert [one.level for one in judge(Steep, series).fired] == [Level.WARNING, Level.CRITICAL]


def test_entries_that_say_the_same_make_equal_rules() -> None:
    """What judges goes on with a rule of which neither kind nor parameters have changed."""
    for told in (entry(severity="info", params={"most": 5.0}), entry("mine", **OWN)):
        first, second = (
            next(rule for rule in book(told, other).rules_for("p", (), "r") if rule.id == told.id)
            for other in (entry("flat"), entry("flat", enabled=False))
        )
        assert first.mark == second.mark
        assert type(first) is type(second)


def test_entries_that_say_something_else_make_other_rules() -> None:
    told = [entry(), entry(severity="info"), entry(severity="warning"), entry(params={"most": 5.0})]
    told += [entry("mine", **OWN), entry("mine", **OWN | {"value": 0.2}), entry("mine", **OWN | {"for": {"steps": 3}})]
    rules = [rule for one in told for rule in book(one).rules_for("p", (), "r") if rule.id == one.id]
    assert len({rule.mark for rule in rules}) == len(told)


def test_the_version_changes_when_any_rule_does() -> None:
    books = [
        book(),
        Book((), (Steep,)),
        book(entry(params={"most": 3.0})),
        book(entry(params={"most": 4.0})),
        book(entry(severity="info")),
        book(entry(enabled=False)),
        book(entry(enabled=False, scope={"tag": "a"})),
        book(entry("mine", **OWN)),
        book(entry("mine", **OWN | {"value": 0.2})),
        book(entry("other", **OWN)),
    ]
    assert len({one.version for one in books}) == len(books)
    assert book(entry("a", **OWN), entry("b", **OWN)).version == book(entry("b", **OWN), entry("a", **OWN)).version


@pytest.mark.parametrize(
    ("rule_id", "told", "place", "fault"),
    [
        ("steep", {"params": {"mots": 1}}, "params.mots", "most, points"),
        ("steep", {"params": {"points": "many"}}, "params.points", "Expected `int`, got `str`"),
        ("steep", {"params": {"most": float("nan")}}, "params.most", "finite"),
        ("steep", {"window": 3}, "window", "the built-in rule steep has none"),
        ("steep", OWN, "metric", "the built-in rule steep has none"),
        ("mine", {}, "metric", "there is no built-in rule mine"),
        ("mine", OWN | {"params": {}}, "params", "only built-in rules"),
        ("My rule", OWN, "id", "lower-case"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_with_its_place(rule_id: str, told: Any, place: str, fault: str) -> None:
    with pytest.raises(RuleFaultError) as refused:
        entry(rule_id, **told)
    places = dict(refused.value.faults)
    assert fault in places[place]


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        (OWN | {"op": "~"}, "Input should be '<'"),
        (OWN | {"value": float("inf")}, "finite"),
        (OWN | {"reduce": "mean", "window": 5000}, "less than or equal to 1024"),
        (OWN | {"for": {"weeks": 1}}, "Extra inputs"),
        (OWN | {"widnow": 5}, "Extra inputs"),
    ],
)
def test_a_rule_of_ones_own_that_is_not_as_documented_is_refused(told: Any, fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        RuleTold.model_validate(told)


@pytest.mark.parametrize(
    ("told", "places", "fault"),
    [
        ({"metric": "x"}, ["op", "value"], "say what it is compared with"),
        ({"metric": "x", "op": "<"}, ["value"], "say what it is compared with"),
        (OWN | {"reduce": "share"}, ["over"], "name it in over"),
        (OWN | {"reduce": "slope", "over": "y"}, ["over"], "means nothing"),
        (OWN | {"reduce": "slope", "window": 1}, ["window"], "2 points"),
        (OWN | {"window": 5}, ["window"], "no window"),
        ({"metric": "x", "absent": True}, ["for"], "for how many steps or seconds"),
        ({"metric": "x", "absent": True, "for": {"steps": 1, "evals": 3}}, ["for.evals"], "no evals"),
        (OWN | {"absent": True, "for": {"steps": 3}}, ["op", "value"], "compares nothing"),
    ],
)
def test_a_rule_of_ones_own_that_means_nothing_is_refused_at_each_place(told: Any, places: Any, fault: str) -> None:
    with pytest.raises(RuleFaultError, match=fault) as refused:
        entry_of("mine", RuleTold.model_validate(told), CATALOGUE)
    assert [place for place, _ in refused.value.faults] == places


def test_a_rule_is_made_of_what_is_told_for_a_trial() -> None:
    assert rule_of({"id": "steep", "params": {"most": 7.0}}, CATALOGUE).params == Limits(most=7.0)
    assert rule_of(OWN | {"id": "mine", "enabled": False}, CATALOGUE).id == "mine"
    assert rule_of(OWN, CATALOGUE).id == "own"
    for wrong in ({"metric": "x"}, OWN | {"id": "steep"}):
        with pytest.raises(RuleFaultError):
            rule_of(wrong, CATALOGUE)


TOML = """
[rules.steep]
severity = "info"
params = {most = 3}
scope = {project = "p"}

[rules.entropy]
metric = "train/entropy"
reduce = "mean"
window = 50
op = "<"
value = 0.1
for = {steps = 200}
"""


def test_a_rules_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(TOML)
    steep, entropy = read_rules(file, CATALOGUE)
    assert steep == Entry(
        "steep", "built-in", {"severity": "info", "params": {"most": 3}}, True, Scope(project="p"), "file"
    )
    assert (entropy.id, entropy.kind, entropy.source) == ("entropy", "own", "file")
    (rule,) = [rule for rule in book(steep, entropy).rules_for("q", (), "r") if rule.id == "entropy"]
    assert (rule.params.window, rule.hold.steps) == (50, 200)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rules = 3", "nothing else"),
        ("[rule.steep]", "nothing else"),
        ("[rules.steep", "is no TOML"),
        ("[rules.steep]\nparams = {mots = 1}", r"rules\.steep\.params\.mots: the rule steep has these"),
        ('[rules.mine]\nmetric = "x"', r"rules\.mine\.op: say what it is compared with"),
        ("[rules.mine]\nwindow = 0\n[rules.steep]\nodd = 1", r"rules\.mine\.window: .*rules\.steep\.odd: "),
    ],
)
def test_a_rules_file_at_fault_is_refused_with_the_place(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text)
    with pytest.raises(StartError, match=fault):
        read_rules(file, CATALOGUE)


def test_a_rules_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot be read: No such file"):
        read_rules(tmp_path / "none.toml")
