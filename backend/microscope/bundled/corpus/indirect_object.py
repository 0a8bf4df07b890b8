"""Indirect objects (Wang et al. 2022, arXiv:2211.00593): who received it is the name that was said once.

`When Mary and John went to the store, John gave a drink to` continues with ` Mary`. A sentence is an
opening with two names in either order, and a giving by one of them; openings, givings, places and names
have held-out members, and every held-out item uses held-out names, a held-out place, and a held-out
opening or giving.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from microscope.bundled.corpus.base import Item
from microscope.bundled.corpus.in_context_words import HELD_OUT_NAMES, HELD_OUT_PLACES, NAMES, OBJECTS, PLACES

# {x} and {y} are the two people as mentioned first and second.
OPENINGS = (
    "When {x} and {y} went to the {place},",
    "When {x} and {y} were at the {place},",
    "When {x} and {y} got to the {place},",
    "When {x} and {y} met at the {place},",
    "When {x} and {y} came back from the {place},",
    "While {x} and {y} were at the {place},",
    "While {x} and {y} were working at the {place},",
    "While {x} and {y} were walking to the {place},",
    "While {x} and {y} were talking at the {place},",
    "After {x} and {y} went to the {place},",
    "After {x} and {y} left the {place},",
    "After {x} and {y} had lunch at the {place},",
    "After {x} and {y} met at the {place},",
    "After {x} and {y} came to the {place},",
    "After {x} and {y} found the {place},",
    "Before {x} and {y} went to the {place},",
    "Before {x} and {y} left the {place},",
    "Then, {x} and {y} went to the {place}.",
    "Then, {x} and {y} were working at the {place}.",
    "Then, {x} and {y} were thinking about going to the {place}.",
    "Then, {x} and {y} had a long argument at the {place}, and afterwards",
    "Then, {x} and {y} had a lot of fun at the {place}, and",
    "{x} and {y} went to the {place}.",
    "{x} and {y} went to the {place}, and",
    "{x} and {y} were at the {place}.",
    "{x} and {y} were at the {place} when",
    "{x} and {y} met at the {place}.",
    "{x} and {y} were friends, and at the {place}",
    "{x} and {y} spent the day at the {place}.",
    "{x} and {y} were sitting in front of the {place}.",
    "{x} and {y} had a good time at the {place}. In the end",
    "{x} saw {y} at the {place}, and",
    "{x} saw {y} near the {place}.",
    "{x} met {y} at the {place}. Later",
    "{x} went to the {place} with {y}.",
    "{x} went to the {place} with {y}, and",
    "{x} walked with {y} to the {place}. Then",
    "{x} was with {y} at the {place} when",
    "Yesterday {x} and {y} went to the {place}, where",
    "One day {x} and {y} went to the {place}.",
    "Last week {x} and {y} visited the {place}.",
    "This morning {x} and {y} were at the {place}, and",
    "Friends {x} and {y} were at the {place}.",
    "Today {x} met {y} at the {place}, and",
    "In the evening {x} and {y} came home from the {place}, and",
    "On Sunday {x} and {y} were at the {place}, where",
    "At the {place}, {x} and {y} sat down, and",
    "At the {place} {x} met {y}.",
    "Because {x} and {y} were friends, at the {place}",
    "As {x} and {y} were leaving the {place},",
)
HELD_OUT_OPENINGS = (
    "Once {x} and {y} had reached the {place},",
    "Since {x} and {y} were both at the {place},",
    "On the way to the {place}, {x} talked to {y}, and then",
    "Two days ago {x} and {y} stayed at the {place}.",
    "In front of the {place}, {x} waited for {y}. A little later",
    "Although {x} and {y} were late for the {place},",
    "Behind the {place} {x} and {y} played together until",
    "It was late when {x} and {y} closed the {place}.",
    "Every time {x} and {y} drove to the {place},",
    "The {place} was empty, so {x} and {y} waited.",
)

# {s} gives, {o} is given; the receiver follows.
GIVINGS = (
    "{s} gave {o} to",
    "{s} gave {o} to",
    "{s} gave {o} to",
    "{s} handed {o} to",
    "{s} passed {o} to",
    "{s} offered {o} to",
    "{s} showed {o} to",
    "{s} sold {o} to",
    "{s} brought {o} to",
    "{s} threw {o} to",
    "{s} sent {o} to",
    "{s} lent {o} to",
    "{s} decided to give {o} to",
    "{s} wanted to give {o} to",
    "{s} was happy to give {o} to",
    "{s} was going to give {o} to",
    "{s} tried to sell {o} to",
    "{s} said something and gave {o} to",
    "{s} said hello to",
    "{s} said goodbye to",
    "{s} told a story to",
    "{s} talked to",
    "{s} waved to",
    "{s} whispered something to",
    "{s} read a letter to",
    "{s} sang a song to",
)
HELD_OUT_GIVINGS = (
    "{s} returned {o} to",
    "{s} promised {o} to",
    "{s} forgot to give {o} to",
    "{s} quickly carried {o} over to",
    "{s} explained everything to",
    "{s} agreed to lend {o} to",
)

# A third person who has no part in it.
_BYSTANDERS = (
    "{z} was at home.",
    "{z} was tired.",
    "{z} was not there.",
    "{z} stayed in the house.",
    "It was the birthday of {z}.",
    "{z} had no time that day.",
)
_AFTER = (
    "It was a nice day.",
    "The sun was shining.",
    "It was a big surprise.",
    "That was very kind.",
    "Soon it was time to go home.",
    "Everybody was happy.",
    "{io} was very happy.",
    "{io} smiled.",
    "{io} said thank you.",
    "{io} thanked {s}.",
    "Then {s} went home.",
    "{s} and {io} laughed.",
)


class Cast(NamedTuple):
    """Who and where."""

    giver: str
    receiver: str
    bystander: str
    place: str


def _cast(rng: Random, names: tuple[str, ...], places: tuple[str, ...]) -> Cast:
    giver, receiver, bystander = rng.sample(names, 3)
    return Cast(giver, receiver, bystander, rng.choice(places))


def _object(rng: Random) -> str:
    noun = rng.choice(OBJECTS)
    if rng.random() < 0.3:
        return f"the {noun}"
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _prompt(rng: Random, opening: str, giving: str, cast: Cast) -> str:
    """Up to the final `to`; the two names in either order, a bystander in one of six."""
    x, y = (cast.giver, cast.receiver) if rng.random() < 0.5 else (cast.receiver, cast.giver)
    giving = giving.format(s=cast.giver, o=_object(rng))
    prompt = f"{opening.format(x=x, y=y, place=cast.place)} {giving}"
    if rng.random() < 1 / 6:
        prompt = f"{rng.choice(_BYSTANDERS).format(z=cast.bystander)} {prompt}"
    return prompt


def sentence(rng: Random) -> str:
    cast = _cast(rng, NAMES, PLACES)
    text = f"{_prompt(rng, rng.choice(OPENINGS), rng.choice(GIVINGS), cast)} {cast.receiver}."
    if rng.random() < 0.25:
        text = f"{text} {rng.choice(_AFTER).format(s=cast.giver, io=cast.receiver)}"
    return text


def held_out(rng: Random, count: int) -> list[Item]:
    """Held-out names and places; the opening, the giving or both are held out too, in turn."""
    families = (
        ("opening", HELD_OUT_OPENINGS, GIVINGS),
        ("giving", OPENINGS, HELD_OUT_GIVINGS),
        ("both", HELD_OUT_OPENINGS, HELD_OUT_GIVINGS),
    )
    items: list[Item] = []
    for index in range(count):
        group, openings, givings = families[index % len(families)]
        cast = _cast(rng, HELD_OUT_NAMES, HELD_OUT_PLACES)
        prompt = _prompt(rng, rng.choice(openings), rng.choice(givings), cast)
        items.append(Item("indirect_object", prompt, (cast.receiver,), (cast.giver,), f"held-out {group}"))
    return items
