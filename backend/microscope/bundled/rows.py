"""From documents to training rows: tokenised once, packed whole, resumable at any row.

1. Documents are taken from the mix in its order; a share of tokens is repeated random sequences (`induction/random`).
2. Their ids go to one flat uint16 file, each document behind BOS, with an index of where each begins.
3. A row is filled with whole documents, the longest that fits first; what is left is filled with the head of another.

Knows nothing of the model. The same seed and stories give the same rows, however often the training is interrupted.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from microscope.bundled.corpus.base import Document
from microscope.bundled.tokenizer import SPECIAL

RANDOM_SHARE = 0.05
"""Of all tokens: induction forms from repeats that no other statistic predicts."""

BATCH = 4096
"""Documents tokenised at once."""

POOL = 48
"""Pieces among which the packer looks for one that fits."""

SHORTEST_REST = 128
"""Tokens: a shorter rest of a document that was cut at a row's end is dropped, for want of its context."""


class Corpus(NamedTuple):
    """Tokenised documents."""

    ids: Int[NDArray[np.uint16], "token"]
    starts: Int[NDArray[np.int64], "document+1"]
    """Document i is `ids[starts[i] : starts[i + 1]]`; its first id is BOS."""


class Piece(NamedTuple):
    """A document from `start` on, counted in tokens from its BOS."""

    document: int
    start: int


def build_corpus(
    documents: Iterator[Document], tokenizer: PreTrainedTokenizerFast, n_tokens: int, seed: int, folder: Path
) -> Corpus:
    """Tokenise documents until there are `n_tokens`, and keep them in `folder`.

    Asking later for more tokens gives the same beginning.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"{seed} random sequences")
    bos, d_vocab = tokenizer.convert_tokens_to_ids(SPECIAL[0]), len(tokenizer)
    assert isinstance(bos, int)
    counts: Counter[str] = Counter()
    lengths: list[int] = []
    with (folder / "ids.part").open("wb") as file:
        while sum(counts.values()) < n_tokens:
            batch = list(islice(documents, BATCH))
            encoded = tokenizer.backend_tokenizer.encode_batch([d.text for d in batch], add_special_tokens=False)
            kept = [(document.kind, [bos, *encoding.ids]) for document, encoding in zip(batch, encoded, strict=True)]
            repeats = _repeats(rng, d_vocab, bos, RANDOM_SHARE * sum(len(ids) for _, ids in kept))
            kept += [("induction/random", ids) for ids in repeats]
            rng.shuffle(kept)
            for kind, ids in kept:
                counts[kind] += len(ids)
                lengths.append(len(ids))
                file.write(np.asarray(ids, np.uint16).tobytes())
    np.save(folder / "starts.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
    (folder / "tokens_by_kind.json").write_text(json.dumps(dict(counts.most_common()), indent=1) + "\n")
    (folder / "ids.part").replace(folder / "ids.bin")
    return load_corpus(folder)


def load_corpus(folder: Path) -> Corpus:
    ids = np.memmap(folder / "ids.bin", np.uint16, mode="r")
    return Corpus(ids, np.load(folder / "starts.npy"))


def texts(corpus: Corpus, tokenizer: PreTrainedTokenizerBase) -> Iterator[str]:
    """Every document as it was written, without its BOS."""
    n_documents = len(corpus.starts) - 1
    for first in range(0, n_documents, BATCH):
        bounds = corpus.starts[first : first + BATCH + 1].tolist()
        yield from tokenizer.batch_decode([corpus.ids[start + 1 : end].tolist() for start, end in pairwise(bounds)])


def repeated_sequence(rng: random.Random, d_vocab: int) -> list[int]:
    """16 to 64 random ordinary ids, repeated until there are 128 to 256."""
    segment = [rng.randrange(len(SPECIAL), d_vocab) for _ in range(rng.randint(16, 64))]
    length = rng.randint(128, 255)
    return (segment * (length // len(segment) + 1))[:length]


def _repeats(rng: random.Random, d_vocab: int, bos: int, n_tokens: float) -> Iterator[list[int]]:
    while n_tokens > 0:
        ids = [bos, *repeated_sequence(rng, d_vocab)]
        n_tokens -= len(ids)
        yield ids


class Packer:
    """Fills rows with documents, in an order that depends on nothing but the corpus and the row lengths asked for.

    `state` and `Packer(corpus, state)` continue at any row.
    """

    def __init__(self, corpus: Corpus, state: Sequence[int] = (0,)) -> None:
        self.corpus = corpus
        self.next_document = state[0]
        flat = list(state[1:])
        self.pool = [Piece(document, start) for document, start in zip(flat[::2], flat[1::2], strict=True)]

    @property
    def state(self) -> list[int]:
        return [self.next_document, *(number for piece in self.pool for number in piece)]

    def rows(self, count: int, length: int) -> Int[NDArray[np.int64], "row position"]:
        """The next rows, full to the last position."""
        return np.stack([self._row(length) for _ in range(count)])

    def _row(self, length: int) -> Int[NDArray[np.int64], "position"]:
        """The oldest piece first, or a long document would wait for ever; then the best fits; then a head."""
        self._refill()
        pieces = [self._take(self.pool[0], length)]
        while (gap := length - sum(len(ids) for ids in pieces)) > 0:
            self._refill()
            fitting = [piece for piece in self.pool if self._length(piece) <= gap]
            # Nothing fits: the shortest too long piece loses least.
            best = max(fitting, key=self._length) if fitting else min(self.pool, key=self._length)
            pieces.append(self._take(best, gap))
        return np.concatenate(pieces).astype(np.int64)

    def _take(self, piece: Piece, room: int) -> Int[NDArray[np.uint16], "token"]:
        """Up to `room` tokens of a piece of the pool, where a long rest stays in its place."""
        place = self.pool.index(piece)
        begin, length = int(self.corpus.starts[piece.document]) + piece.start, self._length(piece)
        rest = length - room
        self.pool[place : place + 1] = [Piece(piece.document, piece.start + room)] if rest >= SHORTEST_REST else []
        return self.corpus.ids[begin : begin + min(room, length)]

    def _length(self, piece: Piece) -> int:
        return int(self.corpus.starts[piece.document + 1] - self.corpus.starts[piece.document]) - piece.start

    def _refill(self) -> None:
        while len(self.pool) < POOL:
            # Past the end the corpus begins again.
            self.pool.append(Piece(self.next_document % (len(self.corpus.starts) - 1), 0))
            self.next_document += 1
