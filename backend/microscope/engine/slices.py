"""Token ids of a long text, a slice after the other: the same ids as all at once, and none of what nobody reads.

    1. a slice of the text is encoded, with some of the text behind it
    2. it ends behind a word that has white space behind it; what was encoded after that is dropped
    3. the next slice begins there

A word is a piece that the pre-tokenizer cuts out. One that goes from left to right and looks at nothing before the
place where it stands cuts the rest of a text as it would have within the whole, and a word's tokens depend on no other
word. A tokenizer of another kind, such as SentencePiece's, encodes the text at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

SLICE = 32_768
"""Characters: some 20 ms."""

BEHIND = 1_024
"""Characters that decide where a word ends: more than the longest special token, and than any look ahead."""

_LOOKS_BACK = re.compile(r"\(\?<|(?<!\[)\^|\\[AbBGK]")
_WORD_ENDS = re.compile(r"\S[ \t\n]")
_CUTS = {"ByteLevel", "Digits", "Punctuation", "Split"}


def can_slice(plain: Any) -> bool:
    """Whether a transformers tokenizer cuts words as step 2 needs it."""
    backend = getattr(plain, "backend_tokenizer", None)
    if backend is None:
        return False
    about = json.loads(backend.to_str())
    cutters = _flat(about["pre_tokenizer"])
    return (
        (about["normalizer"] or {"type": "NFC"})["type"] == "NFC"  # It joins nothing to a white space.
        and any(one["type"] == "Split" or one.get("use_regex") for one in cutters)
        and all(one["type"] in _CUTS and not one.get("add_prefix_space") and not _looks_back(one) for one in cutters)
        and not any(one["lstrip"] or one["rstrip"] or one["single_word"] for one in about["added_tokens"])
    )


def in_slices(plain: Any, text: str, most: int = SLICE, behind: int = BEHIND) -> Iterator[list[int]]:
    """Token ids of a text, without BOS.

    Args:
        plain: one that `can_slice`.
        most: characters that are encoded at once, as long as a word ends within them.
    """
    start, size = 0, most
    while start < len(text):
        piece = text[start : start + size]
        encoded = plain(piece, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        ids = list(encoded["input_ids"])
        if start + size >= len(text):
            yield ids
            return
        n_tokens, n_characters = _end(piece, encoded.word_ids(), encoded["offset_mapping"], len(piece) - behind)
        if n_tokens:
            yield ids[:n_tokens]
        start, size = start + n_characters, most if n_tokens else 2 * size


def _end(piece: str, words: Sequence[int | None], offsets: Sequence[tuple[int, int]], last: int) -> tuple[int, int]:
    """Tokens and characters up to the last end of a word that what comes behind the piece cannot move; 0 where there is
    none.
    """
    last = min(last, len(piece.rstrip()) - 1)  # How far a run of white space goes is known where it has ended.
    for at in range(len(words) - 2, -1, -1):
        begin, end = offsets[at]
        if begin < end <= last and words[at] != words[at + 1] and _WORD_ENDS.match(piece, end - 1):
            return at + 1, end
    return 0, 0


def _flat(pre_tokenizer: Any) -> list[dict[str, Any]]:
    if pre_tokenizer is None:
        return []
    if pre_tokenizer["type"] == "Sequence":
        return [cutter for one in pre_tokenizer["pretokenizers"] for cutter in _flat(one)]
    return [pre_tokenizer]


def _looks_back(cutter: dict[str, Any]) -> bool:
    return bool(_LOOKS_BACK.search(cutter.get("pattern", {}).get("Regex", "")))
