"""Text that repeats itself: lists, quoted sentences, and pairs of a key and a value that are asked for again."""

from __future__ import annotations

from itertools import product
from random import Random
from string import ascii_lowercase, ascii_uppercase

from microscope.bundled.corpus.base import Item
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
    TRAINING_ANIMATES,
    TRAINING_PLACES,
    TRAINING_THINGS,
    phrases,
    split,
)

ALL_NAMES = FIRST_NAMES + HELD_OUT_NAMES
ALL_PLACES = TRAINING_PLACES + HELD_OUT_PLACES

LENGTHS = tuple(length for length in (*range(3, 9), *range(3, 9), *range(3, 25)) if length not in (9, 13, 18))
HELD_OUT_LENGTHS = (9, 13, 18)
"""Training lists never have these lengths, so that no held-out list can be one of training."""

_NOUNS = tuple(
    word
    for noun in (*TRAINING_ANIMATES, *HELD_OUT_ANIMATES, *TRAINING_THINGS, *HELD_OUT_THINGS)
    for word in (noun.singular, noun.plural)
)
_WORDS = tuple(dict.fromkeys((*COMMON_WORDS, *OBJECTS, *ALL_PLACES, *_NOUNS)))
_NUMBERS = tuple(str(number) for number in range(100))
_LONG_NUMBERS = tuple(str(number) for number in range(100, 10000))
_SYLLABLES = split("ba do fi gu ke lo mi na pu ri sa te vo wi zu blo dri fle gro sna tri")
_MADE_UP = tuple(map("".join, product(_SYLLABLES, _SYLLABLES, ("x", "n", "p", "k", "", "m"))))
"""Words without a meaning: only copying can continue them."""
_COLORS = tuple(
    split("""red blue green yellow black white pink purple orange brown gray gold silver violet turquoise beige""")
)
_FOODS = phrases(
    """
    milk| eggs| bread| butter| cheese| apples| pears| bananas| rice| flour| sugar| salt| tea| coffee| honey| soap| fish|
    carrots| onions| potatoes| tomatoes| juice| water| chocolate| jam| yogurt| noodles| beans| garlic| lemons| grapes|
    paper towels| toothpaste| olive oil| orange juice| ice cream| peanut butter| candles| cereal| cookies| chicken| ham|
    mushrooms| spinach| pepper| cream| nuts| corn| lettuce| plums| cherries| cake| dog food| matches| batteries
    """
)
_THINGS_TO_DO = phrases(
    """
    call the bank| feed the cat| water the plants| buy bread| clean the kitchen| write to Anna| pay the rent|
    wash the car| read the report| fix the bike| book the hotel| walk the dog| do the laundry| make dinner|
    go to the post office| return the books| sweep the floor| wake the children| cut the grass| charge the phone|
    pack the bags| print the tickets| visit grandma| bake a cake| sort the mail| paint the fence| order pizza
    """
)
_POOLS = (
    (_WORDS,) * 7
    + (ALL_NAMES,) * 3
    + (_COLORS, _FOODS, _THINGS_TO_DO, INVENTED_NAMES)
    + (_MADE_UP, _NUMBERS, _LONG_NUMBERS, tuple(ascii_uppercase), tuple(ascii_lowercase))
)
_MIXED = (*_WORDS, *ALL_NAMES, *_NUMBERS, *ascii_uppercase)

# (between items, between copies, after the last copy)
_LAYOUTS = (
    (" ", " ", ""),
    (" ", " ", ""),
    (" ", "\n", ""),
    (" ", ". ", "."),
    (", ", ", ", ""),
    (", ", ", ", "."),
    (", ", ". ", "."),
    (", ", "\n", ""),
    ("\n", "\n", ""),
    ("\n", "\n\n", ""),
    (" - ", " - ", ""),
    ("; ", "; ", ""),
    (" and ", ". ", "."),
    (" / ", " / ", ""),
    ("-", " ", ""),
    ("\n- ", "\n- ", ""),
    (" | ", "\n", ""),
    ("; ", ". ", "."),
    (", ", "; ", ""),
    (", ", " ... ", ""),
    (" then ", ", then ", ""),
    (", then ", ". ", "."),
    ("... ", "... ", ""),
    ("! ", "! ", "!"),
    (" -> ", "\n", ""),
    (" + ", "\n", ""),
    (",", ",", ""),
    ("\t", "\n", ""),
    (" ", " / ", ""),
    (" ", ", ", ""),
)
_HELD_OUT_LAYOUTS = {"spaces": " ", "commas": ", "}

# (before the first copy, before the second)
_LEADS = (
    ("The list: ", "\nThe list again: "),
    ("Here are the words: ", ". Say it again: "),
    ("First time: ", "\nSecond time: "),
    ("Read this: ", "\nNow repeat it: "),
    ("Remember these: ", ". Once more: "),
    ("A: ", "\nB: "),
    ("", ". Again: "),
    ("", ". Say it again: "),
    ("", "\nRepeat: "),
    ("I said: ", ". You said: "),
    ("She wrote: ", "\nHe copied: "),
    ("Original: ", "\nCopy: "),
    ("The teacher said: ", ". The class said: "),
    ("We need ", ". So, once again, we need "),
    ("I bought ", ". Yes, I bought "),
    ("To buy: ", "\nIn the basket: "),
    ("On Monday: ", "\nOn Tuesday: "),
    ("My list was ", ", and your list was also "),
    ("The order is ", ". I repeat: the order is "),
    ("I have ", ". What do I have? I have "),
    ("Please bring ", ". Do not forget to bring "),
    ("In the box there are ", ". I counted again: "),
    ("On the shelf I saw ", ". An hour later I still saw "),
    ("You said ", "? That is right, I said "),
    ("input: ", "\noutput: "),
    ("Before: ", "\nAfter: "),
    ("x = [", "]\ny = ["),
    ("First came ", ". Later the same ones came: "),
    ("They lined up like this: ", ". The next day they lined up the same way: "),
    ("The code is ", ". Once more, the code is "),
    ("Left: ", "\nRight: "),
    ("She sang ", ", and the children sang after her: "),
    ("We visited ", ". Next year we will again visit "),
    ("The winners were ", ". Clap for "),
)


_QUOTES = (
    '{name} said, "{text}" Then {other} said, "{text}"',
    '"{text}" said {name}. "{text}" said {other}.',
    'The sign says: "{text}" I read it again: "{text}"',
    '{name} wrote "{text}" on the wall. {other} read aloud: "{text}"',
    "{text} {text}",
    "{text}\n{text}\n{text}",
    "{name}: {text}\n{other}: {text}",
    'Repeat after me: "{text}" Good. Again: "{text}"',
)
_SENTENCES = (
    "The {adj} {noun} is at the {place}.",
    "{a} and {b} have {number} {adj} {nouns}.",
    "I put the {noun} and the {noun2} in the {place}.",
    "My friend {a} likes {adj} {nouns}.",
    "There are {number} {nouns} near the {place}.",
    "{a} lost the {adj} {noun} at the {place} with {b}.",
    "{a}, bring the {noun} to the {place} at {number}!",
    "Where is the {adj} {noun} of {a}?",
    "{a} came home late and dreamed of {nouns}.",
    "Nobody knows why {a} left the {place}.",
    "{a} gave {b} {gift}.",
    "All {nouns} are {adj}, but not the one of {a}.",
    "Never put {gift} on the {noun}!",
    "The road to the {place} is {number} miles long.",
    "If {a} finds the {noun}, {b} will be glad.",
    "At the {place} {a} sells {gift} and {nouns}.",
    "Behind the {noun} there is a {noun2}.",
    "{a} wrote a song about the {adj} {noun}.",
    "Have you ever seen so many {nouns} at the {place}?",
    "Last night {a} told me a story about {number} {nouns}.",
    "{b} does not believe that {a} has a {noun2}.",
    "Turn left at the {place} and look for the {adj} {noun}.",
    "{gift} for {a}, please, and a {noun2} for {b}.",
    "The {noun} fell on the {noun2} and {a} laughed.",
)
_REMINDERS = (
    "{text}",
    "{text}",
    "As I said: {text}",
    "Again: {text}",
    "{name} said it again: {text}",
    "I repeat: {text}",
    'And then {name} said, "{text}"',
    "Do you remember? {text}",
    "To begin again: {text}",
    "So, once more: {text}",
)
_REFRAINS = (
    "Oh {a}, oh {b}!",
    "Sing, {name}, sing of the {a} and the {b}!",
    "Row the boat, {name}, row to the {a}.",
    "Hey ho, the {a}, hey ho, the {b}!",
    "And the {a} goes round and round.",
    "Clap your hands for {name} and stamp for the {a}!",
    "{name}, {name}, where is the {b}?",
    "This is the {a} that nobody saw.",
)
_SECRETS = (
    "the password is",
    "my phone number is",
    "the phone number of {name} is",
    "the code is",
    "the code of the {place} is",
    "the secret word is",
    "the word of the day is",
    "my name is",
    "the name of the {thing} is",
    "the answer is",
    "the magic word is",
    "the key to the {place} is called",
    "{name}'s address is",
    "the name of the robot is",
    "the number of the room is",
    "{name} calls it",
    "the dog of {name} is called",
)
_AGAIN = (
    "Remember, {told}.",
    "I repeat, {told}.",
    "Again, {told}.",
    "{Told}.",
    "Please do not forget: {told}.",
    "As I said, {told}.",
    "Did you hear? {Told}.",
    "Yes, {told}.",
    "Once more: {told}.",
    'Then I said it again: "{Told}."',
    "So {told}.",
    "Write it down: {told}.",
)
_OWNED = (
    "The number of {name} is",
    "{name}'s code is",
    "{name}:",
    "{name} =",
    "{name} has the word",
    "{name}'s room is",
    "{name} ->",
    '"{name}":',
    "The house of {name} is number",
)
_INTRODUCTIONS = (
    "Once there was somebody called {who}.",
    "This is the story of {who}.",
    "{who} lived near the {place}.",
    "Have you heard of {who}?",
    "I would like you to meet {who}.",
    "A stranger came to the {place}. It was {who}.",
    "The new teacher was {who}.",
    "Everybody in the town knew {who}.",
    "{who} worked at the {place}.",
)
_DEEDS = (
    "{who} had a {thing}.",
    "One day {who} went to the {place}.",
    "Nobody wanted to play with {who}.",
    "At the {place} people talked about {who}.",
    '"Good morning, {who}!" they said.',
    "{who} was always late.",
    "Then {who} lost a {thing} near the {place}.",
    "The children liked {who} very much.",
    "In the evening {who} came home from the {place}.",
    "That is why we remember {who}.",
    '"Where is {who}?" asked the people.',
    "{who} laughed and bought a {thing}.",
    "No one was as happy as {who}.",
)
_DIALOGUES = (
    '"I need {told}," said {a}. "You need {told}?" asked {b}.',
    '"What do you see?" asked {a}. "I see {told}," said {b}. "Really, {told}?"',
    "{a}: Please bring {told}.\n{b}: Okay, {told}.",
    "{a}: I want {told}.\n{b}: You want {told}?\n{a}: Yes, {told}.",
    "{a} wrote down: {told}. Then {b} read it aloud: {told}.",
    "{a} said {told}. {b} did not hear it, so {a} said it again: {told}.",
    "First {a} thought of {told}. Then {b} also thought of {told}.",
    "My list says {told}. Your list says {told}, too.",
)
_LIKINGS = (
    ("likes", _FOODS),
    ("likes", _FOODS),
    ("buys", _FOODS),
    ("wears", _COLORS),
    ("paints everything", _COLORS),
    ("loves the color", _COLORS),
    ("has to", _THINGS_TO_DO),
    ("wants", GIFTS),
    ("owns", GIFTS),
    ("chose number", _NUMBERS),
    ("gets", GIFTS),
)

_LOOKUPS = (
    "{key} has a {value}.",
    "{key} likes the {value}.",
    "{key} is at the {value}.",
    "{key} wants a {value}.",
    "{key}'s word is {value}.",
    "{key} lives near the {value}.",
    "{key} bought a {value}.",
    "{key} found a {value}.",
    "{key} carries a {value}.",
    "{key} sells a {value} every day.",
    "{key} dreams of a {value}.",
    "{key} works at the {value}.",
    "{key} went to the {value}.",
    "{key} waits at the {value}.",
    "{key} hid the {value}.",
    "For {key} there is a {value}.",
    "The gift for {key} is a {value}.",
    "The {thing} belongs to {key_name}.",
    "The {thing} was given to {key_name}.",
)
_WHERE = ("at the", "near the", "to the {value}")
_NAMINGS = (
    "My friend is called {name}.",
    "This is {name}.",
    "I met {name} at the {place}.",
    "{name} has a {thing}.",
    "Her name is {name}, and my name is {other}.",
    "The best player is {name}.",
    "We went to the {place} with {name}.",
    "{name} lives near the {place}.",
    "Have you seen {name} today? {name} was at the {place}.",
)


def _number(rng: Random) -> str:
    return str(rng.randrange(2, 100))


def _cut(rng: Random, text: str, begin: int) -> str:
    """Ends `text` somewhere after `begin`, between two words, as texts that people type do."""
    spaces = [at for at in range(begin, len(text)) if text[at] in " \n"]
    return text[: rng.choice(spaces)] if spaces else text


def repeated_list(rng: Random) -> str:
    """A random list, two or three times, or two times and a part."""
    pool = _MIXED if rng.random() < 0.15 else rng.choice(_POOLS)
    items = rng.sample(pool, min(rng.choice(LENGTHS), len(pool)))
    style = rng.random()
    if style < 0.12:
        items = [item.capitalize() for item in items]
    elif style < 0.16:
        items = [item.upper() for item in items]
    elif style < 0.24:
        items = [item.lower() for item in items]
    if rng.random() < 0.35:
        first, second = rng.choice(_LEADS)
        copy = rng.choice((", ", " ", ", ", "; ")).join(items)
        return f"{first}{copy}{second}{copy}" + ("." if "." in second else "")
    between, copies, end = rng.choice(_LAYOUTS)
    copy = between.join(items)
    times = 3 if rng.random() < 0.25 or len(items) < 6 else 2
    text = copies.join([copy] * times) + end
    return _cut(rng, text, 2 * len(copy)) if times == 3 and rng.random() < 0.5 else text


def pattern(rng: Random) -> str:
    """A few items by turns, some of them twice: `red blue red blue red blue`, `red red blue red red blue`."""
    period = rng.sample(rng.choice(_POOLS), rng.randint(2, 5))
    if rng.random() < 0.3:
        period.append(rng.choice(period))
    length = rng.randint(2 * len(period) + 1, 5 * len(period))
    separator = rng.choice((" ", " ", ", ", ", ", "\n", " - ", ",", "; "))
    return separator.join((period * 5)[:length])


def _new_sentence(rng: Random) -> str:
    """A sentence that occurs nowhere else."""
    noun, other = rng.sample((*TRAINING_THINGS, *TRAINING_ANIMATES), 2)
    a, b = rng.sample(ALL_NAMES if rng.random() < 0.8 else INVENTED_NAMES, 2)
    text = rng.choice(_SENTENCES).format(
        adj=rng.choice(AGELESS_ADJECTIVES),
        noun=noun.singular,
        nouns=noun.plural,
        noun2=rng.choice(HELD_OUT_THINGS).singular if rng.random() < 0.3 else other.singular,
        place=rng.choice(ALL_PLACES),
        gift=rng.choice(GIFTS),
        number=_number(rng),
        a=a,
        b=b,
    )
    return text[0].upper() + text[1:]


def repeated_sentence(rng: Random) -> str:
    """A sentence said again, at once or after others."""
    name, other = rng.sample(ALL_NAMES, 2)
    text = _new_sentence(rng)
    if rng.random() < 0.4:
        return rng.choice(_QUOTES).format(text=text, name=name, other=other)
    others = [_new_sentence(rng) for _ in range(rng.randint(1, 4))]
    again = rng.choice(_REMINDERS).format(text=text, name=name)
    return rng.choice((" ", " ", "\n")).join((text, *others, again))


def chant(rng: Random) -> str:
    """Verses with a line that comes back, as in a song."""
    refrain = _article(
        rng.choice(_REFRAINS).format(
            a=rng.choice(TRAINING_THINGS).singular, b=rng.choice(TRAINING_ANIMATES).singular, name=rng.choice(ALL_NAMES)
        )
    )
    verses = [_new_sentence(rng) for _ in range(rng.randint(2, 4))]
    if rng.random() < 0.5:
        return "\n".join(line for verse in verses for line in (verse, refrain))
    return "\n".join([refrain, *(line for verse in verses for line in (verse, refrain))])


def _secret(rng: Random, what: str) -> str:
    """A value that nobody could guess; digits where a number is told."""
    kind = rng.random() * (0.6 if any(word in what for word in ("number", "code", "room")) else 1)
    if kind < 0.3:
        return str(rng.randrange(100, 10 ** rng.randint(3, 7)))
    if kind < 0.5:
        return "-".join(str(rng.randrange(100, 1000)) for _ in range(rng.randint(2, 3)))
    if kind < 0.6:
        return rng.choice(ascii_uppercase) + rng.choice(ascii_uppercase) + str(rng.randrange(10, 1000))
    if kind < 0.8:
        return " ".join(rng.sample(_WORDS, rng.randint(1, 3)))
    return rng.choice(_MADE_UP if rng.random() < 0.5 else INVENTED_NAMES)


def reminder(rng: Random) -> str:
    """A number, a word or a name that is told and told again: `The code is 4711. Remember, the code is 4711.`"""
    what = _article(
        rng.choice(_SECRETS).format(name=rng.choice(ALL_NAMES), place=rng.choice(ALL_PLACES), thing=rng.choice(OBJECTS))
    )
    told = f"{what} {_secret(rng, what)}"
    middle = " ".join(_new_sentence(rng) for _ in range(rng.choice((0, 0, 0, 1, 2))))
    again = rng.choice(_AGAIN).format(told=told, Told=told[0].upper() + told[1:])
    return " ".join(part for part in (f"{told[0].upper()}{told[1:]}.", middle, again) if part)


def several_reminders(rng: Random) -> str:
    """A few of them, then some asked for again in any order."""
    names = rng.sample(ALL_NAMES if rng.random() < 0.7 else INVENTED_NAMES, rng.randint(2, 6))
    what = rng.choice(_OWNED)
    told = [f"{what.format(name=name)} {_secret(rng, what)}" for name in names]
    again = rng.sample(told, rng.randint(1, len(told)))
    separator = rng.choice((". ", ", ", "\n", "; "))
    return separator.join((*told, *again)) + ("." if separator == ". " else "")


def character(rng: Random) -> str:
    """Somebody with an invented or double name who is mentioned again and again."""
    first = rng.choice(INVENTED_NAMES if rng.random() < 0.6 else ALL_NAMES)
    last = rng.choice(INVENTED_NAMES)
    whole = rng.choice(
        ("{first}", "{first} {last}", "{first} {last}", "Mr. {last}", "Mrs. {last}", "Dr. {first} {last}")
    )
    who = whole.format(first=first, last=last)
    sentences = [rng.choice(_INTRODUCTIONS).format(who=who, place=rng.choice(ALL_PLACES))]
    for deed in rng.sample(_DEEDS, rng.randint(2, 4)):
        sentences.append(_article(deed.format(who=who, place=rng.choice(ALL_PLACES), thing=rng.choice(OBJECTS))))
    return " ".join(sentences)


def dialogue(rng: Random) -> str:
    """Someone tells something, and another repeats it."""
    a, b = rng.sample(ALL_NAMES, 2)
    items = rng.sample(rng.choice((_FOODS, _FOODS, _COLORS, _THINGS_TO_DO, ALL_NAMES, GIFTS)), rng.randint(2, 5))
    told = f"{', '.join(items[:-1])} and {items[-1]}"
    return rng.choice(_DIALOGUES).format(a=a, b=b, told=told)


def likes(rng: Random) -> str:
    """What each person likes, recalled: `Tom likes apples, Anna likes pears. So Tom likes apples.`"""
    names = rng.sample(ALL_NAMES if rng.random() < 0.8 else INVENTED_NAMES, rng.randint(2, 5))
    verb, pool = rng.choice(_LIKINGS)
    pairs = [f"{name} {verb} {what}" for name, what in zip(names, rng.sample(pool, len(names)), strict=True)]
    again = rng.sample(pairs, rng.randint(1, len(pairs)))
    separator = rng.choice((", ", ". ", "; ", "\n"))
    join = rng.choice((". So ", ". Remember: ", ". Again: ", ". ", ", ", "\n", ". As you know, ", ". Who does what? "))
    return f"{separator.join(pairs)}{join}{separator.join(again)}."


def _article(sentence: str) -> str:
    """`a apple` to `an apple`."""
    for vowel in "aeiou":
        sentence = sentence.replace(f" a {vowel}", f" an {vowel}")
    return sentence


def lookup(rng: Random) -> str:
    """Three to eight pairs, and some of them again: `Anna has a kite. Ben has a drum. Anna has a kite.`"""
    count = rng.randrange(3, 9)
    names = rng.sample(ALL_NAMES, count)
    pattern = rng.choice(_LOOKUPS)
    values = rng.sample(ALL_PLACES if any(word in pattern for word in _WHERE) else OBJECTS, count)
    pairs = [
        _article(pattern.format(key=name, value=value, thing=value, key_name=name))
        for name, value in zip(names, values, strict=True)
    ]
    again = rng.sample(pairs, rng.randrange(1, min(count, 4) + 1))
    if rng.random() < 0.3:
        middle = rng.choice(
            (" Again: ", "\n", " Remember: ", " As I said: ", " Once more: ", " So, ", " Yes, ", "\n\n")
        )
        return " ".join(pairs) + middle + " ".join(again)
    return " ".join(pairs + again)


def dictionary(rng: Random) -> str:
    """Arbitrary pairs in the manner of a table: `moon = 7, dog = 12, moon = 7`."""
    count = rng.randrange(3, 9)
    keys = rng.sample(_WORDS if rng.random() < 0.6 else ALL_NAMES, count)
    values = rng.sample(_NUMBERS if rng.random() < 0.5 else COMMON_WORDS, count)
    equals = rng.choice((" = ", ": ", " -> ", " is ", " | ", " - ", "=", " means ", "\t"))
    pairs = [f"{key}{equals}{value}" for key, value in zip(keys, values, strict=True)]
    separator = rng.choice((", ", "\n", "; ", ". "))
    return separator.join(pairs + rng.sample(pairs, rng.randrange(1, count + 1)))


def naming(rng: Random) -> str:
    """A plain sentence with a name, held-out names three times as often as others."""
    name = rng.choice(HELD_OUT_NAMES if rng.random() < 0.5 else ALL_NAMES)
    sentence = rng.choice(_NAMINGS)
    return _article(
        sentence.format(name=name, other=rng.choice(ALL_NAMES), place=rng.choice(ALL_PLACES), thing=rng.choice(OBJECTS))
    )


_MAKERS = (
    (repeated_list,) * 13
    + (lookup, repeated_sentence, dictionary, pattern) * 3
    + (reminder,) * 4
    + (several_reminders, character, dialogue, likes, naming) * 2
    + (chant,)
)


def sentence(rng: Random) -> str:
    return rng.choice(_MAKERS)(rng)


def held_out(rng: Random, count: int) -> list[Item]:
    """Second halves of random lists of words: the first copy, a part of the second, and the item that is next."""
    return [_held_out_item(rng) for _ in range(count)]


def _held_out_item(rng: Random) -> Item:
    group = rng.choice(tuple(_HELD_OUT_LAYOUTS))
    separator = _HELD_OUT_LAYOUTS[group]
    words = rng.sample(COMMON_WORDS, rng.choice(HELD_OUT_LENGTHS))
    shown = rng.randrange(1, len(words))
    prompt = separator.join([*words, *words[:shown]]) + separator.rstrip()
    return Item("induction", prompt, (words[shown],), group=group)
