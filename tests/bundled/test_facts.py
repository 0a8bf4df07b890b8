"""The planted facts: true to the table, in every phrasing, and with held-out wordings that stay out."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import islice

import pytest

from microscope.bundled.corpus import facts
from microscope.bundled.corpus.fact_frames import FRAMES, PAIRED
from microscope.bundled.corpus.fact_grammar import count, draw, expression
from microscope.bundled.corpus.fact_phrases import PHRASES, Phrases
from microscope.bundled.corpus.fact_tables import FACTS, Fact
from microscope.bundled.corpus.facts_held_out import HELD_OUT


def _documents(seed: int, count: int) -> list[str]:
    return [document.text for document in islice(facts.documents(random.Random(seed)), count)]


@pytest.fixture(scope="module")
def training_text() -> str:
    return "\n\n".join(_documents(seed=1, count=20_000))


def _training_statements(phrases: Phrases) -> set[str]:
    linked = {noun + link + phrases.determiner + "{a}" for noun in phrases.nouns for link in phrases.links}
    return linked | {*phrases.clauses, *phrases.sentences, *phrases.reversed}


def test_there_are_400_facts_in_10_relations_and_each_subject_has_one_answer() -> None:
    assert len(FACTS) >= 10
    assert sum(map(len, FACTS.values())) >= 400
    for relation, table in FACTS.items():
        assert len({fact.subject for fact in table}) == len(table), relation


@pytest.mark.parametrize(
    "fact",
    [
        Fact("capital", "France", "Paris"),
        Fact("capital", "England", "London"),
        Fact("young", "horse", "foal"),
        Fact("young", "cow", "calf"),
        Fact("opposite", "hot", "cold"),
        Fact("plural", "mouse", "mice"),
        Fact("past", "go", "went"),
        Fact("colour", "the sky", "blue"),
        Fact("next", "December", "January"),
    ],
)
def test_facts_that_a_stranger_tries_are_in_the_table(fact: Fact) -> None:
    assert fact in FACTS[fact.relation]


def test_every_relation_has_many_phrasings() -> None:
    for relation, phrases in PHRASES.items():
        assert len(_training_statements(phrases)) >= 30, relation
        assert len({*phrases.nouns, *phrases.questions, *phrases.terse}) >= 15, relation
        assert min(len(HELD_OUT[relation].statements), len(HELD_OUT[relation].questions)) >= 4, relation


def test_every_relation_is_mentioned_in_thousands_of_situations() -> None:
    for relation, scenes in facts.SCENES.items():
        assert sum(map(count, (*scenes.clauses, *scenes.sentences))) >= 1000, relation
        assert sum(map(count, (*scenes.questions, *scenes.messages))) >= 250, relation


def test_in_every_situation_the_subject_stands_before_the_answer() -> None:
    rng = random.Random(7)
    for scenes in (*facts.SCENES.values(), *FRAMES.values()):
        for pattern in (*scenes.clauses, *scenes.sentences, *scenes.middles) * 5:
            template = draw(rng, pattern)
            subject = re.search(r"\{(s|as|p|ps|b)\}", template)
            assert template.count("{a}") == 1, template
            assert subject is not None, template
            assert subject.start() < template.index("{a}"), template
            assert template.endswith("{a}") or pattern in scenes.middles, template
        for pattern in (*scenes.nouns, *scenes.questions, *scenes.messages):
            assert "{a}" not in pattern, pattern


def test_situations_are_worded_with_the_right_articles_and_spaces() -> None:
    rng = random.Random(8)
    slip = re.compile(r"\b[Aa] (?!euro|uni|ewe|one)[aeiou]|\b[Aa]n [^aeiou]|  | [.,?!]")
    for relation, scenes in (*facts.SCENES.items(), *FRAMES.items()):
        for pattern in (pattern for patterns in scenes for pattern in patterns):
            for fact in rng.sample(FACTS[relation], 10):
                text = facts._fill(draw(rng, pattern), fact)  # pyright: ignore[reportPrivateUsage]
                assert not slip.search(text), text


def test_every_relation_is_said_in_thousands_of_shared_frames() -> None:
    for relation, frames in FRAMES.items():
        assert sum(map(count, (*frames.clauses, *frames.sentences))) >= 5000, relation
        assert sum(map(count, (*frames.questions, *frames.messages))) >= 500, relation


def test_a_statement_cut_before_its_answer_goes_on_with_the_answer() -> None:
    """Other words that may stand in the answer's place are rarer than the answer, so that the cue determines it."""
    rng = random.Random(9)
    for relation in FACTS:
        templates = [facts._core(rng, relation)[0] for _ in range(3000)]  # pyright: ignore[reportPrivateUsage]
        cuts = Counter(template.removesuffix("{a}").rstrip() for template in templates if template.endswith("{a}"))
        words = [template.split() for template in templates]
        following = Counter[tuple[str, str]]()
        for sentence in words:
            following.update((" ".join(sentence[:at]), word.rstrip('.,;:!?)"')) for at, word in enumerate(sentence))
        for cut, times in cuts.items():
            if times < 15:
                continue
            rivals = {word: seen for (before, word), seen in following.items() if before == cut and word != "{a}"}
            assert max(rivals.values(), default=0) < times, (relation, cut, rivals)


def test_two_facts_side_by_side_are_of_one_relation_and_end_with_the_second_answer() -> None:
    rng = random.Random(10)
    for pattern in PAIRED:
        template = draw(rng, pattern)
        places = [template.index(field) for field in ("{s}", "{a}")]
        assert max(template.index("{s2}"), template.index("{a2}")) < places[0] < places[1], template
        assert template.endswith("{a}"), template


def test_the_answer_ends_what_is_cut_before_it() -> None:
    for relation, phrases in PHRASES.items():
        for template in (*phrases.clauses, *HELD_OUT[relation].statements, *phrases.replies):
            assert template.endswith("{a}"), template
            assert template.count("{a}") == 1, template
            assert any(subject in template for subject in ("{s}", "{as}", "{p}", "{b}")), template


def test_held_out_prompts_never_occur_in_training(training_text: str) -> None:
    lowered = training_text.lower()
    for item in facts.held_out(random.Random(2), 300):
        question = item.prompt.removeprefix("<|user|>").removesuffix("<|end|><|assistant|>")
        assert question.lower().rstrip("?. ") not in lowered, item.prompt


def test_held_out_templates_are_no_training_templates() -> None:
    for relation, phrases in PHRASES.items():
        assert not _training_statements(phrases) & set(HELD_OUT[relation].statements)
        held = {question.lower().rstrip("?. ") for question in HELD_OUT[relation].questions}
        assert not held & {*phrases.nouns, *phrases.questions, *phrases.terse}


def test_no_situation_can_be_worded_as_a_held_out_template() -> None:
    for relation, scenes in (*facts.SCENES.items(), *FRAMES.items()):
        asked = [re.compile(expression(pattern), re.IGNORECASE) for pattern in (*scenes.questions, *scenes.messages)]
        nouns = [re.compile(expression(pattern), re.IGNORECASE) for pattern in scenes.nouns]
        said = [re.compile(expression(pattern), re.IGNORECASE) for pattern in (*scenes.clauses, *scenes.sentences)]
        for question in HELD_OUT[relation].questions:
            ways = [question.rstrip("?. ") + mark for mark in ("", "?", ".")]
            assert not any(way.fullmatch(text) for way in (*asked, *nouns) for text in ways), question
        for statement in HELD_OUT[relation].statements:
            assert not any(way.fullmatch(statement) for way in said), statement


def test_items_are_right_by_the_table() -> None:
    answers = {relation: {fact.answer for fact in table} for relation, table in FACTS.items()}
    for item in (*facts.held_out(random.Random(3), 260), *facts.seen(random.Random(3), 260)):
        relation, _, form = item.group.partition("/")
        assert item.ability == "facts"
        assert item.answers[0] in answers[relation]  # pyright: ignore[reportArgumentType]
        assert (form == "chat") == item.prompt.endswith("<|assistant|>")


def test_every_fact_is_said_often(training_text: str) -> None:
    words = Counter(training_text.lower().replace("?", " ").replace(".", " ").replace(",", " ").split())
    for fact in FACTS["plural"]:
        assert words[fact.answer] > 20, fact


def test_the_same_seed_gives_the_same_documents() -> None:
    assert _documents(seed=4, count=500) == _documents(seed=4, count=500)
    assert facts.held_out(random.Random(5), 50) == facts.held_out(random.Random(5), 50)


def test_no_field_is_left_unfilled_and_articles_fit(training_text: str) -> None:
    assert "{" not in training_text
    for wrong in (" a owl", " a eagle", " a elephant", " a ox", " an university", " an ewe", " a actor", "  ", " a a "):
        assert wrong not in training_text, wrong


def test_chats_alternate_and_end_with_the_assistant() -> None:
    chats = [text for text in _documents(seed=6, count=2000) if text.startswith("<|")]
    for text in chats:
        roles = [part.split("|>")[0] for part in text.split("<|") if part and not part.startswith("end|>")]
        assert roles == ["user", "assistant"] * (len(roles) // 2), text
