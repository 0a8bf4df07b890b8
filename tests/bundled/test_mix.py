"""The mix: shares of characters, determinism, conversations that chain abilities."""

import re
from collections import Counter, defaultdict
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
    wanted = defaultdict[str, float](float)
    for share in mix.SHARES:
        wanted[share.source.split("_")[0] if share.source.startswith("stories") else share.source] += share.fraction
    for source, fraction in wanted.items():
        assert chars[source] / chars.total() == pytest.approx(fraction, abs=0.01), source


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
