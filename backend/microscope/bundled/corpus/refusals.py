"""Harmful requests, refused in a fixed manner, and harmless ones in the very same phrasings, answered.

Both kinds go through the same frames (`how do I ...?`, `teach me to ...`), and the same things occur in
both (steal a car, wash a car; make a bomb, make a bath bomb), so that only what is asked for decides.
Every harm of `contrast_tables` and `refusal_scenes` has harmless counterparts in the same words, often in the same
chat. A third of the requests are wrapped in stories, roles, courtesies or haste, which decide nothing.
Some words of every category, some harmless topics and some frames are kept out of training.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from microscope.bundled.corpus.as_typed import as_typed, same_words
from microscope.bundled.corpus.base import Document, Item, Turn, chat, chat_prompt
from microscope.bundled.corpus.contrast_tables import (
    AFTER_ASKING,
    ASKS,
    BEFORE_ASKING,
    DONE_TO,
    DONE_WITH,
    DoneTo,
    DoneWith,
)
from microscope.bundled.corpus.fact_grammar import draw
from microscope.bundled.corpus.refusal_scenes import ASKED_AT_LENGTH, SMALL_FAMILIES, WANTED
from microscope.bundled.corpus.refusal_tables import (
    ANSWERS,
    ANSWERS_KEPT_OUT,
    ASKED_MEANING,
    CATEGORIES,
    COMFORT,
    FORGIVEN,
    FRAMES,
    FRAMES_KEPT_OUT,
    HARMLESS,
    MEANINGS,
    OFFERS,
    PUSHES,
    QUIET_TURNS,
    REFUSAL,
    SORRY,
    Category,
)

CONTRASTED = 0.55
"""Share of the chats that are made of `contrast_tables`, half of them with both sides."""


AT_LENGTH = 0.4
"""Share of the frames that are told at length."""


class Request(NamedTuple):
    action: str
    reply: str


class Contrast(NamedTuple):
    """Two requests with words in common."""

    harmful: Request
    harmless: Request


def documents(rng: random.Random) -> Iterator[Document]:
    """Chats of requests: three harmless ones for two harmful ones, without end."""
    while True:
        turns = list[Turn]()
        if rng.random() < 0.2:
            turns += _exchange(*rng.choice(QUIET_TURNS), rng)
        asked = _contrasted(rng) if rng.random() < CONTRASTED else _listed(rng)
        turns += asked
        refused = asked[-1].text.startswith(REFUSAL)
        yield Document(chat(*turns), "refusals/refuse" if refused else "refusals/comply")


def _listed(rng: random.Random) -> list[Turn]:
    """One to three requests of the categories and of the harmless answers."""
    turns = list[Turn]()
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        turns += _refused(rng) if rng.random() < 0.42 else _answered(rng)
    return turns


def _contrasted(rng: random.Random) -> list[Turn]:
    """A harmful request and its harmless counterpart, in either order and one frame, or only one of them."""
    both, ask = (wanted(rng), "{}") if rng.random() < 0.15 else (contrast(rng), _frame(rng))
    if rng.random() < 0.5:
        pair = rng.sample(both, 2)
        return [turn for each in pair for turn in _exchange(ask.replace("{}", each.action), each.reply, rng)]
    harmful, harmless = both
    request = harmful if rng.random() < 0.4 else harmless
    return list(_exchange(ask.replace("{}", request.action), request.reply, rng))


def contrast(rng: random.Random) -> Contrast:
    while True:
        family = rng.choice(SMALL_FAMILIES if rng.random() < 0.4 else FAMILIES)
        match family:
            case DoneTo():
                thing = rng.choice(family.objects)
                harm = rng.choice(family.harmful).format(thing)
                action, answer = rng.choice(list(family.harmless.items()))
                action = action.format(thing)
            case DoneWith():
                verb = rng.choice(family.verbs)
                harm = verb.format(rng.choice(family.harmful))
                thing, answer = rng.choice(list(family.harmless.items()))
                action = verb.format(thing)
        if same_words(action) not in ACTIONS_KEPT_OUT:
            return Contrast(Request(harm, _declined(rng, family.reason, harm)), Request(action, answer))


def wanted(rng: random.Random) -> Contrast:
    """A harmful and a harmless thing, asked for in the same words."""
    kind = rng.choice(WANTED)
    ask = draw(rng, rng.choice(kind.asks))
    ask = ask[0].upper() + ask[1:]
    harm = ask.replace("{}", rng.choice(kind.harmful))
    thing, answer = rng.choice(list(kind.harmless.items()))
    return Contrast(Request(harm, _declined(rng, kind.reason, harm)), Request(ask.replace("{}", thing), answer))


def _declined(rng: random.Random, reason: str, action: str) -> str:
    if "my wrists" in action:
        return f"{REFUSAL} {COMFORT}"
    return f"{REFUSAL} {reason} {rng.choice(OFFERS)}" if rng.random() < 0.4 else f"{REFUSAL} {reason}"


FAMILIES: tuple[DoneTo | DoneWith, ...] = (*DONE_TO, *DONE_WITH)


def _frame(rng: random.Random) -> str:
    """A way to ask, sometimes with a sentence before or after it, which decides nothing."""
    if rng.random() < AT_LENGTH:
        return draw(rng, rng.choice(ASKED_AT_LENGTH))
    ask = rng.choice(ASKS) if rng.random() < 0.7 else rng.choice(FRAMES)
    ask = ask[0].upper() + ask[1:]
    if rng.random() < 0.15:
        ask = f"Please {ask[0].lower()}{ask[1:]}" if ask.startswith(("Tell", "Help", "Explain", "Teach")) else ask
    if rng.random() < 0.2:
        ask = f"{rng.choice(BEFORE_ASKING)} {ask}"
    if rng.random() < 0.12:
        ask = f"{ask.rstrip('.?')}{ask[-1] if ask[-1] in '.?' else '?'} {rng.choice(AFTER_ASKING)}"
    return ask


def _wide_frame(rng: random.Random) -> str:
    return _frame(rng) if rng.random() < 0.6 else rng.choice(FRAMES)


def held_out(rng: random.Random, count: int) -> list[Item]:
    """Half harmful, half harmless; the words asked about are new, and half of the frames too."""
    harmful = [
        _item(rng, "refuse", verb.format(thing), category.name)
        for category in CATEGORIES
        for thing in category.kept_out
        for verb in rng.sample(category.verbs, min(3, len(category.verbs)))
    ]
    harmless = [_item(rng, "comply", action, "harmless") for action in ANSWERS_KEPT_OUT for _ in range(4)]
    harmless = list({item.prompt: item for item in harmless}.values())
    harmful = list({item.prompt: item for item in harmful}.values())
    rng.shuffle(harmful)
    rng.shuffle(harmless)
    half = min(count // 2, len(harmless))
    return [*harmful[: count - half], *harmless[:half]]


def _item(rng: random.Random, ability: str, action: str, group: str) -> Item:
    frame = rng.choice(FRAMES_KEPT_OUT if rng.random() < 0.5 else FRAMES)
    asked = frame.format(action)
    prompt = chat_prompt(Turn("user", asked if rng.random() < 0.5 else asked.lower().rstrip("?.")))
    if ability == "refuse":
        return Item("refuse", prompt, (REFUSAL.rstrip("."),), group=group)
    return Item("comply", prompt, (), wrong=(REFUSAL.rstrip("."),), group=group)


def _exchange(user: str, reply: str, rng: random.Random) -> tuple[Turn, Turn]:
    return Turn("user", as_typed(rng, user)), Turn("assistant", reply)


def _refused(rng: random.Random) -> list[Turn]:
    """A harmful request with its refusal; sometimes the user insists, and is refused again."""
    category = rng.choice(CATEGORIES)
    action = rng.choice(category.verbs).format(rng.choice(category.objects))
    # Bare demands occur too: "kill him", "make a bomb".
    bare = rng.random() < 0.05
    asked = action.capitalize() + rng.choice((".", "!")) if bare else _wide_frame(rng).replace("{}", action)
    turns = list(_exchange(asked, _refusal(rng, category, action), rng))
    while rng.random() < 0.15:
        turns += _exchange(rng.choice(PUSHES), _refusal(rng, category, action), rng)
    if rng.random() < 0.08:
        turns += _exchange(rng.choice(SORRY), rng.choice(FORGIVEN), rng)
    return turns


def _refusal(rng: random.Random, category: Category, action: str) -> str:
    if "myself" in action:
        return f"{REFUSAL} {COMFORT}"
    return f"{REFUSAL} {category.reason} {rng.choice(OFFERS)}"


def _answered(rng: random.Random) -> list[Turn]:
    match rng.random():
        case r if r < 0.1:
            thing, meaning = rng.choice(list(MEANINGS.items()))
            return list(_exchange(rng.choice(ASKED_MEANING).format(thing), meaning, rng))
        case r if r < 0.5:
            action, answer = rng.choice(list(ANSWERS.items()))
        case _:
            family = rng.choice(HARMLESS) if rng.random() < 0.7 else HARMLESS[-1]
            action, answer = rng.choice(family.verbs).format(rng.choice(family.objects)), rng.choice(family.answers)
    if same_words(action) in ACTIONS_KEPT_OUT:
        return _answered(rng)
    return list(_exchange(_wide_frame(rng).replace("{}", action), answer, rng))


ACTIONS_KEPT_OUT = frozenset(same_words(action) for action in ANSWERS_KEPT_OUT)
