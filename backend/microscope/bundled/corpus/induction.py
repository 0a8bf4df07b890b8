"""Text that repeats itself: lists, quoted sentences, and pairs of a key and a value that are asked for again."""

from __future__ import annotations

from random import Random
from string import ascii_lowercase, ascii_uppercase

from microscope.bundled.corpus import repeats
from microscope.bundled.corpus.base import Item
from microscope.bundled.corpus.in_context_words import (
    COMMON_WORDS,
    GIFTS,
    HELD_OUT_NAMES,
    INVENTED_NAMES,
    OBJECTS,
    TRAINING_ANIMATES,
    TRAINING_THINGS,
)
from microscope.bundled.corpus.repeat_items import (
    ALL_NAMES,
    ALL_PLACES,
    COLORS,
    FOODS,
    LENGTHS,
    LONG_NUMBERS,
    MADE_UP,
    NUMBERS,
    THINGS_TO_DO,
    WORDS,
    with_articles,
)
from microscope.bundled.corpus.repeat_items import (
    sentence as new_sentence,
)

HELD_OUT_LENGTHS = (9, 13, 18)
"""Training lists never have these lengths, so that no held-out list can be one of training."""

_POOLS = (
    (WORDS,) * 7
    + (ALL_NAMES,) * 3
    + (COLORS, FOODS, THINGS_TO_DO, INVENTED_NAMES)
    + (MADE_UP, NUMBERS, LONG_NUMBERS, tuple(ascii_uppercase), tuple(ascii_lowercase))
)
_MIXED = (*WORDS, *ALL_NAMES, *NUMBERS, *ascii_uppercase)

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
    ("likes", FOODS),
    ("likes", FOODS),
    ("buys", FOODS),
    ("wears", COLORS),
    ("paints everything", COLORS),
    ("loves the color", COLORS),
    ("has to", THINGS_TO_DO),
    ("wants", GIFTS),
    ("owns", GIFTS),
    ("chose number", NUMBERS),
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


def repeated_list(rng: Random) -> str:
    """A random list, two or three times, always to its end: what breaks off teaches that texts break off."""
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
    return copies.join([copy] * times) + end


def pattern(rng: Random) -> str:
    """A few items by turns, some of them twice: `red blue red blue red blue`, `red red blue red red blue`."""
    period = rng.sample(rng.choice(_POOLS), rng.randint(2, 5))
    if rng.random() < 0.3:
        period.append(rng.choice(period))
    length = rng.randint(2 * len(period) + 1, 5 * len(period))
    separator = rng.choice((" ", " ", ", ", ", ", "\n", " - ", ",", "; "))
    return separator.join((period * 5)[:length])


def repeated_sentence(rng: Random) -> str:
    """A sentence said again, at once or after others."""
    name, other = rng.sample(ALL_NAMES, 2)
    text = new_sentence(rng)
    if rng.random() < 0.4:
        return rng.choice(_QUOTES).format(text=text, name=name, other=other)
    others = [new_sentence(rng) for _ in range(rng.randint(1, 4))]
    again = rng.choice(_REMINDERS).format(text=text, name=name)
    return rng.choice((" ", " ", "\n")).join((text, *others, again))


def chant(rng: Random) -> str:
    """Verses with a line that comes back, as in a song."""
    refrain = with_articles(
        rng.choice(_REFRAINS).format(
            a=rng.choice(TRAINING_THINGS).singular, b=rng.choice(TRAINING_ANIMATES).singular, name=rng.choice(ALL_NAMES)
        )
    )
    verses = [new_sentence(rng) for _ in range(rng.randint(2, 4))]
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
        return " ".join(rng.sample(WORDS, rng.randint(1, 3)))
    return rng.choice(MADE_UP if rng.random() < 0.5 else INVENTED_NAMES)


def reminder(rng: Random) -> str:
    """A number, a word or a name that is told and told again: `The code is 4711. Remember, the code is 4711.`"""
    what = with_articles(
        rng.choice(_SECRETS).format(name=rng.choice(ALL_NAMES), place=rng.choice(ALL_PLACES), thing=rng.choice(OBJECTS))
    )
    told = f"{what} {_secret(rng, what)}"
    middle = " ".join(new_sentence(rng) for _ in range(rng.choice((0, 0, 0, 1, 2))))
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
        sentences.append(with_articles(deed.format(who=who, place=rng.choice(ALL_PLACES), thing=rng.choice(OBJECTS))))
    return " ".join(sentences)


def dialogue(rng: Random) -> str:
    """Someone tells something, and another repeats it."""
    a, b = rng.sample(ALL_NAMES, 2)
    items = rng.sample(rng.choice((FOODS, FOODS, COLORS, THINGS_TO_DO, ALL_NAMES, GIFTS)), rng.randint(2, 5))
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


def lookup(rng: Random) -> str:
    """Three to eight pairs, and some of them again: `Anna has a kite. Ben has a drum. Anna has a kite.`"""
    count = rng.randrange(3, 9)
    names = rng.sample(ALL_NAMES, count)
    pattern = rng.choice(_LOOKUPS)
    values = rng.sample(ALL_PLACES if any(word in pattern for word in _WHERE) else OBJECTS, count)
    pairs = [
        with_articles(pattern.format(key=name, value=value, thing=value, key_name=name))
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
    keys = rng.sample(WORDS if rng.random() < 0.6 else ALL_NAMES, count)
    values = rng.sample(NUMBERS if rng.random() < 0.5 else COMMON_WORDS, count)
    equals = rng.choice((" = ", ": ", " -> ", " is ", " | ", " - ", "=", " means ", "\t"))
    pairs = [f"{key}{equals}{value}" for key, value in zip(keys, values, strict=True)]
    separator = rng.choice((", ", "\n", "; ", ". "))
    return separator.join(pairs + rng.sample(pairs, rng.randrange(1, count + 1)))


def naming(rng: Random) -> str:
    """A plain sentence with a name, held-out names three times as often as others."""
    name = rng.choice(HELD_OUT_NAMES if rng.random() < 0.5 else ALL_NAMES)
    sentence = rng.choice(_NAMINGS)
    return with_articles(
        sentence.format(name=name, other=rng.choice(ALL_NAMES), place=rng.choice(ALL_PLACES), thing=rng.choice(OBJECTS))
    )


_MAKERS = (
    (repeats.told_twice,) * 10
    + (repeats.plain_list, repeats.read_again) * 9
    + (repeated_list,) * 6
    + (repeats.digits_again, repeats.found_again) * 2
    + (lookup, repeated_sentence, pattern, reminder) * 3
    + (several_reminders, character, dialogue, likes, naming) * 2
    + (dictionary, chant)
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
