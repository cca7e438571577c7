"""The figures of a watched model are those of its optimizer's steps, and watching disturbs nothing."""

import copy
import itertools
import math
import pickle
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import OptState
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import lineside
from lineside._watching import watch_in

optimizer_module: Any = sys.modules["torch.optim.optimizer"]
UPDATE_FIGURES = {"update_norm", "param_norm", "update_ratio", "params/changed", "params/trainable"}


def at_once() -> float:
    """Stand in for the clock: nothing takes any time, so that every figure can be afforded at every step."""
    return 0.0


def small_model(dtype: torch.dtype = torch.float32) -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1)).to(dtype)


def descend(model: nn.Module, optimizer: Any, scale: float = 1.0) -> None:
    """Make a gradient (of which `scale` is a factor) and step."""
    backward(model, scale)
    optimizer.step()
    optimizer.zero_grad()


def backward(model: nn.Module, scale: float = 1.0) -> None:
    parameter = next(model.parameters())
    batch = torch.linspace(-1, 1, 4 * parameter.shape[-1], dtype=parameter.dtype).view(4, -1)
    (model(batch).square().mean() * scale).backward()


def norm_of(tensors: Any) -> float:
    return math.sqrt(sum(float(each.detach().double().square().sum()) for each in tensors))


@pytest.fixture
def rows(server: Any) -> Callable[[lineside.Run], dict[int, dict[str, float]]]:
    """Finish a run and return what it has logged at each step."""

    def read(run: lineside.Run) -> dict[int, dict[str, float]]:
        assert run.finish()
        found: dict[int, dict[str, float]] = defaultdict(dict)
        for point in server.points(run.id):
            found[point.step].update(point.values)
        return dict(sorted(found.items()))

    return read


@pytest.fixture(autouse=True)
def left_alone() -> Iterator[None]:
    """Fail where torch is not left as it was; on one thread, for several would wait for each other here."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    clip = nn.utils.clip_grad_norm_
    yield
    torch.set_num_threads(threads)
    assert nn.utils.clip_grad_norm_ is clip
    assert not optimizer_module._global_optimizer_pre_hooks
    assert not optimizer_module._global_optimizer_post_hooks


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_figures_are_those_of_each_step(start: Any, rows: Any, dtype: torch.dtype) -> None:
    run, model, expected = start(), small_model(dtype), []
    groups = [{"params": model[0].parameters(), "lr": 0.02}, {"params": model[2].parameters(), "lr": 0.05}]
    optimizer = torch.optim.AdamW(groups)
    watch_in(run, model, optimizer, clock=at_once)
    for step in range(3):
        before = copy.deepcopy(list(model.parameters()))
        backward(model)
        gradient = norm_of(each.grad for each in model.parameters())
        optimizer.step()
        optimizer.zero_grad()
        moved = norm_of(new.double() - old.double() for new, old in zip(model.parameters(), before, strict=True))
        size = norm_of(model.parameters())
        run.log({"loss": 1.0}, step=step)
        expected.append(
            {
                "loss": 1.0, "lr": 0.02, "lr/group_1": 0.05, "update": step + 1.0, "updates_skipped": 0.0,
                "grad_norm": gradient, "update_norm": moved, "param_norm": size, "update_ratio": moved / size,
                "params/trainable": 4.0, "params/changed": 4.0,
            }
        )  # fmt: skip
    found = rows(run)
    for step, values in enumerate(expected):
        assert found[step] == pytest.approx(values, rel=1e-5 if dtype is not torch.float64 else 1e-12)


def test_a_frozen_model_does_not_change(start: Any, rows: Any) -> None:
    run, model = start(), small_model().requires_grad_(requires_grad=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    for _ in range(2):
        optimizer.step()
        run.log({"loss": 1.0})
    last = rows(run)[1]
    assert {key: last[key] for key in ("params/trainable", "params/changed", "update_ratio", "grad_norm")} == {
        "params/trainable": 0.0, "params/changed": 0.0, "update_ratio": 0.0, "grad_norm": 0.0
    }  # fmt: skip
    assert last["param_norm"] == pytest.approx(norm_of(model.parameters()))
    assert (last["update"], last["updates_skipped"]) == (2.0, 2.0)


def test_what_an_optimizer_does_not_reach_is_seen(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(copy.deepcopy(model).parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    descend(model, optimizer)
    run.log({"loss": 1.0})
    (row,) = rows(run).values()
    assert (row["params/trainable"], row["params/changed"], row["update_ratio"]) == (4.0, 0.0, 0.0)
    assert row["grad_norm"] > 0


def test_part_of_a_model_changes(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    model[0].requires_grad_(requires_grad=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    descend(model, optimizer)
    run.log({"loss": 1.0})
    model[0].requires_grad_(requires_grad=True)
    descend(model, optimizer)
    run.log({"loss": 1.0})
    found = rows(run)
    assert [(found[at]["params/trainable"], found[at]["params/changed"]) for at in (0, 1)] == [(2.0, 2.0), (4.0, 4.0)]
    assert found[1]["param_norm"] == pytest.approx(norm_of(model.parameters()))


def scaled_step(model: nn.Module, optimizer: Any, scaler: Any, scale: float = 1.0) -> None:
    backward_of = scaler.scale(torch.ones(())) * scale
    backward(model, float(backward_of))
    scaler.step(optimizer)
    scaler.update()
    optimizer.zero_grad()


@pytest.mark.parametrize("is_given", [True, False])
def test_a_step_that_the_scaler_leaves_out_is_counted(start: Any, rows: Any, *, is_given: bool) -> None:
    run, model = start(), small_model()
    optimizer, scaler = torch.optim.SGD(model.parameters(), lr=0.1), torch.amp.GradScaler("cpu", init_scale=64.0)
    watch_in(run, model, optimizer, scaler=scaler if is_given else None, clock=at_once)
    for scale in (1.0, math.inf, 1.0):
        gradient = copy.deepcopy(model)
        backward(gradient)
        scaled_step(model, optimizer, scaler, scale)
        run.log({"loss": 1.0})
    found = rows(run)
    assert [found[at]["update"] for at in range(3)] == [1.0, 2.0, 3.0]
    assert [found[at]["updates_skipped"] for at in range(3)] == [0.0, 1.0, 1.0]
    assert [found[at].get("loss_scale") for at in range(3)] == [64.0, 64.0, 32.0]
    assert "grad_norm" not in found[1]
    assert found[2]["grad_norm"] == pytest.approx(norm_of(each.grad for each in gradient.parameters()))
    assert "step" not in vars(scaler)


def test_a_fused_optimizer_takes_the_scale_out_itself(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, fused=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    watch_in(run, model, optimizer, scaler=scaler, clock=at_once)
    expected = copy.deepcopy(model)
    backward(expected)
    for scale in (1.0, math.inf):
        scaled_step(model, optimizer, scaler, scale)
        run.log({"loss": 1.0})
    found = rows(run)
    assert found[0]["grad_norm"] == pytest.approx(norm_of(each.grad for each in expected.parameters()))
    assert [(found[at]["update"], found[at]["updates_skipped"]) for at in (0, 1)] == [(1.0, 0.0), (2.0, 1.0)]
    assert found[1]["params/changed"] == 0.0


def test_a_fault_at_the_scaler_is_said_once(start: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run, model = start(), small_model()
    optimizer, scaler = torch.optim.SGD(model.parameters(), lr=0.1), torch.amp.GradScaler("cpu")
    run.watch(model, scaler=scaler)
    unknown = type("Stepping", (), {"step": lambda _: "stepped", "param_groups": None})()
    scaler.scale(torch.ones(()))
    scaler._per_optimizer_states[id(unknown)].update(stage=OptState.UNSCALED, found_inf_per_device={0: torch.zeros(())})
    result: Any = scaler.step(unknown)
    assert result == "stepped"
    scaled_step(model, optimizer, torch.amp.GradScaler("cpu"))
    assert capsys.readouterr().err.count("watch() cannot look at a step of the scaler: TypeError") == 1


def test_a_watched_scaler_can_be_copied_and_stored(start: Any) -> None:
    run, model = start(), small_model()
    optimizer, scaler = torch.optim.SGD(model.parameters(), lr=0.1), torch.amp.GradScaler("cpu", init_scale=8.0)
    handle = run.watch(model, optimizer, scaler=scaler)
    for other in (copy.deepcopy(scaler), pickle.loads(pickle.dumps(scaler))):
        other.scale(torch.ones(()))
        scaled_step(model, optimizer, other)
        assert other.get_scale() == 8.0
    handle.remove()
    assert "step" not in vars(scaler)


def test_with_accumulation_figures_go_with_the_batch_that_is_logged_next(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    for batch in range(6):
        backward(model, 1 / 3)
        if batch % 3 == 2:
            optimizer.step()
            optimizer.zero_grad()
        run.log({"loss": 1.0})
        run.log({"noted": 2.0}, step=batch)
    found = rows(run)
    assert list(found) == list(range(6))  # the figures make no steps of their own
    assert {at: row["update"] for at, row in found.items() if "update" in row} == {2: 1.0, 5: 2.0}


def test_figures_wait_for_a_call_that_has_a_step(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    descend(model, optimizer)
    run.log({"loss": 1.0}, step=-1)
    run.log({"loss": 1.0}, step=torch.ones(2))
    run.log({"loss": 1.0}, step=8)
    run.log({"loss": 1.0}, step=9)
    assert {at: sorted(row) for at, row in rows(run).items()} == {
        8: sorted({"loss", "lr", "grad_norm", "update", "updates_skipped"} | UPDATE_FIGURES),
        9: ["loss"],
    }


def test_two_optimizers_of_a_model_are_put_together(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    first = torch.optim.SGD(model[0].parameters(), lr=0.1)
    second = torch.optim.Adam(model[2].parameters(), lr=0.01)
    watch_in(run, model, [first, second], clock=at_once)
    for _ in range(2):
        before = copy.deepcopy(list(model.parameters()))
        backward(model)
        gradient = norm_of(each.grad for each in model.parameters())
        for optimizer in (first, second):
            optimizer.step()
            optimizer.zero_grad()
        run.log({"loss": 1.0})
    moved = norm_of(new - old for new, old in zip(model.parameters(), before, strict=True))
    assert rows(run)[1] == pytest.approx(
        {
            "loss": 1.0, "lr": 0.1, "lr/group_1": 0.01, "update": 2.0, "updates_skipped": 0.0, "grad_norm": gradient,
            "update_norm": moved, "param_norm": norm_of(model.parameters()), "params/changed": 4.0,
            "params/trainable": 4.0, "update_ratio": moved / norm_of(model.parameters()),
        },
        rel=1e-5,
    )  # fmt: skip


def test_without_an_optimizer_those_of_the_model_are_found(start: Any, rows: Any) -> None:
    run, model, other = start(), small_model(), small_model()
    watch_in(run, model, clock=at_once)
    ours, theirs = (torch.optim.SGD(each.parameters(), lr=0.1) for each in (model, other))
    descend(other, theirs)
    run.log({"loss": 1.0})
    descend(model, ours)
    run.log({"loss": 1.0})
    found = rows(run)
    assert found[0] == {"loss": 1.0}
    assert found[1]["update"] == 1.0
    descend(model, ours)  # nobody looks any longer


def test_a_second_model_has_a_name_of_its_own(start: Any, rows: Any) -> None:
    run, one, two = start(), small_model(), small_model()
    optimizers = [torch.optim.SGD(each.parameters(), lr=lr) for each, lr in ((one, 0.1), (two, 0.2))]
    for model, optimizer in zip((one, two), optimizers, strict=True):
        watch_in(run, model, optimizer, clock=at_once)
    for model, optimizer in zip((one, two), optimizers, strict=True):
        descend(model, optimizer)
    run.log({"loss": 1.0})
    (row,) = rows(run).values()
    assert (row["lr"], row["model_2/lr"]) == (0.1, 0.2)


def test_watching_a_model_again_adds_to_the_first_watch(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    first, second = (torch.optim.SGD(part.parameters(), lr=0.1) for part in (model[0], model[2]))
    handles = [watch_in(run, model, each, clock=at_once) for each in (first, second, second)]
    assert handles[0] is handles[1] is handles[2]
    backward(model)
    first.step()
    second.step()
    run.log({"loss": 1.0})
    (row,) = rows(run).values()
    assert (row["update"], row["params/changed"], row["lr/group_1"]) == (1.0, 4.0, 0.1)
    assert "lr/group_2" not in row


def test_a_resumed_optimizer_counts_on(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    for _ in range(5):
        descend(model, optimizer)
    watch_in(run, model, optimizer, clock=at_once)
    descend(model, optimizer)
    run.log({"loss": 1.0})
    assert rows(run)[0]["update"] == 6.0


def test_the_learning_rate_is_that_of_the_step(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.8)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    watch_in(run, model, None, scheduler, clock=at_once)
    assert not optimizer_module._global_optimizer_pre_hooks  # it is the scheduler's that is watched
    for _ in range(3):
        descend(model, optimizer)
        scheduler.step()
        run.log({"loss": 1.0})
    assert [row["lr"] for row in rows(run).values()] == [0.8, 0.4, 0.2]


def test_a_gradient_made_in_a_closure_is_seen(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=itertools.count().__next__)  # there is time for one look alone
    seen = []

    def closure() -> float:
        optimizer.zero_grad()
        backward(model)
        seen.append(norm_of(each.grad for each in model.parameters()))
        return 0.0

    optimizer.step(closure)
    run.log({"loss": 1.0})
    assert rows(run)[0]["grad_norm"] == pytest.approx(seen[0])


@pytest.mark.parametrize("how", [iter, list, tuple])
def test_the_gradient_norm_is_that_from_before_clipping(start: Any, rows: Any, how: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, clock=at_once)
    norms = []
    for _ in range(2):
        backward(model)
        norms.append(float(nn.utils.clip_grad_norm_(how(model.parameters()), 0.01)))
        assert norm_of(each.grad for each in model.parameters()) == pytest.approx(0.01, rel=1e-3)
        optimizer.step()
        optimizer.zero_grad()
        run.log({"loss": 1.0})
    descend(model, optimizer, 1e-3)  # and without clipping that of the step
    run.log({"loss": 1.0})
    found = rows(run)
    assert [found[at]["grad_norm"] for at in (0, 1)] == pytest.approx(norms)
    assert min(norms) > 0.01 > found[2]["grad_norm"]


def test_clipping_a_part_says_nothing_of_the_whole(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    backward(model)
    nn.utils.clip_grad_norm_(model[0].parameters(), 1e-3)
    nn.utils.clip_grad_norm_(model.parameters(), 1e3, math.inf)
    seen = norm_of(each.grad for each in model.parameters())
    optimizer.step()
    run.log({"loss": 1.0})
    assert rows(run)[0]["grad_norm"] == pytest.approx(seen)


@pytest.mark.parametrize("is_clipped", [True, False])
def test_a_gradient_that_was_not_finite_is_not_forgotten(start: Any, rows: Any, *, is_clipped: bool) -> None:
    run, model = start(), small_model()
    sound = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    for scale in (1.0, math.nan, 1.0, None, 1.0, None):
        if scale is None:
            run.log({"loss": 1.0})
            continue
        backward(model, scale)
        if is_clipped:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        model.load_state_dict(sound)
    found = rows(run)
    assert math.isnan(found[0]["grad_norm"])
    assert math.isfinite(found[1]["grad_norm"])


def test_what_the_user_logs_is_the_users(server: Any, start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    for _ in range(2):
        descend(model, optimizer)
        run.log({"loss": 1.0}, commit=False)
        run.log({"grad_norm": 7.0, "lr": 8.0})
    found = rows(run)
    assert [(row["grad_norm"], row["lr"]) for row in found.values()] == [(7.0, 8.0)] * 2
    said = [point.values["lr"] for point in server.points(run.id) if point.step == 1 and "lr" in point.values]
    assert said == [8.0]  # known by then to be the user's


def sparse_model() -> nn.Module:
    return nn.Sequential(nn.Embedding(50, 4, sparse=True), nn.Flatten(), nn.Linear(8, 1))


@pytest.mark.parametrize("kind", ["sparse", "complex", "channels_last", "half meta"])
def test_odd_tensors(start: Any, rows: Any, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    torch.manual_seed(0)
    run = start()
    if kind == "sparse":
        model = sparse_model()
        model(torch.tensor([[1, 2], [1, 1]])).sum().backward()
    elif kind == "complex":
        model = nn.ParameterList([torch.randn(3, 2, dtype=torch.complex64), torch.randn((), dtype=torch.complex64)])
        sum((each.abs().square().sum() for each in model), torch.zeros(())).backward()
    elif kind == "channels_last":
        model = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stub
        model(torch.randn(2, 3, 8, 8)).square().mean().backward()
    else:
        model = nn.ModuleList([nn.Linear(3, 1), nn.Linear(3, 1, device="meta")])
        model[0](torch.ones(1, 3)).sum().backward()
    real = [each for each in model.parameters() if not each.is_meta]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = [each.detach().clone() for each in real]
    gradient = math.sqrt(
        sum(float(each.grad.to_dense().abs().square().sum()) for each in real if each.grad is not None)
    )
    watch_in(run, model, optimizer, clock=at_once)
    optimizer.step()
    run.log({"loss": 1.0})
    moved = math.sqrt(
        sum(float((new.detach() - old).abs().square().sum()) for new, old in zip(real, before, strict=True))
    )
    (row,) = rows(run).values()
    assert (row["grad_norm"], row["update_norm"]) == pytest.approx((gradient, moved), rel=1e-4)
    assert row["params/changed"] == len(real)
    assert "watch()" not in capsys.readouterr().err


def test_a_sharded_model_has_no_norms(start: Any, rows: Any, capsys: pytest.CaptureFixture[str]) -> None:
    sharded = type("FullyShardedDataParallel", (nn.Linear,), {})
    run, model = start(), sharded(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)
    for _ in range(2):
        model(torch.ones(1, 3)).sum().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        run.log({"loss": 1.0})
    assert rows(run)[1] == {"loss": 1.0, "lr": 0.1, "update": 2.0, "updates_skipped": 0.0}
    assert capsys.readouterr().err.count("sharded over processes") == 1


def test_removal_leaves_everything_as_it_was(start: Any, rows: Any) -> None:
    run, model = start(), small_model()
    optimizer, scaler = torch.optim.SGD(model.parameters(), lr=0.1), torch.amp.GradScaler("cpu")
    clip = nn.utils.clip_grad_norm_
    handle = watch_in(run, model, optimizer, scaler=scaler, clock=at_once)
    assert nn.utils.clip_grad_norm_ is not clip
    descend(model, optimizer)
    handle.remove()
    handle.remove()
    descend(model, optimizer)
    run.log({"loss": 1.0})
    assert nn.utils.clip_grad_norm_ is clip
    assert "step" not in vars(scaler)
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks
    assert rows(run) == {0: {"loss": 1.0}}


@pytest.mark.parametrize("is_given", [True, False])
def test_the_end_of_the_run_ends_its_watches(start: Any, *, is_given: bool) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run.watch(model, optimizer if is_given else None)
    run.finish()
    assert not optimizer_module._global_optimizer_pre_hooks
    assert not optimizer_module._global_optimizer_post_hooks
    assert not optimizer._optimizer_step_post_hooks
    assert run.watches == []
    descend(model, optimizer)


def test_a_run_that_records_nothing_watches_nothing(start: Any) -> None:
    run, model = start(mode="disabled"), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    handle = run.watch(model, optimizer)
    assert not optimizer._optimizer_step_post_hooks
    handle.remove()


@pytest.mark.parametrize("model", ["x", None, {}, [], [nn.Linear(1, 1), 3], nn.Linear])
def test_what_is_no_model_is_said(start: Any, capsys: pytest.CaptureFixture[str], model: Any) -> None:
    run = start()
    handle = run.watch(model)
    handle = run.watch(model)
    run.log({"loss": 1.0})
    handle.remove()
    said = capsys.readouterr().err
    assert said.count("watch() watches nothing: it takes a PyTorch module, not ") == 1
    assert run.watches == []


def test_wandbs_habits(start: Any, rows: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    lineside.watch(model, nn.MSELoss(), "all", 100, log_freq=10, log_graph=True)
    descend(model, optimizer)
    run.log({"loss": 1.0})
    assert rows(run)[0]["update"] == 1.0
    said = capsys.readouterr().err
    assert "watch() does not know argument 4, log_freq, log_graph; left out." in said
    assert "MSELoss is no PyTorch optimizer" in said


def test_an_optimizer_is_found_in_its_wrapper(start: Any, rows: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run, model = start(), small_model()
    inner = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = type("Wrapper", (), {"optimizer": inner, "step": inner.step})()
    watch_in(run, model, wrapper, clock=at_once)
    backward(model)
    wrapper.step()
    run.log({"loss": 1.0})
    assert rows(run)[0]["update"] == 1.0
    assert "no PyTorch optimizer" not in capsys.readouterr().err


def test_a_fault_inside_is_said_once_and_training_goes_on(
    start: Any, rows: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watch_in(run, model, optimizer, clock=at_once)

    class Broken(list[Any]):
        def __len__(self) -> int:
            raise RuntimeError("no length")

    groups = optimizer.param_groups
    for at in range(3):
        backward(model)
        if at:
            optimizer.param_groups = Broken(groups)
        optimizer.step()
        run.log({"loss": 1.0})
    assert rows(run)[0]["update"] == 1.0
    said = capsys.readouterr().err
    assert said.count("watch() cannot look at an optimizer step: RuntimeError: no length") == 1


def test_figures_that_cannot_be_taken_are_left_out(start: Any, rows: Any, capsys: pytest.CaptureFixture[str]) -> None:
    run, model = start(), small_model()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.1)
    optimizer.grad_scale = "no number"  # type: ignore[attr-defined] # where a scaler would put its scale
    watch_in(run, model, optimizer, clock=at_once)
    for _ in range(3):
        descend(model, optimizer)
        run.log({"loss": 1.0})
    found = rows(run)
    assert found[2]["update"] == 3.0
    assert "grad_norm" not in found[2]
    assert found[2]["params/changed"] == 4.0
    said = capsys.readouterr().err
    assert said.count("watch() leaves out the gradient norm from here on: AttributeError") == 1
    assert run._once.counts["watch the gradient norm"] == 1  # nor was it tried again


class Traffic(TorchDispatchMode):
    """A clock that goes on by the bytes that tensor operations read and write, and by something for each operation."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # torch's
        self.now = 0.0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for each in tree_leaves((args, kwargs, result)):
            if isinstance(each, Tensor):
                self.now += each.numel() * each.element_size()
        self.now += 64.0
        return result

    def read(self) -> float:
        return self.now


WIDE = torch.linspace(-1, 1, 512 * 64).view(512, 64)


def work_of(model: nn.Module, optimizer: Any, steps: int, after: Callable[[], None], *, is_clipped: bool) -> None:
    for _ in range(steps):
        model(WIDE).square().mean().backward()
        if is_clipped:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        after()


@pytest.mark.parametrize("is_clipped", [True, False])
def test_the_share_of_the_work_is_bounded(start: Any, rows: Any, *, is_clipped: bool) -> None:
    run, steps = start(), 200
    model = nn.Sequential(*(nn.Linear(64, 64) for _ in range(3)), nn.Linear(64, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    work_of(model, optimizer, 1, lambda: None, is_clipped=is_clipped)  # makes the optimizer's state
    log = partial(run.log, {"loss": 1.0})
    with Traffic() as traffic:
        work_of(model, optimizer, 2, lambda: None, is_clipped=is_clipped)
        plain = traffic.now / 2
        watch_in(run, model, optimizer, clock=traffic.read)
        work_of(model, optimizer, 1, log, is_clipped=is_clipped)
        first = traffic.now - 2 * plain  # everything is looked at, which those that follow pay off
        work_of(model, optimizer, steps, log, is_clipped=is_clipped)
    assert first > 1.02 * plain
    assert (traffic.now - first - 2 * plain) / (steps * plain) <= 1.01
    found = rows(run)
    assert sum("grad_norm" in row for row in found.values()) >= 30
    assert sum("update_norm" in row for row in found.values()) >= 3


def test_torch_is_not_imported_for_it(python: Any) -> None:
    script = """
import sys, lineside
run = lineside.init(mode="offline")
lineside.watch(object()).remove()
print("torch" in sys.modules)
"""
    process = python(script)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert out == "False\n"
    assert "it takes a PyTorch module, not object" in err
