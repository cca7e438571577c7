"""Answers as strict JSON, encoded once and past the slow path of model validation."""

from collections.abc import Sequence
from typing import Any

import msgspec
from fastapi import Response

from lineside_server.errors import BadInput

JSON_TYPE = "application/json"


def answer(value: object, status: int = 200) -> Response:
    """Return strict JSON; a number that is not finite becomes null."""
    return Response(msgspec.json.encode(value), status, media_type=JSON_TYPE)


def page_of(items: list[Any], following: str | None) -> Response:
    return answer({"items": items, "next": following})


def sliced(items: Sequence[Any], limit: int, cursor: str | None) -> tuple[Sequence[Any], str | None]:
    """Return a page of a list that is short enough to be made whole; the cursor is the place to go on from."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise BadInput("This cursor was not given by this list.")
    start = int(cursor or 0)
    end = start + limit
    return items[start:end], str(end) if end < len(items) else None
