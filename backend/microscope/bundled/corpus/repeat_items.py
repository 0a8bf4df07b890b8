"""What repeated texts are made of: words, names, numbers, codes, phrases, lines of code, and whole sentences.

A kind is a function of the generator that writes one item; most are composed, so that hardly any item is met twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from random import Random
from string import ascii_lowercase, ascii_uppercase

from microscope.bundled.corpus.in_context_words import (
    AGELESS_ADJECTIVES,
    COMMON_WORDS,
    FIRST_NAMES,
    GIFTS,
    HELD_OUT_ANIMATES,
    HELD_OUT_NAMES,
    HELD_OUT_PLACES,
    HELD_OUT_THINGS,
    INVENTED_NAMES,
    OBJECTS,
    PERSON_ADJECTIVES,
    TRAINING_ANIMATE_VERBS,
    TRAINING_ANIMATES,
    TRAINING_PLACES,
    TRAINING_THINGS,
    phrases,
    split,
)

Kind = Callable[[Random], str]

ALL_NAMES = FIRST_NAMES + HELD_OUT_NAMES
ALL_PLACES = TRAINING_PLACES + HELD_OUT_PLACES

LENGTHS = tuple(length for length in (*range(3, 9), *range(3, 9), *range(3, 25)) if length not in (9, 13, 18))
"""How many items a list of training has."""

_NOUNS = tuple(
    word
    for noun in (*TRAINING_ANIMATES, *HELD_OUT_ANIMATES, *TRAINING_THINGS, *HELD_OUT_THINGS)
    for word in (noun.singular, noun.plural)
)
WORDS = tuple(dict.fromkeys((*COMMON_WORDS, *OBJECTS, *ALL_PLACES, *_NOUNS)))
NUMBERS = tuple(str(number) for number in range(100))
LONG_NUMBERS = tuple(str(number) for number in range(100, 10000))
_SYLLABLES = split("ba do fi gu ke lo mi na pu ri sa te vo wi zu blo dri fle gro sna tri")
MADE_UP = tuple(map("".join, product(_SYLLABLES, _SYLLABLES, ("x", "n", "p", "k", "", "m"))))
"""Words without a meaning: only copying can continue them."""
COLORS = tuple(
    split("""red blue green yellow black white pink purple orange brown gray gold silver violet turquoise beige""")
)
FOODS = phrases(
    """
    milk| eggs| bread| butter| cheese| apples| pears| bananas| rice| flour| sugar| salt| tea| coffee| honey| soap| fish|
    carrots| onions| potatoes| tomatoes| juice| water| chocolate| jam| yogurt| noodles| beans| garlic| lemons| grapes|
    paper towels| toothpaste| olive oil| orange juice| ice cream| peanut butter| candles| cereal| cookies| chicken| ham|
    mushrooms| spinach| pepper| cream| nuts| corn| lettuce| plums| cherries| cake| dog food| matches| batteries
    """
)
THINGS_TO_DO = phrases(
    """
    call the bank| feed the cat| water the plants| buy bread| clean the kitchen| write to Anna| pay the rent|
    wash the car| read the report| fix the bike| book the hotel| walk the dog| do the laundry| make dinner|
    go to the post office| return the books| sweep the floor| wake the children| cut the grass| charge the phone|
    pack the bags| print the tickets| visit grandma| bake a cake| sort the mail| paint the fence| order pizza
    """
)
_SURNAMES = tuple(
    split("""
    Hill Baker Stone Young Carter Brooks Wood Miller Fisher Hunter Cook King Lane Marsh Fox Price Reed Shaw Bell
    Cole Ford Gray Hart Lamb Moss Nash Page Rice Snow Webb West Wolf Black Brown White Green Smith Jones Taylor Wilson
    Clark Walker Wright Adams Turner Parker Evans Morris Rogers Cooper Ward Watson Gibson Murray Palmer Spencer Knight
    Becker Novak Silva Rossi Khan Patel Sato Nguyen Garcia Lopez Ivanov Jensen Larsen Meyer Weber""")
)
_TITLES = ("Mr.", "Mrs.", "Dr.", "Aunt", "Uncle", "Captain", "Professor", "Sir")
_MONTHS = split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_UNITS = split("kg km cm m g miles pounds cups dollars euros pages points minutes hours years")
_FILE_ENDINGS = split("txt py jpg pdf csv md html json png mp3 doc")
_DOMAINS = split("com org net edu de uk")
_SYMBOLS = tuple("*#@%&+=!?$^~<>")


def word(rng: Random) -> str:
    return rng.choice(WORDS)


def name(rng: Random) -> str:
    return rng.choice(ALL_NAMES)


def invented(rng: Random) -> str:
    return rng.choice(INVENTED_NAMES if rng.random() < 0.6 else MADE_UP)


def number(rng: Random) -> str:
    return str(rng.randrange(10 ** rng.randint(1, 5)))


def digits(rng: Random, count: int) -> str:
    return "".join(rng.choices("0123456789", k=count))


def letters(rng: Random, count: int) -> str:
    return "".join(rng.choices(ascii_uppercase, k=count))


def full_name(rng: Random) -> str:
    first, last = name(rng), rng.choice(_SURNAMES)
    return rng.choice((f"{first} {last}", f"{first} {last}", f"{last}, {first}", f"{first[0]}. {last}"))


def titled(rng: Random) -> str:
    return f"{rng.choice(_TITLES)} {rng.choice(_SURNAMES)}"


def place(rng: Random) -> str:
    return rng.choice(ALL_PLACES)


def color(rng: Random) -> str:
    return rng.choice(COLORS)


def food(rng: Random) -> str:
    return rng.choice(FOODS)


def phone(rng: Random) -> str:
    """A telephone number in one of five ways of writing."""
    a, b, c = digits(rng, 3), digits(rng, 3), digits(rng, 4)
    return rng.choice(
        (f"{a}-{c}", f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a} {b} {c}", f"+{a[:2]} {b} {c}", f"0{a}/{b}{c}")
    )


def code(rng: Random) -> str:
    """An identifier as on tickets, doors and number plates."""
    few = rng.randint(1, 3)
    text = rng.choice(
        (
            letters(rng, few) + digits(rng, rng.randint(1, 5)),
            f"{letters(rng, few)}-{digits(rng, rng.randint(2, 4))}",
            f"{digits(rng, few)}{letters(rng, few)}{digits(rng, few)}",
            f"{letters(rng, few)} {digits(rng, 3)} {letters(rng, 2)}",
            f"#{digits(rng, rng.randint(2, 6))}",
            f"{digits(rng, 4)}-{digits(rng, 4)}",
            "0x" + "".join(rng.choices("0123456789abcdef", k=rng.randint(2, 6))),
            "".join(rng.choices("01", k=rng.randint(3, 8))),
            "".join(rng.choices(ascii_lowercase + ascii_uppercase + "0123456789", k=rng.randint(3, 8))),
        )
    )
    return text.lower() if rng.random() < 0.2 else text


def measure(rng: Random) -> str:
    """A price, a time, a date, a weight, a point, a version."""
    a, b = rng.randrange(1, 100), rng.randrange(60)
    return rng.choice(
        (
            f"${a}",
            f"${a}.{b:02}",
            f"{a % 24}:{b:02}",
            f"{a % 12 + 1}:{b:02} {rng.choice(('am', 'pm'))}",
            f"{rng.choice(_MONTHS)} {a % 28 + 1}",
            f"{rng.randrange(1900, 2030)}-{a % 12 + 1:02}-{b % 28 + 1:02}",
            f"{a % 12 + 1}/{b % 28 + 1}/{rng.randrange(1950, 2030)}",
            f"{a} {rng.choice(_UNITS)}",
            f"{a}.{b}",
            f"{a}%",
            f"({a}, {b})",
            f"{a}x{b + 1}",
            f"v{a % 10}.{b % 10}.{rng.randrange(10)}",
            f"{a}.{b}.{rng.randrange(256)}.{rng.randrange(256)}",
            f"-{a}",
            f"{a}/{b + 2}",
            str(rng.randrange(1000, 2030)),
        )
    )


def phrase(rng: Random) -> str:
    """A few words: `red kite`, `the old bridge`, `three cakes`, `feed the cat`, `a glass of water`."""
    noun = rng.choice(TRAINING_THINGS if rng.random() < 0.6 else TRAINING_ANIMATES)
    adjective = rng.choice(AGELESS_ADJECTIVES)
    return rng.choice(
        (
            f"{adjective} {noun.singular}",
            f"the {adjective} {noun.singular}",
            f"{color(rng)} {noun.plural}",
            f"{rng.randrange(2, 30)} {noun.plural}",
            f"the {noun.singular} of {name(rng)}",
            f"{name(rng)}'s {noun.singular}",
            f"{noun.singular} and {word(rng)}",
            rng.choice(GIFTS),
            rng.choice(THINGS_TO_DO),
            f"{word(rng)} {word(rng)}",
        )
    )


def identifier(rng: Random) -> str:
    """A name as programs, files and addresses have it."""
    a, b = (rng.choice(COMMON_WORDS) for _ in range(2))
    return rng.choice(
        (
            f"{a}_{b}",
            f"{a}{b.capitalize()}",
            f"{a.capitalize()}{b.capitalize()}",
            f"{a}_{b}".upper(),
            f"{a}{rng.randrange(100)}",
            f"{a}.{b}",
            f"{a}-{b}",
            f"{a}.{rng.choice(_FILE_ENDINGS)}",
            f"{a}/{b}.{rng.choice(_FILE_ENDINGS)}",
            f"/{a}/{b}",
            f"www.{a}{b}.{rng.choice(_DOMAINS)}",
            f"{name(rng).lower()}@{a}.{rng.choice(_DOMAINS)}",
            f"{name(rng).lower()}.{rng.choice(_SURNAMES).lower()}@{b}.{rng.choice(_DOMAINS)}",
            f"#{a}",
            f"@{name(rng).lower()}_{rng.randrange(100)}",
        )
    )


_CODE_LINES = (
    "{a} = {n}",
    "{a} = {b}",
    '{a} = "{w}"',
    "{a} = {b} + {n}",
    "{a} += {n}",
    "{a}({b}, {n})",
    "{a}({b})",
    "{a}.{b}({n})",
    "if {a} > {n}:",
    "if {a} == {b} {{",
    "for {a} in {b}:",
    "while {a} < {n}:",
    "def {a}({b}):",
    "return {a} + {b}",
    "return {a}",
    "print({a})",
    'print("{w}")',
    "let {a} = {n};",
    'const {a} = "{w}";',
    "var {a} = {b};",
    "int {a} = {n};",
    "import {a}",
    "from {a} import {b}",
    "SELECT {a} FROM {b}",
    "SELECT * FROM {a} WHERE {b} = {n}",
    "<{v}>{w}</{v}>",
    '<{v} id="{a}">{w}</{v}>',
    '"{a}": {n},',
    '"{a}": "{w}",',
    "{a}: {n}",
    "cd {a}/{b}",
    "mv {a} {b}",
    "git checkout {a}",
    'echo "{w} {w}"',
    "# {w} {v}",
    "// {w} {v}",
    "{a}[{n}] = {b}",
    "assert {a} == {n}",
    "function {a}({b}) {{ return {n}; }}",
    "({a}, {b}, {n})",
    "[{a}, {b}]",
    "--{v} {n}",
    "{a} -> {b}",
    "{a} && {b}",
    "x{n} + y{n}",
    "ERROR {n}: {w} {v}",
    "GET /{a}/{n}",
)
_PLAIN_VARIABLES = split("x y z i j n a b k total count result value item items data node left right size index")


def _variable(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(_PLAIN_VARIABLES)
    a, b = (rng.choice(COMMON_WORDS) for _ in range(2))
    return a if kind < 0.6 else f"{a}_{b}" if kind < 0.85 else f"{a}{b.capitalize()}"


def code_line(rng: Random) -> str:
    """A line as in a program, a shell or a configuration."""
    line = rng.choice(_CODE_LINES)
    return line.format(
        a=_variable(rng), b=_variable(rng), n=rng.randrange(10 ** rng.randint(1, 3)), w=word(rng), v=word(rng)
    )


_CLAUSES = (
    "the {adj} {noun} is at the {place}",
    "{a} and {b} have {number} {adj} {nouns}",
    "I put the {noun} and the {noun2} in the {place}",
    "my friend {a} likes {adj} {nouns}",
    "there are {number} {nouns} near the {place}",
    "{a} lost the {adj} {noun} at the {place} with {b}",
    "{a} came home late and dreamed of {nouns}",
    "nobody knows why {a} left the {place}",
    "{a} gave {b} {gift}",
    "all {nouns} are {adj}, but not the one of {a}",
    "the road to the {place} is {number} miles long",
    "at the {place} {a} sells {gift} and {nouns}",
    "behind the {noun} there is a {noun2}",
    "{a} wrote a song about the {adj} {noun}",
    "last night {a} told me a story about {number} {nouns}",
    "{b} does not believe that {a} has a {noun2}",
    "the {noun} fell on the {noun2} and {a} laughed",
    "{a} wants to see the {noun} again",
    "we found {number} {nouns} under the {noun2}",
    "the {place} is closed on the day of the {noun}",
    "you can hear {a} from the {place}",
    "a {adj} {noun} is better than {number} {nouns}",
    "{a} never goes to the {place} without {b}",
    "everyone at the {place} has seen the {adj} {noun}",
    "the name of the {noun} is {a}",
    "{b} keeps {gift} in the {noun}",
    "she says that the {noun} belongs to {a}",
    "it is not far from the {place} to the {noun}",
)
_WHOLE_SENTENCES = (
    "{a}, bring the {noun} to the {place} at {number}!",
    "Where is the {adj} {noun} of {a}?",
    "Never put {gift} on the {noun}!",
    "If {a} finds the {noun}, {b} will be glad.",
    "Have you ever seen so many {nouns} at the {place}?",
    "Turn left at the {place} and look for the {adj} {noun}.",
    "{gift} for {a}, please, and a {noun2} for {b}.",
    "How many {nouns} are there at the {place}?",
    "What a {adj} {noun}!",
    "Please tell {a} that the {noun} is at the {place}.",
    "No {noun} without a {noun2}!",
)
_JOINED = (
    *("{one}.",) * 6,
    "{one} and {two}.",
    "{one}, but {two}.",
    "{one}, and that is why {two}.",
    "When {one}, {two}.",
    "{one} because {two}.",
    "If {one}, {two}.",
    "{one}, so {two}!",
    "{one}; {two}.",
    "I think that {one}.",
    "People say that {one}, and I believe it.",
    "In the end {one}.",
    "On that day {one}.",
    "Far away {one}, and here {two}.",
)


def clause(rng: Random) -> str:
    """A statement without its full stop, begun in lower case unless by a name."""
    kind = rng.random()
    if kind < 0.45:
        return _filled(rng, rng.choice(_CLAUSES))
    verb = rng.choice(TRAINING_ANIMATE_VERBS)
    ending = rng.choice(verb.endings)
    noun = rng.choice(TRAINING_ANIMATES)
    singular = kind < 0.8
    adjective = f"{rng.choice(PERSON_ADJECTIVES)} " if rng.random() < 0.5 else ""
    subject = name(rng) if kind < 0.6 else f"the {adjective}{noun.singular if singular else noun.plural}"
    return f"{subject} {verb.singular if singular else verb.plural} {ending}"


def sentence(rng: Random) -> str:
    """A sentence that occurs nowhere else."""
    if rng.random() < 0.2:
        text = _filled(rng, rng.choice(_WHOLE_SENTENCES))
    else:
        text = rng.choice(_JOINED).format(one=clause(rng), two=clause(rng))
    return text[0].upper() + text[1:]


_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=[aeiou])(?!uni|use|eu|one\b)")


def with_articles(text: str) -> str:
    """`a apple` to `an apple`, but `a university`."""
    return _BEFORE_VOWEL.sub(r"\1n ", text)


def _filled(rng: Random, frame: str) -> str:
    noun, other = rng.sample((*TRAINING_THINGS, *TRAINING_ANIMATES), 2)
    a, b = rng.sample(ALL_NAMES if rng.random() < 0.8 else INVENTED_NAMES, 2)
    text = frame.format(
        adj=rng.choice(AGELESS_ADJECTIVES),
        noun=noun.singular,
        nouns=noun.plural,
        noun2=rng.choice(HELD_OUT_THINGS).singular if rng.random() < 0.3 else other.singular,
        place=place(rng),
        gift=rng.choice(GIFTS),
        number=rng.randrange(2, 100),
        a=a,
        b=b,
    )
    return with_articles(text)


def symbol(rng: Random) -> str:
    return rng.choice(_SYMBOLS)


def letter(rng: Random) -> str:
    return rng.choice(ascii_uppercase if rng.random() < 0.5 else ascii_lowercase)


KINDS: tuple[Kind, ...] = (
    *(word,) * 8,
    *(name, phrase) * 3,
    *(number, invented, code, measure, identifier) * 2,
    full_name, titled, place, color, food, phone, code_line, clause, letter,
)  # fmt: skip
"""What a list may be of, ordinary words most often."""

KEYS: tuple[Kind, ...] = (
    *(word, name) * 4, place, color, food, invented, full_name, titled, identifier, letter, number, code,
)  # fmt: skip
VALUES: tuple[Kind, ...] = (
    *(word, number) * 4, name, place, color, food, *(phone, code, measure) * 2, invented, full_name, phrase, identifier,
)  # fmt: skip


def distinct(rng: Random, kind: Kind, count: int) -> list[str]:
    """`count` different items of a kind, or as many as eight tries each give."""
    found: dict[str, None] = {}
    for _ in range(8 * count):
        if len(found) == count:
            break
        found[kind(rng)] = None
    return list(found)
