"""A recording that has no held-out documents, or nothing else: told before it is made, and behind it."""

from __future__ import annotations

from collections.abc import Sequence

from microscope.store.datasets import DOCUMENT_END, FIRST

PARTED = (
    f"A .txt is parted by {DOCUMENT_END} where it has one, else by blank lines; a .jsonl has one document on each line."
)
LARGER = "Record more documents, or hold out another share of them: --held-out"


def foreseen(name: str, first: Sequence[str], sides: Sequence[bool], share: float) -> tuple[str, ...]:
    """As `one_sided`, where the first documents are all that there are; nothing where more may come.

    Args:
        first: as `Dataset.first` gave them, or as many as are recorded.
        sides: which of them are held out.
    """
    if len(first) == FIRST:
        return ()
    told = one_sided(name, len(first), any(sides), not all(sides), share)
    return (f"Warning: {told}",) if told else ()


def one_sided(name: str, n_documents: int, held_out: bool, train: bool, share: float) -> str:
    """What is missing, why, and what helps; empty where nothing is, and where nothing was to be held out.

    Args:
        held_out: there is something to measure on.
        train: there is something to learn from.
        share: of the documents that was to be held out.
    """
    if not share or (held_out and train):
        return ""
    lacks = "is left to learn from" if held_out else "is held out to measure on"
    if n_documents == 1:
        return f"Nothing {lacks}: {name} is one document, which stays whole. {PARTED}"
    return f"Nothing {lacks} at a share of {share:g}, which chance deals to {n_documents} documents. {LARGER}."
