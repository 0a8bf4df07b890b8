"""The situations in which a fact comes up, as patterns of `fact_grammar`.

`fact_phrases` says each fact plainly; here people travel, shop, farm, study and forget, and mention it. The fields
that a pattern may name are those of `fact_phrases`. Within a statement the subject stands before the answer.
"""

from __future__ import annotations

from typing import NamedTuple


class Scenes(NamedTuple):
    """One relation in many situations; every string is a pattern."""

    nouns: tuple[str, ...]
    """Further noun phrases for what is asked, in the vocabulary of people who look at it from elsewhere."""

    clauses: tuple[str, ...]
    """May follow `that`; the answer is last."""

    sentences: tuple[str, ...]
    """Whole sentences, sometimes two, without an opening; the answer is last."""

    middles: tuple[str, ...]
    """Whole sentences that go on after the answer."""

    questions: tuple[str, ...]
    """Direct questions, without the mark."""

    messages: tuple[str, ...]
    """What a user types who explains himself: a situation and the question, marks included."""
