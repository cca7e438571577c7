"""The rule book over HTTP: what is looked for, changed and tried."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Response
from pydantic import Field

from lineside_server.api.answers import answer, page_of, sliced
from lineside_server.api.bodies import StrictRoute
from lineside_server.api.callers import beyond, mind_runs
from lineside_server.api.deps import ActsDep, GrantDep, OwnersDep, Paged, ShelfDep, StoreDep, WatchDep
from lineside_server.api.rule_schemas import OneRule, RulePage, RuleView, StandingPage, TrialIn, TrialPage
from lineside_server.api.rule_views import book_views, documentation, mute_view, rule_view, standing_view, with_standing
from lineside_server.core.access import Grant
from lineside_server.core.rulebook import Entry
from lineside_server.errors import NotFound, Unprocessable
from lineside_server.rules.book import Book
from lineside_server.rules.definition import RuleFaultError, RuleTold
from lineside_server.store.mutes import list_mutes
from lineside_server.store.runs import get_run
from lineside_server.store.standings import count_standings, list_standings

router = APIRouter(tags=["rules"], route_class=StrictRoute)
ONE_RULE: dict[int | str, dict[str, Any]] = {200: {"model": RuleView}}


class RulesQuery(Paged):
    standing: bool = Field(default=False, description="Add how many live runs each rule passes, fires in, and so on.")


@router.get("/rules", responses={200: {"model": RulePage}})
def list_the_rules(
    shelf: ShelfDep, store: StoreDep, grant: GrantDep, wanted: Annotated[RulesQuery, Query()]
) -> Response:
    """List the rule book: the built-in rules with their parameters, then the user's own."""
    book = shelf.book.within(grant.project)
    items, following = sliced(book_views(book), wanted.limit, wanted.cursor)
    page: dict[str, Any] = {"items": items, "next": following, "version": book.version}
    if wanted.standing:
        standings = count_standings(store, grant.project)
        page |= {"items": [with_standing(item, standings) for item in items], "live_runs": standings.runs}
    return answer(page)


@router.get("/rules/{rule_id}", responses={200: {"model": OneRule}})
def show_a_rule(rule_id: str, shelf: ShelfDep, store: StoreDep, grant: GrantDep) -> Response:
    """Show one rule, with what is documented of it, and for which projects it is muted."""
    told = rule_view(shelf.book.within(grant.project), rule_id)
    mutes = [mute_view(one) for one in list_mutes(store, rule=rule_id, project=grant.project)]
    return answer({**told, "about": documentation().get(rule_id, {}), "mutes": mutes})


@router.get("/rules/{rule_id}/runs", responses={200: {"model": StandingPage}})
def list_the_standings(
    rule_id: str, shelf: ShelfDep, store: StoreDep, grant: GrantDep, wanted: Annotated[Paged, Query()]
) -> Response:
    """Tell how a rule stands for each live run, and which alerts of it are firing there."""
    rule_view(shelf.book.within(grant.project), rule_id)  # there must be such a rule
    items, following = sliced(list_standings(store, rule_id, grant.project), wanted.limit, wanted.cursor)
    return page_of([standing_view(item) for item in items], following)


@router.put("/rules/{rule_id}", responses=ONE_RULE)
def put_a_rule(rule_id: str, told: RuleTold, shelf: ShelfDep, grant: GrantDep, acts: ActsDep) -> Response:
    """Change a built-in rule, or put one of your own in the book; it counts from the next judged step on."""
    _keep_within(grant, shelf.book.entry(rule_id))
    if not (grant.project is None or told.scope.project == grant.project):
        raise beyond(grant)
    try:
        shelf.put(rule_id, told, acts.deed("rule.put", "rule", rule_id, told=_said(told)))
    except RuleFaultError as fault:
        raise _refused(fault, "body") from fault
    return answer(rule_view(shelf.book, rule_id))


@router.delete("/rules/{rule_id}", status_code=204, response_class=Response)
def delete_a_rule(rule_id: str, shelf: ShelfDep, grant: GrantDep, acts: ActsDep) -> Response:
    """Take a rule of your own away, or let a built-in one stand as it comes."""
    _keep_within(grant, shelf.book.entry(rule_id))
    shelf.delete(rule_id, acts.deed("rule.delete", "rule", rule_id))
    return Response(status_code=204)


@router.post("/rules/test", responses={200: {"model": TrialPage}})
async def try_a_rule(told: TrialIn, shelf: ShelfDep, watch: WatchDep, grant: GrantDep, owners: OwnersDep) -> Response:
    """Tell when a rule would have fired on recorded runs, by the evaluator that runs live."""
    await mind_runs(grant, told.runs, owners)
    spec = _spec(told.rule, shelf.book.within(grant.project)) if isinstance(told.rule, str) else _said(told.rule)
    await to_thread.run_sync(lambda: [get_run(watch.store, run_id) for run_id in told.runs])
    try:
        return page_of(await watch.trial(spec, told.runs), None)
    except RuleFaultError as fault:
        raise _refused(fault, "body.rule") from fault


def _keep_within(grant: Grant, entry: Entry | None) -> None:
    """Refuse a token that is bound to a project to touch what holds for another one too."""
    if grant.project is not None and entry is not None and entry.scope.project != grant.project:
        raise beyond(grant)


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
