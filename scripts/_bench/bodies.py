"""Bodies of batches in every kind that the service takes."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from common import SERIES

JSON, LINES, PACK = "application/json", "application/x-ndjson", "application/msgpack"
_noise = np.random.default_rng(0)


def columns(first: int, steps: int, series: int = SERIES, odd: Mapping[int, float] | None = None) -> dict[str, Any]:
    """A batch of noisy series as arrays; `odd` are values of the first one at certain steps."""
    at = np.arange(first, first + steps)
    values = {f"train/s{place}": _noise.normal(15, 0.2, steps) for place in range(series)}
    for step, value in (odd or {}).items():
        values["train/s0"][at == step] = value
    return {"steps": at, "ts": 1.7e9 + 0.01 * at, "columns": values}


def body(kind: str, seq: int, told: Mapping[str, Any]) -> tuple[str, bytes, str]:
    """The query, the body and the content type of one batch of columns."""
    if kind == "ndjson":
        return f"?writer=bench&seq={seq}", _lines(told), LINES
    if kind == "packed":
        packed = {key: values.astype("<f8").tobytes() for key, values in told["columns"].items()}
        event = {"steps": told["steps"].astype("<i8").tobytes(), "ts": told["ts"].tobytes(), "columns": packed}
        return "", msgspec.msgpack.encode(_batch(seq, event)), PACK
    plain = {key: values.tolist() for key, values in told["columns"].items()}
    event = {"steps": told["steps"].tolist(), "ts": told["ts"].tolist(), "columns": plain}
    if kind == "msgpack":
        return "", msgspec.msgpack.encode(_batch(seq, event)), PACK
    return "", json.dumps(_batch(seq, event)).encode(), JSON


def _batch(seq: int, event: dict[str, Any]) -> dict[str, Any]:
    return {"writer": "bench", "seq": seq, "events": [{"type": "columns", **event}]}


def _lines(told: Mapping[str, Any]) -> bytes:
    keys = list(told["columns"])
    values = (told["columns"][key].tolist() for key in keys)
    rows = zip(told["steps"].tolist(), told["ts"].tolist(), *values, strict=True)
    events = (
        {"type": "metrics", "step": step, "ts": ts, "values": dict(zip(keys, values, strict=True))}
        for step, ts, *values in rows
    )
    return b"\n".join(msgspec.json.encode(event) for event in events)


def cuts(total: int, most: int) -> list[tuple[int, int]]:
    """`total` steps as (first, steps) of at most `most`."""
    edges = [*range(0, total, most), total]
    return [(first, last - first) for first, last in pairwise(edges)]
