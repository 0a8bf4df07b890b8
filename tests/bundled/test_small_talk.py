"""Small talk: what is kept out stays out, and every reply fits its intent."""

import random
import re
from itertools import islice

from microscope.bundled.corpus import small_talk
from microscope.bundled.corpus.as_typed import same_words

TURN = re.compile(r"<\|user\|>(.*?)<\|end\|>")


def training_turns(count: int) -> set[str]:
    texts = (document.text for document in islice(small_talk.documents(random.Random(1)), count))
    return {same_words(turn) for text in texts for turn in TURN.findall(text)}


def test_a_seed_gives_the_same_documents():
    first, again = (list(islice(small_talk.documents(random.Random(5)), 200)) for _ in range(2))
    assert first == again


def test_no_held_out_turn_occurs_in_training():
    seen = training_turns(30_000)
    asked = [item for item in small_talk.held_out(random.Random(2), 200) if item.group != "remember_name"]
    assert [item.prompt for item in asked if same_words(TURN.findall(item.prompt)[-1]) in seen] == []


def test_names_to_remember_are_never_trained():
    text = " ".join(document.text.lower() for document in islice(small_talk.documents(random.Random(1)), 30_000))
    assert [name for name in small_talk.NAMES_KEPT_OUT if re.search(rf"\b{name.lower()}\b", text)] == []


def test_every_reply_contains_a_keyword_of_its_intent():
    for intent in small_talk.ALL_INTENTS:
        for reply in intent.replies:
            assert any(keyword in reply for keyword in intent.keywords), (intent.name, reply)
        assert not {same_words(said) for said in intent.said} & {same_words(said) for said in intent.kept_out}


def test_held_out_gives_the_count_asked_for_without_repeats():
    items = small_talk.held_out(random.Random(3), 150)
    assert len({item.prompt for item in items}) == 150
    assert {item.ability for item in items} == {"small_talk", "instructions"}
    assert all(item.answers for item in items)


def test_chats_alternate_user_and_assistant():
    for document in islice(small_talk.documents(random.Random(4)), 500):
        roles = re.findall(r"<\|(system|user|assistant)\|>", document.text.removeprefix("<|system|>"))
        assert roles[-1] == "assistant"
        assert document.text.endswith("<|end|>")
        assert document.text.count("<|user|>") == document.text.count("<|assistant|>") > 0
