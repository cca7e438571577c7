"""The teacher: loaded by name, taken from the cache, or trained first as a monitored run of its own."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lineside_trainer import checkpoint, models
from lineside_trainer.config import ConfigError
from lineside_trainer.console import say
from lineside_trainer.losses import Objective
from lineside_trainer.models import Trainee
from lineside_trainer.outcome import AskedToStop
from lineside_trainer.part import Part

if TYPE_CHECKING:
    from lineside_trainer.config import Config
    from lineside_trainer.data import Corpus
    from lineside_trainer.session import Session

# Settings that leave a trained teacher as it is: those of the student, of the evaluation, and of the losses.
NOT_THE_TEACHERS = {
    *("teacher", "corpus", "temperature", "min_temperature", "kd_top_k", "loss_weights"),
    *("eval_every", "eval_batches", "save_every", "nonfinite_policy", "batch_seconds"),
}


def teacher_for(session: Session, corpus: Corpus) -> Any:
    """Return the frozen teacher on the session's device."""
    source = session.config.teacher
    if isinstance(source, str):
        model = models.load(source)
    else:
        folder = session.cache / "teachers" / cache_key(session.config, corpus.digest)
        if (folder / "model").is_dir():
            say(f"Teacher: cached in {folder}")
            model = models.load(str(folder / "model"))
        else:
            model = _train(session, corpus, folder)
    return models.freeze(model.to(session.device))


def cache_key(config: Config, digest: str) -> str:
    """Return a name for everything that the weights of a built teacher depend on."""
    matters = {name: value for name, value in config.for_teacher().as_dict().items() if name not in NOT_THE_TEACHERS}
    text = json.dumps({"format": 1, "corpus": digest, **matters}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _train(session: Session, corpus: Corpus, folder: Path) -> Any:
    """Train the teacher, going on where an earlier start ran out of time; keep it once it is complete."""
    config = session.config.for_teacher()
    model = models.obtain(config.student, config, corpus.vocab_size, corpus.eos)
    objective = Objective(Trainee(model), config.loss_weights, bf16=config.bf16)
    outcome = session.train(Part("teacher", config, objective, corpus, folder, _begun(folder)))
    if outcome.asked:
        raise AskedToStop
    if not outcome.stopped:
        _keep(model, corpus, folder)
    return model


def _begun(folder: Path) -> checkpoint.Checkpoint | None:
    """Return what an earlier start left; an unreadable leftover of a cache is no reason to refuse the work."""
    try:
        return checkpoint.load(folder)
    except ConfigError:
        return None


def _keep(model: Any, corpus: Corpus, folder: Path) -> None:
    """Put the model into the cache whole, by a rename: two starts at once may both be here."""
    beside = Path(tempfile.mkdtemp(dir=folder))
    models.save(model, beside)
    corpus.tokenizer.save(str(beside / "tokenizer.json"))
    try:
        beside.rename(folder / "model")
    except OSError:  # the other start was first, with the same weights
        shutil.rmtree(beside)
    (folder / checkpoint.FILE).unlink(missing_ok=True)
