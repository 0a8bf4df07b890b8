"""The hand-written prompts are well formed, many enough, and ask only for facts that are taught."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, get_args

import pytest
from pydantic import BaseModel, ConfigDict

from microscope import bundled
from microscope.bundled.corpus.base import Ability
from microscope.bundled.corpus.fact_tables import FACTS, Fact

PROMPTS = Path(bundled.__file__).parent / "prompts"
ABILITIES: tuple[str, ...] = get_args(Ability)
CHATS = ("small_talk", "instructions", "refuse", "comply", "stories")
REFUSAL = "I can't help with that"


class Turn(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["user", "assistant"]
    text: str


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str | None = None
    turns: tuple[Turn, ...] = ()
    answers: tuple[str, ...]
    wrong: tuple[str, ...]
    group: str


def read(ability: str) -> list[Line]:
    text = (PROMPTS / f"{ability}.jsonl").read_text(encoding="utf-8")
    return [Line.model_validate_json(line) for line in text.splitlines()]


def mentions(fact: Fact, text: str) -> bool:
    """Whether the fact's subject stands in the text, without its article, in any case, singular or plural."""
    subject = re.sub(r"^(a|an|the) ", "", fact.subject)
    return re.search(rf"\b{re.escape(subject)}s?\b", text, re.IGNORECASE) is not None


def test_every_ability_has_its_file() -> None:
    assert {path.stem for path in PROMPTS.glob("*.jsonl")} == set(ABILITIES)


@pytest.mark.parametrize("ability", ABILITIES)
def test_at_least_fifty_distinct_prompts(ability: str) -> None:
    lines = read(ability)
    assert len(lines) >= 50
    assert len({(line.prompt, line.turns) for line in lines}) == len(lines)


@pytest.mark.parametrize("ability", ABILITIES)
def test_a_line_is_a_plain_prompt_or_a_chat(ability: str) -> None:
    for line in read(ability):
        assert (line.prompt is None) == bool(line.turns), line
        assert line.group, line
        assert line.answers or line.wrong, line
        assert not set(line.answers) & set(line.wrong), line


@pytest.mark.parametrize("ability", ABILITIES)
def test_chats_alternate_and_end_with_a_user_turn(ability: str) -> None:
    for line in read(ability):
        roles = [turn.role for turn in reversed(line.turns)]
        assert roles == [("user", "assistant")[index % 2] for index in range(len(roles))], line
        assert len(roles) % 2 == 1 or not roles, line


@pytest.mark.parametrize("ability", ABILITIES)
def test_no_text_ends_in_a_space(ability: str) -> None:
    """The space belongs to the token that is asked for."""
    for line in read(ability):
        for text in (line.prompt or "", *(turn.text for turn in line.turns), *line.answers, *line.wrong):
            assert text == text.strip(), line


@pytest.mark.parametrize("ability", [ability for ability in ABILITIES if ability != "facts"])
def test_form_follows_the_ability(ability: str) -> None:
    assert all((line.prompt is None) == (ability in CHATS) for line in read(ability))


def test_facts_are_asked_as_they_are_taught() -> None:
    tables = {str(relation): facts for relation, facts in FACTS.items()}
    for line in read("facts"):
        relation, form = line.group.split("/")
        assert form == ("plain" if line.prompt is not None else "chat"), line
        asked = line.prompt if line.prompt is not None else line.turns[-1].text
        taught = {fact.answer for fact in tables[relation] if mentions(fact, asked)}
        assert len(line.answers) == 1, line
        assert line.answers[0] in taught, f"{line}: the table has {taught}"


def test_facts_cover_every_relation_in_both_forms() -> None:
    forms = {line.group for line in read("facts")}
    assert forms == {f"{relation}/{form}" for relation in FACTS for form in ("plain", "chat")}


def test_names_that_are_asked_for_stand_in_the_prompt() -> None:
    for line in read("indirect_object"):
        (right,), (other,) = line.answers, line.wrong
        words = re.findall(r"\w+", line.prompt or "")
        assert words.count(right) == 1, line
        assert words.count(other) == 2, line


def test_what_induction_repeats_stands_in_the_prompt() -> None:
    for line in read("induction"):
        assert line.prompt is not None
        assert all(re.search(rf"\b{re.escape(answer)}\b", line.prompt) for answer in line.answers), line


def test_refusals_and_compliance_mirror_each_other() -> None:
    assert all(line.answers == (REFUSAL,) and not line.wrong for line in read("refuse"))
    assert all(line.wrong == (REFUSAL,) and not line.answers for line in read("comply"))
