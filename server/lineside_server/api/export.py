"""Full series as a stream: CSV, ndjson, Arrow and Parquet, a block at a time."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from importlib import import_module
from typing import Any, Literal

import msgspec
import numpy as np
from anyio import CancelScope, to_thread
from fastapi.responses import StreamingResponse

from lineside_server.core.events import F64
from lineside_server.core.series import Block
from lineside_server.errors import NotAcceptable

Format = Literal["json", "csv", "ndjson", "arrow", "parquet"]
MEDIA: dict[Format, str] = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
JSON_RANGES = ("*/*", "application/*", "application/json")
COLUMNS = ("key", "step", "ts", "value")
ROW_GROUP = 100_000


def form_of(told: Format | None, accept: str | None) -> Format:
    """Choose the form: `told` goes first, then the range of `accept` that is wanted most."""
    if told is not None:
        return told
    if not accept:
        return "json"
    by_media = {media: form for form, media in MEDIA.items()}
    for media in _by_wish(accept):
        if media in JSON_RANGES:
            return "json"
        if media in by_media:
            return by_media[media]
    raise NotAcceptable(f"Metrics are given as application/json, {', '.join(MEDIA.values())}.")


def export(blocks: Iterator[Block], form: Format, name: str) -> StreamingResponse:
    """Return the answer that streams `blocks`; only one block at a time is held."""
    encode: dict[str, Callable[[Iterable[Block]], Generator[bytes]]] = {
        "csv": csv_chunks,
        "ndjson": ndjson_chunks,
        "arrow": arrow_chunks,
        "parquet": parquet_chunks,
    }
    if form in ("arrow", "parquet"):
        _pyarrow()  # a stream begins too late to say that it is missing
    disposition = f'attachment; filename="{name}.{form}"'
    return StreamingResponse(
        _in_thread(encode[form](blocks), blocks), media_type=MEDIA[form], headers={"Content-Disposition": disposition}
    )


def csv_chunks(blocks: Iterable[Block]) -> Generator[bytes]:
    yield (",".join(COLUMNS) + "\r\n").encode()
    for block in blocks:
        key = _csv_field(block.key)
        rows = zip(block.steps.tolist(), block.times.tolist(), block.values.tolist(), strict=True)
        # repr of a Python float is the shortest text that reads back the same; nan, inf and -inf as they are
        yield "".join([f"{key},{step},{ts!r},{value!r}\r\n" for step, ts, value in rows]).encode()


def ndjson_chunks(blocks: Iterable[Block]) -> Generator[bytes]:
    encoder = msgspec.json.Encoder()
    for block in blocks:
        rows = zip(block.steps.tolist(), block.times.tolist(), _sayable(block.values), strict=True)
        lines = [{"key": block.key, "step": step, "ts": ts, "value": value} for step, ts, value in rows]
        yield encoder.encode_lines(lines)


def arrow_chunks(blocks: Iterable[Block]) -> Generator[bytes]:
    arrow = _pyarrow()
    ipc = _pyarrow("ipc")

    sink = _Sink()
    with ipc.new_stream(arrow.PythonFile(sink, mode="w"), _schema(arrow)) as writer:
        for block in blocks:
            writer.write_batch(_record_batch(arrow, block))
            yield sink.take()
    yield sink.take()


def parquet_chunks(blocks: Iterable[Block]) -> Generator[bytes]:
    arrow = _pyarrow()
    parquet = _pyarrow("parquet")

    sink = _Sink()
    with parquet.ParquetWriter(arrow.PythonFile(sink, mode="w"), _schema(arrow)) as writer:
        for group in _grouped(blocks):
            batches = [_record_batch(arrow, block) for block in group]
            writer.write_table(arrow.Table.from_batches(batches))
            yield sink.take()
    yield sink.take()


class _Sink(io.RawIOBase):
    """A file that is written and taken away piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def _grouped(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Gather blocks to row groups worth their overhead."""
    group: list[Block] = []
    for block in blocks:
        group.append(block)
        if sum(len(held.steps) for held in group) >= ROW_GROUP:
            yield group
            group = []
    if group:
        yield group


def _schema(arrow: Any) -> Any:
    types = (arrow.string(), arrow.int64(), arrow.float64(), arrow.float64())
    return arrow.schema([arrow.field(name, kind, nullable=False) for name, kind in zip(COLUMNS, types, strict=True)])


def _record_batch(arrow: Any, block: Block) -> Any:
    keys = arrow.repeat(block.key, len(block.steps))
    columns = [keys, arrow.array(block.steps), arrow.array(block.times), arrow.array(block.values)]
    return arrow.RecordBatch.from_arrays(columns, schema=_schema(arrow))


def _pyarrow(part: str | None = None) -> Any:
    """Import what weighs 170 MB and only an export needs, once it is needed."""
    try:
        return import_module(f"pyarrow.{part}" if part else "pyarrow")
    except ImportError as missing:
        raise NotAcceptable("Arrow and Parquet need the extra: pip install 'lineside[export]'.") from missing


def _sayable(values: F64) -> list[float | str]:
    """Return values for JSON: those that are not finite as the strings that requests use."""
    told: list[float | str] = values.tolist()
    for at in np.flatnonzero(~np.isfinite(values)).tolist():
        told[at] = repr(told[at])
    return told


def _csv_field(text: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([text])
    return line.getvalue()


def _by_wish(accept: str) -> list[str]:
    """Return the media ranges of an Accept header, the most wanted first; q=0 is not wanted at all."""
    wishes = []
    for place, part in enumerate(accept.split(",")):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        told = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            wish = float(told)
        except ValueError:
            wish = 0.0
        if wish > 0:
            wishes.append((-wish, place, media))
    return [media for _, _, media in sorted(wishes)]


async def _in_thread(chunks: Generator[bytes], blocks: Iterator[Block]) -> AsyncIterator[bytes]:
    """Make each chunk in a thread, and let go of the reading even when the reader goes away in the middle."""
    try:
        while (chunk := await to_thread.run_sync(next, chunks, None)) is not None:
            if chunk:
                yield chunk
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(_close, chunks, blocks)


def _close(*streams: Any) -> None:
    for stream in streams:
        close = getattr(stream, "close", None)
        if close is not None:
            close()
