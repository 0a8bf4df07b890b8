"""Patterns: what is drawn is what is counted and what the expression matches."""

from __future__ import annotations

import random
import re

import pytest

from microscope.bundled.corpus.fact_grammar import count, draw, expression

PATTERN = "[a [red|blue] |the ]hat of {s}[|!]"
WORDINGS = {f"{start}hat of {{s}}{end}" for start in ("a red ", "a blue ", "the ") for end in ("", "!")}


def test_every_wording_is_drawn_and_no_other() -> None:
    rng = random.Random(1)
    assert {draw(rng, PATTERN) for _ in range(300)} == WORDINGS


def test_count_is_the_number_of_wordings() -> None:
    assert count(PATTERN) == len(WORDINGS)
    assert count("plain") == 1


def test_the_expression_matches_what_is_drawn_and_nothing_else() -> None:
    assert all(re.fullmatch(expression(PATTERN), wording) for wording in WORDINGS)
    assert not re.fullmatch(expression(PATTERN), "a hat of {s}")
    assert not re.fullmatch(expression(PATTERN), "the red hat of {s}")


def test_a_name_stands_for_its_list() -> None:
    rng = random.Random(2)
    assert count("<kin>") > 5
    assert all(re.fullmatch(expression("<who> slept"), draw(rng, "<who> slept")) for _ in range(50))


@pytest.mark.parametrize("pattern", ["[a|b", "a|b]", "a]b"])
def test_brackets_that_do_not_match_are_refused(pattern: str) -> None:
    with pytest.raises(AssertionError, match="bracket"):
        draw(random.Random(3), pattern)
