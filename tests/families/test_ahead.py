from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from microscope.families._ahead import ahead


def test_the_items_are_the_same_in_the_same_order() -> None:
    assert list(ahead(iter(range(1_000)), 7)) == list(range(1_000))


def test_no_more_than_asked_for_are_made_ahead() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            made.append(item)
            yield item

    coming = ahead(items(), 5)
    assert next(coming) == 0
    time.sleep(0.2)
    assert len(made) <= 1 + 5 + 1  # Taken, queued, and the one that waits for room.
    coming.close()


def test_what_goes_wrong_is_raised_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    coming = ahead(items(), 5)
    assert next(coming) == 1
    with pytest.raises(ValueError, match="broken"):
        next(coming)


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    coming = ahead(iter(range(10_000)), 2)
    next(coming)
    assert threading.active_count() == before + 1
    coming.close()
    assert threading.active_count() == before
