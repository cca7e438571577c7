"""Watches a PyTorch model while it is trained: what each optimizer step is made of, and what it does.

torch is not imported here. A model can only be passed where the trainer has imported it.
"""

from __future__ import annotations

import itertools
import sys
import time
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ._clip import CLIPPING, ClippedNorm
from ._exit import last_line
from ._figures import figures_of
from ._pulse import Pulse
from ._scaler import StepOfScaler, calling_scaler, is_scaler

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class Carries(Protocol):
    """What carries the figures: a run."""

    watches: list[Watch]

    def complain(self, topic: str, sentence: str) -> None: ...


class Watch:
    """The handle of a watched model. `remove` ends the watch; so does the end of the run."""

    def __init__(self, run: Carries) -> None:
        self.torch: ModuleType | Any = None
        self.models: list[Any] = []
        self.scaler: Any = None
        self.sharded = False
        self._run = run
        self._clock: Callable[[], float] = time.perf_counter
        self._prefix = ""
        self._pulses: dict[int, Pulse] = {}
        self._strangers: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._norm = ClippedNorm()
        self._handles: list[Any] = []
        self._step_of_scaler: StepOfScaler | None = None
        self._names: set[str] = set()
        self._users: set[str] = set()  # what the user logs is not logged here
        self._on = False

    def start(self, torch: ModuleType, models: list[Any], clock: Callable[[], float]) -> None:
        """Take up a place among the run's watches; from the second on, its name goes before the figures."""
        self.torch, self.models, self._clock = torch, models, clock
        self._prefix = f"model_{len(self._run.watches) + 1}/" if self._run.watches else ""
        self.sharded = is_sharded(torch, models)
        if self.sharded:
            self.complain(
                "watch sharded",
                "The parameters are sharded over processes, and the norms of one shard would mislead: "
                "watch() records learning rates and updates alone.",
            )
        else:
            CLIPPING.attach(torch, self._clipped)
        self._run.watches.append(self)
        self._on = True

    def follow(self, optimizers: list[Any]) -> None:
        """Look at the steps of these optimizers; without any, of all that turn out to hold the model's parameters."""
        if not optimizers and not self._handles:
            hooks = sys.modules["torch.optim.optimizer"]
            self._handles.append(hooks.register_optimizer_step_pre_hook(self._before))
            self._handles.append(hooks.register_optimizer_step_post_hook(self._after))
        for optimizer in optimizers:
            if id(optimizer) not in self._pulses:
                self._handles.append(optimizer.register_step_pre_hook(self._before))
                self._handles.append(optimizer.register_step_post_hook(self._after))
                self._pulses[id(optimizer)] = Pulse(optimizer, self, self._clock)

    def listen(self, scaler: Any) -> None:
        """Take down the steps that this scaler leaves out, and its scale."""
        if self.scaler is None and is_scaler(scaler):
            self.scaler = scaler
            self._step_of_scaler = StepOfScaler(scaler, self._scaler_steps, self.complain)

    def remove(self) -> None:
        """Watch no longer, and leave everything as it was."""
        self._on = False
        while self._handles:
            self._handles.pop().remove()
        if self._step_of_scaler is not None:
            self._step_of_scaler.remove()
        CLIPPING.detach(self._clipped)
        self._pulses.clear()
        self.models = []
        if self in self._run.watches:
            self._run.watches.remove(self)

    def take(self, logged: object) -> dict[str, float]:
        """Return what is to go with a call of log(), but for what the user logs."""
        if isinstance(logged, Mapping) and not self._names.isdisjoint(logged):
            self._users |= self._names.intersection(logged)
        start, pulses = self._clock(), list(self._pulses.values())
        for pulse in pulses:
            pulse.harvest()
        named = {self._prefix + name: value for name, value in figures_of(pulses, self._norm.read()).items()}
        self._names |= named.keys()
        for pulse in pulses[:1]:
            pulse.spend(self._clock() - start)
        return {name: value for name, value in named.items() if name not in self._users}

    def parameters(self) -> list[Any]:
        return list(itertools.chain.from_iterable(model.parameters() for model in self.models))

    def optimizers(self) -> int:
        return len(self._pulses)

    def is_clipped(self, pulse: Pulse) -> bool:
        return self._norm.covers(pulse.optimizer)

    def complain(self, topic: str, sentence: str) -> None:
        self._run.complain(topic, sentence)

    def _before(self, optimizer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._look(optimizer, lambda pulse: pulse.before(args, kwargs))

    def _after(self, optimizer: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._look(optimizer, lambda pulse: pulse.after(args, kwargs))

    def _look(self, optimizer: Any, look: Callable[[Pulse], None]) -> None:
        if not self._on or self.torch.compiler.is_compiling():
            return
        try:
            pulse = self._pulse(optimizer)
            if pulse is None or self._is_captured():
                return
            if pulse.updates is None and self.scaler is None:
                self.listen(calling_scaler())
            look(pulse)
        except Exception as error:  # noqa: BLE001 - training goes on without these figures
            self.complain("watch step", f"watch() cannot look at an optimizer step: {last_line(error)}")

    def _pulse(self, optimizer: Any) -> Pulse | None:
        """Return what looks at this optimizer; None for one that holds no parameter of the model."""
        pulse = self._pulses.get(id(optimizer))
        groups = len(optimizer.param_groups)
        if pulse is not None or self._strangers.get(optimizer) == groups:
            return pulse
        pulse = Pulse(optimizer, self, self._clock)
        if not pulse.holds({id(each) for each in self.parameters()}):
            self._strangers[optimizer] = groups
            return None
        self._pulses[id(optimizer)] = pulse
        return pulse

    def _is_captured(self) -> bool:
        """Tell whether the step is being recorded into a CUDA graph, whose replays nobody could look at."""
        cuda = self.torch.cuda
        return bool(cuda.is_initialized() and cuda.is_current_stream_capturing())

    def _scaler_steps(self, optimizer: Any) -> Callable[[], None]:
        """Return what is to be called after a scaler's step: it counts an update that the optimizer did not make."""
        pulse = self._pulse(optimizer)
        updates = pulse.updates if pulse is not None else 0

        def done() -> None:
            if self._on and pulse is not None and pulse.updates == updates:
                pulse.skip()

        return done

    def _clipped(self, parameters: list[Any], norm: Any) -> None:
        """Take down the norm of a gradient from before it was clipped, if it is that of the whole model."""
        if not self._norm.is_of(self.parameters, parameters):
            return
        self._norm.begin()
        pulses = list(self._pulses.values())
        if pulses and not any(pulse.allows() for pulse in pulses):
            return
        start = self._clock()
        self._norm.take_down(self.torch, norm)
        for pulse in pulses[:1]:
            pulse.spend(self._clock() - start)


def is_sharded(torch: ModuleType, models: list[Any]) -> bool:
    """Tell whether this process may hold only a part of the parameters (FSDP, tensor parallel, ZeRO)."""
    for model in models:
        kinds = {kind.__name__ for module in model.modules() for kind in type(module).__mro__}
        if kinds & {"FullyShardedDataParallel", "FSDPModule"}:
            return True
        if any(type(each.data) is not torch.Tensor or hasattr(each, "ds_id") for each in model.parameters()):
            return True
    return False
