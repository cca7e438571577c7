"""Writes down who did what, in the transaction of the deed itself."""

from sqlalchemy import insert

from lineside_server.core.access import Token
from lineside_server.core.audit import Deed, shortened
from lineside_server.core.findings import Alert
from lineside_server.core.runs import Run
from lineside_server.errors import NotFound
from lineside_server.store import audit_tables
from lineside_server.store.alert_rows import plain
from lineside_server.store.rows import require_run
from lineside_server.store.work import Work


def record(work: Work, deed: Deed, result: object) -> None:
    """Write down what was just done within this transaction; `result` tells to which project it belongs."""
    grant = deed.actor.grant
    row = {
        "at": work.clock.now(),
        "actor": grant.name,
        "token_id": grant.token_id,
        "scope": grant.scope.word,
        "address": deed.actor.address,
        "action": deed.action,
        "kind": deed.kind,
        "subject": result.id if deed.subject is None and isinstance(result, Token) else deed.subject,
        "project": _project(work, result) if deed.project is None else deed.project,
        "details": plain(shortened(dict(deed.details))),
    }
    work.connection.execute(insert(audit_tables.audit).values(row))


def _project(work: Work, result: object) -> str | None:
    match result:
        case Run() | Token():
            return result.project
        case Alert():
            try:
                return require_run(work.connection, result.run_id, deleted=True).project
            except NotFound:
                return None
    return None
