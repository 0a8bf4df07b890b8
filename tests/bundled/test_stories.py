"""Stories: cleaned text, requests that fit the story told, topics kept out of every chat."""

import random
import re
from itertools import islice
from pathlib import Path

import pytest

from microscope.bundled.corpus import stories
from microscope.bundled.corpus.as_typed import same_words

TURN = re.compile(r"<\|user\|>(.*?)<\|end\|>", re.DOTALL)
REPLY = re.compile(r"<\|assistant\|>(.*?)<\|end\|>", re.DOTALL)
READ = [
    "Once a dog saw a goat. The goat ran from the dog. The dog was sad.",
    "A bird sang. The bird flew to a lake. A boy smiled.",
    "Nothing happened here.",
]


def training(count: int = 20_000) -> list[str]:
    return [document.text for document in islice(stories.chats(random.Random(1), READ), count)]


def test_a_seed_gives_the_same_documents():
    first, again = (list(islice(stories.documents(random.Random(5), READ), 200)) for _ in range(2))
    assert first == again


def test_mojibake_and_curly_quotes_become_plain_ascii():
    assert stories.clean("â€œHiâ€\x9d,  said\tTom.\r\n\n “It’s fun…”") == '"Hi", said Tom.\n"It\'s fun..."'


def test_load_splits_at_the_end_of_text_token(tmp_path: Path):
    path = tmp_path / "stories.txt"
    path.write_text("One.\n<|endoftext|>\nTwo.\n\nThree.\n<|endoftext|>\n", encoding="utf-8")
    assert stories.load(path) == ["One.", "Two.\nThree."]


def test_topic_is_the_most_frequent_concrete_noun_that_chats_may_name():
    assert [stories.topic_of(story) for story in READ] == ["dog", "bird", None]
    assert stories.topic_of("A goat met a goat. A goat!") is None


@pytest.mark.parametrize("topic", stories.TOPICS)
def test_own_stories_name_their_topic_twice(topic: str):
    rng = random.Random(topic)
    for _ in range(20):
        told = stories.tell(rng, topic)
        assert len(re.findall(rf"\b{topic}\b", told.lower())) >= 2, told
        assert not re.search(r"[{}]|  ", told)


def test_topics_kept_out_are_never_asked_for_in_training():
    asked = " ".join(same_words(turn) for text in training() for turn in TURN.findall(text))
    assert [topic for topic in stories.CHAT_KEPT_OUT if re.search(rf"\b{topic}s?\b", asked)] == []


def test_no_held_out_request_occurs_in_training():
    seen = {same_words(turn) for text in training() for turn in TURN.findall(text)}
    items = stories.held_out(random.Random(2), 150)
    assert len({item.prompt for item in items}) == 150
    assert [item.prompt for item in items if same_words(TURN.findall(item.prompt)[0]) in seen] == []


def test_replies_are_short_and_end_with_a_sentence():
    long_story = " ".join(["The dog ran home."] * 60)
    for document in islice(stories.chats(random.Random(3), [long_story]), 300):
        for reply in REPLY.findall(document.text):
            assert len(reply.split()) <= stories.MAX_CHAT_WORDS
            assert reply[-1] in '.!?"'
