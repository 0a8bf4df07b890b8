from __future__ import annotations

from microscope.services.room import chosen

IDLE = [("old", 10, True), ("elsewhere", 10, False), ("new", 10, True)]
"""Slug, bytes, and whether it lies on the device; the least recently used first."""


def test_nothing_goes_where_there_is_room() -> None:
    assert chosen(IDLE, over=0, short=0) == []


def test_the_least_recently_used_go_until_the_budget_holds() -> None:
    assert chosen(IDLE, over=1, short=0) == ["old"]
    assert chosen(IDLE, over=11, short=0) == ["old", "elsewhere"]


def test_for_a_device_only_those_on_it_go() -> None:
    assert chosen(IDLE, over=0, short=11) == ["old", "new"]
