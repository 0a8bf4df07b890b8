"""The 5-gram baseline: a distribution, and the same as the formula written out with dictionaries."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

import numpy as np
import pytest

from microscope.bundled.ngram import KneserNey

VOCAB, BOS = 12, 0


def _documents(seed: int, count: int) -> list[list[int]]:
    """Ids that mostly count upwards, so that there is something to learn."""
    rng = Random(seed)
    documents: list[list[int]] = []
    for _ in range(count):
        ids = [rng.randrange(1, VOCAB)]
        while len(ids) < 20:
            ids.append(1 + ids[-1] % (VOCAB - 1) if rng.random() < 0.7 else rng.randrange(1, VOCAB))
        documents.append(ids)
    return documents


def _by_dictionaries(documents: list[list[int]], order: int, context: tuple[int, ...], word: int) -> float:
    """Interpolated Kneser-Ney as the formula says it, one n-gram at a time."""
    counts = Counter(
        tuple(padded[end - order : end])
        for padded in ([BOS] * (order - 1) + ids for ids in documents)
        for end in range(order, len(padded) + 1)
    )
    tables = {order: counts}
    for length in range(order - 1, 0, -1):
        before: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for gram in tables[length + 1]:
            before[gram[1:]].add(gram[0])
        tables[length] = Counter({gram: len(words) for gram, words in before.items()})

    def probability(length: int) -> float:
        if length == 0:
            return 1 / VOCAB
        table, history = tables[length], context[len(context) - length + 1 :]
        following = {gram[-1]: count for gram, count in table.items() if gram[:-1] == history}
        if not following:
            return probability(length - 1)
        once, twice = (sum(count == n for count in table.values()) for n in (1, 2))
        discount = once / (once + 2 * twice) if once else 0.5
        seen = sum(following.values())
        kept = max(following.get(word, 0) - discount, 0) / seen
        return kept + discount * len(following) / seen * probability(length - 1)

    return probability(order)


@pytest.mark.parametrize("context", [[], [3], [3, 4], [9, 9, 9, 9], [1, 2, 3, 4, 5, 6], [11, 7]])
def test_probabilities_sum_to_one(context: list[int]):
    ngram = KneserNey(_documents(0, 30), VOCAB, 5, BOS)
    assert ngram.next_probabilities(context).sum() == pytest.approx(1)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_equals_the_formula_with_dictionaries(order: int):
    documents, unseen = _documents(0, 12), _documents(1, 1)[0]
    ngram = KneserNey(documents, VOCAB, order, BOS)
    padded = [BOS] * (order - 1) + unseen
    expected = [
        _by_dictionaries(documents, order, tuple(padded[end - order : end - 1]), padded[end - 1])
        for end in range(order, len(padded) + 1)
    ]
    np.testing.assert_allclose(ngram.probabilities(unseen), expected)


def test_a_document_and_its_contexts_give_the_same_probabilities():
    documents = _documents(0, 12)
    ngram = KneserNey(documents, VOCAB, 4, BOS)
    one_by_one = [ngram.next_probabilities(documents[0][:end])[token] for end, token in enumerate(documents[0])]
    np.testing.assert_allclose(ngram.probabilities(documents[0]), one_by_one)


def test_a_longer_order_predicts_counting_better_than_a_shorter_one():
    documents, unseen = _documents(0, 200), _documents(1, 1)[0]
    one, two = (KneserNey(documents, VOCAB, order, BOS).probabilities(unseen) for order in (1, 2))
    assert np.log(two).mean() > np.log(one).mean() + 0.5
