"""Answers as strict JSON, encoded once and past the slow path of model validation."""

from typing import Any

import msgspec
from fastapi import Response

JSON_TYPE = "application/json"


def answer(value: object, status: int = 200) -> Response:
    """Return strict JSON; a number that is not finite becomes null."""
    return Response(msgspec.json.encode(value), status, media_type=JSON_TYPE)


def page_of(items: list[Any], following: str | None) -> Response:
    return answer({"items": items, "next": following})
