"""The in-context corpus: what is held out stays out, and every sentence is what its ability says."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, pairwise
from random import Random

from microscope.bundled.corpus import (
    agreement,
    comparisons,
    giving_scenes,
    in_context,
    indirect_object,
    induction,
    listing,
    repeats,
)
from microscope.bundled.corpus.in_context_words import (
    ANIMATE_VERBS,
    ANIMATES,
    FIRST_NAMES,
    HELD_OUT_ANIMATES,
    HELD_OUT_NAMES,
    HELD_OUT_PLACES,
    HELD_OUT_THINGS,
    INVENTED_NAMES,
    NAMES,
    PLACES,
    THING_VERBS,
    THINGS,
    TRAINING_ANIMATE_VERBS,
    TRAINING_ANIMATES,
    TRAINING_PLACES,
    TRAINING_THING_VERBS,
    TRAINING_THINGS,
    third_person,
)

DOCUMENTS = tuple(islice(in_context.documents(Random(0)), 20_000))
AUXILIARIES = ["is", "are", "was", "were", "has", "have", "do", "does"]
ITEMS = tuple(in_context.held_out(Random(1), 200))


def _texts(kind: str) -> list[str]:
    return [document.text for document in DOCUMENTS if document.kind == f"in_context/{kind}"]


def _items(ability: str):
    return [item for item in ITEMS if item.ability == ability]


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]+", text))


def test_the_same_seed_gives_the_same_documents_and_items():
    assert tuple(islice(in_context.documents(Random(0)), 500)) == DOCUMENTS[:500]
    assert tuple(in_context.held_out(Random(1), 200)) == ITEMS


def test_shares_are_as_planned():
    counts = Counter(document.kind for document in DOCUMENTS)
    for kind, share in (("induction", 0.25), ("indirect_object", 0.19), ("agreement", 0.22), ("lists", 0.34)):
        assert abs(counts[f"in_context/{kind}"] / len(DOCUMENTS) - share) < 0.02


def test_no_ability_takes_most_of_the_characters():
    characters = Counter[str]()
    for document in DOCUMENTS:
        characters[document.kind] += len(document.text)
    assert all(0.12 < count / characters.total() < 0.4 for count in characters.values())


def test_half_of_the_short_kinds_hold_several_sentences():
    for kind in ("agreement", "indirect_object"):
        texts = _texts(kind)
        lone = {"agreement": 90, "indirect_object": 170}[kind]
        assert sum(len(text) > lone for text in texts) > 0.35 * len(texts)


def test_training_sentences_hardly_ever_repeat():
    for kind in ("induction", "indirect_object", "agreement", "lists"):
        texts = _texts(kind)
        assert len(set(texts)) > 0.95 * len(texts)


def test_every_ability_has_as_many_items_as_asked_for():
    counts = {"induction": 200, "indirect_object": 200, "agreement": 200, "lists": 200}
    assert Counter(item.ability for item in ITEMS) == counts


def test_no_document_begins_with_a_held_out_prompt():
    prompts = {item.prompt for item in ITEMS}
    longest = max(map(len, prompts))
    for document in DOCUMENTS:
        beginnings = {document.text[:length] for length in range(1, min(len(document.text), longest) + 1)}
        # A comparison with few numbers is the shortest prompt; it is held out by its pair of numbers.
        assert not beginnings & prompts, document.text


def test_vocabularies_are_large_and_disjoint():
    assert len(set(NAMES)) == len(NAMES) >= 120
    assert len(set(FIRST_NAMES)) == len(FIRST_NAMES) >= 400
    assert len(set(HELD_OUT_NAMES)) >= 25
    assert len(PLACES) >= 60
    assert len(HELD_OUT_PLACES) >= 10
    assert len(indirect_object.OPENINGS) >= 40
    assert len(indirect_object.HELD_OUT_OPENINGS) >= 8
    assert len(THINGS) + len(ANIMATES) >= 120
    assert len(ANIMATE_VERBS) + len(THING_VERBS) >= 60
    assert not set(FIRST_NAMES + INVENTED_NAMES) & set(HELD_OUT_NAMES)
    assert not set(TRAINING_PLACES) & set(HELD_OUT_PLACES)
    assert not set(TRAINING_THINGS + TRAINING_ANIMATES) & set(HELD_OUT_THINGS + HELD_OUT_ANIMATES)
    assert not set(indirect_object.OPENINGS) & set(indirect_object.HELD_OUT_OPENINGS)
    assert not set(indirect_object.GIVINGS) & set(indirect_object.HELD_OUT_GIVINGS)


def test_held_out_names_and_places_take_no_part_in_training_sentences_of_indirect_objects():
    held_out = {word.lower() for word in HELD_OUT_NAMES + HELD_OUT_PLACES}
    for text in _texts("indirect_object"):
        assert not {word.lower() for word in _words(text)} & held_out, text


def test_held_out_names_are_known_as_words():
    seen = set().union(*map(_words, _texts("induction")))
    assert seen >= set(HELD_OUT_NAMES)


def test_the_receiver_was_mentioned_once_and_the_giver_twice():
    for item in _items("indirect_object"):
        words = re.findall(r"[A-Za-z]+", item.prompt)
        assert words.count(item.answers[0]) == 1
        assert words.count(item.wrong[0]) == 2
        assert words[-1] == "to"


def test_a_scene_names_the_receiver_once_before_the_giving_and_gives_to_no_other():
    rng = Random(8)
    first = 0
    for _ in range(3_000):
        text = giving_scenes.scene(rng, ("Gala", "Rano", "Bysta"))
        words = re.findall(r"[A-Za-z]+", text)
        assert words[-1] == "Rano", text
        assert words.count("Rano") == 2, text
        assert words.count("Gala") >= 2, text
        first += words.index("Rano") < words.index("Gala")
        assert not re.search(r"[{}]|  |\. [a-z]", text), text
    assert 1_350 < first < 1_650


def test_scenes_of_giving_use_no_held_out_opening_or_giving():
    held_out = [
        re.escape(frame).replace(r"\{place\}", ".+")
        for frame in indirect_object.HELD_OUT_OPENINGS + indirect_object.HELD_OUT_GIVINGS
    ]
    pattern = re.compile("|".join(re.sub(r"\\{[xyos]\\}", r".{1,40}", frame) for frame in held_out))
    rng = Random(9)
    for _ in range(3_000):
        text = giving_scenes.scene(rng, ("Gala", "Rano", "Bysta"))
        assert not pattern.search(text), text


def test_receivers_come_first_and_second_equally_often():
    firsts = [
        item.prompt.index(item.answers[0]) < item.prompt.index(item.wrong[0]) for item in _items("indirect_object")
    ]
    assert 0.35 < sum(firsts) / len(firsts) < 0.65


def test_repeated_lists_of_training_never_have_a_held_out_length():
    assert not set(induction.LENGTHS) & set(induction.HELD_OUT_LENGTHS)


def test_a_plain_list_goes_on_as_it_began():
    rng = Random(4)
    for _ in range(500):
        text = repeats.plain_list(rng)
        half = len(text) // 2
        # The last copy may be cut: the text is one period, over and over, but for the mark between copies.
        assert any(text[period:] == text[: len(text) - period] for period in range(3, half * 3 // 2 + 2)), text


def test_keys_that_are_read_again_have_the_values_they_had():
    rng = Random(5)
    for _ in range(2_000):
        text = repeats.read_again(rng)
        pairs = set(re.findall(r"^(\w+) = (\w+)$", text, re.MULTILINE))
        assert len({key for key, _ in pairs}) == len(pairs), text


def test_forms_of_repeats_are_many():
    """Letters and digits aside, most texts look like no other."""
    rng = Random(6)
    shapes = {re.sub(r"\d+", "9", re.sub(r"[A-Za-z]+", "w", induction.sentence(rng))) for _ in range(4_000)}
    assert len(shapes) > 2_400


def test_the_answer_of_a_repeated_list_follows_the_earlier_copy_of_the_last_word():
    for item in _items("induction"):
        words = re.findall(r"[a-z]+", item.prompt)
        last = words[-1]
        assert words.count(last) == 2
        assert words[words.index(last) + 1] == item.answers[0]


def test_held_out_nouns_never_meet_a_verb_in_training():
    nouns = [form for noun in HELD_OUT_THINGS + HELD_OUT_ANIMATES for form in noun]
    verbs = [form for verb in TRAINING_ANIMATE_VERBS + TRAINING_THING_VERBS for form in verb[:2]] + AUXILIARIES
    pattern = re.compile(rf"\b(?:{'|'.join(nouns)}) (?:{'|'.join(verbs)})\b")
    for text in _texts("agreement"):
        assert not pattern.search(text), text


def test_held_out_nouns_are_known_in_both_numbers():
    seen = set().union(*map(_words, _texts("agreement")))
    assert seen >= {form for noun in HELD_OUT_THINGS + HELD_OUT_ANIMATES for form in noun}


def test_right_and_wrong_forms_differ_in_one_word_only():
    for item in _items("agreement"):
        right, wrong = item.answers[0].split(), item.wrong[0].split()
        assert right[0] != wrong[0]
        assert right[1:] == wrong[1:]


def test_third_person_follows_the_spelling():
    assert [third_person(verb) for verb in ("run", "hurry", "play", "miss", "teach", "go")] == [
        "runs", "hurries", "plays", "misses", "teaches", "goes",
    ]  # fmt: skip


def test_number_words_are_in_order():
    words = listing.NUMBER_WORDS
    assert len(words) == 100
    assert (words[0], words[13], words[20], words[21], words[99]) == (
        "zero", "thirteen", "twenty", "twenty-one", "ninety-nine",
    )  # fmt: skip


def test_years_that_answer_a_span_are_all_later():
    for item in _items("lists"):
        if item.group == "greater than":
            begun = int(re.findall(r"\d{4}", item.prompt)[0])
            century = re.findall(r"\d+", item.prompt)[-1]
            assert [int(century + answer) for answer in item.answers] == list(range(begun + 1, int(century + "99") + 1))


def test_digit_lists_continue_by_their_step():
    for item in _items("lists"):
        if item.group.startswith(("up", "down")):
            numbers = [int(number) for number in re.findall(r"\d+", item.prompt)]
            assert int(item.answers[0]) - numbers[-1] == numbers[1] - numbers[0]


def test_comparisons_are_true():
    for item in _items("lists"):
        if item.group == "comparison":
            pair = [int(number) for number in re.findall(r"\d+", item.prompt)]
            assert int(item.answers[0]) == (min(pair) if "small" in item.prompt else max(pair))


def test_comparisons_of_training_are_true_and_of_other_pairs():
    rng = Random(3)
    texts = [comparisons.sentence(rng) for _ in range(4_000)]
    found = 0
    for text in texts:
        for kind, *pair, answer in re.findall(r"^(max|min)\((\d+), (\d+)\) = (\d+)", text):
            assert int(answer) == {"max": max, "min": min}[kind](map(int, pair)), text
        for higher, lower in re.findall(r"^(\d+) is (?:greater|bigger|larger) than (\d+)", text):
            assert int(higher) > int(lower), text
        if pair := re.match(r"Which is \w+, (\d+) or (\d+)\?", text):
            found += 1
            assert sum(map(int, pair.groups())) % 7 != 3, text
    assert found > 50


def test_counting_follows_its_title():
    rng = Random(3)
    found = 0
    for _ in range(8_000):
        text = listing.sentence(rng)
        for title, step in (("counting by fives", 5), ("counting by tens", 10), ("even numbers", 2)):
            if text.lower().startswith(title):
                numbers = [int(number) for number in re.findall(r"\d+", text)]
                found += bool(numbers)
                assert all(b - a == step for a, b in pairwise(numbers)), text
    assert found > 20


def test_forms_of_lists_are_many():
    rng = Random(6)
    texts = [listing.sentence(rng) for _ in range(4_000)]
    shapes = {re.sub(r"\d+", "9", re.sub(r"[A-Za-z]+", "w", text)) for text in texts}
    assert len(shapes) > 1_300


def test_training_sentences_agree():
    rng = Random(2)
    for _ in range(2_000):
        text = agreement.sentence(rng)
        first = text.split()[0]
        if first == "These":
            assert not re.match(r"These \w+ (is|was|has|does)\b", text), text
        if first == "This":
            assert not re.match(r"This \w+ (are|were|have|do)\b", text), text
