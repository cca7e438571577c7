"""Who did what, over HTTP: for admins alone, and read only."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from lineside_server.api.answers import page_of
from lineside_server.api.deps import Paged, StoreDep
from lineside_server.core.audit import ACTIONS
from lineside_server.store.audit import AuditFilter, list_audit

router = APIRouter(tags=["service"])


class AuditView(BaseModel):
    id: int
    at: float
    actor: str = Field(description="The name of the token; `local` where none is asked for.")
    token_id: str | None
    scope: str
    address: str | None
    action: str
    kind: str
    subject: str | None = Field(description="The id of what it was done to.")
    project: str | None
    details: dict[str, Any]


class AuditPage(BaseModel):
    items: list[AuditView]
    next: str | None


class AuditQuery(Paged):
    actor: str | None = None
    action: str | None = Field(None, description=f"One of {', '.join(ACTIONS)}.")
    kind: str | None = None
    subject: str | None = None
    project: str | None = None


@router.get("/audit", responses={200: {"model": AuditPage}})
def list_the_audit(store: StoreDep, wanted: Annotated[AuditQuery, Query()]) -> Response:
    """List who did what, the newest first."""
    records, following = list_audit(store, AuditFilter(**wanted.model_dump()))
    return page_of(list(records), following)
