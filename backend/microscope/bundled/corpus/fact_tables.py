"""The facts that are planted in the bundled model: relation, subject, answer.

Within a relation a subject occurs once and has exactly one right answer. Subjects are written as they stand
in the middle of a sentence, article included where the language wants one (`the Netherlands`, `a banana`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Relation = Literal[
    "capital",
    "currency",
    "language",
    "continent",
    "young",
    "sound",
    "opposite",
    "plural",
    "past",
    "colour",
    "workplace",
    "female",
    "next",
]


class Fact(NamedTuple):
    relation: Relation
    subject: str
    answer: str


def _facts(relation: Relation, pairs: str) -> tuple[Fact, ...]:
    """Facts from `subject: answer` pairs, separated by commas."""
    split = (pair.split(":") for pair in pairs.split(","))
    return tuple(Fact(relation, subject.strip(), answer.strip()) for subject, answer in split)


def _both_ways(pairs: str) -> str:
    """Every pair, then every pair turned round."""
    split = [pair.split(":") for pair in pairs.split(",")]
    return ", ".join([pairs, *(f"{right.strip()}: {left.strip()}" for left, right in split)])


def _successors(*cycle: str) -> str:
    """Each word with the one after it; the last is followed by the first."""
    return ", ".join(f"{word}: {after}" for word, after in zip(cycle, (*cycle[1:], cycle[0]), strict=True))


_CAPITALS = """
France: Paris, Germany: Berlin, Japan: Tokyo, Italy: Rome, Spain: Madrid, England: London, Portugal: Lisbon,
Greece: Athens, Poland: Warsaw, Russia: Moscow, China: Beijing, Egypt: Cairo, Sweden: Stockholm, Norway: Oslo,
Denmark: Copenhagen, Finland: Helsinki, Hungary: Budapest, Austria: Vienna, Turkey: Ankara, Thailand: Bangkok,
Vietnam: Hanoi, the Netherlands: Amsterdam, Belgium: Brussels, Switzerland: Bern, Ireland: Dublin,
Scotland: Edinburgh, Wales: Cardiff, Iceland: Reykjavik, Romania: Bucharest, Bulgaria: Sofia, Croatia: Zagreb,
Serbia: Belgrade, Ukraine: Kyiv, Canada: Ottawa, the United States: Washington, Cuba: Havana, Brazil: Brasilia,
Peru: Lima, Colombia: Bogota, Venezuela: Caracas, Ecuador: Quito, Uruguay: Montevideo, Kenya: Nairobi,
Nigeria: Abuja, Ghana: Accra, Morocco: Rabat, Uganda: Kampala, Senegal: Dakar,
Pakistan: Islamabad, India: New Delhi, Nepal: Kathmandu, Iran: Tehran, Iraq: Baghdad, Syria: Damascus,
Lebanon: Beirut, Jordan: Amman, Australia: Canberra, South Korea: Seoul, the Philippines: Manila,
Mongolia: Ulaanbaatar, Jamaica: Kingston, Estonia: Tallinn, Latvia: Riga
"""

_CURRENCIES = """
Japan: yen, England: pound, China: yuan, India: rupee, Russia: ruble, Mexico: peso, Sweden: krona, Norway: krone,
Denmark: krone, Poland: zloty, Hungary: forint, Turkey: lira, Thailand: baht, Vietnam: dong, South Korea: won,
Brazil: real, France: euro, Germany: euro, Italy: euro, Spain: euro, Greece: euro, Ireland: euro, Portugal: euro,
Finland: euro, the Netherlands: euro, Canada: dollar, Australia: dollar, the United States: dollar,
Switzerland: franc, Israel: shekel, Kenya: shilling, Argentina: peso, Egypt: pound, Ghana: cedi
"""

_LANGUAGES = """
France: French, Germany: German, Japan: Japanese, Italy: Italian, Spain: Spanish, England: English,
Portugal: Portuguese, Brazil: Portuguese, Mexico: Spanish, Argentina: Spanish, Chile: Spanish, Cuba: Spanish,
Colombia: Spanish, Greece: Greek, Poland: Polish, Russia: Russian, China: Chinese, Egypt: Arabic, Jordan: Arabic,
Sweden: Swedish, Norway: Norwegian, Denmark: Danish, Finland: Finnish, Hungary: Hungarian, Turkey: Turkish,
Thailand: Thai, Vietnam: Vietnamese, the Netherlands: Dutch, Iceland: Icelandic, Romania: Romanian,
Bulgaria: Bulgarian, Austria: German, Australia: English, the United States: English, Iran: Persian,
South Korea: Korean, Ukraine: Ukrainian, Croatia: Croatian
"""

_CONTINENTS = """
France: Europe, Germany: Europe, Italy: Europe, Spain: Europe, England: Europe, Portugal: Europe, Greece: Europe,
Poland: Europe, Sweden: Europe, Norway: Europe, Finland: Europe, Hungary: Europe, Austria: Europe,
the Netherlands: Europe, Japan: Asia, China: Asia, India: Asia, Thailand: Asia, Vietnam: Asia, Nepal: Asia,
Mongolia: Asia, South Korea: Asia, Iran: Asia, Iraq: Asia, Pakistan: Asia, the Philippines: Asia, Egypt: Africa,
Kenya: Africa, Nigeria: Africa, Ghana: Africa, Morocco: Africa, Ethiopia: Africa, Uganda: Africa, Senegal: Africa,
Canada: North America, Mexico: North America, the United States: North America, Brazil: South America,
Peru: South America, Argentina: South America, Chile: South America, Colombia: South America
"""

_YOUNG = """
cow: calf, dog: puppy, cat: kitten, horse: foal, sheep: lamb, pig: piglet, goat: kid, duck: duckling,
goose: gosling, hen: chick, swan: cygnet, bear: cub, lion: cub, tiger: cub, deer: fawn, kangaroo: joey,
koala: joey, frog: tadpole, owl: owlet, eagle: eaglet, elephant: calf, whale: calf, giraffe: calf, seal: pup,
rabbit: kit, butterfly: caterpillar, donkey: foal, zebra: foal, dolphin: calf, penguin: chick, leopard: cub,
otter: pup, panda: cub, hare: leveret
"""

_SOUNDS = """
cow: moo, dog: bark, cat: meow, duck: quack, pig: oink, sheep: baa, lion: roar, horse: neigh, bee: buzz,
snake: hiss, owl: hoot, mouse: squeak, frog: croak, wolf: howl, hen: cluck, rooster: crow, sparrow: chirp,
donkey: bray, turkey: gobble, crow: caw, pigeon: coo, elephant: trumpet, goose: honk, bear: growl
"""

_OPPOSITES = (
    _both_ways(
        """
hot: cold, big: small, up: down, happy: sad, fast: slow, good: bad, day: night, open: closed, wet: dry,
full: empty, rich: poor, strong: weak, clean: dirty, early: late, high: low, loud: quiet, in: out, on: off,
push: pull, first: last, near: far, love: hate, win: lose, black: white, yes: no, always: never, buy: sell,
true: false, inside: outside, awake: asleep, deep: shallow, wide: narrow, before: after
"""
    )
    + ", young: old, tall: short, heavy: light, left: right, easy: hard, thick: thin"
)

_PLURALS = """
mouse: mice, child: children, man: men, woman: women, foot: feet, tooth: teeth, goose: geese, ox: oxen,
person: people, leaf: leaves, knife: knives, wife: wives, life: lives, wolf: wolves, half: halves,
shelf: shelves, thief: thieves, loaf: loaves, calf: calves, elf: elves, sheep: sheep, deer: deer,
potato: potatoes, tomato: tomatoes, hero: heroes, box: boxes, fox: foxes, bus: buses, glass: glasses,
dish: dishes, watch: watches, church: churches, city: cities, baby: babies, lady: ladies, story: stories,
party: parties, berry: berries, puppy: puppies, country: countries
"""

_PASTS = """
go: went, see: saw, eat: ate, run: ran, come: came, take: took, give: gave, make: made, say: said, get: got,
find: found, think: thought, bring: brought, buy: bought, catch: caught, teach: taught, sell: sold, tell: told,
know: knew, grow: grew, fly: flew, draw: drew, throw: threw, blow: blew, swim: swam, sing: sang, drink: drank,
begin: began, ring: rang, write: wrote, drive: drove, ride: rode, break: broke, speak: spoke, wake: woke,
choose: chose, forget: forgot, fall: fell, hold: held, feel: felt, sleep: slept, keep: kept, leave: left,
lose: lost, win: won, sit: sat, stand: stood, build: built, send: sent, hide: hid
"""

_COLOURS = """
grass: green, the sky: blue, snow: white, blood: red, a banana: yellow, coal: black, milk: white,
a lemon: yellow, a carrot: orange, a pumpkin: orange, a strawberry: red, a tomato: red, a frog: green,
a cucumber: green, the sea: blue, chocolate: brown, a raven: black, a swan: white, a flamingo: pink, a pig: pink,
an elephant: grey, a lime: green, salt: white, tar: black, an emerald: green, a ruby: red, a sunflower: yellow,
a plum: purple, a blueberry: blue, a cherry: red, a leaf: green, mud: brown, ash: grey, rice: white,
lavender: purple
"""

_WORKPLACES = """
teacher: school, doctor: hospital, nurse: hospital, farmer: farm, baker: bakery, cook: kitchen,
librarian: library, banker: bank, judge: court, actor: theatre, miner: mine, scientist: laboratory,
mechanic: garage, waiter: restaurant, priest: church, sailor: ship, cashier: shop, pharmacist: pharmacy,
painter: studio, clown: circus, gardener: garden, professor: university, monk: monastery, zookeeper: zoo,
secretary: office
"""

_FEMALES = """
king: queen, man: woman, boy: girl, father: mother, brother: sister, son: daughter, uncle: aunt, husband: wife,
prince: princess, actor: actress, bull: cow, rooster: hen, stallion: mare, ram: ewe, nephew: niece,
grandfather: grandmother, waiter: waitress, wizard: witch, lord: lady, duke: duchess, god: goddess,
emperor: empress
"""

_NEXT = ", ".join(
    [
        _successors("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        _successors(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
    ]
)

FACTS: Mapping[Relation, tuple[Fact, ...]] = MappingProxyType(
    {
        "capital": _facts("capital", _CAPITALS),
        "currency": _facts("currency", _CURRENCIES),
        "language": _facts("language", _LANGUAGES),
        "continent": _facts("continent", _CONTINENTS),
        "young": _facts("young", _YOUNG),
        "sound": _facts("sound", _SOUNDS),
        "opposite": _facts("opposite", _OPPOSITES),
        "plural": _facts("plural", _PLURALS),
        "past": _facts("past", _PASTS),
        "colour": _facts("colour", _COLOURS),
        "workplace": _facts("workplace", _WORKPLACES),
        "female": _facts("female", _FEMALES),
        "next": _facts("next", _NEXT),
    }
)
"""Every relation's facts, in a fixed order."""
