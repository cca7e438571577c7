"""The corpus: read in a fixed order, tokenised and back, cut, shuffled by epoch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lineside_trainer import data
from lineside_trainer.config import Config, ConfigError
from lineside_trainer.data import Batch, Blocks, Corpus

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "the quick brown fox jumps over the lazy dog\nand the dog sleeps on\n"
TOKENIZER = data.train_tokenizer([TEXT] * 5, 300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i in range(30):
        (tmp_path / f"{i:02}.txt").write_text(f"text {i}: " + TEXT * 5, encoding="utf-8")
    return tmp_path


@given(st.text(max_size=60))
def test_any_text_goes_through_the_tokenizer_and_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text, add_special_tokens=False).ids) == text


def test_the_tokenizer_learns_the_corpus_and_is_the_same_each_time() -> None:
    assert TOKENIZER.get_vocab_size() <= 300
    assert len(TOKENIZER.encode(TEXT).ids) < 0.7 * len(TEXT)
    assert TOKENIZER.token_to_id(data.END_OF_TEXT) == 0
    assert data.train_tokenizer([TEXT] * 5, 300).to_str() == TOKENIZER.to_str()


def test_the_default_corpus_is_the_standard_library_without_its_tests() -> None:
    config = Config(max_train_tokens=20_000)
    documents = data.texts(config)
    assert documents == data.texts(config)
    assert sum(map(len, documents)) >= 20_000
    assert any("import " in text for text in documents)
    assert data.digest(documents) != data.digest(data.texts(replace(config, seed=1)))


def test_reads_files_and_folders_but_neither_foreign_code_nor_broken_text(folder: Path) -> None:
    for name in ("site-packages/a.py", "tests/b.py", "image.png", "latin.txt", "deep/c.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"caf\xe9" if name == "latin.txt" else b"from " + name.encode())
    found = data.texts(Config(corpus=(str(folder), str(folder / "image.png"))))
    assert sorted(text for text in found if text.startswith("from")) == ["from deep/c.md", "from image.png"]
    assert len(found) == 32


def test_no_single_text_fills_the_corpus(folder: Path) -> None:
    (folder / "long.txt").write_text("word " * 50_000, encoding="utf-8")
    assert max(map(len, data.texts(Config(corpus=(str(folder),))))) == data.LONGEST_TEXT


def test_a_corpus_that_cannot_be_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere is neither a file nor a folder"):
        data.texts(Config(corpus=("nowhere",)))
    with pytest.raises(ConfigError, match=r"holds no text"):
        data.texts(Config(corpus=(str(tmp_path),)))
    (tmp_path / "a.txt").write_text("short", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"gives 0 sequences of 64 tokens; at least 20 are needed"):
        Corpus.prepare(Config(corpus=(str(tmp_path),)))


def test_sequences_are_cut_to_the_budget_and_every_20th_is_held_out(folder: Path) -> None:
    corpus = Corpus.prepare(Config(corpus=(str(folder),), vocab_size=300, sequence_length=16, max_train_tokens=1600))
    assert corpus.blocks.train.shape == (100, 16)
    assert corpus.blocks.held_out.shape == (5, 16)
    assert corpus.vocab_size == corpus.tokenizer.get_vocab_size()
    assert int(corpus.blocks.train.max()) < corpus.vocab_size
    assert (corpus.blocks.train == corpus.eos).any()
    assert "100 sequences of 16 tokens, 5 held out" in corpus.describe()


def test_an_epoch_holds_every_sequence_once_in_an_order_of_its_own() -> None:
    blocks = Blocks(torch.arange(22).view(11, 2), torch.arange(10).view(5, 2))
    epochs = [torch.cat([batch.input_ids for batch in blocks.epoch(epoch, 4, seed=0)]) for epoch in (0, 1, 0)]
    assert torch.equal(epochs[0], epochs[2])
    assert not torch.equal(epochs[0], epochs[1])
    assert sorted(epochs[1][:, 0].tolist()) == list(range(0, 22, 2))
    assert [len(batch.input_ids) for batch in blocks.epoch(0, 4, 0)] == [4, 4, 3]


def test_evaluation_takes_from_all_over_the_held_out() -> None:
    blocks = Blocks(torch.zeros(1, 2), torch.arange(200).view(100, 2))
    batches = blocks.evaluation(4, 5)
    assert torch.cat([batch.input_ids for batch in batches])[:, 0].tolist() == list(range(0, 200, 10))
    assert len(blocks.evaluation(30, 100)) == 4


def test_a_batch_counts_what_it_predicts() -> None:
    labels = torch.tensor([[5, 6, -100, -100], [-100, 1, 2, 3]])
    batch = Batch.of(torch.zeros_like(labels), labels)
    assert batch.tokens == int(batch.mask.sum()) == 4
    assert batch.targets.tolist() == [[6, -100, -100], [1, 2, 3]]
    assert batch.to(torch.device("cpu")).tokens == 4
