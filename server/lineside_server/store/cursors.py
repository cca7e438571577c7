"""Where a list goes on, as a text that means nothing to whoever carries it."""

import base64
import binascii
from typing import TypeVar

import msgspec

from lineside_server.errors import BadInput

T = TypeVar("T")


def pack(*place: object) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def unpack(cursor: str, kind: type[T]) -> T:
    """BadInput: it is not of this kind, so not one that the list gave."""
    try:
        return msgspec.msgpack.decode(
            base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)), type=kind
        )
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise BadInput("The cursor is not one that this service gave.") from error
