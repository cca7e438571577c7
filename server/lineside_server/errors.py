"""Every failure that this service answers in words, as one tree.

LinesideError
├── BadInput 400              the request cannot be understood
├── Unauthorized 401          no token, or an unknown one
├── Forbidden 403             a token without the scope, or a foreign Host or Origin
├── NotFound 404              no such run, series or route
├── NotAcceptable 406         an answer in that form cannot be given
├── Conflict 409              the run id is taken
├── TooLarge 413              a body over the limits, before or after decompression
├── UnsupportedMedia 415      a content type or encoding that is not spoken here
├── Unprocessable 422         understood, but not as documented
├── TooManyRequests 429       too much or too often from one caller; `retry_after_s` says for how long to wait
├── Unavailable 503           the database cannot be reached or written to right now
├── StorageFull 507           no room left for the database; writes succeed again as soon as there is
└── StartError 500            the service cannot start
    ├── DatabaseLocked        another service holds the database file
    └── NewerDatabase         the database was written by a newer version
"""

# ruff: noqa: N818 - each name says what the caller hears; the tree above says that they are errors.

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class LinesideError(Exception):
    """Carries one plain sentence, and in `errors` the place of each fault where there are several."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(detail)
        self.errors: list[dict[str, Any]] = [dict(error) for error in errors]


class BadInput(LinesideError):
    status = 400
    title = "Bad request"


class Unauthorized(LinesideError):
    status = 401
    title = "Unauthorized"


class Forbidden(LinesideError):
    status = 403
    title = "Forbidden"


class NotFound(LinesideError):
    status = 404
    title = "Not found"


class NotAcceptable(LinesideError):
    status = 406
    title = "Not acceptable"


class Conflict(LinesideError):
    status = 409
    title = "Conflict"


class TooLarge(LinesideError):
    status = 413
    title = "Too large"


class UnsupportedMedia(LinesideError):
    status = 415
    title = "Unsupported media type"


class Unprocessable(LinesideError):
    status = 422
    title = "Unprocessable"


class TooManyRequests(LinesideError):
    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, retry_after_s: float) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(LinesideError):
    status = 503
    title = "Unavailable"


class StorageFull(LinesideError):
    status = 507
    title = "Storage full"


class StartError(LinesideError):
    title = "Cannot start"


class DatabaseLocked(StartError):
    title = "Database in use"


class NewerDatabase(StartError):
    title = "Newer database"
