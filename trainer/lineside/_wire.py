"""Packs values as MessagePack, as far as the client needs it."""

from __future__ import annotations

from struct import pack as _struct
from typing import Any


def pack(value: Any) -> bytes:
    """Encode None, bool, int (64 bits), float, str, bytes, list and dict; anything else is a TypeError."""
    out = bytearray()
    _pack(value, out)
    return bytes(out)


def _pack(value: Any, out: bytearray) -> None:  # noqa: C901 - a branch a type
    if value is None:
        out.append(0xC0)
    elif value is True or value is False:
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, int):
        _pack_int(value, out)
    elif isinstance(value, float):
        out += b"\xcb" + _struct(">d", value)
    elif isinstance(value, str):
        _pack_text(value, out)
    elif isinstance(value, bytes):
        _pack_head(len(value), (0xC4, 0xC5, 0xC6), out)
        out += value
    elif isinstance(value, list):
        _pack_head(len(value), (0x90, 0xDC, 0xDD), out, short=16)
        for item in value:
            _pack(item, out)
    elif isinstance(value, dict):
        _pack_head(len(value), (0x80, 0xDE, 0xDF), out, short=16)
        for key, item in value.items():
            _pack_text(key, out)
            _pack(item, out)
    else:
        raise TypeError(f"{type(value).__name__} has no MessagePack form here.")


def _pack_int(value: int, out: bytearray) -> None:
    if 0 <= value < 0x80:
        out.append(value)
    elif value < 0:
        out += b"\xd3" + _struct(">q", value)
    else:
        out += b"\xcf" + _struct(">Q", value)


def _pack_text(text: str, out: bytearray) -> None:
    data = text.encode("utf-8", "replace")  # lone surrogates have no UTF-8 form
    _pack_head(len(data), (0xA0, 0xDA, 0xDB), out, short=32)
    out += data


def _pack_head(length: int, codes: tuple[int, int, int], out: bytearray, short: int = 0) -> None:
    """Write type and length; a length below `short` rides in the first code, bytes (short 0) have an 8-bit form."""
    first, middle, last = codes
    if length < short:
        out.append(first | length)
    elif short == 0 and length < 1 << 8:
        out += bytes((first, length))
    elif length < 1 << 16:
        out += _struct(">BH", middle, length)
    else:
        out += _struct(">BI", last, length)
