"""One shape for every error: RFC 9457 problem documents, made by one handler."""

import math
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from lineside_server.api.headers import SECURITY_HEADERS
from lineside_server.errors import LinesideError, TooManyRequests, Unauthorized

PROBLEM_TYPE = "application/problem+json"
UNEXPECTED = "The service failed on this request; its log says why."
PLAIN = {404: "There is nothing at this address.", 405: "This address does not take that method."}


def problem(status: int, title: str, detail: str, errors: Iterable[Mapping[str, Any]] = ()) -> Response:
    """Return an answer that says what went wrong, with the place of each fault in `errors`."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if faults := [dict(fault) for fault in errors]:
        body["errors"] = faults
    headers = {"WWW-Authenticate": "Bearer"} if status == Unauthorized.status else {}
    return Response(msgspec.json.encode(body), status, {**SECURITY_HEADERS, **headers}, PROBLEM_TYPE)


def problem_of(failure: Exception) -> Response:
    """Return the problem that tells of a failure, and of an unexpected one nothing from inside."""
    if isinstance(failure, LinesideError) and failure.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        answer = problem(failure.status, failure.title, str(failure), failure.errors)
        if isinstance(failure, TooManyRequests):
            answer.headers["Retry-After"] = str(math.ceil(failure.retry_after_s))
        return answer
    if isinstance(failure, RequestValidationError):
        return _invalid(failure)
    if isinstance(failure, HTTPException):
        answer = problem(failure.status_code, HTTPStatus(failure.status_code).phrase, _sentence(failure))
        answer.headers.update(failure.headers or {})
        return answer
    return problem(500, "Internal error", UNEXPECTED)


def install(app: FastAPI) -> None:
    """Let every failure of the app be answered by the one handler."""
    for kind in (LinesideError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _handle)


async def _handle(_: Request, failure: Exception) -> Response:
    return problem_of(failure)


def _sentence(failure: HTTPException) -> str:
    said_nothing = failure.detail == HTTPStatus(failure.status_code).phrase
    return PLAIN.get(failure.status_code, failure.detail) if said_nothing else failure.detail


def _invalid(failure: RequestValidationError) -> Response:
    faults = [{"place": ".".join(map(str, fault["loc"])), "detail": fault["msg"]} for fault in failure.errors()]
    if len(faults) == 1:
        detail = f"{faults[0]['place']}: {faults[0]['detail']}."
    else:
        detail = f"{len(faults)} values are not as documented."
    return problem(422, "Unprocessable", detail, faults)
