from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microscope.engine.scheduler import MAX_PADDING, MAX_ROWS, Decode, Prefill, Scheduler, groups


@given(st.dictionaries(st.integers(0, 99), st.integers(1, 5_000), max_size=40))
def test_every_stream_is_in_exactly_one_batch_within_the_limits(lengths: dict[int, int]) -> None:
    batches = groups(lengths)
    assert sorted(stream for batch in batches for stream in batch) == sorted(lengths)
    for batch in batches:
        assert 1 <= len(batch) <= MAX_ROWS
        longest = max(lengths[stream] for stream in batch)
        assert sum(lengths[stream] for stream in batch) >= (1 - MAX_PADDING) * longest * len(batch) - 1e-6


def test_streams_of_like_length_share_a_batch() -> None:
    assert groups({1: 10, 2: 4_000, 3: 12, 4: 4_100}) == ((1, 3), (2, 4))
    assert groups({}) == ()


def test_nothing_to_do_without_streams() -> None:
    assert Scheduler().next() is None


def test_prompts_are_read_in_turn_between_tokens() -> None:
    scheduler = Scheduler()
    scheduler.add(1)
    assert scheduler.next() == Prefill(1)
    scheduler.read(1, 10)
    scheduler.add(2)
    scheduler.add(3)
    assert [scheduler.next() for _ in range(5)] == [Decode((1,)), Prefill(2), Decode((1,)), Prefill(3), Decode((1,))]


def test_prompts_alternate_among_themselves() -> None:
    scheduler = Scheduler()
    scheduler.add(1)
    scheduler.add(2)
    assert [scheduler.next() for _ in range(4)] == [Prefill(1), Prefill(2), Prefill(1), Prefill(2)]


def test_batches_take_turns_and_stand_until_somebody_comes_or_goes() -> None:
    scheduler = Scheduler(max_rows=2)
    for stream in (1, 2, 3):
        scheduler.add(stream)
        scheduler.read(stream, 10)
    assert [scheduler.next() for _ in range(3)] == [Decode((1, 2)), Decode((3,)), Decode((1, 2))]
    assert scheduler.batches == {(1, 2), (3,)}
    scheduler.remove(1)
    assert scheduler.batches == {(2, 3)}
    scheduler.remove(2)
    scheduler.remove(3)
    assert scheduler.next() is None


def test_a_stream_may_leave_while_it_reads() -> None:
    scheduler = Scheduler()
    scheduler.add(1)
    scheduler.remove(1)
    assert scheduler.next() is None
