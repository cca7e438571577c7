"""Where the rule book stands: read from the rules file and the store, changed over REST, told to those who judge."""

from collections.abc import Callable, Sequence
from threading import Lock

from lineside_server.core.audit import Deed
from lineside_server.core.rulebook import Entry
from lineside_server.errors import Conflict
from lineside_server.rules.book import Book
from lineside_server.rules.catalogue import CATALOGUE
from lineside_server.rules.definition import RuleTold, entry_of
from lineside_server.rules.model import Rule
from lineside_server.store.engine import Store
from lineside_server.store.rules import delete_rule, list_rules, put_rule

Listener = Callable[[Book], None]


class Shelf:
    """Thread-safe; `told` are the entries of the rules file, which stand above those of the store."""

    def __init__(self, store: Store, told: Sequence[Entry] = (), catalogue: tuple[type[Rule], ...] = CATALOGUE) -> None:
        self._store = store
        self._told = tuple(told)
        self._catalogue = catalogue
        self._lock = Lock()
        self._listeners: list[Listener] = []
        self.book = self._read()

    def listen(self, listener: Listener) -> None:
        """Tell of the book as it is, and then each time it changes."""
        with self._lock:
            self._listeners.append(listener)
            listener(self.book)

    def put(self, rule_id: str, told: RuleTold, deed: Deed | None = None) -> Entry:
        """Put an entry in the book, in the place of one that is there; by whom, is put on record where it is told.

        RuleFaultError says what is wrong with it; Conflict: the rules file has one.
        """
        self._mind_file(rule_id)
        entry = entry_of(rule_id, told, self._catalogue)
        with self._lock:
            stored = put_rule(self._acting(deed), entry).result()
            self._tell()
        return stored

    def delete(self, rule_id: str, deed: Deed | None = None) -> None:
        """Take a rule of the user's own away, or let a built-in one stand as it comes. NotFound: there is nothing."""
        self._mind_file(rule_id)
        with self._lock:
            delete_rule(self._acting(deed), rule_id).result()
            self._tell()

    def _acting(self, deed: Deed | None) -> Store:
        return self._store if deed is None else self._store.acting(deed)

    def _mind_file(self, rule_id: str) -> None:
        if any(entry.id == rule_id for entry in self._told):
            raise Conflict(f"The rule {rule_id} stands in the rules file: change it there.")

    def _tell(self) -> None:
        self.book = self._read()
        for listener in self._listeners:
            listener(self.book)

    def _read(self) -> Book:
        named = {entry.id for entry in self._told}
        stored = (entry for entry in list_rules(self._store) if entry.id not in named)
        return Book((*self._told, *(entry for entry in stored if self._stands(entry))), self._catalogue)

    def _stands(self, entry: Entry) -> bool:
        """Whether an entry still means something: the built-in rule that it changes may be gone since."""
        return entry.kind == "own" or any(rule.id == entry.id for rule in self._catalogue)
