from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from microscope.bundled.corpus import facts
from microscope.bundled.corpus.base import Document
from microscope.bundled.rows import Corpus, Packer, build_corpus, repeated_sequence
from microscope.bundled.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return train_tokenizer((d.text for d in islice(facts.documents(random.Random(0)), 500)), n_ctx=1024, d_vocab=600)


def _corpus(lengths: list[int]) -> Corpus:
    """Documents whose tokens are 0, then their own number from 1."""
    ids = [token for number, length in enumerate(lengths) for token in [0, *[number + 1] * (length - 1)]]
    return Corpus(np.asarray(ids, np.uint16), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def test_rows_are_full_and_documents_stay_whole_where_they_fit():
    corpus = _corpus([random.Random(0).randint(5, 60) for _ in range(40)] * 20)
    rows = Packer(corpus).rows(50, 128)
    assert rows.shape == (50, 128)
    whole = cut = 0
    for row in rows:
        for piece in np.split(row, np.flatnonzero(row == 0))[1:]:
            number = int(piece[1]) - 1 if len(piece) > 1 else -1
            fits = number >= 0 and len(piece) == corpus.starts[number + 1] - corpus.starts[number]
            whole, cut = whole + fits, cut + (not fits)
        assert row[0] == 0
    assert cut <= len(rows)
    assert whole >= 2 * len(rows)


def test_a_long_document_goes_on_in_a_later_row():
    corpus = _corpus([700, *[20] * 400])
    rows = Packer(corpus).rows(20, 256)
    assert int((rows == 1).sum()) == 699


def test_packing_goes_on_from_any_row():
    corpus = _corpus([random.Random(1).randint(5, 400) for _ in range(300)])
    straight = Packer(corpus)
    straight.rows(7, 128)
    resumed = Packer(corpus, straight.state)
    assert np.array_equal(straight.rows(9, 256), resumed.rows(9, 256))


def test_a_longer_corpus_begins_like_a_shorter_one(tokenizer: PreTrainedTokenizerFast, tmp_path: Path):
    def documents():
        return facts.documents(random.Random(3))

    short = build_corpus(documents(), tokenizer, 20_000, 0, tmp_path / "short")
    long = build_corpus(documents(), tokenizer, 400_000, 0, tmp_path / "long")
    assert len(long.ids) > len(short.ids) >= 20_000
    assert np.array_equal(short.ids, long.ids[: len(short.ids)])


def test_every_document_stands_behind_bos(tokenizer: PreTrainedTokenizerFast, tmp_path: Path):
    texts = iter([Document("<|user|>hi<|end|>", "chat"), Document("A foal.", "plain")])
    corpus = build_corpus(texts, tokenizer, 5, 0, tmp_path)
    found = {str(tokenizer.decode(corpus.ids[a:b])) for a, b in zip(corpus.starts, corpus.starts[1:], strict=False)}
    assert {"<|endoftext|><|user|>hi<|end|>", "<|endoftext|>A foal."} <= found


def test_random_sequences_repeat_and_hold_no_special_token():
    for seed in range(20):
        ids = repeated_sequence(random.Random(seed), 600)
        period = next(p for p in range(16, 65) if ids[p:] == ids[:-p])
        assert 128 <= len(ids) < 256
        assert min(ids) >= 5
        assert 16 <= period <= 64
