"""Which evaluation prompts the training stream happened to contain, word for word.

Strangers type what the corpus' author typed: `hi`, or `what is the capital of France?`. A hand-written prompt whose
words stand in the training documents measures less than one whose words do not, so both are counted apart. Case and
punctuation do not count (`same_words`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from microscope.bundled.corpus.as_typed import same_words
from microscope.bundled.corpus.base import Item

_USER = re.compile(r"<\|user\|>(.*?)<\|end\|>", re.DOTALL)
_TAG = re.compile(r"<\|\w+\|>")
_BATCH = 4_096


def words_of(item: Item) -> str:
    """The words that matter: the last user turn of a chat, the whole of a plain prompt."""
    turns = _USER.findall(item.prompt)
    return same_words(turns[-1] if turns else item.prompt)


def unseen(items: Sequence[Item], documents: Iterable[str]) -> list[Item]:
    """The items whose words are no user turn, and part of no plain text, of these documents."""
    chats = {words_of(item) for item in items if _USER.search(item.prompt)}
    plain = {words_of(item) for item in items if not _USER.search(item.prompt)}
    found: set[str] = set()
    for batch in _batches(documents):
        found |= chats & {same_words(turn) for document in batch for turn in _USER.findall(document)}
        text = "\n".join(f" {same_words(_TAG.sub(' ', document))} " for document in batch)
        found |= {words for words in plain - found if f" {words} " in text}
    return [item for item in items if words_of(item) not in found]


def _batches(documents: Iterable[str]) -> Iterator[list[str]]:
    stream = iter(documents)
    while batch := list(islice(stream, _BATCH)):
        yield batch
