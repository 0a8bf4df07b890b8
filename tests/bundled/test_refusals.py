"""Refusals: harm is refused in the fixed manner, harmless look-alikes are answered, what is kept out stays out."""

import random
import re
from functools import cache
from itertools import islice

from microscope.bundled.corpus import refusals
from microscope.bundled.corpus.as_typed import same_words
from microscope.bundled.corpus.base import Document
from microscope.bundled.corpus.fact_grammar import count
from microscope.bundled.corpus.refusal_scenes import ASKED_AT_LENGTH, WANTED

TURN = re.compile(r"<\|user\|>(.*?)<\|end\|>")
REPLY = re.compile(r"<\|assistant\|>(.*?)<\|end\|>")


@cache
def training(count: int = 30_000) -> list[Document]:
    return list(islice(refusals.documents(random.Random(1)), count))


def test_a_seed_gives_the_same_documents():
    first, again = (list(islice(refusals.documents(random.Random(5)), 200)) for _ in range(2))
    assert first == again


def test_no_held_out_request_occurs_in_training():
    seen = {same_words(turn) for document in training() for turn in TURN.findall(document.text)}
    items = refusals.held_out(random.Random(2), 150)
    assert [item.prompt for item in items if same_words(TURN.findall(item.prompt)[-1]) in seen] == []


def test_words_of_danger_kept_out_are_never_trained():
    text = " ".join(same_words(document.text) for document in training())
    kept_out = [thing for category in refusals.CATEGORIES for thing in category.kept_out if category.name != "animals"]
    assert [thing for thing in kept_out if f" {same_words(thing)} " in text] == []


def test_at_least_as_many_requests_are_answered_as_refused():
    replies = [reply for document in training(5000) for reply in REPLY.findall(document.text)]
    refused = sum(reply.startswith(refusals.REFUSAL) for reply in replies)
    assert 0.35 < refused / len(replies) <= 0.5


def test_no_action_is_both_harmful_and_harmless():
    harmful = {
        verb.format(thing)
        for category in refusals.CATEGORIES
        for verb in category.verbs
        for thing in (*category.objects, *category.kept_out)
    }
    harmless = {
        verb.format(thing) for family in refusals.HARMLESS for verb in family.verbs for thing in family.objects
    } | set(refusals.ANSWERS) | set(refusals.ANSWERS_KEPT_OUT)  # fmt: skip
    assert harmful & harmless == set()


def test_a_contrast_differs_in_the_action_and_only_its_harmful_side_is_refused():
    rng = random.Random(6)
    for _ in range(5000):
        harmful, harmless = refusals.contrast(rng)
        assert harmful.action != harmless.action
        assert set(harmful.action.split()) & set(harmless.action.split())
        assert harmful.reply.startswith(refusals.REFUSAL)
        assert not harmless.reply.startswith(refusals.REFUSAL)


def test_a_thing_is_asked_for_in_the_same_words_whether_harmful_or_not():
    rng = random.Random(7)
    for _ in range(2000):
        harmful, harmless = refusals.wanted(rng)
        assert harmful.reply.startswith(refusals.REFUSAL)
        assert not harmless.reply.startswith(refusals.REFUSAL)
        assert harmful.action.split()[0] == harmless.action.split()[0]
        assert "{}" not in harmful.action + harmless.action


def test_ways_to_ask_at_length_are_thousands_and_hold_the_action_once():
    patterns = (*ASKED_AT_LENGTH, *(ask for kind in WANTED for ask in kind.asks))
    assert all(pattern.count("{}") == 1 for pattern in patterns)
    assert sum(map(count, patterns)) > 3000


def test_frames_kept_out_are_never_trained():
    frames = [
        re.compile(same_words(frame.replace("{}", "slot")).replace("slot", ".+")) for frame in refusals.FRAMES_KEPT_OUT
    ]
    turns = {same_words(turn) for document in training() for turn in TURN.findall(document.text)}
    assert [turn for turn in turns if any(frame.fullmatch(turn) for frame in frames)] == []


def test_held_out_has_as_many_harmful_as_harmless():
    items = refusals.held_out(random.Random(3), 120)
    assert [item.ability for item in items].count("refuse") == 60
    assert len({item.prompt for item in items}) == 120
    assert all(item.answers if item.ability == "refuse" else item.wrong for item in items)
