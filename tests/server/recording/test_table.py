"""Tables as tools and people write them: what is the step, the time, a series, missing or not finite."""

import csv
import io
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineside_server.errors import BadInput

WRITTEN = 1_700_000_000.0


def test_a_blank_cell_is_missing_and_a_word_for_it_is_a_value(desk: Any) -> None:
    read = desk.table("step,loss,val_loss\n1,2.5,\n2,nan,3\n3,-inf,NaN\n4,+Infinity,N/A\n5,-nan(ind),null\n")
    assert read.series == {
        "loss": {1: 2.5, 2: "nan", 3: "-inf", 4: "inf", 5: "nan"},
        "val_loss": {2: 3.0, 3: "nan"},
    }
    assert read.rejected == []


def test_a_blank_cell_is_nan_where_it_is_said_to_be(desk: Any) -> None:
    read = desk.table("step,loss,val_loss\n1,2.5,\n2,,3\n", "loss=@blank-is-nan")
    assert read.series == {"loss": {1: 2.5, 2: "nan"}, "val_loss": {2: 3.0}}
    assert desk.table("step,loss\n1,\n2,\n", "loss=@blank-is-nan").series == {"loss": {1: "nan", 2: "nan"}}


def test_columns_are_what_the_map_says(desk: Any) -> None:
    read = desk.table(
        "n,when,rate,all,junk,kept\n10,1700000000,0.5,90,7,1\n20,1700000005,0.25,90,8,2\n",
        "n=@step", "when=@time", "rate=lr", "all=@total_steps", "junk=@drop",
    )  # fmt: skip
    assert read.series == {"lr": {10: 0.5, 20: 0.25}, "kept": {10: 1.0, 20: 2.0}}
    assert read.intent == {"total_steps": 90}
    assert read.times == [1_700_000_000.0, 1_700_000_005.0, 1_700_000_005.0]
    assert read.roles == {"lr": "lr"}


@pytest.mark.parametrize(
    ("mapped", "reason"),
    [
        ("gone=loss", "no column gone; there are step, loss, word, time"),
        ("word=@step", "cannot be the step"),
        ("loss=@step", "cannot be the step"),
        ("word=@time", "cannot be the time"),
        ("word=@elapsed", "cannot be the time since the start"),
        ("loss=@total_steps", "cannot be the length"),
        ("loss=time", "Two columns would be time"),
    ],
)
def test_what_the_map_asks_and_the_table_has_not_is_said(desk: Any, mapped: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        desk.table("step,loss,word,time\n1,2.5,a,8\n2,2.25,b,3\n", mapped)


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("step,epoch", "step"),
        ("_step,trainer/global_step", "trainer/global_step"),
        ("epoch,Iteration", "Iteration"),
        ("update,global step", "global step"),
        ("loss,globalStep", "globalStep"),
    ],
)
def test_the_step_is_the_column_that_is_believed_most(desk: Any, header: str, chosen: str) -> None:
    first, second = (100, 7) if header.startswith(chosen) else (7, 100)
    read = desk.table(f"{header},x\n{first},{second},0\n{first * 2},{second * 2},1\n")
    assert set(read.series["x"]) == {100, 200}
    assert read.config["_steps"] == "step"


def test_a_column_that_starts_anew_or_is_mostly_blank_is_no_step(desk: Any) -> None:
    anew = "".join(f"{step % 4},{step},{step / 8}\n" for step in range(20))
    assert len(desk.table(f"iter,_step,loss\n{anew}").series["loss"]) == 20
    sparse = "".join(f"{step if step % 4 == 0 else ''},{step},{step / 8}\n" for step in range(20))
    assert len(desk.table(f"global_step,step,loss\n{sparse}").series["loss"]) == 20


def test_without_a_step_epochs_or_rows_are_counted(desk: Any) -> None:
    read = desk.table("epoch,loss\n0,3\n1,2\n")
    assert read.series["loss"] == {0: 3.0, 1: 2.0}
    assert read.config["_steps"] == "epoch"
    assert "epoch stands in for it" in read.notes
    for text in ("loss,epoch\n3,0.5\n2,1\n", "epoch,loss\n1,3\n1,2\n", "loss\n3\n2\n"):
        read = desk.table(text)
        assert read.series["loss"] == {1: 3.0, 2: 2.0}
        assert read.config["_steps"] == "row"
        assert "the rows are counted" in read.notes


def test_a_row_without_a_step_belongs_to_the_step_before(desk: Any) -> None:
    assert desk.table("step,a,b\n,9,9\n1,1,\n,,2\n2.0,3,\n").series == {"a": {1: 1.0, 2: 3.0}, "b": {1: 2.0}}


def test_steps_that_go_back_are_told_and_put_in_order(desk: Any) -> None:
    read = desk.table("step,a\n5,1\n6,2\n5,3\n")
    assert read.series == {"a": {5: 3.0, 6: 2.0}}
    assert [event["step"] for event in read.events[:-1]] == [5, 5, 6]
    assert "goes back 1 times" in read.notes
    assert "goes back" not in desk.table("step,a\n5,1\n5,2\n6,3\n").notes


def test_steps_are_whole_however_great(desk: Any) -> None:
    great = 2**53 + 1
    assert set(desk.table(f"step,a\n{great},1\n{great + 1},2\n").series["a"]) == {great, great + 1}
    assert desk.table("step,a\n-1,1\n2,2\n").config["_steps"] == "row"
    assert desk.table("step,a\n1.5,1\n2,2\n").config["_steps"] == "row"


def test_the_columns_of_lightning_are_told_apart(desk: Any) -> None:
    read = desk.table(
        "dynamics_loss_epoch,dynamics_loss_step,epoch,step,train_loss_epoch,train_loss_step,val_loss\n"
        ",0.5,0,49,,0.75,\n"
        "0.6,,0,49,0.8,,\n"
        ",,0,49,,,0.9\n"
        ",0.25,1,99,,0.5,\n"
    )
    assert read.series["train_loss_step"] == {49: 0.75, 99: 0.5}
    assert read.series["train_loss_epoch"] == {49: 0.8}
    assert [event["values"].get("epoch") for event in read.events[:-1]] == [0.0, None, None, 1.0]
    assert read.roles == {
        "train_loss_step": "train.loss",
        "train_loss_epoch": "train.mean_loss",
        "dynamics_loss_step": "train.component",
        "dynamics_loss_epoch": "train.mean_component",
        "epoch": "epoch",
        "val_loss": "eval.loss",
    }


def test_the_history_of_wandb_is_read_without_its_bookkeeping(desk: Any) -> None:
    read = desk.table(
        ",_step,_runtime,_timestamp,train/global_step,train/loss,eval/a_loss,eval/a_runtime\n"
        "0,0,5.5,1700000100.5,10,2.5,,\n"
        "1,1,9.5,1700000104.5,10,,3.5,1\n"
    )
    assert read.series == {"train/loss": {10: 2.5}, "eval/a_loss": {10: 3.5}, "eval/a_runtime": {10: 1.0}}
    assert read.times[:2] == [1_700_000_100.5, 1_700_000_104.5]
    assert read.config["_clock"] == "wall"
    assert read.roles == {"train/loss": "train.loss", "eval/a_loss": "eval.set_loss"}


def test_a_chart_of_wandb_is_a_run_without_its_envelope(desk: Any) -> None:
    read = desk.table(
        '"Step","good-sun-1 - train/loss","good-sun-1 - train/loss__MIN","good-sun-1 - train/loss__MAX"\n'
        '"1","2.5","2.25","2.75"\n'
    )
    assert read.series == {"train/loss": {1: 2.5}}
    assert read.recording.name == "good-sun-1"
    both = desk.table("Step,a - loss,a - loss__MIN,b - loss,b - loss__MIN\n1,2,2,3,3\n")
    assert both.series == {"a - loss": {1: 2.0}, "b - loss": {1: 3.0}}
    assert "2 runs of W&B stand side by side" in both.notes


def test_words_that_never_change_are_config_and_others_are_left_out(desk: Any) -> None:
    read = desk.table("step,loss,model,note\n1,2,tiny,fine\n2,1,tiny,bad\n3,1,,8\n")
    assert read.config["model"] == "tiny"
    assert set(read.series) == {"loss"}
    assert "hold words: note." in read.notes


def test_a_few_words_among_numbers_are_left_out(desk: Any) -> None:
    read = desk.table("step,loss\n1,2.5\n2,oops\n3,2.25\n")
    assert read.series == {"loss": {1: 2.5, 3: 2.25}}
    assert "1 cells of loss are no numbers and are left out, such as 'oops'" in read.notes


def test_rows_that_do_not_fit_are_left_out_and_counted(desk: Any) -> None:
    read = desk.table("step,loss\n1,2,\n2,3,4\n\n3\nstep,loss\n4,5\n")
    assert read.series == {"loss": {1: 2.0, 4: 5.0}}
    assert "1 rows have more cells" in read.notes
    assert "stand 1 more times" in read.notes


def test_a_last_row_that_was_cut_off_is_left_out(desk: Any) -> None:
    assert desk.table("step,loss,lr\n1,2,3\n2,0.1").series == {"loss": {1: 2.0}, "lr": {1: 3.0}}
    assert "cut off" in desk.table("step,loss,lr\n1,2,3\n2,0.1").notes
    assert desk.table("step,loss,lr\n1,2,3\n2,0.1\n").series["loss"] == {1: 2.0, 2: 0.1}
    assert desk.table("step,loss,lr\n1,2,3\n2,0.1,4").series["lr"] == {1: 3.0, 2: 4.0}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_usual_layout_is_found(desk: Any, delimiter: str, end: str) -> None:
    rows = [["step", "loss", "a name, of words"], ["1", " 2.5", "x"], ["2", "1e-3 ", "x"]]
    rows = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in rows]
    read = desk.table(end.join(delimiter.join(row) for row in rows) + end)
    assert read.series == {"loss": {1: 2.5, 2: 0.001}}
    assert read.config["a name, of words"] == "x"


def test_a_decimal_comma_is_read_where_it_parts_no_cells(desk: Any) -> None:
    read = desk.table("step;loss;lr\n1;2,5;3e-4\n2;,25;2,5e-4\n3;-1;0,0001\n")
    assert read.series == {"loss": {1: 2.5, 2: 0.25, 3: -1.0}, "lr": {1: 3e-4, 2: 2.5e-4, 3: 1e-4}}
    mixed = desk.table("step;loss;odd\n1;2,5;1.234\n2;3,5;1,5\n")
    assert mixed.series == {"loss": {1: 2.5, 2: 3.5}}
    assert "hold words: odd" in mixed.notes
    assert desk.table('step,loss\n1,"2,5"\n2,3\n3,4\n').series == {"loss": {2: 3.0, 3: 4.0}}


def test_names_that_stand_twice_or_not_at_all(desk: Any) -> None:
    read = desk.table(",step,loss,loss,Unnamed: 3\n0,1,2,3,4\n")
    assert read.series == {"loss": {1: 2.0}, "loss.2": {1: 3.0}}
    odd = desk.table(f"step,{'x' * 300},loss\n1,2,3\n")
    assert set(odd.series) == {"loss"}
    assert "a key has 1 to 256 characters" in odd.notes


def test_the_length_of_a_run_is_a_number_beyond_every_step(desk: Any) -> None:
    read = desk.table("iteration,total,lm_loss\n10,500,2.5\n20,500,2.25\n")
    assert read.intent == {"total_steps": 500, "roles": {"lm_loss": "train.loss"}}
    assert set(read.series) == {"lm_loss"}
    assert "lm_loss is the only training loss" in read.notes
    for total in ("15", "2.5"):
        assert "total" in desk.table(f"step,total,a\n10,{total},1\n20,{total},1\n").series
    assert desk.table("update,a\n1,2\n").intent == {"step_unit": "update"}


def test_without_a_time_every_point_bears_that_of_the_file(desk: Any) -> None:
    read = desk.table("step,loss\n1,2\n2,3\n")
    assert read.times == [WRITTEN] * 3
    assert read.config["_clock"] == "none"
    assert read.recording.start["ts"] == WRITTEN
    assert "no pace is known" in read.notes


def test_how_figures_were_printed_is_kept(desk: Any) -> None:
    rows = "".join(f"{step},{2 / step:.4f},{1e-6 / step:.6f},{1e-5 / step:.2e},{2 / step!r}\n" for step in range(1, 9))
    read = desk.table("step,loss,lr,learning_rate,grad_norm\n" + rows)
    assert read.config["_printed"] == {
        "loss": {"decimals": 4, "exponent": False},
        "lr": {"decimals": 6, "exponent": False},
        "learning_rate": {"decimals": 2, "exponent": True},
    }


def test_a_western_encoding_is_read(desk: Any) -> None:
    assert desk.table("step,größe/ä\n1,2\n".encode("cp1252")).series == {"größe/ä": {1: 2.0}}


def test_five_thousand_columns_are_no_trouble(desk: Any) -> None:
    names = ",".join(f"layer/{place:04}/norm" for place in range(5000))
    rows = "".join(f"{step},{','.join(str(step / 2 + place) for place in range(5000))}\n" for step in range(3))
    read = desk.table(f"step,{names}\n{rows}")
    assert len(read.series) == 5000
    assert read.series["layer/4999/norm"] == {0: 4999.0, 1: 4999.5, 2: 5000.0}


def test_reading_again_gives_the_same(desk: Any) -> None:
    rows = "0,,1\n" + "".join(f"{n},{n * 2.5},{n / 3}\n" for n in range(1, 2500))
    read = desk.table("step,time,loss\n" + rows)
    again = list(read.recording.batches())
    assert len(again) == 3
    assert [json.loads(line) for _, body in again for line in body.splitlines()] == read.events
    assert read.events[0]["ts"] == read.recording.start["ts"]


FIGURES = st.floats() | st.none()
ROWS = st.tuples(st.integers(0, 2**53), FIGURES, FIGURES)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    rows=st.lists(ROWS, min_size=1, max_size=20, unique_by=lambda row: row[0]),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)  # fmt: skip
def test_any_table_of_floats_survives_the_way_through_csv(
    desk: Any, rows: list[Any], delimiter: str, encoding: str
) -> None:
    if all(figure is None for _, *figures in rows for figure in figures):
        rows = [(*rows[0][:2], 1.0)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["step", "größe/a", "b, c"])
    writer.writerows([step, *("" if figure is None else repr(figure) for figure in figures)] for step, *figures in rows)
    read = desk.read("x.csv", text.getvalue().encode(encoding))
    for place, key in ((1, "größe/a"), (2, "b, c")):
        expected = {row[0]: row[place] for row in rows if row[place] is not None}
        assert {step: _bits(float(value)) for step, value in read.series.get(key, {}).items()} == {
            step: _bits(figure) for step, figure in expected.items()
        }
    assert read.rejected == []


def _bits(figure: float) -> object:
    return "nan" if math.isnan(figure) else (figure, math.copysign(1, figure))
