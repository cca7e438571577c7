"""The bytes of a file: unpacked where they are packed, read in the encoding that they show."""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from lineside_server.errors import BadInput
from lineside_server.recording.model import no_run

HEAD: Final = 1024 * 1024  # bytes that show what a file is
GZIP: Final = b"\x1f\x8b"
MARKS: Final = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, gzip undone wherever it is; BadInput says what is wrong with it, also while it is read."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP
            file.seek(0)
            yield io.BufferedReader(gzip.GzipFile(fileobj=file)) if packed else file
    except EOFError as failure:
        raise BadInput(f"{path} cannot be read: the gzip file was cut short.") from failure
    except (OSError, zlib.error) as failure:
        raise BadInput(f"{path} cannot be read: {getattr(failure, 'strerror', None) or failure}.") from failure


def head_of(path: Path) -> bytes:
    with reading(path) as file:
        return file.read(HEAD)


def digest_of(path: Path, salt: bytes = b"") -> str:
    """Return a digest of the unpacked content, and of what else decides how it is read."""
    digest = hashlib.sha256(salt)
    with reading(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def encoding_of(head: bytes) -> str:
    """Return the encoding that the beginning of a file shows; without a mark UTF-8, or else Western."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def text_of(path: Path, head: bytes) -> str:
    """Return the beginning as text; BadInput where it is none."""
    text = codecs.getincrementaldecoder(encoding_of(head))("replace").decode(head)
    if "\x00" in text:
        raise no_run(path, "it is not a text (UTF-16 needs its byte order mark)")
    if not text.strip():
        raise no_run(path, "it is empty")
    return text


@contextmanager
def reading_text(path: Path) -> Iterator[io.TextIOWrapper]:
    """Open a file as text, its line ends as they are; what its encoding does not know is replaced."""
    encoding = encoding_of(head_of(path))
    with reading(path) as file:
        yield io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
