from __future__ import annotations

from itertools import count, pairwise

import pytest

from microscope.families._rate import LEAST_S, POINTS, Rate


class Clock:
    """Shows what it is set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_point_is_what_was_done_since_the_one_before() -> None:
    clock = Clock()
    rate, done = Rate(1_000, clock), 1_000.0
    told: list[tuple[float, float, float]] = []
    for step in range(1, 200):
        clock.now += 0.01 * step
        done += step**1.5
        for value in rate.at(done).values():
            told.append((clock.now, done, value))
    for (then, had, _), (now, has, value) in pairwise([(100.0, 1_000.0, 0.0), *told]):
        assert now - then >= LEAST_S
        assert value == pytest.approx((has - had) / (now - then), abs=0.05)


def test_ten_hours_have_few_points_and_nothing_done_has_none() -> None:
    clock = Clock()
    rate = Rate(0, clock)
    points, done = 0, 0
    for done in count(1):
        clock.now += 0.25
        points += bool(rate.at(done))
        if clock.now > 36_000:
            break
    assert POINTS < points < 8 * POINTS
    clock.now += 3_600
    assert rate.at(done + 1)
    clock.now += 3_600
    assert rate.at(done + 1) == {}


def test_what_was_too_quick_for_a_point_has_one_in_the_end() -> None:
    clock = Clock()
    rate = Rate(0, clock)
    clock.now += 0.1
    assert rate.at(50) == {}
    assert rate.at(50, end=True) == {"tokens_per_s": 500.0}
    clock.now += 10
    assert rate.at(60, end=True) == {}, "most of it was a wait for the disk"
