from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from microscope.families._ahead import ahead, aside, waits
from microscope.families.base import Progress


def test_the_items_are_the_same_in_the_same_order() -> None:
    assert [item for item in ahead(iter(range(1_000)), 7) if item is not None] == list(range(1_000))


def test_a_reader_that_waits_is_told_so_and_need_not_wait_for_the_end() -> None:
    ready = threading.Event()

    def items() -> Iterator[bool]:
        yield ready.wait()

    begun = time.monotonic()
    coming = ahead(items(), 5)
    assert [next(coming), next(coming)] == [None, None]
    coming.close()
    assert time.monotonic() - begun < 5
    ready.set()


def test_what_is_made_aside_comes_when_it_is_ready_and_says_how_far_it_is_meanwhile() -> None:
    ready = threading.Event()

    def slow() -> int:
        ready.wait()
        return 7

    making = waits(aside(slow), Progress(3, unit="tokens"), "reading")
    assert [next(making) for _ in range(3)] == [Progress(3, unit="tokens")] * 3
    ready.set()
    made: list[int] = []

    def to_its_end() -> Iterator[Progress]:
        made.append((yield from making))

    list(to_its_end())
    assert made == [7]


def test_a_long_wait_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microscope.families._ahead.NAMED_S", -1)
    assert next(waits(aside(lambda: time.sleep(0.3)), Progress(3), "reading")) == Progress(3, stage="reading")


def test_what_goes_wrong_aside_is_raised() -> None:
    def wrong() -> int:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(aside(wrong))


def test_no_more_than_asked_for_are_made_ahead() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            made.append(item)
            yield item

    coming = ahead(items(), 5)
    assert next(item for item in coming if item is not None) == 0
    time.sleep(0.2)
    assert len(made) <= 1 + 5 + 1  # Taken, queued, and the one that waits for room.
    coming.close()


def test_what_goes_wrong_is_raised_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    coming = ahead(items(), 5)
    assert next(item for item in coming if item is not None) == 1
    with pytest.raises(ValueError, match="broken"):
        list(coming)


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    coming = ahead(iter(range(10_000)), 2)
    next(coming)
    assert threading.active_count() == before + 1
    coming.close()
    assert threading.active_count() == before
