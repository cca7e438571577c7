"""The first loss of a classifier, or of a language model, against what guessing gives: ln(classes)."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from lineside_server.core.composition import plain, split_key, words_of
from lineside_server.core.facts import Facts
from lineside_server.core.figures import times
from lineside_server.core.findings import Finding, Level
from lineside_server.core.scales import declared_classes
from lineside_server.rules.model import Hold, Reading, Rule, Scene, Standing, levels_of, not_checked, passing
from lineside_server.rules.signals.declared import terms
from lineside_server.rules.tape import Points, Track

Origin = Literal["scratch", "pretrained"]
CROSS_ENTROPIES: Final = frozenset({"lm", "ce", "nll", "xent", "crossentropy", "mlm", "clm"})
# Words of a configuration's task or objective whose first loss has nothing to do with a number of classes.
OTHER_TASKS: Final = frozenset(
    {"regression", "mse", "mae", "rl", "ppo", "grpo", "dpo", "reward", "contrastive", "infonce", "clip", "simclr"}
    | {"diffusion", "gan", "triplet", "vae"}
)
TASK_KEYS: Final = frozenset({"task", "problem_type", "objective", "loss", "loss_type", "loss_fn", "criterion", "algo"})
PRETRAINED_KEYS: Final = frozenset(
    {"model_name_or_path", "pretrained_model_name_or_path", "base_model", "init_from_checkpoint", "finetune_from"}
)
VALID_TOKENS: Final = frozenset(
    {"valid_tokens", "label_tokens", "valid_label_tokens", "target_tokens", "num_valid_tokens"}
)


@dataclass(frozen=True)
class Limits:
    note: float = 0.15  # off ln(classes)
    high: float = 2.0  # times ln(classes)
    low: float = 0.5
    first_updates: int = 10  # a first loss that is logged later is none
    settle_updates: int = 50  # of a pretrained model, or its warm-up if that is longer
    points: int = 3  # that a pretrained model's loss must be above ln(classes)


@dataclass
class Memory:
    step: int | None = None  # of the first loss
    value: float = 0.0
    level: int = 0
    done: bool = False  # nothing more can come of it
    settled: bool = False  # a pretrained model was seen below ln(classes)


class InitialLoss(Rule):
    id, title, family = "initial-loss", "the first loss against guessing", "declared"
    Params, State = Limits, Memory
    params: Limits
    state: Memory

    def __init__(self, params: Limits | None = None) -> None:
        super().__init__(params)
        self._told, self._counted = 0, list[str]()  # how many keys were read, and those that count labels

    def observe(self, scene: Scene) -> Iterable[Reading]:
        yield from self._labels(scene)
        if self.state.done:
            return
        track, classes, origin = subject(scene), declared_classes(scene.facts.config), origin_of(scene.facts.config)
        if track is None or classes is None or origin is None or not len(track.new) or other_task(scene.facts):
            return
        guess = math.log(classes[0])
        if self.state.step is None:
            self._take_first(track.new, guess)
        if origin == "scratch":
            yield from self._from_scratch(scene, track, guess, classes)
            self.state.done = self.state.step is not None and not self.state.level
        else:
            yield self._pretrained(scene, track, guess, classes)

    def standing(self, scene: Scene) -> Standing:
        classes, origin, track = declared_classes(scene.facts.config), origin_of(scene.facts.config), subject(scene)
        if (told := other_task(scene.facts)) is not None:
            return not_checked(f"The config says {told}: its first loss does not follow from a number of classes.")
        if classes is None or origin is None:
            what = (
                "No number of classes is declared" if classes is None else "It is not declared where the model starts"
            )
            return not_checked(
                f"{what}: add `vocab_size` (or `num_labels`) and `from_scratch` to the config, "
                "`lineside.init(config={'vocab_size': 50257, 'from_scratch': True})`."
            )
        if track is None:
            return not_checked(
                'No cross-entropy is known among the losses: log it by name, `lineside.log({"train/ce_loss": ce})`.'
            )
        if self.state.step is None:
            return not_checked(f"No value of {track.key} has come yet.")
        guess = math.log(classes[0])
        told = f"{track.key} began at {self.state.value:.4g}; ln({classes[0]:g}) is {guess:.4g}"
        if origin == "scratch" and int(scene.updates(np.array([self.state.step]))[0]) > self.params.first_updates:
            return not_checked(
                f"The first {track.key} came at step {self.state.step:,}, after the start: log it from step 1 on."
            )
        return passing(f"{told}.")

    def _take_first(self, new: Points, guess: float) -> None:
        finite = np.flatnonzero(np.isfinite(new.values))
        if finite.size:
            self.state.step, self.state.value = int(new.steps[finite[0]]), float(new.values[finite[0]])
            ratio = self.state.value / guess
            p = self.params
            self.state.level = int(
                Level.WARNING if not p.low <= ratio <= p.high else Level.INFO if abs(ratio - 1) > p.note else Level.NONE
            )

    def _from_scratch(self, scene: Scene, track: Track, guess: float, classes: tuple[float, str]) -> Iterable[Reading]:
        """The breach begins with the first loss; one that is too high ends where guessing is reached."""
        begun = self.state.step
        if begun is None or not self.state.level:
            return
        if int(scene.updates(np.array([begun]))[0]) > self.params.first_updates:
            return
        new = track.new[int(np.searchsorted(track.new.steps, begun)) :]
        levels = levels_of(len(new))
        levels[:] = self.state.level
        if self.state.value > guess:
            reached = np.flatnonzero(new.values <= guess * (1 + self.params.note))
            if reached.size:
                levels[reached[0] :] = 0
                self.state.level = 0
        value = self.state.value
        yield Reading(
            "train", new.steps, new.times, levels, lambda _: first_finding(track.key, (begun, value), guess, classes)
        )

    def _pretrained(self, scene: Scene, track: Track, guess: float, classes: tuple[float, str]) -> Reading:
        new, schedule = track.new, scene.facts.intent.schedule
        warmup = 0 if schedule is None else schedule.warmup
        updates = scene.updates(new.steps)
        with np.errstate(invalid="ignore"):
            below = new.values <= guess
        late = updates >= max(self.params.settle_updates, warmup)
        seen = np.logical_or.accumulate(below) | self.state.settled
        self.state.settled = bool(seen[-1])
        levels = np.where(late & ~seen & np.isfinite(new.values), Level.CRITICAL, 0).astype(np.int8)
        return Reading(
            "train",
            new.steps,
            new.times,
            levels,
            lambda i: late_finding(track.key, new, i, guess, classes),
            Hold(self.params.points),
        )

    def _labels(self, scene: Scene) -> Iterable[Reading]:
        """Count batches in which no token has a label."""
        if len(scene.tracks) != self._told:
            self._told = len(scene.tracks)
            self._counted = [key for key in scene.tracks if split_key(key)[1].lower() in VALID_TOKENS]
        for key in self._counted:
            new = scene.tracks[key].new
            if len(new):
                levels = np.where(new.values == 0, Level.CRITICAL, 0).astype(np.int8)
                yield Reading(
                    key, new.steps, new.times, levels, _unlabelled(key, new), Hold(self.params.points, keep_points=3)
                )


def _unlabelled(key: str, new: Points) -> Any:
    return lambda i: Finding(
        title=f"{key} is 0: no token of these batches has a label",
        observed={"valid_tokens": 0},
        expected={"valid_tokens": "above 0"},
        window=(int(new.steps[i]), int(new.steps[i])),
        keys=(key,),
        formula=f"{key} = 0 at step {int(new.steps[i])}",
    )


def subject(scene: Scene) -> Track | None:
    """Return the training cross-entropy: a term that is named so, else the total where it has no terms."""
    train = terms.training(scene)
    parts = scene.of("train.component")
    named = next((one for one in parts if words_of(plain(split_key(one.key)[1])) & CROSS_ENTROPIES), None)
    if named is not None:
        return named
    return train.track if train is not None and not parts and len(scene.facts.intent.losses) <= 1 else None


def origin_of(config: Mapping[str, Any]) -> Origin | None:
    """Return how the config says that the model starts, None where it does not say."""
    if isinstance(told := config.get("from_scratch"), bool):
        return "scratch" if told else "pretrained"
    if isinstance(told := config.get("pretrained"), (bool, str)):
        return "pretrained" if told else "scratch"
    if isinstance(told := config.get("init_from", config.get("init")), str):
        return "scratch" if told.lower() in ("scratch", "random") else "pretrained"
    if any(isinstance(config.get(key), str) and config[key] for key in PRETRAINED_KEYS):
        return "pretrained"
    student = config.get("student")  # of the reference trainer: a shape is built, a name is loaded
    return None if student is None else "scratch" if isinstance(student, Mapping) else "pretrained"


def other_task(facts: Facts) -> str | None:
    """Return what the config says of its task where no number of classes bounds the first loss."""
    for key, value in facts.config.items():
        if str(key).lower() in TASK_KEYS and isinstance(value, str) and words_of(value) & OTHER_TASKS:
            return f"{key} = {value}"
    return None


def first_finding(key: str, first: tuple[int, float], guess: float, classes: tuple[float, str]) -> Finding:
    step, value = first
    return Finding(
        title=f"{key} began at {value:.4g}, {times(value / guess)} times what guessing gives ({guess:.4g})",
        observed={"first_loss": value, "over_guessing": value / guess},
        expected={"first_loss": guess},
        window=(step, step),
        keys=(key,),
        formula=f"{value:.4g} / ln({classes[0]:g}) = {value:.4g} / {guess:.4g} = {times(value / guess)} ({classes[1]})",
        clues={"first": value, "guess": guess, "origin": "scratch"},
    )


def late_finding(key: str, new: Points, i: int, guess: float, classes: tuple[float, str]) -> Finding:
    value, step = float(new.values[i]), int(new.steps[i])
    return Finding(
        title=f"{key} of a pretrained model is {value:.4g} at step {step:,}, still above guessing ({guess:.4g})",
        observed={"loss": value, "over_guessing": value / guess},
        expected={"loss": f"below {guess:.4g} = ln({classes[0]:g})"},
        window=(step, step),
        keys=(key,),
        formula=f"ln({classes[1]}) = ln({classes[0]:g}) = {guess:.4g} nats",
        clues={"first": value, "guess": guess, "origin": "pretrained"},
    )
