"""Undoes a content encoding without ever holding more than the limit, whatever the body claims."""

import zlib

import zstandard

from lineside_server.errors import BadInput, TooLarge, UnsupportedMedia

_WINDOW = 128 * 1024 * 1024  # bytes; zstd's own bound for streams, so that a header cannot ask for more


def inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """TooLarge beyond `limit` bytes; BadInput when the body is not what the encoding says, or was cut short."""
    match encoding.strip().lower():
        case "" | "identity":
            plain = body
        case "gzip":
            plain = _gunzip(body, limit)
        case "zstd":
            plain = _unzstd(body, limit)
        case other:
            raise UnsupportedMedia(f"The content encoding {other!r} is not known: use gzip, zstd or identity.")
    if len(plain) > limit:
        raise too_large(limit)
    return plain


def too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body holds more than {limit} bytes: send it in smaller batches.")


def _gunzip(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit + 1
    while body:
        stream = zlib.decompressobj(wbits=31)
        try:
            parts.append(stream.decompress(body, room))
        except zlib.error as error:
            raise BadInput("The body is not valid gzip.") from error
        room -= len(parts[-1])
        if room <= 0:
            raise too_large(limit)
        if not stream.eof:
            raise BadInput("The gzip body was cut short.")
        body = stream.unused_data  # gzip files may be put one after another
    return b"".join(parts)


def _unzstd(body: bytes, limit: int) -> bytes:
    try:
        claimed = zstandard.frame_content_size(body)
        if claimed > limit:
            raise too_large(limit)
        decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        if claimed >= 0:
            return decompressor.decompress(body, max_output_size=limit + 1, allow_extra_data=False)
        with decompressor.stream_reader(body) as stream:
            if len(stream.read(limit + 1)) > limit:
                raise too_large(limit)
        whole = decompressor.decompressobj()  # the stream does not tell a body cut short: this does
        plain = whole.decompress(body)
    except zstandard.ZstdError as error:
        raise BadInput("The body is not valid zstd.") from error
    if not whole.eof:
        raise BadInput("The zstd body was cut short.")
    return plain
