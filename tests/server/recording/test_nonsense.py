"""Whatever a file holds, it is a run that the service can take, or it is refused in a sentence."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lineside_server.api.schemas import RunOpen
from lineside_server.errors import BadInput
from lineside_server.live.views import encode
from lineside_server.recording.kinds import read_recording

NAMES = "config intent tags group ts name project step epoch time timestamp total loss eval_loss eval_a_runtime lr"
CELLS = "nan -inf 1e400 -1 0 1.5 1,5 1_0 1e-999 2024-01-01 9999-12-31T23:59:59-23:59"
TEXTS = st.text(max_size=12) | st.sampled_from([*NAMES.split(), *CELLS.split(), "9" * 400, "a - loss__MIN"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def check(desk: Any, content: Any) -> None:
    """What is read can be opened, and has an end; nothing but BadInput is raised."""
    path = desk.write("x", content)
    with suppress(BadInput):
        recording = read_recording(path)
        assert RunOpen.model_validate(json.loads(encode(recording.opening())))
        *_, last = recording.accepted(0.0)
        assert last.events[-1].type == "finish"


@quick
@given(st.binary(max_size=200))
@example(b"step\n\xff\n1\n")
def test_any_bytes(desk: Any, content: bytes) -> None:
    check(desk, content)


@quick
@given(st.lists(st.lists(TEXTS, min_size=1, max_size=6), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_any_cells(desk: Any, rows: list[list[str]], delimiter: str) -> None:
    check(desk, "\n".join(delimiter.join(row) for row in rows).encode(errors="surrogatepass"))


@quick
@given(JSON)
def test_any_json(desk: Any, told: Any) -> None:
    check(desk, json.dumps(told))


@quick
@given(st.lists(st.dictionaries(TEXTS, JSON, max_size=6) | JSON, max_size=6), st.dictionaries(TEXTS, JSON, max_size=4))
def test_any_log_history(desk: Any, rows: Any, fields: Any) -> None:
    check(desk, json.dumps({**fields, "log_history": [{"loss": 1.5, "step": 0}, *rows]}))


@quick
@given(st.dictionaries(TEXTS, JSON, max_size=4), st.lists(JSON, max_size=4))
def test_any_ndjson(desk: Any, start: Any, events: Any) -> None:
    told = [{**start, "type": "start"}, *events]
    check(desk, "\n".join(map(json.dumps, told)))
