import numpy as np
import pytest

from microscope.services.hub import EVERYONE, OVERRUN, Hub, Outgoing, Subscription, joined, run_topic, topic_of
from microscope.wire.generation import Tokens
from microscope.wire.line import Changed
from microscope.wire.models import LoadProgress
from microscope.wire.runs import RunNews, RunRow

pytestmark = pytest.mark.anyio

TOPIC = topic_of("a")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def token(start: int, *, conversation: str = "a", lens: bool = True) -> Outgoing:
    arrays = {"ids": np.array([start], dtype=np.uint32), "entropy": np.full((1, 3), start, dtype=np.float32)}
    return Outgoing(Tokens(conversation=conversation, start=start, role="assistant", lens=lens), arrays)


def progress(done: int) -> Outgoing:
    return Outgoing(LoadProgress(model="m", stage="weights", done_bytes=done, of_bytes=9))


async def heard(reader: Subscription, count: int) -> list[Outgoing]:
    return [await anext(reader) for _ in range(count)]


async def test_every_watcher_of_a_topic_hears_the_same_in_order() -> None:
    hub = Hub(8)
    readers = [hub.subscribe(TOPIC), hub.subscribe(TOPIC, EVERYONE)]
    for start in range(3):
        hub.publish(TOPIC, token(start))
    for reader in readers:
        assert [outgoing.message for outgoing in await heard(reader, 3)] == [token(start).message for start in range(3)]


async def test_what_was_left_is_not_heard() -> None:
    hub = Hub(8)
    reader = hub.subscribe(TOPIC, EVERYONE)
    reader.leave(TOPIC)
    hub.publish(TOPIC, token(0))
    hub.changed("models")
    assert (await anext(reader)).message == Changed(what="models")


async def test_a_slow_reader_gets_tokens_merged_and_none_is_lost() -> None:
    hub = Hub(4)
    reader = hub.subscribe(TOPIC)
    for start in range(50):
        hub.publish(TOPIC, token(start))
    received = await heard(reader, 4)
    ids = [index for outgoing in received if outgoing.arrays for index in outgoing.arrays["ids"]]
    assert ids == list(range(50))
    last = received[-1]
    assert isinstance(last.message, Tokens)
    assert last.message.start == 3
    assert last.arrays is not None
    assert last.arrays["entropy"].shape == (47, 3)


async def test_tokens_of_two_conversations_are_merged_each_with_its_own() -> None:
    hub = Hub(2)
    reader = hub.subscribe(TOPIC, topic_of("b"))
    for start in range(10):
        hub.publish(TOPIC, token(start))
        hub.publish(topic_of("b"), token(start, conversation="b"))
    for outgoing in await heard(reader, 2):
        assert outgoing.arrays is not None
        assert outgoing.arrays["ids"].tolist() == list(range(10))


async def test_typed_tokens_are_not_merged_into_generated_ones() -> None:
    hub = Hub(1)
    reader = hub.subscribe(TOPIC)
    for outgoing in (token(0), token(1, lens=False), token(2, lens=False), token(3)):
        hub.publish(TOPIC, outgoing)
    starts = [message.start for message, _ in await heard(reader, 3) if isinstance(message, Tokens)]
    assert starts == [0, 1, 3]


async def test_only_the_newest_progress_waits() -> None:
    hub = Hub(1)
    reader = hub.subscribe(EVERYONE)
    for done in range(5):
        hub.publish(EVERYONE, progress(done))
    assert await anext(reader) == progress(4)


async def test_a_reader_that_never_reads_is_cut_off_and_others_are_not() -> None:
    hub = Hub(2)
    deaf, reader = hub.subscribe(TOPIC), hub.subscribe(TOPIC)
    for start in range(0, 6 * OVERRUN, 2):
        hub.publish(TOPIC, token(start))
        await anext(reader)
    assert deaf.overrun
    assert not reader.overrun
    assert [outgoing async for outgoing in deaf] == []


async def test_a_closed_subscription_ends() -> None:
    hub = Hub(2)
    reader = hub.subscribe(TOPIC)
    hub.publish(TOPIC, token(0))
    reader.close()
    assert [outgoing async for outgoing in reader] == []


def news(id: str, *steps: float, first: int = 0) -> RunNews:
    row = RunRow(
        id=id, family="count", name="", status="running", priority=0, place=None, tags=(), evidence="control",
        created=0.0, started=0.0, ended=None, attempts=1, interruptions=0, worker=None, progress=None,
        headline={"last": steps[-1]}, failure=None, stopping=None,
    )  # fmt: skip
    points: tuple[dict[str, float | None], ...] = tuple({"step": step} for step in steps)
    return RunNews(row=row, points=points, first_point=first, log=(), first_line=0, next=first + len(steps))


async def test_a_slow_reader_hears_of_a_run_once_with_every_point_and_the_newest_row() -> None:
    hub = Hub(2)
    reader = hub.subscribe(run_topic("a"), run_topic("b"))
    for step in range(0, 20, 2):
        hub.publish(run_topic("a"), Outgoing(news("a", step, step + 1, first=step)))
        hub.publish(run_topic("b"), Outgoing(news("b", step)))
    heard = [(await anext(reader)).message for _ in range(2)]
    assert [message.row.id for message in heard if isinstance(message, RunNews)] == ["a", "b"]
    first = heard[0]
    assert isinstance(first, RunNews)
    assert [point["step"] for point in first.points] == list(range(20))
    assert first.row.headline == {"last": 19}


def test_news_of_a_new_attempt_take_the_place_of_the_points_behind_its_checkpoint() -> None:
    both = joined(news("a", 1, 2, 3, 4), news("a", 3, 9, first=2))
    assert ([point["step"] for point in both.points], both.first_point) == ([1, 2, 3, 9], 0)
    anew = joined(news("a", 3, 4, first=2), news("a", 1))
    assert ([point["step"] for point in anew.points], anew.first_point) == ([1], 0)
