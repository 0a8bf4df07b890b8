"""Small talk: what is kept out stays out, and every reply fits its intent."""

import random
import re
from functools import cache
from itertools import islice

from microscope.bundled.corpus import instruction_tables, open_instructions, small_talk
from microscope.bundled.corpus.as_typed import same_words
from microscope.bundled.corpus.fact_grammar import count
from microscope.bundled.corpus.small_talk_scenes import PATTERNS

TURN = re.compile(r"<\|user\|>(.*?)<\|end\|>")
REPLY = re.compile(r"<\|assistant\|>(.*?)<\|end\|>")


@cache
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


def test_no_frame_kept_out_is_trained_with_open_arguments():
    frames = [frame for frame in instruction_tables.FRAMES_KEPT_OUT if frame not in instruction_tables.SOME_OF_KEPT_OUT]
    patterns = [re.compile(same_words(frame.replace("{}", "slot")).replace("slot", ".+")) for frame in frames]
    rng = random.Random(7)
    turns = [same_words(open_instructions.instruction(rng).user) for _ in range(20_000)]
    assert [turn for turn in turns if any(pattern.search(turn) for pattern in patterns)] == []


def test_sums_are_right_and_leave_out_the_pairs_kept_out():
    rng = random.Random(11)
    said = {open_instructions.instruction(rng).reply for _ in range(30_000)}
    sums = [found for reply in said if (found := re.fullmatch(r"(\d+) (plus|minus) (\d+) is (\d+)\.", reply))]
    assert len(sums) > 100
    for found in sums:
        left, right, result = int(found[1]), int(found[3]), int(found[4])
        assert result == (left + right if found[2] == "plus" else left - right)
        assert ((left if found[2] == "plus" else result) + 3 * right) % 9 != 0


def test_what_is_to_be_copied_is_copied():
    rng = random.Random(12)
    for _ in range(5000):
        each = open_instructions.KINDS[0](rng)
        assert each.reply in each.user


def test_words_kept_out_are_never_said_among_open_words():
    rng = random.Random(8)
    said = {
        part for _ in range(20_000) for part in (open_instructions.word(rng), *open_instructions.phrase(rng).split())
    }
    assert said & set(instruction_tables.WORDS_KEPT_OUT) == set()
    assert len(said) > 5000


def test_nearly_half_of_the_exchanges_are_instructions():
    """Instructions have the kinds of replies that no intent has."""
    replies = {reply for intent in small_talk.ALL_INTENTS for reply in intent.replies}
    heard = [
        reply
        for document in islice(small_talk.documents(random.Random(9)), 5000)
        for reply in REPLY.findall(document.text)
    ]
    assert 0.35 < sum(reply not in replies for reply in heard) / len(heard) < 0.65


def test_names_to_remember_are_never_trained():
    text = " ".join(document.text.lower() for document in islice(small_talk.documents(random.Random(1)), 30_000))
    assert [name for name in small_talk.NAMES_KEPT_OUT if re.search(rf"\b{name.lower()}\b", text)] == []


def test_every_reply_contains_a_keyword_of_its_intent():
    for intent in small_talk.ALL_INTENTS:
        for reply in intent.replies:
            assert any(keyword in reply for keyword in intent.keywords), (intent.name, reply)
        assert not {same_words(said) for said in intent.said} & {same_words(said) for said in intent.kept_out}


def test_patterns_are_of_known_intents_and_stand_for_many_wordings():
    assert set(PATTERNS) <= {intent.name for intent in small_talk.ALL_INTENTS}
    assert sum(count(pattern) for said in PATTERNS.values() for pattern in said) > 100_000


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
