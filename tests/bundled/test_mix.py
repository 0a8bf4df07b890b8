"""The mix: shares of characters, determinism, conversations that chain abilities."""

import re
from collections import Counter
from itertools import islice

import pytest

from microscope.bundled.corpus import mix
from microscope.bundled.corpus.base import Document

TOLD = [
    "Once a dog saw a bird. The dog ran to the bird. The bird flew away, and the dog went home.",
    "A cat sat on a hill. The cat looked at the moon. Then the cat slept.",
]


def corpus(count: int, seed: int = 1) -> list[Document]:
    return list(islice(mix.documents(seed, TOLD), count))


def test_the_same_seed_gives_the_same_corpus_and_another_seed_another():
    assert corpus(500) == corpus(500)
    assert corpus(500) != corpus(500, seed=2)


def test_shares_sum_to_one():
    assert sum(share.fraction for share in mix.SHARES) == pytest.approx(1)


def test_every_source_has_its_share_of_characters():
    chars = Counter[str]()
    for document in corpus(20_000):
        chars[document.kind.split("/")[0]] += len(document.text)
    total = chars.total()
    assert chars["stories"] / total == pytest.approx(0.34, abs=0.01)
    assert chars["facts"] / total == pytest.approx(0.27, abs=0.01)
    assert chars["small_talk"] / total == pytest.approx(0.12, abs=0.01)
    assert chars["refusals"] / total == pytest.approx(0.08, abs=0.01)
    assert chars["conversations"] / total == pytest.approx(0.03, abs=0.01)


def test_conversations_alternate_and_fit_the_context():
    found = [document for document in corpus(20_000) if document.kind == "conversations/chat"]
    assert len(found) > 20
    for document in found:
        roles = re.findall(r"<\|(system|user|assistant)\|>", document.text)
        assert len(roles) >= 4
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert len(document.text) <= mix.MAX_CONVERSATION_CHARS


def test_no_document_holds_the_bos_that_the_packer_puts_in_front():
    texts = [document.text for document in corpus(5000)]
    assert all(texts)
    assert not any("<|endoftext|>" in text for text in texts)
