"""From the bytes of a request to events not yet judged; whatever is wrong here is wrong with the whole body."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import msgspec

from lineside_server.errors import BadInput, LinesideError, Unprocessable, UnsupportedMedia
from lineside_server.ingest.inflate import inflate, too_large

_SEQS: Final = 2**63
_json = msgspec.json.Decoder()
_msgpack = msgspec.msgpack.Decoder()
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError, TypeError)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes before and after decompression."""

    max_body: int = 64 * 1024 * 1024
    max_decoded: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of ndjson that is no JSON: refused by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class RawBatch:
    writer: str
    seq: int
    events: list[object]


def decode(body: bytes, content_type: str, encoding: str, limits: Limits, query: Mapping[str, str]) -> RawBatch:
    """BadInput, TooLarge, UnsupportedMedia or Unprocessable where the whole body is at fault."""
    if len(body) > limits.max_body:
        raise too_large(limits.max_body)
    plain = inflate(body, encoding, limits.max_decoded)
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            return _from_envelope(_whole(plain, parse_json, "JSON"))
        case "application/msgpack" | "application/x-msgpack" | "application/vnd.msgpack":
            return _from_envelope(_whole(plain, _msgpack.decode, "MessagePack"))
        case "application/x-ndjson" | "application/ndjson":
            return _batch(
                query.get("writer"), _seq_of(query), [_line(line) for line in plain.splitlines() if line.strip()]
            )
        case other:
            raise UnsupportedMedia(
                f"The content type {other!r} is not known: use application/json, application/x-ndjson "
                "or application/msgpack."
            )


def parse_json(plain: bytes) -> Any:
    """Strict JSON; a number beyond a double becomes its text, to be refused where it stands. ValueError otherwise."""
    try:
        return _json.decode(plain)
    except msgspec.ValidationError:
        return json.loads(plain, parse_float=_float, parse_int=_int, parse_constant=_refuse)


def _float(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _int(text: str) -> int | str:
    return int(text) if len(text) < 400 else text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _whole(plain: bytes, parse: Any, name: str) -> Any:
    try:
        return parse(plain)
    except _UNREADABLE as error:
        raise BadInput(f"The body is not valid {name}: {_why(error)}.") from error


def _line(line: bytes) -> object:
    try:
        return parse_json(line)
    except _UNREADABLE as error:
        return BadLine(f"the line is not valid JSON: {_why(error)}")


def _why(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error).rstrip(".")


def _seq_of(query: Mapping[str, str]) -> object:
    text = query.get("seq", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _from_envelope(envelope: object) -> RawBatch:
    if not isinstance(envelope, dict):
        raise Unprocessable("The body must be an object with writer, seq and events.")
    return _batch(envelope.get("writer"), envelope.get("seq"), envelope.get("events"))


def _batch(writer: object, seq: object, events: object) -> RawBatch:
    if not (isinstance(writer, str) and 1 <= len(writer) <= 64 and writer.isprintable()):
        raise _wrong("writer", "writer must be a string of 1 to 64 printable characters")
    if not (isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < _SEQS):
        raise _wrong("seq", "seq must be an integer from 0 to 2^63 - 1")
    if not isinstance(events, list):
        raise _wrong("events", "events must be a list")
    return RawBatch(writer, seq, events)


def _wrong(place: str, reason: str) -> LinesideError:
    return Unprocessable(f"The batch cannot be taken: {reason}.", [{"place": place, "reason": reason}])
