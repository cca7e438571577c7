"""The corpus: texts from files, a BPE tokenizer trained on them, and sequences in a fixed order."""

from __future__ import annotations

import hashlib
import os
import random
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from lineside_trainer.config import ConfigError
from lineside_trainer.models import vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor

    from lineside_trainer.config import Config

END_OF_TEXT = "<|endoftext|>"
# Foreign packages, tests full of odd bytes, and tables of code points are neither English nor good Python.
NOT_OURS = {"site-packages", "dist-packages", "test", "tests", "idle_test", "__pycache__", "lib-dynload", "encodings"}
SUFFIXES = {".py", ".txt", ".md", ".rst"}
CHARACTERS_A_TOKEN = 8  # more than BPE packs into a token on average: enough text is read, and not all of it
LONGEST_TEXT = 32_768  # characters taken of one file, so that no single one fills a small corpus
HELD_OUT = 20  # every 20th sequence is kept from training, for evaluation


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences (batch, length) with labels of the same shape; -100 labels count for nothing.

    Padding, if any, stands at the right: a causal model never sees it from the left of it.
    """

    input_ids: Tensor
    labels: Tensor
    tokens: int  # valid targets, counted once on the CPU

    @classmethod
    def of(cls, input_ids: Tensor, labels: Tensor | None = None) -> Batch:
        labels = input_ids if labels is None else labels
        return cls(input_ids, labels, int((labels[:, 1:] != -100).sum()))

    @property
    def targets(self) -> Tensor:
        """The token after each position (batch, length - 1)."""
        return self.labels[:, 1:]

    @property
    def mask(self) -> Tensor:
        """The positions that predict something (batch, length - 1): all losses are means over these."""
        return self.targets != -100

    def to(self, device: torch.device) -> Batch:
        return Batch(self.input_ids.to(device), self.labels.to(device), self.tokens)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The tokenised corpus as sequences (count, length)."""

    train: Tensor
    held_out: Tensor

    def epoch(self, epoch: int, batch_size: int, seed: int) -> tuple[Batch, ...]:
        """Return an epoch's batches; their order depends on seed and epoch alone, so a resumed run finds its place."""
        order = torch.randperm(len(self.train), generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch))
        return tuple(Batch.of(rows) for rows in torch.split(self.train[order], batch_size))

    def fingerprint(self) -> str:
        """Return a name for the training sequences: the order of a resumed run is that of the same ones."""
        return hashlib.sha256(self.train.numpy().tobytes()).hexdigest()

    def evaluation(self, batch_size: int, limit: int) -> tuple[Batch, ...]:
        rows = self.held_out[:: max(1, len(self.held_out) // (batch_size * limit))]  # from all over the corpus
        return tuple(Batch.of(part) for part in torch.split(rows, batch_size)[:limit])


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts made into sequences, and what models need to know of their vocabulary."""

    blocks: Blocks
    tokenizer: Tokenizer
    vocab_size: int
    eos: int
    digest: str
    longest: int | None = None  # tokens that a loaded model takes; None: models are built to measure

    @classmethod
    def prepare(cls, config: Config) -> Corpus:
        """Return the corpus, in the vocabulary of the loaded model if one is loaded, else in its own."""
        documents = texts(config)
        names = [source for source in (config.teacher, config.student) if isinstance(source, str)]
        tokenizer = load_tokenizer(names[0]) if names else train_tokenizer(documents, config.vocab_size)
        # The first token is END_OF_TEXT, as the trainer of the tokenizer puts special tokens first.
        vocab_size, eos, longest = vocabulary_of(names[0]) if names else (tokenizer.get_vocab_size(), 0, None)
        return cls(tokenise(documents, tokenizer, eos, config), tokenizer, vocab_size, eos, digest(documents), longest)

    def describe(self) -> str:
        train, held_out = len(self.blocks.train), len(self.blocks.held_out)
        length = self.blocks.train.shape[1]
        return f"{train:,} sequences of {length} tokens, {held_out} held out, vocabulary of {self.vocab_size:,}"


def texts(config: Config) -> tuple[str, ...]:
    """Return as many texts as the token budget may need, in an order that depends on the seed alone."""
    paths = sorted(_paths(config.corpus))
    random.Random(config.seed).shuffle(paths)  # noqa: S311 (an order, no secret)
    budget, found = config.max_train_tokens * CHARACTERS_A_TOKEN, []
    for path in paths:
        text = _read(path)
        if text.strip():
            found.append(text)
            budget -= len(text)
        if budget <= 0:
            break
    if not found:
        raise ConfigError(f"The corpus {', '.join(config.corpus) or 'of the standard library'} holds no text.")
    return tuple(found)


def _paths(corpus: Sequence[str]) -> Iterator[Path]:
    for name in corpus or (sysconfig.get_path("stdlib"),):
        root = Path(name)
        if root.is_file():
            yield root
        elif root.is_dir():
            yield from _texts_in(root)
        else:
            raise ConfigError(f"The corpus {name} is neither a file nor a folder.")


def _texts_in(root: Path) -> Iterator[Path]:
    for folder, inside, names in os.walk(root):
        inside[:] = set(inside) - NOT_OURS  # pruned here: site-packages may hold a hundred thousand files
        yield from (Path(folder, name) for name in names if Path(name).suffix in SUFFIXES)


def _read(path: Path) -> str:
    """Return a text, or nothing where the file is not UTF-8: half a decoded text would teach nonsense."""
    try:
        return path.read_text(encoding="utf-8")[:LONGEST_TEXT]
    except (OSError, UnicodeDecodeError):
        return ""


def digest(documents: Iterable[str]) -> str:
    state = hashlib.sha256()
    for document in documents:
        state.update(hashlib.sha256(document.encode()).digest())
    return state.hexdigest()


def train_tokenizer(documents: Sequence[str], vocab_size: int) -> Tokenizer:
    """Return a byte-level BPE tokenizer: any text goes through it and back unchanged."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def load_tokenizer(name: str) -> Tokenizer:
    """Return the tokenizer beside a model in a folder or on the hub; raise ConfigError in words."""
    path = Path(name) / "tokenizer.json"
    try:
        return Tokenizer.from_file(str(path)) if Path(name).is_dir() else Tokenizer.from_pretrained(name)
    except Exception as error:  # tokenizers raises bare Exception
        raise ConfigError(f"The tokenizer of {name} cannot be loaded: {error}.") from error


def tokenise(documents: Sequence[str], tokenizer: Tokenizer, eos: int, config: Config) -> Blocks:
    """Return the sequences: texts joined by the end-of-text token and cut, what is left over dropped.

    Every 20th is held out, so that training and evaluation see the same kinds of text and never the same text.
    """
    length, ids = config.sequence_length, list[int]()
    wanted = config.max_train_tokens * HELD_OUT // (HELD_OUT - 1)
    for document in documents:
        ids += [*tokenizer.encode(document, add_special_tokens=False).ids, eos]
        if len(ids) >= wanted:
            break
    count = min(len(ids), wanted) // length
    if count < HELD_OUT:
        raise ConfigError(f"The corpus gives {count} sequences of {length} tokens; at least {HELD_OUT} are needed.")
    rows = torch.tensor(ids[: count * length], dtype=torch.long).view(count, length)
    held_out = torch.arange(count) % HELD_OUT == HELD_OUT - 1
    return Blocks(rows[~held_out], rows[held_out])
