"""Who may do what: scopes, tokens, the sessions that are begun with them, and the grant that comes with either."""

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from hmac import digest


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


NOBODY = Grant(None, "nobody", Scope.READ, None)  # whoever was let in nowhere
LOCAL = Grant(None, "local", Scope.ADMIN, None)  # whoever comes where no token is asked for
OPERATOR = Grant(None, "LINESIDE_TOKEN", Scope.ADMIN, None)  # whoever holds the token of the settings


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token: all but itself."""

    id: str
    name: str
    scope: Scope
    project: str | None
    digest: str
    created_at: float
    last_used_at: float | None = None
    expires_at: float | None = None
    revoked_at: float | None = None

    def is_live(self, now: float) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def grant(self) -> Grant:
        return Grant(self.id, self.name, self.scope, self.project)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that signed in; without a `token_id` by the token of the settings.

    `witness` ties it to that very token: another token of the settings, and it is of no more use.
    """

    digest: str
    token_id: str | None
    witness: str
    created_at: float
    expires_at: float


def digest_of(secret: str) -> str:
    """Return what is kept of a token, or of the secret of a session: 256 random bits need no slow hash."""
    return sha256(secret.encode()).hexdigest()


def witness_of(session: str, token_digest: str) -> str:
    """Return what ties the secret of a session to a token; without that secret it tells nothing of a weak token."""
    return digest(session.encode(), token_digest.encode(), "sha256").hex()
