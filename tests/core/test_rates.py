"""Rates of a behaviour, by its words."""

from __future__ import annotations

import pytest

from microscope.core.rates import Behaviour, Rate, wilson
from microscope.errors import Invalid


def test_wilson_intervals_are_the_textbooks() -> None:
    low, high = wilson(8, 10)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert wilson(0, 6).low == wilson(0, 10).low == 0
    assert wilson(10, 10).high == 1
    assert wilson(0, 0) == (0, 1)
    assert Rate(1, 4).value == 0.25


def test_words_are_looked_for_as_asked() -> None:
    replies = [" Arrr! Gold.", "He said arrr.", "No."]
    assert Behaviour("Arrr").rate(replies) == (2, 3)
    assert Behaviour("Arrr", "begins").rate(replies) == (1, 3)
    assert Behaviour("^No|[Gg]old", "regex").rate(replies) == (2, 3)
    assert Behaviour("A(rr").rate(replies) == (0, 3)


def test_what_tells_nothing_is_refused() -> None:
    Behaviour("A(rr").check()
    with pytest.raises(Invalid, match="regular expression"):
        Behaviour("A(rr", "regex").check()
    with pytest.raises(Invalid, match="words"):
        Behaviour("").check()
