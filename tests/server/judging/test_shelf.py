"""The rule book as it stands: of the file and of the store, and told to those who judge by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineside_server.core.clock import ManualClock
from lineside_server.core.rulebook import Entry
from lineside_server.errors import Conflict, NotFound
from lineside_server.judging.shelf import Shelf
from lineside_server.rules.definition import RuleFaultError, RuleTold
from lineside_server.store.engine import Store
from lineside_server.store.rules import put_rule

OWN = RuleTold(metric="x", op=">", value=1.0)
IN_FILE = Entry("mine", "own", {"metric": "x", "op": ">", "value": 7.0}, source="file")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(str(tmp_path / "x.db"), ManualClock(1000.0))
    yield opened
    opened.close()


def test_whoever_listens_hears_of_the_book_and_of_each_change(store: Store) -> None:
    shelf, heard = Shelf(store), list[str]()
    shelf.listen(lambda book: heard.append(" ".join(entry.id for entry in book.entries)))
    shelf.put("mine", OWN)
    shelf.put("other", OWN)
    shelf.delete("mine")
    assert heard == ["", "mine", "mine other", "other"]
    assert Shelf(store).book.version == shelf.book.version


def test_what_is_refused_changes_nothing(store: Store) -> None:
    shelf, heard = Shelf(store), list[str]()
    shelf.listen(lambda book: heard.append(book.version))
    with pytest.raises(RuleFaultError):
        shelf.put("mine", RuleTold())
    with pytest.raises(NotFound):
        shelf.delete("mine")
    assert heard == [Shelf(store).book.version]


def test_the_file_stands_above_the_store(store: Store) -> None:
    Shelf(store).put("mine", OWN)
    shelf = Shelf(store, [IN_FILE])
    assert shelf.book.entries == (IN_FILE,)
    for change in (lambda: shelf.put("mine", OWN), lambda: shelf.delete("mine")):
        with pytest.raises(Conflict, match="stands in the rules file"):
            change()


def test_a_change_of_a_built_in_rule_that_is_gone_is_passed_over(store: Store) -> None:
    put_rule(store, Entry("of-an-older-version", "built-in", {"params": {"a": 1}})).result()
    assert Shelf(store).book.entries == ()
