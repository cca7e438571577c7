"""What --map says is read exactly, and refused in a sentence where it says nothing."""

import pytest

from lineside_server.errors import BadInput
from lineside_server.recording.mapping import parse_mapping


def test_columns_become_keys_parts_and_flags() -> None:
    mapping = parse_mapping(["train_loss=train/loss", "n=@step", "a = b=c", "x=@blank-is-nan", "x=val", "junk=@drop"])
    assert mapping.keys == {"train_loss": "train/loss", "a = b": "c", "x": "val"}
    assert mapping.parts == {"step": "n"}
    assert mapping.blank_is_nan == {"x"}
    assert mapping.dropped == {"junk"}
    assert mapping.columns == {"train_loss", "a = b", "x", "n", "junk"}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (["loss"], "is not COLUMN=KEY"),
        (["=loss"], "is not COLUMN=KEY"),
        (["loss="], "is not COLUMN=KEY"),
        (["loss=@"], "is not COLUMN=KEY"),
        (["loss=@steps"], "@steps is not known; there are @step, @time"),
        (["a=@step", "b=@step"], "contradicts an earlier one"),
        (["a=x", "a=y"], "contradicts an earlier one"),
        (["a=x", "b=x"], "makes x of more than one column"),
    ],
)
def test_what_cannot_be_read_is_said(told: list[str], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        parse_mapping(told)


def test_the_order_of_what_is_said_makes_no_other_run() -> None:
    one, other = parse_mapping(["a=x", "b=y", "c=@step"]), parse_mapping(["c=@step", "b=y", "a=x", "a=x"])
    assert one.salt == other.salt != parse_mapping(["a=x"]).salt
    assert parse_mapping([]).salt == b""
    assert not parse_mapping([])
