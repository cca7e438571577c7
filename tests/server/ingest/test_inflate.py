"""Content encodings, and bodies that are made to burst."""

import gzip
import tracemalloc
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from lineside_server.errors import BadInput, TooLarge, UnsupportedMedia
from lineside_server.ingest.inflate import inflate

LIMIT = 1_000_000


def unsized(plain: bytes) -> bytes:
    """zstd as a stream writes it: the size is not told at the front."""
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(plain) + stream.flush()


CASES = [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress), ("zstd", unsized), ("identity", bytes)]


@given(st.binary(max_size=300))
def test_what_was_encoded_comes_back(plain: bytes) -> None:
    for encoding, encode in CASES:
        assert inflate(encode(plain), encoding, LIMIT) == plain


@pytest.mark.parametrize(("encoding", "encode"), CASES)
def test_the_limit_is_on_the_byte(encoding: str, encode: object) -> None:
    assert callable(encode)
    assert len(inflate(encode(b"x" * LIMIT), encoding, LIMIT)) == LIMIT
    with pytest.raises(TooLarge, match="1000000 bytes"):
        inflate(encode(b"x" * (LIMIT + 1)), encoding, LIMIT)


@pytest.mark.parametrize(("encoding", "encode"), CASES[:3])
def test_a_bomb_is_refused_without_inflating_it(encoding: str, encode: object) -> None:
    assert callable(encode)
    bomb = encode(bytes(300_000_000))
    tracemalloc.start()
    with pytest.raises(TooLarge):
        inflate(bomb, encoding, LIMIT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * LIMIT


@pytest.mark.parametrize(("encoding", "encode"), CASES[:3])
def test_a_body_cut_short_or_garbled_is_refused(encoding: str, encode: object) -> None:
    assert callable(encode)
    whole = encode(bytes(range(256)) * 20)
    for spoilt in (whole[:-6], whole[:10], b"nonsense", b"\x00" * 40):
        with pytest.raises(BadInput):
            inflate(spoilt, encoding, LIMIT)


def test_gzip_members_one_after_another_are_one_body() -> None:
    assert inflate(gzip.compress(b"ab") + gzip.compress(b"cd"), "gzip", LIMIT) == b"abcd"


def test_other_encodings_are_refused_in_words() -> None:
    with pytest.raises(UnsupportedMedia, match="'deflate' is not known"):
        inflate(zlib.compress(b"x"), "deflate", LIMIT)


def test_an_encoding_is_named_in_any_case() -> None:
    assert inflate(gzip.compress(b"x"), " GZip ", LIMIT) == b"x"
    assert inflate(b"x", "", LIMIT) == b"x"
