"""What a story is about: nouns alone and combined, so many that a story can only fit its request by copying it.

Knows nothing of requests and plots but what their slots are called.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from microscope.bundled.corpus import story_plots as plots
from microscope.bundled.corpus import story_words as words

Form = Literal[
    "hero", "sea", "thing", "rolling", "fixed", "food", "place", "nature", "weather", "mass", "mass food", "abstract",
    "season", "pair", "being and thing", "being and food", "two things", "child and thing", "cannot", "afraid", "wants",
    "lost", "clause", "event", "trip", "doing",
]  # fmt: skip


class Topic(NamedTuple):
    asked: str
    """As a request names it, with its article."""

    form: Form
    """Which plots fit."""

    slots: dict[str, str]
    """Of the plots: `intro`, which says it in the story's first sentence, and short forms and pronouns."""

    nouns: tuple[str, ...]
    """Words that the request and the story share."""

    parts: tuple[str, str] | None = None
    """Two things asked for together, each with its article."""


ABSTRACT = frozenset(
    words.words("friendship kindness courage love sharing patience honesty laughter hope luck trust bravery teamwork")
    + words.words("happiness time gratitude forgiveness peace respect wisdom joy generosity loyalty")
)
SEASONS = frozenset(("winter", "spring", "summer", "autumn", "Christmas"))
WEATHER = frozenset(
    words.words("""
    thunderstorm storm hurricane tornado sunset sunrise rain snow wind fog mist thunder lightning frost hail rainbow
""")
)
MASS_FOODS = frozenset(
    words.words("""
    honey milk soup bread jam marmalade sugar salt butter cheese chocolate lemonade tea rice popcorn spaghetti ketchup
    porridge flour cinnamon coffee cocoa yogurt
""")
)
FIXED = frozenset(
    words.words("""
    window door gate fence chimney doorbell staircase elevator fireplace bathtub stove fridge oven bed statue piano
    doghouse birdhouse desk shelf wardrobe cupboard sofa couch armchair table bench swing slide signpost mailbox
    trampoline curtain carpet traffic_light stop_sign fire_hydrant weather_vane washing_machine grandfather_clock
    blackboard
    sundial spinning_wheel wind_chime
""")
)
"""Things that nobody carries about."""
SEA = frozenset(
    words.words("""
    fish dolphin seal whale shark octopus squid jellyfish starfish lobster clam oyster eel trout salmon goldfish shrimp
    seahorse mermaid walrus sea_monster tadpole manatee narwhal orca stingray swordfish sardine catfish
""")
)
BY = frozenset(
    words.words("""
    beach river lake hill mountain island farm pond bridge field meadow harbor port station airport playground stream
    brook ocean bay reef glacier waterfall cliff well road street campsite vineyard swimming_pool palace
    stadium gym ice_rink bus_stop train_station pier lagoon creek oasis fire_station police_station summer_camp
    university
    kindergarten hot_spring geyser crater quarry gold_mine rooftop highway
""")
)
"""Places that one is at, not in."""
BEINGS = (*words.ALL_ANIMALS, *words.ALL_PEOPLE)
LAND_BEINGS = tuple(being for being in BEINGS if being not in SEA)
CARRIED = tuple(thing for thing in words.ALL_OBJECTS if thing not in FIXED)
THINGS = (*CARRIED, *words.VEHICLES)
LOOKS: dict[Form, tuple[str, ...]] = {
    "thing": words.THING_LOOKS,
    "fixed": words.THING_LOOKS,
    "weather": words.NATURE_LOOKS,
    "rolling": words.THING_LOOKS,
    "food": words.FOOD_LOOKS,
    "place": words.PLACE_LOOKS,
    "nature": words.NATURE_LOOKS,
}
MASSES = frozenset(words.ALL_MASSES)


def _all(form: Form, nouns: Iterable[str]) -> dict[str, Form]:
    return dict.fromkeys(nouns, form)


NOUNS: dict[str, Form] = (
    _all("mass", words.ALL_MASSES)
    | _all("nature", words.ALL_NATURE)
    | _all("place", words.ALL_PLACES)
    | _all("food", words.ALL_FOODS)
    | _all("thing", words.ALL_OBJECTS)
    | _all("fixed", FIXED)
    | _all("weather", WEATHER)
    | _all("mass food", MASS_FOODS)
    | _all("rolling", words.VEHICLES)
    | _all("rolling", words.ROLLING)
    | _all("hero", BEINGS)
    | _all("sea", SEA)
    | _all("abstract", ABSTRACT)
    | _all("season", SEASONS)
)
ALL_NOUNS = tuple(NOUNS)
PAIRS: tuple[tuple[Form, tuple[str, ...], tuple[str, ...]], ...] = (
    ("pair", LAND_BEINGS, LAND_BEINGS),
    ("being and thing", LAND_BEINGS, THINGS),
    ("being and food", LAND_BEINGS, words.ALL_FOODS),
    ("two things", CARRIED, CARRIED),
)
KEPT_OUT = re.compile(rf"\b({'|'.join(words.CHAT_KEPT_OUT)})(s|es)?\b", re.IGNORECASE)


def any_topic(rng: random.Random) -> Topic:
    """Of all, those included that no chat may name."""
    return rng.choices(MAKERS, WEIGHTS)[0](rng)


def chat_topic(rng: random.Random) -> Topic:
    """One that a request in training may name."""
    while True:
        topic = any_topic(rng)
        if not KEPT_OUT.search(topic.asked):
            return topic


def of_noun(rng: random.Random, noun: str, adjective: str = "") -> Topic:
    """A topic that is one noun, or an adjective and a noun."""
    form = NOUNS[noun]
    said = f"{adjective} {noun}".strip()
    if noun in MASSES:
        the = noun if form in ("abstract", "season") else f"the {noun}"
        return Topic(noun, form, {"intro": noun, "t": the, "noun": noun}, (noun,))
    if form in ("hero", "sea"):
        return _hero(rng, noun, with_article(said))
    return Topic(with_article(said), form, {"intro": with_article(said), "t": f"the {noun}", "noun": noun}, (noun,))


def _noun(rng: random.Random) -> Topic:
    return of_noun(rng, rng.choice(words.CHAT_TOPICS if rng.random() < 0.35 else ALL_NOUNS))


def _with_adjective(rng: random.Random) -> Topic:
    noun = rng.choice(ALL_NOUNS)
    form = NOUNS[noun]
    if noun in MASSES:
        return of_noun(rng, noun)
    looks = LOOKS.get(form, words.ADJECTIVES)
    adjective = rng.choice(looks)
    if form == "hero" and rng.random() < 0.35:
        adjective = f"{adjective} little" if adjective not in ("little", "big", "tiny", "small") else adjective
    return of_noun(rng, noun, adjective)


def _hero(rng: random.Random, noun: str, asked: str, name: str = "", clause: str = "") -> Topic:
    """A being; the story may give it a name of its own."""
    gender = "she" if noun in words.FEMALE else "he" if noun in words.MALE else rng.choice(("she", "he"))
    slots = _pronouns(gender) | {"noun": noun, "t": f"the {noun}", "kind": with_article(noun)}
    intro = asked
    if not name and not clause and rng.random() < 0.35:
        name = own_name(rng, noun, gender)
        intro = f"{asked} named {name}"
    slots |= {"intro": intro, "n": name or f"the {noun}"}
    return Topic(asked, "sea" if noun in SEA else "hero", slots, (noun,))


def _named(rng: random.Random) -> Topic:
    """A being whose name the request gives: known, or made of syllables."""
    gender = rng.choice(("she", "he"))
    known = rng.random() < 0.5
    noun = rng.choice(("girl" if gender == "she" else "boy", rng.choice(LAND_BEINGS), rng.choice(words.CREATURES)))
    if noun in words.FEMALE | words.MALE:
        gender = "she" if noun in words.FEMALE else "he"
    name = own_name(rng, noun, gender) if known else invented(rng)
    called = rng.choice(("named", "called"))
    asked = name if noun in ("girl", "boy") and rng.random() < 0.3 else f"{with_article(noun)} {called} {name}"
    last = noun.split()[-1]
    slots = _pronouns(gender) | {"noun": last, "t": f"the {last}", "kind": with_article(noun), "n": name}
    slots["intro"] = f"{with_article(noun)} {called} {name}"
    return Topic(asked, "hero", slots, (name,))


def _invented_place_or_thing(rng: random.Random) -> Topic:
    name = invented(rng)
    noun = rng.choice(("place", "town", "land", "village", "stone", "toy", "robot", "star", "magic lamp", "castle"))
    asked = f"{with_article(noun)} called {name}"
    form: Form = "place" if noun in ("place", "town", "land", "village", "castle") else "thing"
    last = noun.split()[-1]
    slots = {"intro": asked, "t": name if form == "place" else f"the {last}", "noun": last}
    return Topic(asked, form, slots, (name,))


def _plural(rng: random.Random) -> Topic:
    noun = rng.choice(LAND_BEINGS if rng.random() < 0.8 else tuple(SEA))
    many = plural(noun)
    adjective = rng.choice(words.ADJECTIVES) if rng.random() < 0.3 else ""
    said = f"{adjective} {many}".strip()
    asked = said if rng.random() < 0.5 else f"{rng.choice(words.NUMBERS)} {said}"
    intro = asked if asked != said else f"{rng.choice(('some', 'two', 'three', 'many'))} {said}"
    slots = _pronouns("they") | {"intro": intro, "t": f"the {many}", "n": f"the {many}", "noun": noun, "kind": many}
    return Topic(asked, "sea" if noun in SEA else "hero", slots, (many,))


def _pair(rng: random.Random) -> Topic:
    form, firsts, seconds = rng.choice((PAIRS[0], *PAIRS))
    one = rng.choice(firsts)
    two = rng.choice([noun for noun in rng.sample(seconds, 2) if noun != one])
    adjective = rng.choice(words.ADJECTIVES) if form != "two things" and rng.random() < 0.2 else ""
    a1, a2 = with_article(f"{adjective} {one}".strip()), with_article(two)
    gender = "she" if one in words.FEMALE else "he"
    first = {key + "1": value for key, value in _pronouns(gender).items()}
    slots = first | {"a1": a1, "a2": a2, "t1": f"the {one}", "t2": f"the {two}", "one": one, "two": two}
    slots |= {"intro": f"{a1} and {a2}", "t": f"the {one}", "noun": one}
    return Topic(f"{a1} and {a2}", form, slots, (one, two), (a1, a2))


def _child_and_thing(rng: random.Random) -> Topic:
    """As in "a girl called Mira and her boat"."""
    gender = rng.choice(("she", "he"))
    name = own_name(rng, "girl" if gender == "she" else "boy", gender) if rng.random() < 0.7 else invented(rng)
    two = rng.choice(THINGS)
    slots = _pronouns(gender)
    child = "girl" if gender == "she" else "boy"
    who = rng.choice((name, f"a {child} named {name}", f"a {child} called {name}"))
    asked = rng.choice((f"{who} and {slots['his']} {two}", f"{who} and {with_article(two)}"))
    if " and a" not in asked and who != name and rng.random() < 0.5:
        asked = f"{who} with {with_article(two)}"
    slots |= {"t": name, "n": name, "a2": with_article(two), "t2": f"the {two}", "two": two, "noun": two}
    slots["intro"] = f"a {child} {rng.choice(('named', 'called'))} {name} who had {with_article(two)}"
    return Topic(asked, "child and thing", slots, (name, two))


def _with_trait(rng: random.Random) -> Topic:
    trait = rng.choice(("cannot", "cannot", "afraid", "wants", "lost", "with", "likes"))
    what = rng.choice(plots.TRAITS[trait])
    noun = rng.choice(LAND_BEINGS)
    adjective = rng.choice(words.ADJECTIVES) if rng.random() < 0.15 else ""
    being = with_article(f"{adjective} {noun}".strip())
    topic = _hero(rng, noun, being, clause=what)
    who = rng.choice(("who", "that", "who"))
    his = topic.slots["his"]
    asked, intro = {
        "cannot": (f"{being} {who} {rng.choice(('cannot', 'can not', 'could not'))} {what}", f"{who} could not {what}"),
        "afraid": (f"{being} {who} {rng.choice(('is', 'was'))} afraid of {what}", f"{who} was afraid of {what}"),
        "wants": (f"{being} {who} {rng.choice(('wants', 'wanted'))} to {what}", f"{who} wanted to {what}"),
        "lost": (f"{being} {who} lost {his} {what}", f"{who} lost {his} {what}"),
        "with": (f"{being} with {what}", f"with {what}"),
        "likes": (f"{being} {who} {rng.choice(('likes', 'loves'))} {what}", f"{who} liked {what}"),
    }[trait]
    forms: dict[str, Form] = {"cannot": "cannot", "afraid": "afraid", "wants": "wants", "lost": "lost"}
    slots = topic.slots | {"intro": f"{being} {intro}", "verb": what, "item": what}
    return Topic(asked, forms.get(trait, "clause"), slots, (noun,))


def _at_a_place(rng: random.Random) -> Topic:
    """A being and where it is, as in "a mouse in a library"."""
    noun, place = rng.choice(LAND_BEINGS), rng.choice(words.ALL_PLACES)
    where = "at" if place in BY else "in"
    topic = _hero(rng, noun, with_article(noun), clause=place)
    asked = f"{with_article(noun)} {where} {with_article(place)}"
    slots = topic.slots | {"intro": asked, "scene": f"{where} the {place}", "home": f"{where} the {place}"}
    return Topic(asked, "clause", slots, (noun, place))


def _place(rng: random.Random) -> Topic:
    """A place and where it lies, as in "a house by the sea"."""
    place = rng.choice(words.ALL_PLACES)
    near = rng.choice([near for near in plots.NEARBY if place not in near])
    asked = f"{with_article(place)} {near}"
    return Topic(asked, "place", {"intro": asked, "t": f"the {place}", "noun": place}, (place,))


def _compound(rng: random.Random) -> Topic:
    """Two nouns that make a third, as in "a rabbit doctor" or "a paper boat"."""
    match rng.randrange(5):
        case 0:
            return _compound_being(rng, rng.choice(words.ALL_ANIMALS), rng.choice(words.ALL_PEOPLE))
        case 1:
            return _compound_being(rng, rng.choice(words.HAUNTS), rng.choice(LAND_BEINGS))
        case 2:
            form, first, last = "place", rng.choice(CARRIED), rng.choice(words.TRADES)
        case _:
            form, first, last = "thing", rng.choice(words.MATERIALS), rng.choice(THINGS)
    said = f"{first} {last}"
    slots = {"intro": with_article(said), "t": f"the {said}", "noun": last}
    return Topic(with_article(said), form, slots, (said,))


def _compound_being(rng: random.Random, first: str, last: str) -> Topic:
    said = f"{first} {last}"
    topic = _hero(rng, last, with_article(said))
    the = {"t": f"the {said}", "kind": with_article(said), "noun": said}
    named = " named " in topic.slots["intro"]
    return Topic(topic.asked, "hero", topic.slots | the | ({} if named else {"n": f"the {said}"}), (said,))


def _made_up(rng: random.Random) -> Topic:
    """Something that nobody has heard of, as in "a tikaro": no story about it can be known."""
    noun = invented(rng).lower()
    adjective = f"{rng.choice(words.ADJECTIVES)} " if rng.random() < 0.3 else ""
    asked = with_article(adjective + noun)
    if rng.random() < 0.5:
        return Topic(asked, "hero", _hero(rng, noun, asked).slots, (noun,))
    form: Form = "place" if rng.random() < 0.4 else "thing"
    return Topic(asked, form, {"intro": asked, "t": f"the {noun}", "noun": noun}, (noun,))


def _doing(rng: random.Random) -> Topic:
    """Somebody who does something with a thing, as in "two friends who find a map"."""
    does, did, pool = rng.choice(DEEDS)
    two = rng.choice({"thing": CARRIED, "food": words.ALL_FOODS, "place": words.ALL_PLACES}[pool])
    look = rng.choice(words.THING_LOOKS) if rng.random() < 0.25 else ""
    a2 = with_article(f"{look} {two}".strip())
    if rng.random() < 0.35:
        many = rng.choice(words.GROUPS) if rng.random() < 0.5 else plural(rng.choice(LAND_BEINGS))
        who, he, the = f"{rng.choice(words.NUMBERS[:3])} {many}", "they", f"the {many}"
        noun = many
    else:
        noun = rng.choice((*LAND_BEINGS, "girl", "boy"))
        adjective = rng.choice(words.ADJECTIVES) if rng.random() < 0.35 else ""
        who, the = with_article(f"{adjective} {noun}".strip()), f"the {noun}"
        he = (
            "she"
            if noun in (*words.FEMALE, "girl")
            else "he"
            if noun in (*words.MALE, "boy")
            else rng.choice(("she", "he"))
        )
        does = f"{does.split()[0]}s{does[len(does.split()[0]) :]}"
    link = rng.choice(("who", "who", "that"))
    slots = _pronouns(he) | {"intro": f"{who} {link} {did} {a2}", "t": the, "n": the, "a2": a2, "t2": f"the {two}"}
    slots |= {"two": two, "noun": noun}
    return Topic(f"{who} {link} {rng.choice((does, does, did))} {a2}", "doing", slots, (noun, two))


DEEDS = (
    ("find", "found", "thing"), ("find", "found", "thing"), ("find", "found", "place"), ("build", "built", "thing"),
    ("make", "made", "food"), ("buy", "bought", "thing"), ("want", "wanted", "thing"), ("see", "saw", "place"),
    ("look for", "looked for", "thing"), ("share", "shared", "food"), ("discover", "discovered", "place"),
    ("hide", "hid", "thing"), ("repair", "repaired", "thing"), ("paint", "painted", "thing"),
    ("draw", "drew", "thing"), ("visit", "visited", "place"), ("win", "won", "thing"), ("get", "got", "thing"),
)  # fmt: skip
"""What is done with what: in the present, in the past, and the kind of thing."""


def _event(rng: random.Random) -> Topic:
    if rng.random() < 0.4:
        place = rng.choice(words.ALL_PLACES)
        asked = rng.choice(plots.TRIPS).format(f"the {place}")
        return Topic(asked, "trip", {"intro": asked, "t": "the trip", "noun": "trip"}, (place,))
    asked = rng.choice(plots.EVENTS)
    return Topic(asked, "event", {"intro": asked, "t": "it", "noun": asked}, (asked.split()[-1],))


MAKERS = (
    _noun, _with_adjective, _named, _invented_place_or_thing, _plural, _pair, _child_and_thing, _with_trait,
    _at_a_place, _place, _event, _compound, _made_up, _doing,
)  # fmt: skip
WEIGHTS = (32, 15, 8, 3, 7, 13, 4, 8, 4, 3, 5, 9, 5, 10)


def _pronouns(he: str) -> dict[str, str]:
    him, his = {"he": ("him", "his"), "she": ("her", "her"), "they": ("them", "their"), "it": ("it", "its")}[he]
    several = he == "they"
    spoken = ("we", "are", "us", "our", "were") if several else ("I", "am", "me", "my", "was")
    return dict(zip(("i", "am", "me", "my", "was"), spoken, strict=True)) | {"he": he, "him": him, "his": his}


def own_name(rng: random.Random, noun: str, he: str) -> str:
    if noun in words.ALL_ANIMALS and rng.random() < 0.6:
        return rng.choice(words.ANIMAL_NAMES)
    if rng.random() < 0.15:
        return invented(rng)
    return rng.choice(words.GIRLS if he == "she" else words.BOYS)


def invented(rng: random.Random) -> str:
    """A name of two or three syllables that nobody has."""
    return "".join(rng.choices(words.SYLLABLES, k=rng.choice((2, 2, 3)))).capitalize()


def with_article(said: str) -> str:
    """The words with `a` or `an`; masses such as snow have none."""
    first = said.split()[0]
    if said in MASSES:
        return said
    vowel = first in words.AN or (said[0] in "aeiou" and first not in words.A)
    return f"{'an' if vowel else 'a'} {said}"


def plural(noun: str) -> str:
    if noun in words.IRREGULAR:
        return words.IRREGULAR[noun]
    if noun.endswith("man"):
        return noun.removesuffix("man") + "men"
    if re.search(r"(s|x|ch|sh)$", noun):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"
