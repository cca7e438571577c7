"""Who may do what: scopes, and the grant that comes with a token."""

from dataclasses import dataclass
from enum import IntEnum


class Scope(IntEnum):
    """What a token may do; each holds those before it."""

    READ = 1
    WRITE = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Grant:
    """As whom a caller acts: `name` is the token's, `project` the only one that it may see."""

    token_id: str | None
    name: str
    scope: Scope
    project: str | None

    def may(self, scope: Scope) -> bool:
        return self.scope >= scope

    def sees(self, project: str) -> bool:
        return self.project is None or self.project == project


LOCAL = Grant(None, "local", Scope.ADMIN, None)  # whoever comes where no token is asked for
OPERATOR = Grant(None, "LINESIDE_TOKEN", Scope.ADMIN, None)  # whoever holds the token of the settings
