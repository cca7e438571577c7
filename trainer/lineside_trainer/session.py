"""One start of the program: corpus, then teacher, then student, each as far as it is needed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from lineside_trainer import models
from lineside_trainer.config import ConfigError
from lineside_trainer.console import say
from lineside_trainer.data import Corpus
from lineside_trainer.faults.seam import Fault
from lineside_trainer.intent import describe, intent_of, run_config
from lineside_trainer.loop import Job, train
from lineside_trainer.losses import Objective
from lineside_trainer.models import Trainee
from lineside_trainer.outcome import AskedToStop
from lineside_trainer.part import Part
from lineside_trainer.schedule import Plan, Schedule
from lineside_trainer.teacher import teacher_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lineside_trainer.checkpoint import Checkpoint
    from lineside_trainer.config import Config
    from lineside_trainer.outcome import Outcome
    from lineside_trainer.recorder import OpenRun

TEACHERS_SHARE = 0.45  # of the time left, when there is a bound and the teacher must be trained
LAST_SECONDS = 3.0  # kept for the last checkpoint, the saved model and the last events


@dataclass
class Session:
    """What both runs share; `open_run` begins a monitored run."""

    config: Config
    cache: Path
    open_run: OpenRun
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    seconds: float | None = None  # bound on the whole start; None: none
    clock: Callable[[], float] = time.monotonic
    began: float = 0.0
    fault: Fault = field(default_factory=Fault)  # of the student's run alone
    summaries: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.config = self.fault.settings(self.config)

    def distil(self, output: Path | None = None, start: Checkpoint | None = None) -> None:
        """Do it all, and tell how it went: corpus, teacher (trained if it must be), student."""
        corpus = Corpus.prepare(self.config)
        check_fit(self.config, corpus)
        say(f"Corpus: {corpus.describe()}")
        try:
            teacher = teacher_for(self, corpus) if self.config.distils else None
            self.student(corpus, teacher, output, start)
        except AskedToStop:
            say("The teacher was asked to stop: no student is trained, and the next start goes on from there.")
        for text in self.summaries:
            say(text)

    def student(self, corpus: Corpus, teacher: Any, output: Path | None, start: Checkpoint | None) -> None:
        model = models.obtain(self.config.student, self.config, corpus.vocab_size, corpus.eos)
        trainee = Trainee(model) if teacher is None else Trainee.beside(model, teacher)
        objective = Objective(trainee, self.config.loss_weights, teacher, self.config.kd_top_k, self.config.bf16)
        self.train(Part("student", self.config, objective, corpus, output, start))

    def train(self, part: Part) -> Outcome:
        """Train as a monitored run of its own; by default its files lie in the cache, under its id."""
        plan = Plan.of(part.config, len(part.corpus.blocks.train))
        facts = self.facts(part)
        say(f"{part.name.capitalize()}: {facts['model']}; {plan.total_batches} batches, {plan.total_updates} updates")
        fault = self.fault if part.name == "student" else Fault()
        built = fault.schedule(Schedule.of(part.config, plan), plan)
        settings, intent = run_config(part.config, plan, built, facts), intent_of(part.config, plan)
        with self.open_run(part.name, settings, intent, part.start.run_id if part.start else None) as run:
            folder = part.folder or self.cache / "runs" / run.id
            out_of_time = self.deadline(TEACHERS_SHARE if part.name == "teacher" else 1.0)
            blocks = part.corpus.blocks
            job = Job(part.config, part.objective, blocks, self.device, folder, out_of_time, self.clock, fault=fault)
            outcome = train(run, job, part.start)
            if part.name == "student":
                models.save(part.objective.trainee.model, folder / "model")
                part.corpus.tokenizer.save(str(folder / "model" / "tokenizer.json"))
            run.finish(outcome.status, outcome.stopped or None)
        self.summaries.append(outcome.summary(part.name))
        return outcome

    def deadline(self, share: float) -> Callable[[], bool]:
        """Return the question whether a share of the time that is left now has passed."""
        if self.seconds is None:
            return lambda: False
        now = self.clock()
        until = now + share * (self.began + self.seconds - LAST_SECONDS - now)
        return lambda: self.clock() >= until

    def facts(self, part: Part) -> dict[str, Any]:
        """Return what the settings alone do not tell."""
        trainee, blocks = part.objective.trainee, part.corpus.blocks
        return {
            "model": describe(part.config.student, models.parameters_in(trainee.model)),
            "layer_pairs": [list(pair) for pair in trainee.pairs],
            "train_sequences": len(blocks.train),
            "eval_sequences": len(blocks.held_out),
            "corpus_digest": part.corpus.digest[:16],
            "device": str(self.device),
            "torch": torch.__version__,
        }


def check_fit(config: Config, corpus: Corpus) -> None:
    """Refuse what only the vocabulary and loaded models can tell."""
    if config.kd_top_k is not None and config.kd_top_k > corpus.vocab_size:
        raise ConfigError(f"kd_top_k is {config.kd_top_k}; the vocabulary has {corpus.vocab_size} tokens.")
    if corpus.longest is not None and config.sequence_length > corpus.longest:
        raise ConfigError(
            f"sequence_length is {config.sequence_length}; the loaded model takes {corpus.longest} tokens."
        )
