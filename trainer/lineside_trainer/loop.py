"""The training loop, top to bottom, for the teacher (one loss) and for the student (four).

    python -m lineside_trainer --minutes 2

Steps are batches and count from 1. `update` is the number of updates behind the run once that batch is
done, skipped ones included, so that a skipped update does not shift the schedule; `lr` is what the
optimizer held while the batch was computed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch.optim import AdamW

from lineside_trainer.checkpoint import Checkpoint
from lineside_trainer.config import ConfigError
from lineside_trainer.console import tell
from lineside_trainer.evaluate import evaluate, report
from lineside_trainer.faults.seam import Fault
from lineside_trainer.guard import Guard
from lineside_trainer.losses import Figures
from lineside_trainer.outcome import Outcome
from lineside_trainer.schedule import Plan, Schedule, temperature_at
from lineside_trainer.vitals import Gauges, Stopwatch, clip, copies, memory_bytes, norms_of_update

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lineside_trainer.config import Config
    from lineside_trainer.data import Batch, Blocks
    from lineside_trainer.losses import Objective
    from lineside_trainer.recorder import Recorder

PROGRESS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be trained, on what, and where its checkpoints go."""

    config: Config
    objective: Objective
    blocks: Blocks
    device: torch.device
    folder: Path
    out_of_time: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    fault: Fault = field(default_factory=Fault)  # none, unless one is made on purpose


def train(run: Recorder, job: Job, start: Checkpoint | None = None) -> Outcome:
    """Train to the declared end, or until asked to stop or out of time; leave a checkpoint either way."""
    loop = Loop(run, job)
    done = loop.resume(start) if start else 0
    for update in range(done, loop.plan.total_updates):
        loop.update(update)
        if loop.leave(update):
            break
    return loop.outcome


class Loop:
    """One run: the state that lives from one update to the next, and what happens in each, in order."""

    def __init__(self, run: Recorder, job: Job) -> None:
        self.run, self.job, self.config, self.fault = run, job, job.config, job.fault
        self.plan = Plan.of(job.config, len(job.blocks.train))
        self.schedule = self.fault.schedule(Schedule.of(job.config, self.plan), self.plan)
        self.objective, self.trainee = job.objective, job.objective.trainee
        torch.manual_seed(job.config.seed)
        self.trainee.to(job.device).train()
        self.parameters = [parameter for parameter in self.trainee.parameters() if parameter.requires_grad]
        self.optimizer = AdamW(self.parameters, lr=self.schedule.at(0), weight_decay=job.config.weight_decay)
        self.minimised = self.fault.training(self.objective)
        self.evaluated = self.fault.evaluation(self.minimised)
        self.guard = Guard(run, job.config.nonfinite_policy, job.objective.weights)
        self.held_out = [
            b.to(job.device) for b in job.blocks.evaluation(job.config.batch_size, job.config.eval_batches)
        ]
        self.epoch_batches: tuple[Batch, ...] = ()
        self.epoch = -1
        self.gauges, self.watch = Gauges(run, job.device, job.clock), Stopwatch(job.clock)
        self.printed = job.clock()
        self.outcome = Outcome(self.plan.total_updates)
        self.fault.begin(self.plan, self.trainee)

    def resume(self, start: Checkpoint) -> int:
        """Put back the state of a checkpoint; return the updates done. The same data must be there."""
        if start.data != self.job.blocks.fingerprint():
            raise ConfigError("The corpus is not the one that the checkpoint was trained on; it cannot be resumed.")
        start.restore(self.trainee, self.optimizer)
        self.outcome.updates, self.outcome.steps = start.update, self.plan.steps_after(start.update)
        return start.update

    def update(self, update: int) -> None:
        """Gather the gradient over the update's batches, then make it."""
        epoch, indices = self.plan.batches_of(update)
        if epoch != self.epoch:
            self.epoch = epoch
            self.epoch_batches = self.job.blocks.epoch(epoch, self.config.batch_size, self.config.seed)
        batches = self.epoch_batches[indices.start : indices.stop]
        tokens = sum(batch.tokens for batch in batches)
        temperature = temperature_at(self.config, update, self.plan.total_updates)
        sound = True
        for step, batch in enumerate(batches, self.plan.steps_after(update) + 1):
            began = self.job.clock()
            self.set_lr(self.fault.rate(self.schedule, update, step - 1))
            # Each loss is a mean over tokens, so a batch counts by its share of the update's tokens: four
            # batches of two equal one of eight, also in the ragged last group of an epoch.
            loaded = self.fault.batch(step, batch).to(self.job.device)
            figures, clean = self.forward_backward(step, loaded, temperature, batch.tokens / tokens)
            self.wait(began)
            sound = sound and clean
            last = batch is batches[-1]
            values = {"lr": self.lr(), "update": float(update + last), "epoch": step / self.plan.batches_per_epoch}
            if self.config.anneals:
                values["temperature"] = temperature
            if last:
                values |= self.step_optimizer(step, sound=sound) | self.speed(tokens, len(batches))
            self.run.log(values, step=step)
            self.look(step, values, figures, temperature)
        self.outcome.steps, self.outcome.updates = step, update + 1

    def forward_backward(self, step: int, batch: Batch, temperature: float, share: float) -> tuple[Figures, bool]:
        """Return the batch's losses and whether they may count; add its share of the gradient if so."""
        losses = self.fault.losses(step, self.minimised(batch, temperature))
        figures = losses.figures()
        # The guard looks at every component before a sum or a clamp can hide it, and the log shows it as it was.
        bad = self.guard.inspect(step, figures.raw, figures.total)
        if self.guard.clamps(bad):
            losses = losses.without(bad)
            figures = Figures(figures.raw, losses.total.item())
        if not self.guard.filters(bad):
            self.run.log_losses(step, "train", figures.raw, self.objective.weights, figures.total)
        self.outcome.train.append(figures.total)
        admitted = self.guard.admits(step, bad)
        if admitted and losses.total.requires_grad:
            torch.autograd.backward(losses.total * share)
        return figures, admitted

    def wait(self, began: float) -> None:
        """Let a batch take its least time: a run that mostly waits is as fast on a busy machine as on an idle one."""
        left = self.config.batch_seconds - (self.job.clock() - began)
        if left > 0:
            self.job.sleep(left)

    def step_optimizer(self, step: int, *, sound: bool) -> dict[str, float]:
        """Clip and update if losses and gradient are sound; return the vitals of the update."""
        vitals: dict[str, float] = {}
        if sound:
            vitals["grad_norm"] = clip(self.parameters, self.config.max_grad_norm)
            if self.guard.accepts_gradient(step, vitals["grad_norm"]):
                before = copies(self.parameters)
                self.optimizer.step()
                vitals |= norms_of_update(self.parameters, before)
        self.outcome.skipped += "update_norm" not in vitals
        self.optimizer.zero_grad()
        return vitals | {"skipped_updates": float(self.outcome.skipped)}

    def speed(self, tokens: int, batches: int) -> dict[str, float]:
        seconds = max(self.watch.lap(), 1e-9)
        self.outcome.seconds += seconds
        memory = memory_bytes(self.job.device)
        return {"tokens_per_s": tokens / seconds, "step_time_s": seconds / batches, "memory_bytes": float(memory)}

    def look(self, step: int, values: dict[str, float], figures: Figures, temperature: float) -> None:
        """Evaluate, mark, gauge and print when it is time; none of it on the training clock."""
        with self.watch.paused():
            if step % self.config.eval_every == 0 or step == self.plan.total_batches:
                evaluation = evaluate(self.evaluated, self.held_out, temperature)
                report(self.run, step, evaluation, self.objective)
                self.outcome.evals.append(evaluation.total)
            if step % self.plan.batches_per_epoch == 0:
                self.run.epoch(step // self.plan.batches_per_epoch, step=step)
            self.gauges.tick()
            if self.job.clock() - self.printed >= PROGRESS_SECONDS:
                self.printed = self.job.clock()
                done = f"batch {step} of {self.plan.total_batches}, update {values['update']:.0f}"
                tell(self.run, f"{done}: loss {figures.total:.4f}, lr {values['lr']:.3e}")

    def leave(self, update: int) -> bool:
        """Save when due; return whether to end before the declared end. Asked only between two updates."""
        with self.watch.paused():
            early = update + 1 < self.plan.total_updates
            self.outcome.asked = early and self.run.should_stop
            self.outcome.stopped = self.reason_to_stop() if early else ""
            if self.outcome.stopped or not early or self.crossed(self.config.save_every, update):
                saved = self.checkpoint(update + 1).save(self.job.folder)
                self.run.checkpoint(str(saved), step=self.outcome.steps)
        if self.outcome.stopped:
            self.run.note(f"{self.outcome.stopped} Saved after update {update + 1}.", step=self.outcome.steps)
        return bool(self.outcome.stopped)

    def checkpoint(self, updates: int) -> Checkpoint:
        return Checkpoint(
            config=self.config.as_dict(),
            run_id=self.run.id,
            data=self.job.blocks.fingerprint(),
            update=updates,
            trainee=self.trainee.state_dict(),
            optimizer=self.optimizer.state_dict(),
            random_cpu=torch.get_rng_state(),
            random_cuda=torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        )

    def reason_to_stop(self) -> str:
        if self.outcome.asked:
            return "Asked to stop."
        return "The time is used up." if self.job.out_of_time() else ""

    def crossed(self, every: int, update: int) -> bool:
        """Return whether a multiple of `every` batches lies in the batches of this update (0: never)."""
        batches = len(self.plan.batches_of(update)[1])
        return every > 0 and self.outcome.steps // every > (self.outcome.steps - batches) // every

    def set_lr(self, lr: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = lr

    def lr(self) -> float:
        """Return the optimizer's own rate: what is logged is what is used, not what was planned."""
        return float(self.optimizer.param_groups[0]["lr"])
