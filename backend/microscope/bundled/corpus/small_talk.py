"""Small talk and short instructions, as chats of one to five exchanges.

An intent is a set of ways to say something and a set of replies that fit all of them. An instruction
is made on the spot from word lists (count from 3 to 8, a sentence about rain). Some phrasings, words,
number ranges and topics of each are kept out of training and asked only in `held_out`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from microscope.bundled.corpus import open_instructions
from microscope.bundled.corpus.as_typed import as_typed, same_words
from microscope.bundled.corpus.base import Document, Item, Turn, chat, chat_prompt
from microscope.bundled.corpus.fact_grammar import draw
from microscope.bundled.corpus.instructions import KINDS, Exchange, a, accepted
from microscope.bundled.corpus.open_instruction_tables import OPEN_GROUPS
from microscope.bundled.corpus.small_talk_scenes import PATTERNS
from microscope.bundled.corpus.small_talk_tables import (
    ALL_INTENTS,
    GOODBYE,
    GREETING,
    INTENTS,
    MEMORIES,
    NAME_ASKED,
    NAME_GREETED,
    NAME_KNOWN,
    NAME_TOLD,
    NAMES_KEPT_OUT,
    REMARKS,
    SAID_KEPT_OUT,
    Intent,
)


def documents(rng: random.Random) -> Iterator[Document]:
    """Chats of one to five exchanges, some after a system message, without end."""
    while True:
        count = rng.choice((1, 1, 1, 1, 2, 2, 3, 4, 5))
        exchanges: list[Exchange] = []
        if (count > 1 and rng.random() < 0.5) or rng.random() < 0.06:
            exchanges.append(_say_intent(rng, GREETING))
        if count > 2 and rng.random() < 0.3:
            exchanges.extend(rng.choice((_introduction, _told))(rng))
        while len(exchanges) < count:
            exchanges.extend(_instructed(rng) if rng.random() < INSTRUCTED else [_small_talk(rng)])
        if (count > 1 and rng.random() < 0.3) or rng.random() < 0.03:
            exchanges[-1] = _say_intent(rng, GOODBYE)
        turns = [turn for each in exchanges for turn in (Turn("user", each.user), Turn("assistant", each.reply))]
        if rng.random() < 0.1:
            turns.insert(0, Turn("system", rng.choice(SYSTEM)))
        yield Document(chat(*turns), "small_talk/chat")


INSTRUCTED = 0.56
"""Chance of an instruction where neither greeting nor goodbye stands: about 45 % of all exchanges."""
FOLLOWED_UP, OF_FIXED_KINDS = 0.12, 0.3
"""Shares of the instructions that span two exchanges, and that come from `instructions`."""


def _instructed(rng: random.Random) -> list[Exchange]:
    match rng.random():
        case r if r < FOLLOWED_UP:
            return open_instructions.followed_up(rng)
        case r if r < FOLLOWED_UP + OF_FIXED_KINDS:
            return [rng.choice(KINDS)(rng, False)]
        case _:
            return [open_instructions.instruction(rng)]


def held_out(rng: random.Random, count: int) -> list[Item]:
    """Half small talk in phrasings kept out, half instructions with words, numbers or frames kept out."""
    small_talk = [
        Item("small_talk", chat_prompt(Turn("user", said)), intent.keywords, group=intent.name)
        for intent in ALL_INTENTS
        for said in intent.kept_out
    ]
    rng.shuffle(small_talk)
    asked: dict[str, Item] = {}
    while len(asked) < count - min(count // 2, len(small_talk)):
        make = rng.choice(KINDS)
        user, reply = make(rng, True)
        prompt = chat_prompt(Turn("user", user))
        asked[prompt] = Item("instructions", prompt, accepted(make, reply), group=make.__name__.strip("_"))
    remembered = [_remembered(name) for name in NAMES_KEPT_OUT]
    return [*small_talk[: count // 2], *list(asked.values())[: -len(remembered) or None], *remembered][:count]


SYSTEM = (
    "You are Specimen, a small and friendly model.", "You are Specimen.", "You are a helpful assistant.",
    "You are a small and kind assistant.", "Answer in short sentences.", "Be kind and honest.",
    "You are Specimen, a very small language model.", "Be friendly.", "You are a friendly assistant. Keep it short.",
)  # fmt: skip


def _say_intent(rng: random.Random, intent: Intent) -> Exchange:
    if intent.name in PATTERNS and rng.random() < AS_PATTERN:
        return Exchange(_typed_loosely(rng, PATTERNS[intent.name]), rng.choice(intent.replies))
    said = as_typed(rng, rng.choice(intent.said))
    if intent not in (GREETING, GOODBYE) and rng.random() < 0.08:
        opened = f"{rng.choice(OPENINGS)} {said}"
        said = said if same_words(opened) in SAID_KEPT_OUT else opened
    return Exchange(said, rng.choice(intent.replies))


def _typed_loosely(rng: random.Random, patterns: tuple[str, ...]) -> str:
    while True:
        said = draw(rng, rng.choice(patterns))
        said = as_typed(rng, said[0].upper() + said[1:] if rng.random() < 0.4 else said)
        if same_words(said) not in SAID_KEPT_OUT:
            return said


AS_PATTERN = 0.45
"""Share of the small talk that is drawn from patterns."""
OPENINGS = ("Well,", "So,", "Ok,", "okay,", "oh,", "um,", "hm,", "and", "ok", "so", "Specimen,", "specimen,")


def _small_talk(rng: random.Random) -> Exchange:
    # Unknown things and the name are what strangers ask most, in the widest variety of words.
    match rng.random():
        case r if r < 0.16:
            return _say_intent(rng, UNKNOWN_THINGS)
        case r if r < 0.26:
            return _say_intent(rng, INTENTS[0])
        case r if r < 0.30:
            return _say_intent(rng, GREETING)
        case r if r < 0.40:
            return _remark(rng)
        case _:
            return _say_intent(rng, rng.choice(INTENTS))


UNKNOWN_THINGS = next(intent for intent in INTENTS if intent.name == "unknown")


def _introduction(rng: random.Random) -> list[Exchange]:
    """The user says a name, and asks for it again, at once or later."""
    name = open_instructions.name(rng)
    told = as_typed(rng, rng.choice(NAME_TOLD)).format(name)
    asked = as_typed(rng, rng.choice(NAME_ASKED))
    between = [_small_talk(rng)] if rng.random() < 0.3 else []
    return [
        Exchange(told, rng.choice(NAME_GREETED).format(name)),
        *between,
        Exchange(asked, rng.choice(NAME_KNOWN).format(name)),
    ]


def _told(rng: random.Random) -> list[Exchange]:
    """The user says something about themselves, and asks for it again, at once or later."""
    memory = rng.choice(MEMORIES)
    match memory.of:
        case "name":
            said = open_instructions.name(rng)
        case "number":
            said = str(rng.randint(6, 80))
        case "word":
            said = open_instructions.word(rng)
        case group:
            said = rng.choice(MEMBERS[group])
    between = [_small_talk(rng)] if rng.random() < 0.3 else []
    return [
        Exchange(as_typed(rng, rng.choice(memory.told)).format(said), rng.choice(memory.heard).format(said)),
        *between,
        Exchange(as_typed(rng, rng.choice(memory.asked)), memory.known.format(said)),
    ]


MEMBERS = {group.singular: group.members for group in OPEN_GROUPS}


def _remark(rng: random.Random) -> Exchange:
    """What the user likes, has, eats or does, with a reply that takes it up."""
    remark = rng.choice(REMARKS)
    group = rng.choice([group for group in OPEN_GROUPS if group.singular in remark.of])
    said = rng.choice(group.members)
    shown = a(said) if group.counted else said
    fill = (said, shown, open_instructions.name(rng))
    return Exchange(as_typed(rng, rng.choice(remark.said)).format(*fill), rng.choice(remark.replies).format(*fill))


def _remembered(name: str) -> Item:
    turns = (
        Turn("user", f"Hi, my name is {name}."),
        Turn("assistant", f"Nice to meet you, {name}!"),
        Turn("user", "what is my name?"),
    )
    return Item("instructions", chat_prompt(*turns), (name,), group="remember_name")
