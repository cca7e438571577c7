"""The rule book over HTTP: what is looked for, changed and tried."""

import dataclasses
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Query, Response

from lineside_server.api.answers import answer, page_of, sliced
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.deps import Paged, ShelfDep, WatchDep
from lineside_server.api.rule_schemas import RulePage, RuleView, TrialIn, TrialPage
from lineside_server.core.rulebook import Entry
from lineside_server.errors import NotFound, Unprocessable
from lineside_server.rules.book import Book, params_for
from lineside_server.rules.definition import RuleFaultError, RuleTold
from lineside_server.rules.model import Rule
from lineside_server.store.runs import get_run

router = APIRouter(tags=["rules"], route_class=StrictRoute)
ONE_RULE: dict[int | str, dict[str, Any]] = {200: {"model": RuleView}}


@router.get("/rules", responses={200: {"model": RulePage}})
def list_the_rules(shelf: ShelfDep, wanted: Annotated[Paged, Query()]) -> Response:
    """List the rule book: the built-in rules with their parameters, then the user's own."""
    book = shelf.book
    views = [_built_in(rule, book.entry(rule.id)) for rule in book.catalogue]
    own = sorted((entry for entry in book.entries if entry.kind == "own"), key=lambda entry: entry.id)
    items, following = sliced([*views, *map(_own, own)], wanted.limit, wanted.cursor)
    return answer({"items": items, "next": following, "version": book.version})


@router.put("/rules/{rule_id}", responses=ONE_RULE)
def put_a_rule(rule_id: str, told: RuleTold, shelf: ShelfDep) -> Response:
    """Change a built-in rule, or put one of your own in the book; it counts from the next judged step on."""
    try:
        shelf.put(rule_id, told)
    except RuleFaultError as fault:
        raise _refused(fault, "body") from fault
    return answer(_view(shelf.book, rule_id))


@router.delete("/rules/{rule_id}", status_code=204, response_class=Response)
def delete_a_rule(rule_id: str, shelf: ShelfDep) -> Response:
    """Take a rule of your own away, or let a built-in one stand as it comes."""
    shelf.delete(rule_id)
    return Response(status_code=204)


@router.post("/rules/test", responses={200: {"model": TrialPage}})
async def try_a_rule(told: TrialIn, shelf: ShelfDep, watch: WatchDep) -> Response:
    """Tell when a rule would have fired on recorded runs, by the evaluator that runs live."""
    spec = _spec(told.rule, shelf.book) if isinstance(told.rule, str) else _said(told.rule)
    await to_thread.run_sync(lambda: [get_run(watch.store, run_id) for run_id in told.runs])
    try:
        return page_of(await watch.trial(spec, told.runs), None)
    except RuleFaultError as fault:
        raise _refused(fault, "body.rule") from fault


def _spec(rule_id: str, book: Book) -> dict[str, Any]:
    """Return a rule of the book as it would be told."""
    entry = book.entry(rule_id)
    if entry is None and book.built_in(rule_id) is None:
        raise NotFound(f"There is no rule {rule_id}.")
    return {"id": rule_id, **(entry.definition if entry is not None else {})}


def _said(told: RuleTold) -> dict[str, Any]:
    return told.model_dump(by_alias=True, exclude_defaults=True)


def _refused(fault: RuleFaultError, where: str) -> Unprocessable:
    places = [{"place": f"{where}.{place}".rstrip("."), "detail": sentence} for place, sentence in fault.faults]
    return Unprocessable("; ".join(f"{one['place']}: {one['detail']}" for one in places) + ".", places)


def _view(book: Book, rule_id: str) -> dict[str, Any]:
    rule, entry = book.built_in(rule_id), book.entry(rule_id)
    if rule is not None:
        return _built_in(rule, entry)
    if entry is None:  # taken away in this moment
        raise NotFound(f"There is no rule {rule_id}.")
    return _own(entry)


def _built_in(rule: type[Rule], entry: Entry | None) -> dict[str, Any]:
    told = entry or Entry(rule.id, "built-in")
    return {
        "id": rule.id,
        "kind": "built-in",
        "family": rule.family,
        "title": rule.title,
        "source": "catalogue" if entry is None else entry.source,
        "enabled": told.enabled,
        "severity": told.definition.get("severity"),
        "scope": told.scope,
        "params": msgspec.to_builtins(dataclasses.asdict(params_for(rule, entry))),
        "defaults": msgspec.to_builtins(dataclasses.asdict(rule.Params())),
        "definition": None,
        "updated_at": told.updated_at,
    }


def _own(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": "own",
        "family": "user",
        "title": entry.definition.get("title") or f"Your own rule on {entry.definition['metric']}",
        "source": entry.source,
        "enabled": entry.enabled,
        "severity": entry.definition.get("severity", "warning"),
        "scope": entry.scope,
        "params": {},
        "defaults": {},
        "definition": entry.definition,
        "updated_at": entry.updated_at,
    }
