"""Sequences that everyone can continue: numbers, letters, days, months; and which of two numbers is greater."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from string import ascii_lowercase, ascii_uppercase

from microscope.bundled.corpus import comparisons
from microscope.bundled.corpus.base import Item
from microscope.bundled.corpus.in_context_words import FIRST_NAMES, NUMBER_WORDS, TENS, phrases, split
from microscope.bundled.corpus.repeat_items import COLORS, FOODS, NUMBERS, THINGS_TO_DO, WORDS

DAYS = tuple(split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"))
MONTHS = tuple(split("January February March April May June July August September October November December"))
_SEPARATORS = (
    *(", ",) * 8,
    *(" ",) * 4,
    "\n",
    "\n",
    " - ",
    "; ",
    ",",
    "... ",
    ". ",
    "! ",
    " and ",
    ", then ",
    ", and then ",
    " / ",
    " > ",
    " | ",
    " -> ",
    "-",
    "/",
    ":",
    ", next ",
    " + ",
    "\n- ",
    "\t",
    " ... ",
    ",\n",
    "?\n",
    " & ",
)
_NUMBER_LEADS = ("Count: ", "Let us count: ", "The numbers are ", "Now count with me: ", "I count: ", "Counting: ")
_LEADS = (
    "The children say ",
    "Go on: ",
    "The list goes ",
    "Let us say it together: ",
    "It goes like this: ",
    "In order: ",
    "One after the other: ",
    "The teacher wrote ",
    "On the board it says ",
    "Please continue: ",
    "Here we go: ",
    "We say ",
    "I know what follows: ",
    "She began: ",
    "He said slowly: ",
    "Next in line: ",
    "sequence: ",
    "List: ",
)
_TITLES = (
    "{t}: ", "{t}: ", "{t}:\n", "{t}:\n", "{t} - ", "{t}\n", "{t}\n\n", "# {t}\n", "The {l}: ",
    "The {l} are ", "Say the {l}: ", "List the {l}: ", "Write down the {l}: ", "Here are the {l}: ",
    "Can you say the {l}? ", "These are the {l}: ",
    "Let us name the {l}: ", "I know the {l}: ", "My little brother can say the {l}: ", "Q: What are the {l}?\nA: ",
    "{t} = ", "[{l}] ", "Name the {l}. ", "We learn the {l}: ", "She recites the {l}: ", "In class we say the {l}: ",
)  # fmt: skip
"""Above a sequence that has a name: {t} as a title, {l} within a sentence."""
_TITLES_OF_ONE = 8
"""So many of them, from the first, fit a name that is no plural."""
_DIRECTED = ("{n}", "{n}", "{n} in order", "{n} one by one", "{n} in the right order")
_BACKWARDS = ("{n} backwards", "{n} in reverse", "{n} from the end", "{n} the other way round", "{n} in reverse order")

# {run} is a whole sequence of some length.
_FRAMES = (
    '"{run}," said {name}.',
    '{name} counted: "{run}."',
    '"{run}," the children sang.',
    "{name} can say it without a mistake: {run}.",
    "First {run}.",
    "The right order is {run}.",
    "It always goes {run}, and so on.",
    "[{run}]",
    "({run})",
    "{name} wrote {run} on the paper.",
    "They were called out in order: {run}.",
    "I learned it at school: {run}.",
    "{run} - that is how it goes.",
    "Do you know how it goes on? {run}.",
    "{name} read the list aloud: {run}. Then it was over.",
)

_UNIT_ORDINALS = split("first second third fourth fifth sixth seventh eighth ninth")
_ORDINALS = (
    *_UNIT_ORDINALS,
    *split("""tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"""),
    "twentieth",
    *(f"twenty-{unit}" for unit in _UNIT_ORDINALS),
    "thirtieth",
    *(f"thirty-{unit}" for unit in _UNIT_ORDINALS),
)
_ORDINAL_DIGITS = tuple(
    f"{number}{'th' if 10 < number % 100 < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
    for number in range(1, 41)
)
_ROMANS = tuple(
    ten + unit for ten in ("", "X", "XX", "XXX") for unit in ("", *split("I II III IV V VI VII VIII IX")) if ten + unit
)
_TENS_IN_WORDS = ("ten", *TENS, "one hundred")
_SHORT_DAYS = tuple(day[:3] for day in DAYS)
_SHORT_MONTHS = tuple(month[:3] for month in MONTHS)
_CYCLES = (
    DAYS,
    DAYS,
    DAYS,
    MONTHS,
    MONTHS,
    MONTHS,
    _SHORT_DAYS,
    _SHORT_MONTHS,
    ("spring", "summer", "autumn", "winter"),
    ("spring", "summer", "fall", "winter"),
    ("morning", "noon", "afternoon", "evening", "night"),
    ("north", "east", "south", "west"),
)
_ORDERS = (
    _ORDINALS,
    _ORDINALS,
    _ORDINAL_DIGITS,
    _ORDINAL_DIGITS,
    _ROMANS,
    _ROMANS,
    tuple(roman.lower() for roman in _ROMANS[:12]),
    _TENS_IN_WORDS,
    _TENS_IN_WORDS,
    tuple(NUMBER_WORDS[5:60:5]),
    tuple(NUMBER_WORDS[2:41:2]),
    tuple(NUMBER_WORDS[1:40:2]),
    tuple(NUMBER_WORDS[3:40:3]),
    ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"),
    ("second", "minute", "hour", "day", "week", "month", "year", "decade", "century"),
    ("red", "orange", "yellow", "green", "blue", "indigo", "violet"),
    ("do", "re", "mi", "fa", "sol", "la", "ti", "do"),
    ("once", "twice", "three times", "four times", "five times", "six times"),
    ("one hundred", "two hundred", "three hundred", "four hundred", "five hundred", "six hundred", "seven hundred"),
    ("one thousand", "two thousand", "three thousand", "four thousand", "five thousand", "six thousand"),
    ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"),
    ("baby", "child", "teenager", "adult"),
    ("yesterday", "today", "tomorrow"),
    ("breakfast", "lunch", "dinner"),
    ("ten", "hundred", "thousand", "million", "billion"),
    ("single", "double", "triple", "quadruple"),
    ("freezing", "cold", "cool", "warm", "hot"),
    ("tiny", "small", "big", "huge"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("A", "E", "I", "O", "U"),
    ("small", "medium", "large"),
    ("small", "medium", "large", "extra large"),
    ("S", "M", "L", "XL", "XXL"),
    ("tiny", "small", "medium", "large", "huge"),
    ("bronze", "silver", "gold"),
    ("solid", "liquid", "gas"),
    ("past", "present", "future"),
    ("dawn", "morning", "noon", "afternoon", "dusk", "night"),
    ("morning", "afternoon", "evening", "night"),
    ("letter", "word", "sentence", "paragraph", "page", "chapter", "book"),
    ("house", "street", "village", "town", "city", "country", "continent", "world"),
    ("millimeter", "centimeter", "meter", "kilometer"),
    ("gram", "kilogram", "ton"),
    ("seed", "root", "stem", "leaf", "flower", "fruit"),
    ("egg", "caterpillar", "cocoon", "butterfly"),
    ("ace", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "jack", "queen", "king"),
    ("pawn", "knight", "bishop", "rook", "queen", "king"),
    ("crawl", "walk", "run"),
    ("whisper", "talk", "shout"),
    ("bad", "okay", "good", "great"),
    ("none", "few", "some", "many", "all"),
    ("kindergarten", "school", "college", "university"),
    ("triangle", "square", "pentagon", "hexagon", "heptagon", "octagon"),
    ("solo", "duo", "trio", "quartet", "quintet", "sextet"),
    ("start", "middle", "end"),
    ("beginner", "intermediate", "advanced", "expert"),
    ("half", "third", "quarter", "fifth", "sixth", "seventh", "eighth"),
    ("penny", "nickel", "dime", "quarter", "dollar"),
    ("one million", "two million", "three million", "four million", "five million", "six million"),
)
_LABELS = (
    ("Day ", ""),
    ("Chapter ", ""),
    ("Step ", ""),
    ("Room ", ""),
    ("Number ", ""),
    ("Week ", ""),
    ("Page ", ""),
    ("Level ", ""),
    ("Lesson ", ""),
    ("#", ""),
    ("", "%"),
    ("", " o'clock"),
    ("", ":00"),
    ("", " apples"),
    ("", " little birds"),
    ("", " sheep"),
    ("", " dollars"),
    ("$", ""),
    ("", " km"),
    ("", " years old"),
    ("", ")"),
    ("Bus ", ""),
    ("House ", ""),
)
"""What stands before and after each number of a sequence."""
_BOUNDS = {" o'clock": range(1, 13), ":00": range(1, 13), "%": range(10, 101, 10)}
"""Numbers that end somewhere."""

_PERSONAL_GRADES = tuple(
    tuple(row.split())
    for row in phrases(
        """
        big bigger biggest| small smaller smallest| tall taller tallest| short shorter shortest| old older oldest|
        young younger youngest| fast faster fastest| slow slower slowest| strong stronger strongest|
        weak weaker weakest| loud louder loudest| rich richer richest| poor poorer poorest| kind kinder kindest|
        brave braver bravest| nice nicer nicest| wise wiser wisest| sad sadder saddest| happy happier happiest|
        funny funnier funniest| pretty prettier prettiest| busy busier busiest| dirty dirtier dirtiest|
        lazy lazier laziest| good better best| bad worse worst| quick quicker quickest| heavy heavier heaviest
        """
    )
)
_GRADES = _PERSONAL_GRADES + tuple(
    tuple(row.split())
    for row in phrases(
        """
        long longer longest| high higher highest| low lower lowest| cold colder coldest| warm warmer warmest|
        hot hotter hottest| hard harder hardest| soft softer softest| dark darker darkest| light lighter lightest|
        bright brighter brightest| cheap cheaper cheapest| large larger largest| late later latest| wide wider widest|
        thin thinner thinnest| wet wetter wettest| easy easier easiest| early earlier earliest| far farther farthest|
        much more most| little less least| deep deeper deepest| clean cleaner cleanest| new newer newest|
        thick thicker thickest| sweet sweeter sweetest| safe safer safest| near nearer nearest| fat fatter fattest
        """
    )
)
_TENSES = tuple(
    tuple(row.split())
    for row in phrases(
        """
        go went gone| see saw seen| eat ate eaten| give gave given| take took taken| write wrote written|
        speak spoke spoken| break broke broken| drive drove driven| fly flew flown| grow grew grown| know knew known|
        sing sang sung| swim swam swum| drink drank drunk| begin began begun| ring rang rung| do did done| be was been|
        fall fell fallen| choose chose chosen| forget forgot forgotten| draw drew drawn| wear wore worn
        """
    )
)
_GRADE_FRAMES = (
    "The cat is {a}, the dog is {b}, and the horse is the {c}.",
    "{name} is {a}, but {other} is {b}, and {third} is the {c} of all.",
    "This one is {a}. That one is {b}. The last one is the {c}.",
    "One was {a}, one was {b}, and one was the {c}.",
    "{name} got {b} and {b} and was at last the {c} of all.",
    "My dog is {a}, your dog is {b}, but her dog is the {c}.",
)

_NAMED: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    *(("days of the week", DAYS, True), ("months of the year", MONTHS, True)) * 3,
    *(("days", DAYS, True), ("months", MONTHS, True), ("weekdays", DAYS[:5], False)),
    ("seasons", ("spring", "summer", "autumn", "winter"), True),
    ("seasons of the year", ("winter", "spring", "summer", "autumn"), True),
    ("four seasons", ("spring", "summer", "fall", "winter"), True),
    ("letters of the alphabet", tuple(ascii_uppercase), False),
    ("alphabet", tuple(ascii_uppercase), False),
    ("alphabet in small letters", tuple(ascii_lowercase), False),
    ("Roman numbers", _ROMANS, False),
    ("Roman numerals", _ROMANS, False),
    ("ordinal numbers", _ORDINALS, False),
    ("ordinals", _ORDINAL_DIGITS, False),
    ("places in the race", _ORDINALS, False),
    ("number words", NUMBER_WORDS[1:], False),
    ("tens", _TENS_IN_WORDS, False),
    ("planets from the sun", ("Mercury", "Venus", "Earth", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune"), False),
    ("vowels", ("a", "e", "i", "o", "u"), False),
    ("shirt sizes", ("S", "M", "L", "XL", "XXL"), False),
    ("sizes", ("small", "medium", "large", "extra large"), False),
    ("colors of the rainbow", ("red", "orange", "yellow", "green", "blue", "indigo", "violet"), False),
    ("meals of the day", ("breakfast", "lunch", "dinner"), False),
    ("times of day", ("morning", "noon", "afternoon", "evening", "night"), False),
    ("units of time", ("second", "minute", "hour", "day", "week", "month", "year"), False),
)
_RULES = (
    *((1, "counting up"), (1, "counting"), (1, "counting from {first}"), (1, "numbers"), (1, "numbers from {first}"))
    * 2,
    *((-1, "counting down"), (-1, "counting backwards"), (-1, "counting down from {first}"), (-1, "countdown")) * 3,
    (1, "counting from {first} to {last}"),
    (-1, "counting down from {first} to {last}"),
    *((2, "counting by twos"), (2, "even numbers"), (2, "odd numbers"), (2, "every second number")) * 2,
    (2, "counting in pairs"),
    (-2, "counting down by twos"),
    (3, "counting by threes"),
    (3, "three times table"),
    (4, "counting by fours"),
    *((5, "counting by fives"), (5, "multiples of five"), (5, "five times table"), (-5, "counting down by fives")) * 2,
    *((10, "counting by tens"), (10, "tens"), (10, "multiples of 10"), (-10, "counting down by tens")) * 2,
    (20, "counting by twenties"),
    (100, "hundreds"),
    (1000, "thousands"),
)
_CARRIED = (
    "{m}: {e}", "{m}: {e}", "{m} - {e}", "{m} ({e})", "{m} {e}", "{m} = {e}", "{m} is for {e}", "{m}, {e}", "{m} | {e}",
    "On {m}, {e}", "{m} means {e}", "{m} brings {e}", "{m}. {e}", "{m}) {e}", "[{m}] {e}", "{m} -> {e}",
)  # fmt: skip
_LINKS = (
    "{a} comes before {b}", "after {a} comes {b}", "{a} then {b}", "from {a} to {b}", "{a} is followed by {b}",
    "{b} comes after {a}", "{a}, next {b}", "{a} -> {b}", "first {a}, then {b}", "{a} leads to {b}", "{a} {b}",
    "{b} follows {a}", "when {a} is over, {b} begins",
)  # fmt: skip
_SIDES: tuple[tuple[str, ...], ...] = (
    tuple(str(number) for number in range(1, 40)), NUMBER_WORDS[1:40], tuple(ascii_uppercase), tuple(ascii_lowercase),
    _ROMANS, _ORDINALS, _ORDINAL_DIGITS, tuple(str(10 * number) for number in range(1, 40)), MONTHS, DAYS,
    _SHORT_MONTHS,
)  # fmt: skip
_BESIDE = ("{a} {b}", "{a}: {b}", "{a} = {b}", "{a}{b}", "{a}-{b}", "{a}. {b}", "{a} is {b}", "({a}, {b})")
_WITH_WORD = ("{a} is for {w}", "{a} for {w}", "{a}: {w}", "{a} - {w}", "{a} as in {w}", "{a} like {w}", "{w}")
_BY_LETTER = {
    letter: words for letter in ascii_lowercase if len(words := [word for word in WORDS if word[0] == letter]) > 2
}

# {a} and {b} are the last two digits of two years of one century {c}, a before b.
_SPANS = (
    "The war lasted from the year {c}{a} to the year {c}{b}.",
    "The trip lasted from the year {c}{a} to the year {c}{b}.",
    "The project went on from {c}{a} to {c}{b}.",
    "The school was open from the year {c}{a} to the year {c}{b}.",
    "The king ruled from {c}{a} to {c}{b}.",
    "The queen ruled from the year {c}{a} until the year {c}{b}.",
    "The work lasted from {c}{a} until {c}{b}.",
    "She lived there from {c}{a} to {c}{b}.",
    "It started in {c}{a} and ended in {c}{b}.",
    "The bridge was begun in {c}{a} and finished in {c}{b}.",
    "The peace lasted from the year {c}{a} to the year {c}{b}.",
    "He was born in {c}{a} and left the city in {c}{b}.",
)
_LASTED = phrases(
    """
    The war| The trip| The project| The peace| The reign| The drought| The strike| The empire| The meeting of the kings|
    The contract| The study| The search| The club| The journey| The siege| The treaty| The rule of the queen| The trial|
    The experiment| The game| The friendship| The marriage| The career of the singer| The show| The crisis| The plan|
    The rebellion| The expedition| The winter war| The conflict| The program| The tour| The golden age| The fashion
    """
)
_LASTING = (
    "{it} lasted from the year {{c}}{{a}} to the year {{c}}{{b}}.",
    "{it} lasted from {{c}}{{a}} to {{c}}{{b}}.",
    "{it} lasted from {{c}}{{a}} until {{c}}{{b}}.",
    "{it} went on from {{c}}{{a}} to {{c}}{{b}}.",
    "{it} started in {{c}}{{a}} and ended in {{c}}{{b}}.",
    "{it} began in {{c}}{{a}} and was over in {{c}}{{b}}.",
    "{it} continued from the year {{c}}{{a}} until the year {{c}}{{b}}.",
    "From {{c}}{{a}} to {{c}}{{b}} there was nothing but this: {low}.",
    "{it} ({{c}}{{a}}-{{c}}{{b}})",
    "Between {{c}}{{a}} and {{c}}{{b}} everybody talked about {low}.",
)
HELD_OUT_SPANS = (
    "The festival ran from the year {c}{a} to the year {c}{b}.",
    "The voyage took from the year {c}{a} to the year {c}{b}.",
    "They were friends from {c}{a} to {c}{b}.",
    "The tower was built from {c}{a} until {c}{b}.",
)
CENTURIES = ("11", "12", "13", "14", "15", "16", "17", "18", "19")

_NEIGHBOURS = (
    "After {a} comes {b}.",
    "{b} comes after {a}.",
    "{a} comes before {b}.",
    "Before {b} comes {a}.",
    "What comes after {a}? {b}.",
    "What comes before {b}? {a}.",
)
_DAY_NEIGHBOURS = (
    "The day after {a} is {b}.",
    "The day before {b} is {a}.",
    "If today is {a}, then tomorrow is {b}.",
    "If today is {b}, then yesterday was {a}.",
    "Today is {a}. Tomorrow will be {b}.",
    "Yesterday was {a}, so today is {b}.",
    "After {a} we meet again on {b}.",
    "It is {a} today and {b} tomorrow.",
)


def _held_out_start(start: int) -> bool:
    """No list of training begins here."""
    return start % 5 == 3


def _start(rng: Random, held_out: bool, below: int) -> int:
    start = rng.randrange(below)
    while _held_out_start(start) is not held_out:
        start = rng.randrange(below)
    return start


def _numbers(rng: Random, held_out: bool, length: int) -> tuple[str, list[str]]:
    """A run of digits: upwards by 1, 2, 5 or 10, or downwards by 1, 2 or 10."""
    step = rng.choice((1, 1, 1, 2, 5, 10, -1, -1, -2, -10))
    room = length * abs(step)
    low = _start(rng, held_out, 100 if abs(step) == 1 else 50)
    if step == 5 and rng.random() < 0.7:
        low -= low % 5
    if abs(step) == 10 and rng.random() < 0.7:
        low -= low % 10
    first = low if step > 0 else low + room
    # Rounding and counting down move the first number: what is held out is decided by the number itself.
    while _held_out_start(first // abs(step)) is not held_out:
        first += abs(step)
    name = f"{'up' if step > 0 else 'down'} by {abs(step)}"
    return name, [str(first + index * step) for index in range(length)]


def _from(names: Sequence[str], start: int, length: int, cyclic: bool) -> list[str]:
    if cyclic:
        return [names[(start + index) % len(names)] for index in range(length)]
    return list(names[start : start + length])


def _sequence(rng: Random, held_out: bool, shortest: int, longest: int) -> tuple[str, list[str]]:
    """A group and a run of it; runs of training and of evaluation begin at different members."""
    length = rng.randint(shortest, longest)
    kind = rng.random()
    if kind < 0.5:
        return _numbers(rng, held_out, length)
    if kind < 0.65:
        names = NUMBER_WORDS if rng.random() < 0.8 else tuple(word.capitalize() for word in NUMBER_WORDS)
        start = _start(rng, held_out, len(names) - longest)
        if start < 60 and not held_out and rng.random() < 0.2:
            return "words down", _from(names, start, length, cyclic=False)[::-1]
        return "words", _from(names, start, length, cyclic=False)
    if kind < 0.8:
        letters = ascii_uppercase if rng.random() < 0.6 else ascii_lowercase
        return "letters", _from(letters, _start(rng, held_out, len(letters) - longest), length, cyclic=False)
    if kind < 0.9:
        return "days", _from(DAYS, _start(rng, held_out, len(DAYS)), length, cyclic=True)
    return "months", _from(MONTHS, _start(rng, held_out, len(MONTHS)), length, cyclic=True)


def _by_step(rng: Random, length: int) -> list[str]:
    """Steps and sizes beyond those of `_numbers`: by 3, 4, 20, 25, 100 or 1000, years, even and odd, doubled."""
    kind = rng.random()
    if kind < 0.2:
        first = rng.choice((1, 2, 3, 5, 10))
        return [str(first * 2**index) for index in range(min(length, 10))]
    if kind < 0.5:
        year, step = rng.randrange(1000, 2030), rng.choice((1, 1, 1, 2, 4, 5, 10))
        return [str(year + index * step) for index in range(length)]
    step = rng.choice((1, 1, 2, 3, 4, 20, 25, 50, 100, 1000, -1, -3, -5, -100))
    first = rng.randrange(120, 400) if abs(step) < 3 else abs(step) * rng.randrange(1, 10)
    first += length * abs(step) if step < 0 else 0
    return [str(first + index * step) for index in range(length)]


def _named(rng: Random, length: int) -> list[str]:
    """Days, months, seasons, ordinals and other orders, forwards or back, round the year if they go round."""
    if rng.random() < 0.6:
        names = rng.choice(_CYCLES)
        while _held_out_start(start := rng.randrange(len(names))):
            pass
        items = _from(names, start, length, cyclic=True)
        if rng.random() < 0.35:
            # Counting back from a start that is no held-out one.
            items = [names[(start - index) % len(names)] for index in range(length)]
    else:
        names = rng.choice(_ORDERS)
        items = _from(names, rng.choice((0, rng.randrange(len(names) - 2))), length, cyclic=False)
        if rng.random() < 0.15:
            items.reverse()
    return _cased(rng, items)


def _cased(rng: Random, items: list[str]) -> list[str]:
    """As written, or all in capitals, in small letters, or with a capital each."""
    kind = rng.random()
    if kind < 0.75:
        return items
    return [item.lower() if kind < 0.85 else item.upper() if kind < 0.9 else _capitalised(item) for item in items]


def _letters(rng: Random, length: int) -> list[str]:
    """The alphabet backwards, every second letter, pairs of letters, or a letter with a number."""
    letters = ascii_uppercase if rng.random() < 0.6 else ascii_lowercase
    length = min(length, 12)
    kind = rng.random()
    if kind < 0.3:
        start = rng.randrange(length, 26)
        return [letters[start - index] for index in range(length)]
    if kind < 0.5:
        start = rng.randrange(26 - 2 * length) if length < 13 else 0
        return [letters[start + 2 * index] for index in range(length)]
    start = rng.randrange(26 - length)
    run = letters[start : start + length]
    if kind < 0.7:
        first = rng.choice((1, 1, start + 1, rng.randrange(20)))
        return [f"{letter}{first + index}" for index, letter in enumerate(run)]
    if kind < 0.85:
        return [letter * 2 for letter in run]
    return [f"{upper}{lower}" for upper, lower in zip(run.upper(), run.lower(), strict=True)]


def _worded(rng: Random, length: int) -> list[str]:
    """Number words by twos, threes, fives or tens, up or down, from anywhere."""
    step = rng.choice((2, 2, 3, 4, 5, 5, 10, 10, -1, -1, -1, -2, -5, -10))
    length = min(length, 99 // abs(step))
    room = abs(step) * (length - 1)
    first = rng.randrange(100 - room)
    if rng.random() < 0.6:
        first -= first % abs(step)
    if step == -1:
        # Down by one to zero or from anywhere.
        first = 0 if rng.random() < 0.4 else first
    words = [NUMBER_WORDS[first + at * abs(step)] for at in range(length)]
    return words if step > 0 else words[::-1]


def _named_titled(rng: Random, length: int) -> str:
    """A sequence with a name, under that name: `Months of the year backwards: December, November, October`."""
    name, names, cyclic = rng.choice(_NAMED)
    if cyclic:
        while _held_out_start(start := rng.randrange(len(names)) if rng.random() < 0.5 else 0):
            pass
    else:
        start = 0 if rng.random() < 0.7 else rng.randrange(max(len(names) - 3, 1))
        start -= _held_out_start(start)
    items = _from(names, start, min(length, len(names)), cyclic)
    if rng.random() < 0.35:
        items = list(names[::-1][:length]) if rng.random() < 0.5 else items[::-1]
        label = rng.choice(_BACKWARDS).format(n=name)
    else:
        label = rng.choice(_DIRECTED).format(n=name)
        if start and rng.random() < 0.5:
            label = f"{name} from {names[start]}"
    return _titled(rng, label, items)


def _counted_titled(rng: Random, length: int) -> str:
    """Digits or words under the rule they follow: `Counting by fives: 5, 10, 15`."""
    step, rule = rng.choice(_RULES)
    size = abs(step)
    first = rng.choice((size, size, 0, size * rng.randrange(1, 9)))
    if rule == "odd numbers":
        first = 1 + 2 * rng.randrange(20)
    while _held_out_start((first if step > 0 else first + (length - 1) * size) // size):
        first += size
    numbers = [first + at * size for at in range(length)]
    if step < 0:
        numbers = numbers[::-1]
    worded = max(numbers) < 100 and rng.random() < 0.3
    items = [NUMBER_WORDS[number] for number in numbers] if worded else [str(number) for number in numbers]
    label = rule.format(first=items[0], last=items[-1])
    return _titled(rng, label, items)


def _titled(rng: Random, label: str, items: list[str]) -> str:
    separator = rng.choice(_SEPARATORS)
    singular = any(word in label for word in ("count", "table", "alphabet", "every"))
    style = rng.choice(_TITLES[:_TITLES_OF_ONE] if singular else _TITLES)
    run = separator.join(items)
    if separator == ", " and rng.random() < 0.3:
        run = f"{', '.join(items[:-1])} and {items[-1]}."
    title = style.format(t=_capitalised(label) if rng.random() < 0.8 else label, l=label)
    return f"{title}{_capitalised(run) if title.endswith(('? ', '. ')) else run}"


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _attached(rng: Random, length: int) -> str:
    """An order in which each member brings something along: `Monday: soup, Tuesday: rice, Wednesday: fish`."""
    names = _some(rng, length)
    frame = rng.choice(_CARRIED)
    pool = rng.choice((FOODS, THINGS_TO_DO, COLORS, WORDS, FIRST_NAMES))
    extras = rng.sample(pool, min(len(names), len(pool)))
    told = [frame.format(m=name, e=extra) for name, extra in zip(names, extras, strict=False)]
    return rng.choice((", ", "\n", "\n", "; ", ". ", " ")).join(told)


def _chained(rng: Random, length: int) -> str:
    """`Monday comes before Tuesday, Tuesday comes before Wednesday`"""
    if rng.random() < 0.6:
        cycle = rng.choice(_CYCLES)
        names = _from(cycle, rng.randrange(len(cycle)), min(length, 8), cyclic=True)
    else:
        names = _from(rng.choice((NUMBER_WORDS, NUMBERS, _ORDINALS)), rng.randrange(26), length, cyclic=False)
    frame = rng.choice(_LINKS)
    told = [frame.format(a=a, b=b) for a, b in pairwise(names)]
    return rng.choice((", ", "; ", "\n", ", and ", ". ")).join(told)


def _doubled(rng: Random, length: int) -> str:
    """Two orders side by side: `1 one, 2 two, 3 three`, `a: I, b: II`."""
    one, two = rng.sample(_SIDES, 2)
    first = rng.choice((0, 0, rng.randrange(8)))
    length = min(length, len(one) - first, len(two) - first)
    frame = rng.choice(_BESIDE)
    told = [frame.format(a=one[at], b=two[at]) for at in range(first, first + length)]
    return rng.choice((", ", "\n", "\n", " ", "; ")).join(told)


def _for_letters(rng: Random, length: int) -> str:
    """`A is for apple, B is for bear`: letters in order, each with a word that begins with it."""
    start = rng.choice((0, 0, rng.randrange(20)))
    frame = rng.choice(_WITH_WORD)
    letters = [letter for letter in ascii_uppercase[start : start + length] if letter.lower() in _BY_LETTER]
    told = [frame.format(a=letter, w=rng.choice(_BY_LETTER[letter.lower()])) for letter in letters]
    return rng.choice((", ", "\n", "; ", ". ", " ")).join(told)


def _some(rng: Random, length: int) -> list[str]:
    """Some order, from anywhere that is not held out."""
    kind = rng.random()
    if kind < 0.45:
        return _named(rng, min(length, 7))
    if kind < 0.6:
        return _worded(rng, length)
    _, names = _sequence(rng, held_out=False, shortest=3, longest=12)
    return names


_TELLERS = (_named_titled,) * 4 + (_counted_titled,) * 4 + (_attached, _chained, _doubled) * 2 + (_for_letters,)


def _told(rng: Random) -> str:
    """Sequences with a name, a rule, a burden or a partner."""
    return rng.choice(_TELLERS)(rng, rng.randint(3, 12))


def _labelled(rng: Random, length: int) -> list[str]:
    """`Day 1, Day 2, Day 3`"""
    before, after = rng.choice(_LABELS)
    if after in _BOUNDS:
        names = [f"{number}{after}" for number in _BOUNDS[after]]
        return names[rng.randrange(len(names) - 3) :][:length]
    step = rng.choice((1, 1, 1, 1, 2, 5, 10))
    first = step if rng.random() < 0.5 else step * rng.randrange(2, 12)
    if before and step == 1 and rng.random() < 0.2:
        return [f"{before}{word}" for word in NUMBER_WORDS[1 : length + 1]]
    return [f"{before}{first + index * step}{after}" for index in range(length)]


def _run(rng: Random) -> str:
    kind = rng.random()
    length = rng.randint(3, 14)
    if kind < 0.5:
        _, names = _sequence(rng, held_out=False, shortest=3, longest=14)
    elif kind < 0.57:
        names = _by_step(rng, length)
    elif kind < 0.64:
        names = _cased(rng, _worded(rng, length))
    elif kind < 0.84:
        names = _named(rng, length)
    elif kind < 0.92:
        names = _letters(rng, length)
    else:
        names = _labelled(rng, length)
    return _framed(rng, names)


def _framed(rng: Random, names: list[str]) -> str:
    """As typed, or as somebody says it."""
    separator = rng.choice(_SEPARATORS)
    if rng.random() < 0.2:
        run = (separator if "\n" not in separator else ", ").join(names)
        return rng.choice(_FRAMES).format(run=run, name=rng.choice(FIRST_NAMES))
    leads = (*_LEADS, *_NUMBER_LEADS) if names[0][0].isdigit() else _LEADS
    lead = rng.choice(leads) if rng.random() < 0.25 else ""
    if separator == ", " and rng.random() < 0.15:
        return f"{lead}{', '.join(names[:-1])} and {names[-1]}."
    return f"{lead}{separator.join(names)}{rng.choice(('.', '', ', and so on.'))}"


def _numbered(rng: Random) -> str:
    """A numbered list of names, one below the other."""
    mark = rng.choice((". ", ") ", ": ", " - "))
    first = 1 if rng.random() < 0.8 else rng.choice((5, 10, 21))
    names = rng.sample(FIRST_NAMES, rng.randint(3, 9))
    return "\n".join(f"{first + index}{mark}{name}" for index, name in enumerate(names))


def _graded(rng: Random) -> str:
    """`big, bigger, biggest`, and in a sentence; `go, went, gone`."""
    separator = rng.choice((", ", ", ", " ", " - ", "\n", "; ", ", then "))
    if rng.random() < 0.2:
        return "\n".join(separator.replace("\n", ", ").join(row) for row in rng.sample(_TENSES, rng.randint(1, 5)))
    if rng.random() < 0.55:
        rows = [separator.replace("\n", ", ").join(row) for row in rng.sample(_GRADES, rng.randint(1, 6))]
        return rng.choice(("\n", ". ", "; ")).join(rows)
    a, b, c = rng.choice(_PERSONAL_GRADES)
    name, other, third = rng.sample(FIRST_NAMES, 3)
    return rng.choice(_GRADE_FRAMES).format(a=a, b=b, c=c, name=name, other=other, third=third)


def _span(rng: Random) -> str:
    a = rng.randrange(2, 98)
    b = rng.randrange(a + 1, 100)
    frame = rng.choice(_SPANS)
    if rng.random() < 0.7:
        it = rng.choice(_LASTED)
        frame = rng.choice(_LASTING).format(it=it, low=it[0].lower() + it[1:])
    return frame.format(c=rng.choice(CENTURIES), a=f"{a:02}", b=f"{b:02}")


def _neighbours(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.4:
        start = rng.randrange(len(DAYS))
        a, b = _from(DAYS, start, 2, cyclic=True)
        return rng.choice(_NEIGHBOURS + _DAY_NEIGHBOURS).format(a=a, b=b)
    if kind < 0.5:
        step = rng.choice((1, 1, 2, 10))
        return f"{(a := rng.randrange(100))} plus {step} is {a + step}."
    names = rng.choice((MONTHS, ascii_uppercase, NUMBER_WORDS, tuple(str(number) for number in range(100))))
    a, b = _from(names, rng.randrange(len(names) - 1), 2, cyclic=False)
    return rng.choice(_NEIGHBOURS).format(a=a, b=b)


_MAKERS = (
    (_run,) * 13 + (_told,) * 9 + (comparisons.sentence,) * 6 + (_span,) * 4 + (_neighbours, _graded) * 2 + (_numbered,)
)


def sentence(rng: Random) -> str:
    return rng.choice(_MAKERS)(rng)


def held_out(rng: Random, count: int) -> list[Item]:
    """Half continue a list, three in ten are greater-than years, the rest compare two numbers."""
    return [_held_out_item(rng) for _ in range(count)]


def _held_out_item(rng: Random) -> Item:
    kind = rng.random()
    if kind < 0.5:
        group, names = _sequence(rng, held_out=True, shortest=5, longest=9)
        return Item("lists", ", ".join(names[:-1]) + ",", (names[-1],), group=group)
    if kind < 0.8:
        a = rng.randrange(2, 98)
        before = rng.choice(HELD_OUT_SPANS).partition("{b}")[0]
        later = tuple(f"{year:02}" for year in range(a + 1, 100))
        return Item("lists", before.format(c=rng.choice(CENTURIES), a=f"{a:02}"), later, group="greater than")
    less, more = comparisons.pair(rng, held_out=True)
    x, y = (less, more) if rng.random() < 0.5 else (more, less)
    prompt, answer = (text.format(less=less, more=more, x=x, y=y) for text in rng.choice(comparisons.QUESTIONS))
    return Item("lists", prompt, (answer,), group="comparison")
