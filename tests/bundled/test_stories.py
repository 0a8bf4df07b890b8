"""Stories: cleaned text, stories that are about what was asked for, topics kept out of every chat."""

import itertools
import random
import re
from itertools import islice
from pathlib import Path

import pytest

from microscope.bundled.corpus import stories, story_plots, story_topics
from microscope.bundled.corpus.as_typed import same_words
from microscope.bundled.corpus.story_words import CHAT_KEPT_OUT

TURN = re.compile(r"<\|user\|>(.*?)<\|end\|>", re.DOTALL)
REPLY = re.compile(r"<\|assistant\|>(.*?)<\|end\|>", re.DOTALL)
READ = [
    "Once a dog saw a goat. The goat ran from the dog. The dog was sad.",
    "A bird sang. The bird flew to a lake. A boy smiled.",
    "Nothing happened here.",
    "Once there was a little girl named Lily. She had a pony. The pony was fast.",
]
SENTENCE_END = re.compile(r'[.!?]"?(?= |$)')


def training(count: int = 20_000) -> list[str]:
    return [document.text for document in islice(stories.chats(random.Random(1), READ), count)]


def first_sentence(story: str) -> str:
    end = SENTENCE_END.search(story)
    assert end, story
    return story[: end.end()]


def says(text: str, noun: str) -> bool:
    return re.search(rf"\b{re.escape(noun)}\b", text, re.IGNORECASE) is not None


def test_a_seed_gives_the_same_documents():
    first, again = (list(islice(stories.documents(random.Random(5), READ), 200)) for _ in range(2))
    assert first == again


def test_mojibake_and_curly_quotes_become_plain_ascii():
    assert stories.clean("â€œHiâ€\x9d,  said\tTom.\r\n\n “It’s fun…”") == '"Hi", said Tom.\n"It\'s fun..."'


def test_load_splits_at_the_end_of_text_token(tmp_path: Path):
    path = tmp_path / "stories.txt"
    path.write_text("One.\n<|endoftext|>\nTwo.\n\nThree.\n<|endoftext|>\n", encoding="utf-8")
    assert stories.load(path) == ["One.", "Two.\nThree."]


def test_topic_is_the_most_frequent_concrete_noun_of_the_first_sentences_that_chats_may_name():
    assert [stories.topic_of(story) for story in READ] == ["dog", "bird", None, "pony"]
    assert stories.topic_of("A goat met a goat. A goat!") is None
    assert stories.topic_of("Tom went out. He was glad. There was a dog. The dog barked.") is None


def test_read_stories_are_asked_for_by_their_heros_name_too():
    asked = " ".join(turn for text in training() for turn in TURN.findall(text) if "pony was fast" in text)
    assert all(phrase in asked for phrase in ("a little girl named Lily", "a pony", "Lily and a pony"))


@pytest.mark.parametrize("form", sorted(set(story_topics.NOUNS.values())))
def test_own_stories_name_their_topic_in_the_first_sentence_and_again(form: str):
    rng = random.Random(form)
    nouns = [noun for noun, its_form in story_topics.NOUNS.items() if its_form == form]
    for noun, adjective in itertools.product(nouns, ("", "", "golden")):
        topic = story_topics.of_noun(rng, noun, adjective)
        told = stories.tell(rng, topic)
        assert says(first_sentence(told), topic.asked), told
        assert len(re.findall(rf"\b{noun}\b", told)) >= 2, told


def test_own_stories_on_any_topic_say_what_was_asked_for_at_once():
    rng = random.Random(4)
    for _ in range(5000):
        topic = story_topics.any_topic(rng)
        told = stories.tell(rng, topic)
        opening = " ".join(told.split()[:30])
        assert [noun for noun in topic.nouns if not says(opening, noun)] == [], told
        assert says(" ".join(told.split()[:16]), topic.nouns[0]), told
        assert not re.search(r"[{}\[\]|]|  | [.,!?]|\ba [aeio]", told), told
        assert 3 <= len(SENTENCE_END.findall(told)) <= 16, told


def test_a_story_asked_for_two_things_has_both():
    rng = random.Random(6)
    pairs = [topic for topic in (story_topics.any_topic(rng) for _ in range(3000)) if topic.parts]
    assert len(pairs) > 200
    for topic in pairs:
        told = stories.tell(rng, topic)
        assert all(len(re.findall(rf"\b{noun}\b", told)) >= 2 for noun in topic.nouns), told


def test_topics_are_too_many_to_know_by_heart():
    rng = random.Random(8)
    assert len(story_topics.NOUNS) >= 1300
    assert len({story_topics.chat_topic(rng).asked for _ in range(10_000)}) > 7500


def test_a_third_of_the_replies_first_repeat_the_request():
    replies = [reply for text in training(3000) for reply in REPLY.findall(text)]
    announced = sum("story about" in first_sentence(reply).lower() for reply in replies)
    assert 0.25 < announced / len(replies) < 0.5


@pytest.mark.parametrize("plot", [plot for name, plot in vars(story_plots).items() if name.endswith("_PLOTS")])
def test_plots_balance_their_brackets(plot: tuple[str, ...]):
    assert all(text.count("[") == text.count("]") and text.count('"') % 2 == 0 for text in plot)


def test_topics_kept_out_are_never_asked_for_in_training():
    asked = " ".join(same_words(turn) for text in training() for turn in TURN.findall(text))
    assert [topic for topic in CHAT_KEPT_OUT if re.search(rf"\b{topic}(s|es)?\b", asked)] == []


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
