"""What each route takes: the scope of a token, and what one that is bound to a project finds there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lineside_server.core.access import Scope

REST: Final = ":path}"  # ends the last part of an address that may hold slashes
SOCKET: Final = "SOCKET"  # stands where requests have their method


class Reach(Enum):
    """How a route stands to a token that is bound to a project."""

    RUN = "run"  # the run in its path must be of that project
    ALERT = "alert"  # so must the run of the alert in its path
    ASKED = "asked"  # the route itself goes by the grant
    FREE = "free"  # it holds nothing of any project
    WHOLE = "whole"  # it is of the whole service: refused


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. Without a scope a route is open to everyone."""

    scope: Scope | None
    reach: Reach


_OPEN: Final = Line(None, Reach.FREE)
_READ, _WRITE, _ADMIN = Scope.READ, Scope.WRITE, Scope.ADMIN

TABLE: Final[Mapping[tuple[str, str], Line]] = {
    ("POST", "/runs"): Line(_WRITE, Reach.ASKED),
    ("GET", "/runs"): Line(_READ, Reach.ASKED),
    ("GET", "/runs/{run_id}"): Line(_READ, Reach.RUN),
    ("PATCH", "/runs/{run_id}"): Line(_WRITE, Reach.RUN),
    ("DELETE", "/runs/{run_id}"): Line(_ADMIN, Reach.RUN),
    ("POST", "/runs/{run_id}/restore"): Line(_ADMIN, Reach.RUN),
    ("POST", "/runs/{run_id}/stop"): Line(_ADMIN, Reach.RUN),
    ("POST", "/runs/{run_id}/events"): Line(_WRITE, Reach.RUN),
    ("GET", "/runs/{run_id}/events"): Line(_READ, Reach.RUN),
    ("GET", "/runs/{run_id}/gauges"): Line(_READ, Reach.RUN),
    ("GET", "/runs/{run_id}/metrics"): Line(_READ, Reach.RUN),
    ("GET", "/runs/{run_id}/checks"): Line(_READ, Reach.RUN),
    ("GET", "/runs/{run_id}/alerts"): Line(_READ, Reach.RUN),
    (SOCKET, "/runs/{run_id}/live"): Line(_READ, Reach.RUN),
    (SOCKET, "/live"): Line(_READ, Reach.ASKED),
    ("GET", "/alerts"): Line(_READ, Reach.ASKED),
    ("GET", "/alerts/{alert_id}"): Line(_READ, Reach.ALERT),
    ("POST", "/alerts/{alert_id}/ack"): Line(_WRITE, Reach.ALERT),
    ("DELETE", "/alerts/{alert_id}/ack"): Line(_WRITE, Reach.ALERT),
    ("POST", "/alerts/{alert_id}/silence"): Line(_WRITE, Reach.ALERT),
    ("GET", "/alerts/{alert_id}/deliveries"): Line(_READ, Reach.ALERT),
    ("GET", "/rules"): Line(_READ, Reach.ASKED),
    ("GET", "/rules/{rule_id}"): Line(_READ, Reach.ASKED),
    ("GET", "/rules/{rule_id}/runs"): Line(_READ, Reach.ASKED),
    ("PUT", "/rules/{rule_id}"): Line(_ADMIN, Reach.ASKED),
    ("DELETE", "/rules/{rule_id}"): Line(_ADMIN, Reach.ASKED),
    ("POST", "/rules/test"): Line(_ADMIN, Reach.ASKED),
    ("GET", "/webhooks"): Line(_ADMIN, Reach.WHOLE),  # an address shows its host
    ("POST", "/webhooks"): Line(_ADMIN, Reach.WHOLE),
    ("GET", "/webhooks/{webhook_id}"): Line(_ADMIN, Reach.WHOLE),
    ("PATCH", "/webhooks/{webhook_id}"): Line(_ADMIN, Reach.WHOLE),
    ("DELETE", "/webhooks/{webhook_id}"): Line(_ADMIN, Reach.WHOLE),
    ("POST", "/webhooks/{webhook_id}/test"): Line(_ADMIN, Reach.WHOLE),
    ("GET", "/webhooks/{webhook_id}/deliveries"): Line(_ADMIN, Reach.WHOLE),
    ("POST", "/deliveries/{delivery_id}/replay"): Line(_ADMIN, Reach.WHOLE),
    ("POST", "/webhooks/{webhook_id}/replay"): Line(_ADMIN, Reach.WHOLE),
    ("GET", "/mutes"): Line(_READ, Reach.ASKED),
    ("PUT", "/rules/{rule_id}/mutes/{project:path}"): Line(_ADMIN, Reach.ASKED),
    ("DELETE", "/rules/{rule_id}/mutes/{project:path}"): Line(_ADMIN, Reach.ASKED),
    ("GET", "/audit"): Line(_ADMIN, Reach.WHOLE),
    ("GET", "/compare"): Line(_READ, Reach.ASKED),
    ("GET", "/projects"): Line(_READ, Reach.ASKED),
    ("GET", "/sizes"): Line(_READ, Reach.WHOLE),
    ("GET", "/tokens"): Line(_ADMIN, Reach.WHOLE),
    ("POST", "/tokens"): Line(_ADMIN, Reach.WHOLE),
    ("DELETE", "/tokens/{token_id}"): Line(_ADMIN, Reach.WHOLE),
    ("POST", "/session"): _OPEN,
    ("GET", "/session"): Line(_READ, Reach.FREE),
    ("DELETE", "/session"): _OPEN,
    ("GET", "/about"): Line(_READ, Reach.ASKED),
    ("GET", "/readyz"): Line(_READ, Reach.FREE),
    ("GET", "/metrics"): Line(_READ, Reach.WHOLE),
    ("GET", "/healthz"): _OPEN,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the table, and the values of the braces of its path."""

    line: Line
    path: Mapping[str, str]


@dataclass(frozen=True)
class Directory:
    """The table, made to be looked up by an address, part by part: a part in braces matches any that is not empty."""

    table: Mapping[tuple[str, str], Line] = field(default_factory=lambda: TABLE)
    _by_shape: dict[tuple[str, int, str], list[tuple[tuple[str, ...], Line]]] = field(default_factory=dict, init=False)
    _with_rest: list[tuple[str, tuple[str, ...], Line]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        for (method, path), line in self.table.items():
            parts = tuple(path.split("/")[1:])
            if parts[-1].endswith(REST):
                self._with_rest.append((method, parts, line))
                continue
            self._by_shape.setdefault((method, len(parts), parts[0]), []).append((parts, line))

    def find(self, method: str, path: str) -> Found | None:
        """Return what an address takes; None where the table has none of this method. An exact line goes first."""
        asked = path.split("/")[1:]
        named = []
        for parts, line in self._by_shape.get((method, len(asked), asked[0] if asked else ""), ()):
            values = _values(parts, asked)
            if values is not None:
                named.append(Found(line, values))
        for its, parts, line in self._with_rest:
            last = len(parts) - 1
            values = None if its != method else _values(parts, [*asked[:last], "/".join(asked[last:])])
            if values is not None:
                named.append(Found(line, values))
        return min(named, key=lambda found: len(found.path), default=None)


def _values(parts: tuple[str, ...], asked: list[str]) -> dict[str, str] | None:
    values = {}
    if len(parts) != len(asked):
        return None
    for part, value in zip(parts, asked, strict=True):
        if part.startswith("{"):
            if not value:
                return None
            values[part[1:-1].removesuffix(":path")] = value
        elif part != value:
            return None
    return values
