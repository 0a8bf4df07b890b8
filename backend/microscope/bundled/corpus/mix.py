"""The corpus: every ability's stream of documents interleaved by fixed shares of characters.

At each step the source that lies furthest behind its share gives the next document. Sources have their
own generators, seeded by the seed and their name, so that a change in one leaves the others as they were.

`python -m microscope.bundled.corpus.mix --stories FILE --documents 1000` prints the beginning of it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from microscope.bundled.corpus import facts, in_context, refusals, small_talk, stories
from microscope.bundled.corpus.base import BOS, Document


class Share(NamedTuple):
    source: str
    fraction: float
    """Of all characters, which are near enough to tokens: one token is about four characters in every source."""


# Facts must be met hundreds of times each, in ever new words, to be stored in 6 million parameters and found by
# any wording, so they get the most. In-context documents teach rules that only variety forces. Stories teach
# fluent English; those of the file are few, and a larger share would be learnt by heart. Small talk and refusals
# are short texts: their small shares are many documents. Long conversations teach that a question late in a talk
# is answered like the first.
SHARES = (
    Share("stories_plain", 0.05),
    Share("stories_chat", 0.14),
    Share("facts", 0.29),
    Share("in_context", 0.23),
    Share("small_talk", 0.15),
    Share("refusals", 0.10),
    Share("conversations", 0.04),
)

EXCHANGES = (3, 6)
"""Fewest and most chats that are joined into one long conversation."""
MAX_CONVERSATION_CHARS = 2400
"""About 600 tokens, so that a conversation fits well into the 1024 positions."""


def documents(seed: int, told: list[str]) -> Iterator[Document]:
    """The training corpus, without end; the same for the same seed and stories.

    Args:
        told: stories as `stories.load` gives them.
    """
    sources = {share.source: _source(share.source, seed, told) for share in SHARES}
    written = {share.source: 0 for share in SHARES}
    while True:
        behind = min(SHARES, key=lambda share: written[share.source] / share.fraction)
        document = next(sources[behind.source])
        written[behind.source] += len(document.text)
        yield document


def conversations(rng: random.Random, chats: list[Iterator[Document]]) -> Iterator[Document]:
    """Three to six chats of different abilities, one after the other, as one conversation."""
    while True:
        parts: list[str] = []
        size = 0
        for at in rng.choices(range(len(chats)), k=rng.randint(*EXCHANGES)):
            text = _next_chat(chats[at])
            if size + len(text) <= MAX_CONVERSATION_CHARS:
                parts.append(text)
                size += len(text)
        if len(parts) > 1:
            yield Document("".join(parts), "conversations/chat")


def _next_chat(source: Iterator[Document]) -> str:
    """The next document that is a chat without a system message, which belongs only at the beginning."""
    return next(document.text for document in source if document.text.startswith("<|user|>"))


def _source(name: str, seed: int, told: list[str]) -> Iterator[Document]:
    def rng(of: str) -> random.Random:
        return random.Random(f"{seed}/{name}/{of}")

    if name == "conversations":
        # Small talk and facts twice: what strangers ask most.
        kinds = ("small_talk", "small_talk", "facts", "facts", "refusals", "stories_chat")
        chats = [STREAMS[kind](rng(f"{kind}/{at}"), told) for at, kind in enumerate(kinds)]
        return conversations(rng("order"), chats)
    return STREAMS[name](rng("documents"), told)


STREAMS: dict[str, Callable[[random.Random, list[str]], Iterator[Document]]] = {
    "stories_plain": stories.plain,
    "stories_chat": stories.chats,
    "facts": lambda rng, _: facts.documents(rng),
    "in_context": lambda rng, _: in_context.documents(rng),
    "small_talk": lambda rng, _: small_talk.documents(rng),
    "refusals": lambda rng, _: refusals.documents(rng),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Print documents of the training corpus, each ended by a BOS line.")
    parser.add_argument("--stories", type=Path, required=True, help=f"stories, each ended by a line {BOS}")
    parser.add_argument("--documents", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--seed", type=int, default=0)
    wish = parser.parse_args()
    for document in islice(documents(wish.seed, stories.load(wish.stories)), wish.documents):
        print(f"{document.text}\n{BOS}")


if __name__ == "__main__":
    main()
