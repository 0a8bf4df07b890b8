from __future__ import annotations

import pytest

from microscope.services.pace import LEAST_S, WINDOW_S, Pace, whole


def test_what_goes_evenly_has_its_rate_and_its_time_left() -> None:
    pace = Pace()
    for step in range(1_000):
        now = pace.at(step / 10, step, 2_000, "steps", "training")
        if step / 10 < LEAST_S:
            assert (now.per_s, now.left_s) == (None, None)
        else:
            assert now.per_s == pytest.approx(10)
            assert now.left_s == pytest.approx((2_000 - step) / 10)


def test_only_the_last_seconds_count() -> None:
    pace = Pace()
    for second in range(100):
        pace.at(second, second, None, "steps", "")
    later = [pace.at(second, 50 * second - 4_900, None, "steps", "") for second in range(100, 102 + int(WINDOW_S))]
    now = later[-1]
    assert now.per_s == pytest.approx(50)
    assert now.left_s is None


def test_another_stage_and_a_step_back_begin_anew() -> None:
    pace = Pace()
    pace.at(0, 0, 10, "bytes", "loading")
    pace.at(5, 10, 10, "bytes", "loading")
    assert pace.at(6, 0, 100, "steps", "training").per_s is None
    assert pace.at(7, 20, 100, "steps", "training").per_s == pytest.approx(20)
    assert pace.at(8, 5, 100, "steps", "training").per_s is None
    assert pace.at(10, 9, 100, "steps", "training").per_s == pytest.approx(2)


def test_nothing_is_left_of_what_was_more_than_expected_or_stands() -> None:
    pace = Pace()
    pace.at(0, 0, 10, "steps", "")
    assert pace.at(1, 12, 10, "steps", "").left_s == 0
    still = Pace()
    still.at(0, 5, 10, "steps", "")
    assert still.at(1, 5, 10, "steps", "").left_s is None


def test_a_finished_run_is_whole() -> None:
    pace = Pace()
    pace.at(0, 0, 100, "tokens", "")
    now = whole(pace.at(1, 3, 100, "tokens", ""))
    assert (now.done, now.of, now.left_s, now.per_s) == (3, 3, 0, 3)
