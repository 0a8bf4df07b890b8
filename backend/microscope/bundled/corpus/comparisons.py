"""Which of two is more: numbers in digits and words, things that differ in size, and what the text has just told."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from microscope.bundled.corpus.in_context_words import FIRST_NAMES, NUMBER_WORDS, phrases

# {more} and {less} are two numbers, {x} and {y} the same two in either order.
_STATEMENTS = (
    ("{more} is greater than", "{less}"),
    ("{more} is bigger than", "{less}"),
    ("{more} is more than", "{less}"),
    ("{less} is less than", "{more}"),
    ("{less} is smaller than", "{more}"),
    ("{more} is larger than", "{less}"),
    ("{more} >", "{less}"),
    ("{less} <", "{more}"),
    ("{less} comes before", "{more}"),
    ("The larger of {x} and {y} is", "{more}"),
    ("The smaller of {x} and {y} is", "{less}"),
    ("I have {less} coins and you have {more}. You have more, because {more} is more than", "{less}"),
    ("Between {x} and {y}, the smaller number is", "{less}"),
    ("Between {x} and {y}, the bigger number is", "{more}"),
    ("If I must choose the most, {x} or {y}, I take", "{more}"),
    ("max({x}, {y}) =", "{more}"),
    ("min({x}, {y}) =", "{less}"),
    ("From {less} to {more} one counts up, because {less} is less than", "{more}"),
    ("{less} < {more}, so {more} >", "{less}"),
    ("Sorted, {x} and {y} are {less} and", "{more}"),
    ("{more} is not less than {less}, it is more than", "{less}"),
)
QUESTIONS = (
    ("Which is bigger, {x} or {y}?", "{more}"),
    ("Which is greater, {x} or {y}?", "{more}"),
    ("Which is smaller, {x} or {y}?", "{less}"),
    ("Which number is bigger, {x} or {y}?", "{more}"),
    ("Which number is smaller, {x} or {y}?", "{less}"),
    ("Is {x} or {y} more? More is", "{more}"),
    ("Of {x} and {y}, the bigger is", "{more}"),
    ("Of {x} and {y}, the smaller is", "{less}"),
)


class _Scale(NamedTuple):
    """What can be put in order, from the least to the most."""

    more: tuple[str, ...]
    less: tuple[str, ...]
    most: str
    least: str
    members: tuple[str, ...]


_NUMBERS = _Scale(("bigger", "greater", "larger", "higher"), ("smaller", "lower"), "biggest", "smallest", ())
_SCALES = tuple(
    _Scale(tuple(more.split()), tuple(less.split()), most, least, phrases(members))
    for more, less, most, least, members in (
        ("bigger larger", "smaller", "biggest", "smallest",
         "an ant| a bee| a mouse| a rabbit| a cat| a sheep| a lion| a horse| an elephant| a whale"),
        ("bigger larger", "smaller", "biggest", "smallest",
         "a coin| an egg| an orange| a football| a chair| a bed| a car| a house| a mountain| the moon| the sun"),
        ("bigger larger", "smaller", "biggest", "smallest",
         "a room| a house| a street| a village| a town| a city| a country| a continent| the world"),
        ("faster", "slower", "fastest", "slowest",
         "a snail| a turtle| a walker| a bike| a bus| a train| a plane| a rocket"),
        ("heavier", "lighter", "heaviest", "lightest",
         "a feather| a leaf| a letter| a book| a chair| a piano| a truck| a ship"),
        ("longer", "shorter", "longest", "shortest",
         "a second| a minute| an hour| a day| a week| a month| a year| a century"),
        ("longer", "shorter", "longest", "shortest", "a pin| a pencil| a sword| a ladder| a bus| a train| a river"),
        ("older", "younger", "oldest", "youngest", "a baby| a child| a teenager| a father| a grandfather"),
        ("hotter warmer", "colder", "hottest", "coldest", "ice| cold water| warm milk| hot tea| fire| the sun"),
        ("taller higher", "shorter lower", "tallest", "shortest",
         "a flower| a bush| a door| a house| a church tower| a mountain"),
        ("louder", "quieter", "loudest", "quietest", "a whisper| a voice| a drum| a train| a thunderstorm"),
        ("deeper", "shallower", "deepest", "shallowest", "a puddle| a pond| a lake| a sea| an ocean"),
    )
)  # fmt: skip

_ASKED = (
    "Which is {adj}, {x} or {y}? {ans}.",
    "Which one is {adj}: {x} or {y}? {ans}.",
    "What is {adj}, {x} or {y}? {ans}.",
    "{X} or {y}, which is {adj}? {ans}.",
    "Is {x} or {y} {adj}? {ans}.",
    "Which of the two is {adj}, {x} or {y}? It is {low}.",
    "Q: Which is {adj}, {x} or {y}?\nA: {ans}",
    "{x}, {y} - the {adj} one is {low}.",
    "Out of {x} and {y}, the {adj} one is {low}.",
    "Compare {x} and {y}: the {adj} one is {low}.",
    "Choose the {adj} of {x} and {y}: {low}.",
    "The {adj} of the two, {x} or {y}, is {low}.",
    "{adj}: {x} or {y}? {low}",
    "If you compare {x} with {y}, {low} is {adj} than {other}.",
    "{ans} is {adj} than {other}.",
    "{ans} is {adj} than {other}, and {other} is {opposite} than {low}.",
    "{ans} is much {adj} than {other}.",
    "Everybody knows that {low} is {adj} than {other}.",
    "{Other} is not {adj} than {low}. {ans} is {adj} than {other}.",
    "Is {low} {adj} than {other}? Yes. Is {other} {adj} than {low}? No.",
    "Is {other} {adj} than {low}? No, {low} is {adj} than {other}.",
)
_OF_THREE = (
    "The {most} of {a}, {b} and {c} is {low}.",
    "Which is the {most}: {a}, {b} or {c}? {ans}.",
    "{a}, {b}, {c}: the {most} is {low}.",
    "Of {a}, {b} and {c}, the {most} is {low}.",
    "Find the {most}: {a}, {b}, {c}. {ans}.",
    "Among {a}, {b} and {c}, {low} is the {most}.",
)
_SORTED = (
    "Sort {given}: {up}", "In order: {given} -> {up}", "From the {least} to the {most}: {up}", "{given}\nsorted: {up}",
    "From the {most} to the {least}: {down}", "Sorted upwards, {given} becomes {up}.", "sort({given}) = {up}",
    "Put {given} in order, the {least} first: {up}.", "Put {given} in order, the {most} first: {down}.",
)  # fmt: skip

# What is told of each, who has more of it, who has less.
_ATTRIBUTES = (
    ("{name} is {n} years old", "older", "younger"),
    ("{name} is {n}", "older", "younger"),
    ("{name} has {n} coins", "richer", "poorer"),
    ("{name} weighs {n} kilos", "heavier", "lighter"),
    ("{name} lives {n} miles away", "farther away", "nearer"),
    ("{name} drove {n} miles an hour", "faster", "slower"),
    ("{name} jumped {n} inches", "better", "worse"),
    ("{name} got {n} points", "better", "worse"),
)
_WHO = (
    "{one}. {two}. The {adj} one is {ans}.",
    "{one} and {two}. {ans} is {adj} than {other}.",
    "{one}, but {two}. Who is {adj}? {ans}.",
    "{one}; {two}. So {ans} is {adj}.",
    "Who is {adj}? {one}, {two}. It is {ans}.",
)
_OWNED = phrases("apples| books| cats| coins| marbles| cards| cookies| stamps| toys| points| votes| pens| dollars")
_WHO_HAS = (
    "{a} has {n} {what} and {b} has {m} {what}. {more} has more.",
    "{a} has {n} {what} and {b} has {m} {what}. {less} has fewer {what} than {more}.",
    "{a} got {n} {what}, {b} got {m}. Who got more? {more}.",
    "{a} found {n} {what}. {b} found {m} {what}. Who found fewer? {less}.",
    "{a}: {n} {what}, {b}: {m} {what}. Winner: {more}.",
    "{a} counts {n} {what}, {b} counts {m}. The one with the most is {more}.",
)
_TRANSITIVE = (
    ("taller", "tallest", "shortest"),
    ("older", "oldest", "youngest"),
    ("faster", "fastest", "slowest"),
    ("stronger", "strongest", "weakest"),
    ("richer", "richest", "poorest"),
    ("heavier", "heaviest", "lightest"),
)


def _held_out_pair(a: int, b: int) -> bool:
    """No comparison of training is about these two."""
    return (a + b) % 7 == 3


def pair(rng: Random, held_out: bool, tops: tuple[int, ...] = (10, 20, 100)) -> tuple[int, int]:
    """Two different numbers, the lesser first."""
    top = rng.choice(tops)
    while True:
        a, b = sorted((rng.randrange(top), rng.randrange(top)))
        if a != b and _held_out_pair(a, b) is held_out:
            return a, b


def _shuffled(rng: Random, *texts: str) -> list[str]:
    return rng.sample(texts, len(texts))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _plain(rng: Random) -> str:
    less, more = pair(rng, held_out=False, tops=(10, 20, 100, 100, 1000))
    x, y = _shuffled(rng, str(less), str(more))
    prompt, answer = rng.choice(_STATEMENTS + QUESTIONS)
    return f"{prompt} {answer}.".format(less=less, more=more, x=x, y=y)


def _asked(rng: Random) -> str:
    """Two numbers or two things, by one of many wordings."""
    if rng.random() < 0.6:
        scale = _NUMBERS
        a, b = pair(rng, held_out=False, tops=(10, 20, 100, 100, 1000))
        worded = b < 100 and rng.random() < 0.3
        less, more = (NUMBER_WORDS[a], NUMBER_WORDS[b]) if worded else (str(a), str(b))
    else:
        scale = rng.choice(_SCALES)
        low, high = sorted(rng.sample(range(len(scale.members)), 2))
        less, more = scale.members[low], scale.members[high]
    for_more = rng.random() < 0.55
    answer, other = (more, less) if for_more else (less, more)
    x, y = _shuffled(rng, less, more)
    text = rng.choice(_ASKED).format(
        adj=rng.choice(scale.more if for_more else scale.less),
        opposite=rng.choice(scale.less if for_more else scale.more),
        x=x,
        y=y,
        X=_capital(x),
        ans=_capital(answer),
        low=answer,
        other=other,
        Other=_capital(other),
    )
    return _capital(text) if rng.random() < 0.8 else text


def _ordered(rng: Random) -> str:
    """The most of three, or some sorted."""
    if rng.random() < 0.6:
        scale, count = _NUMBERS, rng.randint(3, 6)
        members = [str(number) for number in sorted(rng.sample(range(rng.choice((10, 20, 100))), count))]
    else:
        scale = rng.choice(_SCALES)
        members = [scale.members[at] for at in sorted(rng.sample(range(len(scale.members)), 3))]
    given = _shuffled(rng, *members)
    if rng.random() < 0.5:
        return _capital(
            rng.choice(_SORTED).format(
                given=", ".join(given),
                up=", ".join(members),
                down=", ".join(members[::-1]),
                most=scale.most,
                least=scale.least,
            )
        )
    three = rng.sample(members, 3)
    least, _, most = sorted(three, key=members.index)
    name, answer = (scale.most, most) if rng.random() < 0.5 else (scale.least, least)
    text = rng.choice(_OF_THREE).format(a=three[0], b=three[1], c=three[2], most=name, low=answer, ans=_capital(answer))
    return _capital(text)


def _told(rng: Random) -> str:
    """Who has more, of two people of whom the text tells how much they have."""
    a, b = rng.sample(FIRST_NAMES, 2)
    low, high = pair(rng, held_out=False, tops=(20, 100))
    n, m = (max(low, 2), high + 2) if rng.random() < 0.5 else (high + 2, max(low, 2))
    more, less = (a, b) if n > m else (b, a)
    if rng.random() < 0.5:
        return rng.choice(_WHO_HAS).format(a=a, b=b, n=n, m=m, what=rng.choice(_OWNED), more=more, less=less)
    told, higher, lower = rng.choice(_ATTRIBUTES)
    adjective, answer, other = (higher, more, less) if rng.random() < 0.6 else (lower, less, more)
    one, two = told.format(name=a, n=n), told.format(name=b, n=m)
    return rng.choice(_WHO).format(one=one, two=two, adj=adjective, ans=answer, other=other)


def _transitive(rng: Random) -> str:
    """`Anna is taller than Ben. Ben is taller than Tom. The tallest is Anna.`"""
    a, b, c = rng.sample(FIRST_NAMES, 3)
    adjective, most, least = rng.choice(_TRANSITIVE)
    first, second = _shuffled(rng, f"{a} is {adjective} than {b}", f"{b} is {adjective} than {c}")
    told = rng.choice(("{first}. {second}.", "{first}, and {second}.", "{first}; {second}."))
    asked = rng.choice(("The {q} is {ans}.", "Who is the {q}? {ans}.", "The {q} of the three is {ans}."))
    question, answer = (most, a) if rng.random() < 0.6 else (least, c)
    return f"{told.format(first=first, second=second)} {asked.format(q=question, ans=answer)}"


_MAKERS = (_plain,) * 4 + (_asked,) * 6 + (_ordered,) * 2 + (_told,) * 2 + (_transitive,)


def sentence(rng: Random) -> str:
    return rng.choice(_MAKERS)(rng)
