"""Instructions whose arguments are an open set, asked in compositional ways: training only.

A word to repeat is one of a thousand, a phrase put together, or syllables that make no word, so that the
model has to copy; a request is an imperative or a question in one of dozens of ways to ask, with or without
a sentence before or after it. Words, topics, number ranges and frames that are kept out of training
(`instruction_tables`) are drawn again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import chain

from microscope.bundled.corpus import instruction_tables as kept
from microscope.bundled.corpus import open_instruction_tables as tables
from microscope.bundled.corpus.as_typed import as_typed, same_words
from microscope.bundled.corpus.fact_grammar import draw
from microscope.bundled.corpus.instructions import Exchange, a, joined
from microscope.bundled.corpus.small_talk_tables import NAMES, NAMES_KEPT_OUT
from microscope.bundled.corpus.story_topics import NOUNS as STORY_NOUNS
from microscope.bundled.corpus.story_topics import plural


def _pattern(frame: str) -> str:
    """Matches what is asked in `frame`, in `same_words`; `I would like you to` is no request for two things."""
    words = same_words(frame.replace("{}", "slot")).replace("slot", r"\S+")
    return rf"\b{words}$" if frame in kept.SOME_OF_KEPT_OUT else rf"\b{words}"


FRAME_KEPT_OUT = re.compile("|".join(map(_pattern, kept.FRAMES_KEPT_OUT)))
NOT_SAID = frozenset((*kept.WORDS_KEPT_OUT, *kept.MEMBERSHIP_KEPT_OUT, *kept.TOPICS_KEPT_OUT))
VOCABULARY = tuple(
    sorted(set(chain(kept.WORDS, tables.PLAIN_WORDS, STORY_NOUNS, *(group.members for group in tables.OPEN_GROUPS))))
)
SHORT_WORDS = tuple(word for word in VOCABULARY if word.isalpha() and word.islower() and len(word) <= 6)
NOUNS = tuple(sorted({word for group in tables.OPEN_GROUPS if group.counted for word in group.members}))


# The plurals of fishes are disputed.
COUNTED = tuple(
    sorted(
        {word for group in tables.OPEN_GROUPS if group.counted and group.singular != "fish" for word in group.members}
    )
)


def asked(rng: random.Random, imperative: str, *arguments: str) -> str:
    """A request for what the imperative says, its `{0}`, `{1}` filled in as given, however the rest is typed."""
    return _worded(rng, tables.WAYS, imperative, arguments)


def questioned(rng: random.Random, question: str, *arguments: str) -> str:
    """The same for a question without its mark."""
    return _worded(rng, tables.QUESTION_WAYS, question, arguments)


def _worded(rng: random.Random, ways: tuple[str, ...], core: str, arguments: tuple[str, ...]) -> str:
    while True:
        text = rng.choice(ways).replace("{}", core)
        if rng.random() < 0.14:
            text = f"{rng.choice(tables.BEFORE)} {_sentence_case(text)}"
        if rng.random() < 0.06:
            text = f"{text} {rng.choice(tables.AFTER)}"
        turn = as_typed(rng, _sentence_case(text)).format(*arguments)
        if not FRAME_KEPT_OUT.search(same_words(turn)):
            return turn


def _sentence_case(text: str) -> str:
    return text[0].upper() + text[1:]


def name(rng: random.Random) -> str:
    """A common name, or one made of syllables."""
    while True:
        chosen = rng.choice(NAMES) if rng.random() < 0.5 else made_up(rng).capitalize()
        if chosen not in NAMES_KEPT_OUT:
            return chosen


def made_up(rng: random.Random) -> str:
    """Two or three syllables that make no word, such as `tranoo`."""
    syllables = (rng.choice(tables.ONSETS) + rng.choice(tables.NUCLEI) for _ in range(rng.choice((2, 2, 3))))
    return "".join(syllables) + rng.choice(tables.CODAS)


def word(rng: random.Random) -> str:
    while True:
        chosen = made_up(rng) if rng.random() < 0.22 else rng.choice(VOCABULARY)
        if NOT_SAID.isdisjoint(chosen.split()):
            return chosen


def phrase(rng: random.Random) -> str:
    """Two to eight words: thrown together, or a small sentence."""
    while True:
        chosen = rng.choice(PHRASES)(rng)
        if NOT_SAID.isdisjoint(chosen.lower().split()) and chosen not in kept.PHRASES_KEPT_OUT:
            return chosen


def _one_of(rng: random.Random, words: tuple[str, ...]) -> str:
    return rng.choice(words)


PHRASES: tuple[Callable[[random.Random], str], ...] = (
    lambda rng: " ".join(word(rng) for _ in range(rng.randint(2, 5))),
    lambda rng: f"{word(rng)} {word(rng)}",
    lambda rng: f"{word(rng)} and {word(rng)}",
    lambda rng: f"the {_one_of(rng, tables.ADJECTIVES)} {_one_of(rng, NOUNS)} {_one_of(rng, tables.DOINGS)}",
    lambda rng: f"my {_one_of(rng, NOUNS)} {_one_of(rng, tables.DOINGS)}",
    lambda rng: f"{_one_of(rng, tables.ADJECTIVES)} {_one_of(rng, NOUNS)}",
    lambda rng: f"I see {a(_one_of(rng, tables.ADJECTIVES))} {_one_of(rng, NOUNS)}",
    lambda rng: f"{name(rng)} {_one_of(rng, tables.DOINGS)}",
    lambda rng: f"{name(rng)} likes {word(rng)}",
    lambda rng: f"I like {word(rng)} and {word(rng)}",
    lambda rng: " ".join(str(rng.randint(0, 99)) for _ in range(rng.randint(2, 5))),
    lambda rng: rng.choice(kept.PHRASES),
)


# Kinds of instruction: each makes one exchange.


def _say(rng: random.Random) -> Exchange:
    if rng.random() < 0.08:
        said = phrase(rng) if rng.random() < 0.5 else word(rng)
        return Exchange(as_typed(rng, draw(rng, rng.choice(tables.SAY_WHOLE))).format(said), said)
    if rng.random() < 0.45:
        said = name(rng) if rng.random() < 0.1 else word(rng)
        patterns = tables.SAY_WORD_PATTERNS if rng.random() < 0.4 else tables.SAY_PATTERNS
        return Exchange(asked(rng, _copying(rng, tables.SAY_ONE, patterns), said), said)
    said = phrase(rng)
    return Exchange(asked(rng, _copying(rng, tables.SAY_MANY, tables.SAY_PATTERNS), said), said)


def _copying(rng: random.Random, frames: tuple[str, ...], patterns: tuple[str, ...]) -> str:
    return rng.choice(frames) if rng.random() < 0.5 else draw(rng, rng.choice(patterns))


def _times(rng: random.Random) -> Exchange:
    times = rng.choice((2, 2, 3, 3, 4, 5))
    said = word(rng)
    user = asked(rng, rng.choice(tables.SAY_TIMES), said, rng.choice(tables.TIMES[times]))
    return Exchange(user, " ".join([said] * times))


def _both(rng: random.Random) -> Exchange:
    frame = rng.choice(tables.SAY_BOTH)
    first, second = word(rng), word(rng)
    return Exchange(asked(rng, frame, first, second), f"{first} {second}")


def _which_word(rng: random.Random) -> Exchange:
    said = phrase(rng)
    words = said.split()
    order = rng.choice(("first", "first", "last", "last", "second"))
    answer = {"first": words[0], "last": words[-1], "second": words[1]}[order]
    if rng.random() < 0.5:
        return Exchange(asked(rng, rng.choice(tables.TELL_WORD), said, order), answer)
    return Exchange(questioned(rng, rng.choice(tables.WHICH_WORD), said, order), answer)


def _backwards(rng: random.Random) -> Exchange:
    words = [word(rng) for _ in range(rng.choice((2, 3, 3)))]
    return Exchange(asked(rng, rng.choice(tables.BACKWARDS), " ".join(words)), " ".join(" ".join(words).split()[::-1]))


def _how_many(rng: random.Random) -> Exchange:
    said = phrase(rng)
    count = len(said.split())
    number = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")[count]
    return Exchange(questioned(rng, rng.choice(tables.HOW_MANY), said), f"There are {number} words.")


def _spell(rng: random.Random) -> Exchange:
    said = _short_word(rng)
    return Exchange(asked(rng, rng.choice(tables.SPELL), said), "-".join(said))


def _short_word(rng: random.Random) -> str:
    """One of a hundred easy words, or any short one."""
    while True:
        said = rng.choice(tables.SPELLED if rng.random() < 0.5 else SHORT_WORDS)
        if said not in NOT_SAID:
            return said


def _letter(rng: random.Random) -> Exchange:
    said = _short_word(rng)
    if rng.random() < 0.6:
        user = questioned(rng, rng.choice(tables.FIRST_LETTER), said)
        return Exchange(user, f"The first letter of {said} is {said[0]}.")
    return Exchange(questioned(rng, rng.choice(tables.LAST_LETTER), said), f"The last letter of {said} is {said[-1]}.")


def _plural(rng: random.Random) -> Exchange:
    noun = rng.choice(COUNTED)
    return Exchange(asked(rng, rng.choice(tables.MAKE_PLURAL), noun), f"The plural of {noun} is {plural(noun)}.")


def _capitals(rng: random.Random) -> Exchange:
    said = _short_word(rng)
    if rng.random() < 0.15:
        return Exchange(asked(rng, rng.choice(tables.LOWER), said.upper()), said)
    return Exchange(asked(rng, rng.choice(tables.CAPITALS), said), said.upper())


def _sum(rng: random.Random) -> Exchange:
    """Small sums in figures or words; the pairs that `instructions` keeps out are drawn again."""
    while True:
        one, other = rng.randint(1, 10), rng.randint(1, 10)
        if (one + 3 * other) % 9 != 0 and (other + 3 * one) % 9 != 0:
            break
    whole = one + other

    def show(number: int) -> str:
        return tables.NUMBER_WORDS[number] if spelt else str(number)

    spelt = rng.random() < 0.25
    if rng.random() < 0.65:
        shown, reply = (show(one), show(other)), f"{one} plus {other} is {whole}."
        if rng.random() < 0.7:
            return Exchange(questioned(rng, rng.choice(tables.ADDED), *shown), reply)
        return Exchange(asked(rng, rng.choice(tables.ADD), *shown), reply)
    shown, reply = (show(whole), show(other)), f"{whole} minus {other} is {one}."
    if rng.random() < 0.7:
        return Exchange(questioned(rng, rng.choice(tables.TAKEN), *shown), reply)
    return Exchange(asked(rng, rng.choice(tables.TAKE), *shown), reply)


def _opposite(rng: random.Random) -> Exchange:
    said, opposite = rng.choice(list(tables.OPPOSITES.items()))
    if rng.random() < 0.5:
        user = asked(rng, rng.choice(tables.TELL_OPPOSITE), said)
    else:
        user = questioned(rng, rng.choice(tables.OPPOSITE_OF), said)
    return Exchange(user, f"The opposite of {said} is {opposite}.")


def _count(rng: random.Random) -> Exchange:
    while True:
        down = rng.random() < 0.25
        first = rng.choice((1, 1, rng.randint(0, 30)))
        last = first + rng.randint(2, 11)
        # The remainder that marks the ranges kept out, as in `instructions`.
        if (3 * first + last) % 8 == 1:
            continue
        if down:
            user = asked(rng, rng.choice(tables.COUNT_DOWN), str(last), str(first))
            return Exchange(user, ", ".join(map(str, range(last, first - 1, -1))))
        frames = tables.COUNT_TO if first == 1 else [frame for frame in tables.COUNT_TO if "{0}" in frame]
        shown = [str(first), str(last)]
        if last <= 20 and rng.random() < 0.3:
            shown = [tables.NUMBER_WORDS[first], tables.NUMBER_WORDS[last]]
        user = asked(rng, rng.choice(frames), *shown)
        return Exchange(user, ", ".join(map(str, range(first, last + 1))))


def _name_some(rng: random.Random) -> Exchange:
    group = rng.choice(tables.OPEN_GROUPS)
    number = rng.choice((2, 3, 3, 3, 4, 5))
    shown = rng.choice((kept.COUNTS[number], str(number)))
    user = asked(rng, rng.choice(tables.NAME_SOME), shown, group.plural)
    return Exchange(user, joined(rng.sample(group.members, number)) + ".")


def _name_one(rng: random.Random) -> Exchange:
    group = rng.choice(tables.OPEN_GROUPS)
    user = asked(rng, rng.choice(tables.NAME_ONE), a(group.singular))
    return Exchange(user, _sentence_case(rng.choice(group.members)) + ".")


def _belongs(rng: random.Random) -> Exchange:
    group, other = rng.sample(CLEAR_GROUPS, 2)
    thing = rng.choice(group.members)
    shown = a(thing) if group.counted else thing
    kind, wrong = a(group.singular), a(other.singular)
    match rng.randrange(4):
        case 0:
            user = questioned(rng, "is {0} {1}", shown, kind)
            return Exchange(user, f"Yes, {shown} is {kind}.")
        case 1:
            user = questioned(rng, "is {0} {1}", shown, wrong)
            return Exchange(user, f"No, {shown} is {kind}.")
        case 2:
            pair = rng.sample((kind, wrong), 2)
            user = questioned(rng, "is {0} {1} or {2}", shown, *pair)
        case _:
            user = questioned(rng, "what kind of thing is {0}", shown)
    return Exchange(user, f"{_sentence_case(shown)} is {kind}.")


CLEAR_GROUPS = tuple(
    group
    for group in tables.OPEN_GROUPS
    if group.singular in ("animal", "insect", "tree", "flower", "fruit", "vegetable", "vehicle", "instrument", "sport",
                          "part of the body", "country", "language", "metal", "shape", "piece of furniture")
)  # fmt: skip


def _odd_one(rng: random.Random) -> Exchange:
    group, other = rng.sample([group for group in CLEAR_GROUPS if group.counted], 2)
    odd = rng.choice(other.members)
    shown = [*rng.sample(group.members, 2), odd]
    rng.shuffle(shown)
    question = rng.choice(("which is not {0}: {1}", "which one is not {0}: {1}", "what is not {0}: {1}"))
    user = questioned(rng, question, a(group.singular), ", ".join(shown[:2]) + f" or {shown[2]}")
    return Exchange(user, f"{_sentence_case(a(odd))} is not {a(group.singular)}.")


def _not_belonging(rng: random.Random) -> Exchange:
    """Two to four of one kind and one of another."""
    group, other = rng.sample(CLEAR_GROUPS, 2)
    odd = rng.choice(other.members)
    shown = [*rng.sample([member for member in group.members if member != odd], rng.choice((2, 3, 3, 4))), odd]
    rng.shuffle(shown)
    reply = f"{_sentence_case(odd)} does not belong."
    if rng.random() < 0.6:
        return Exchange(questioned(rng, rng.choice(tables.NOT_BELONGING), _listed(rng, shown)), reply)
    return Exchange(asked(rng, rng.choice(tables.FIND_ODD), _listed(rng, shown)), reply)


def _which_is(rng: random.Random) -> Exchange:
    """One of a kind among two or three things of other kinds."""
    group, *others = rng.sample([group for group in CLEAR_GROUPS if group.counted], rng.choice((3, 3, 4)))
    one = rng.choice(group.members)
    shown = [one, *(rng.choice(other.members) for other in others)]
    rng.shuffle(shown)
    reply = f"{_sentence_case(a(one))} is {a(group.singular)}."
    if rng.random() < 0.6:
        return Exchange(questioned(rng, rng.choice(tables.WHICH_IS), a(group.singular), _listed(rng, shown)), reply)
    return Exchange(asked(rng, rng.choice(tables.FIND_KIND), group.singular, _listed(rng, shown)), reply)


def _listed(rng: random.Random, words: list[str]) -> str:
    return (
        rng.choice((", ", ", ", ", ", " ", " - ", "; ", "/")).join(words)
        if rng.random() < 0.7
        else (f"{', '.join(words[:-1])} or {words[-1]}")
    )


def _next_to(rng: random.Random) -> Exchange:
    series = rng.choice((tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), tuple(map(str, range(31, 120))), kept.SEASONS))
    at = rng.randrange(1, len(series) - 1)
    what = {"A": "letter", "31": "number"}.get(series[0], "season")
    after = rng.random() < 0.7
    question = rng.choice(("which {1} comes {2} {0}", "what comes {2} {0}", "what {1} comes {2} {0}"))
    user = questioned(rng, question, series[at], what, "after" if after else "before")
    answer = f"{series[at + 1]} comes after {series[at]}." if after else f"{series[at - 1]} comes before {series[at]}."
    return Exchange(user, _sentence_case(answer))


def _bigger_number(rng: random.Random) -> Exchange:
    small, big = sorted(rng.sample(range(1, 100), 2))
    pair = rng.sample((str(small), str(big)), 2)
    if rng.random() < 0.6:
        user = questioned(rng, rng.choice(("which is bigger, {0} or {1}", "which number is bigger, {0} or {1}",
                                           "what is more, {0} or {1}")), *pair)  # fmt: skip
        return Exchange(user, f"{big} is bigger than {small}.")
    user = questioned(rng, rng.choice(("which is smaller, {0} or {1}", "which number is smaller, {0} or {1}",
                                       "what is less, {0} or {1}")), *pair)  # fmt: skip
    return Exchange(user, f"{small} is smaller than {big}.")


def _greet(rng: random.Random) -> Exchange:
    request, reply = rng.choice(list(tables.GREETED.items()))
    who = name(rng)
    return Exchange(asked(rng, request, who), reply.format(who))


def _choose(rng: random.Random) -> Exchange:
    match rng.randrange(3):
        case 0:
            last = rng.randint(5, 20)
            frame = rng.choice(("pick a number from {0} to {1}", "choose a number between {0} and {1}",
                                "say a number from {0} to {1}", "think of a number from {0} to {1}"))  # fmt: skip
            return Exchange(asked(rng, frame, "1", str(last)), str(rng.randint(2, last - 1)))
        case 1:
            pair = rng.sample(rng.choice(tables.OPEN_GROUPS).members, 2)
            return Exchange(asked(rng, rng.choice(tables.CHOOSE), *pair), f"I choose {rng.choice(pair)}.")
        case _:
            pair = rng.sample(rng.choice([group for group in tables.OPEN_GROUPS if not group.counted]).members, 2)
            user = questioned(rng, rng.choice(tables.PREFER), *pair)
            return Exchange(user, f"I like {rng.choice(pair)} better.")


def _note(rng: random.Random) -> Exchange:
    group = rng.choice(tables.OPEN_GROUPS)
    thing = rng.choice(group.members)
    about = rng.choice((a(thing), f"the {thing}")) if group.counted else thing
    return Exchange(asked(rng, rng.choice(tables.WRITE_NOTE), about, thing), group.note.format(thing))


def _poem(rng: random.Random) -> Exchange:
    thing = rng.choice(NOUNS)
    user = asked(rng, rng.choice(tables.WRITE_POEM), rng.choice((a(thing), f"the {thing}")))
    return Exchange(user, rng.choice(tables.POEMS).format(thing, a(thing)))


def _rhyme(rng: random.Random) -> Exchange:
    if rng.random() < 0.25:
        return _rhymes_or_not(rng)
    said, rhyme = rng.sample(rng.choice(tables.RHYME_SETS), 2)
    if rng.random() < 0.6:
        user = asked(rng, rng.choice(tables.FIND_RHYME), said)
    else:
        user = questioned(rng, rng.choice(tables.RHYME_WITH), said)
    return Exchange(user, f"{_sentence_case(rhyme)} rhymes with {said}.")


def _rhymes_or_not(rng: random.Random) -> Exchange:
    group, other = rng.sample(tables.RHYME_SETS, 2)
    said, rhyme = rng.sample(group, 2)
    if rng.random() < 0.5:
        user = questioned(rng, rng.choice(tables.DOES_RHYME), said, rhyme)
        return Exchange(user, f"Yes, {said} rhymes with {rhyme}.")
    stranger = rng.choice(other)
    ends = {each[-2:] for each in group}
    if stranger in group or stranger[-2:] in ends:
        return _rhymes_or_not(rng)
    user = questioned(rng, rng.choice(tables.DOES_RHYME), said, stranger)
    return Exchange(user, f"No, {said} does not rhyme with {stranger}.")


def _property(rng: random.Random) -> Exchange:
    quality, things = rng.choice(list(tables.PROPERTIES.items()))
    thing = rng.choice(things)
    start = rng.choice(("is {0} {1}", "is {0} {1}", "answer yes or no: is {0} {1}", "yes or no, is {0} {1}"))
    if rng.random() < 0.5:
        return Exchange(questioned(rng, start, thing, quality), f"Yes, {thing} is {quality}.")
    return Exchange(questioned(rng, start, thing, tables.OPPOSED[quality]), f"No, {thing} is {quality}.")


def _finish(rng: random.Random) -> Exchange:
    if rng.random() < 0.25:
        first = rng.randint(1, 40)
        numbers = ", ".join(str(first + at) for at in range(rng.randint(3, 5)))
        last = int(numbers.rsplit(", ", 1)[1])
        frame = rng.choice(("{0}, what comes next", "what comes next: {0}", "which number is next: {0}"))
        return Exchange(questioned(rng, frame, numbers), str(last + 1))
    beginning, end = rng.choice(list(tables.MORE_BEGINNINGS.items()))
    if rng.random() < 0.35:
        user = asked(rng, rng.choice(tables.BLANK), f"{beginning} {rng.choice(('___', '...', '_____'))}.")
        return Exchange(user, f"{beginning} {end}")
    shown = beginning + rng.choice(("", " ...", "..."))
    return Exchange(asked(rng, rng.choice(tables.MORE_FINISH), shown), f"{beginning} {end}")


def _short_list(rng: random.Random) -> Exchange:
    what, things = rng.choice(list(tables.MORE_LISTS.items()))
    return Exchange(asked(rng, rng.choice(tables.LIST_SOME), what), _sentence_case(things) + ".")


OpenInstruction = Callable[[random.Random], Exchange]
KINDS: tuple[OpenInstruction, ...] = (
    _say, _say, _say, _say, _say, _times, _times, _both, _which_word, _which_word, _backwards, _how_many, _spell,
    _say, _say, _sum, _sum, _sum, _letter, _plural, _not_belonging, _not_belonging, _which_is, _spell, _rhyme,
    _capitals, _opposite, _opposite, _count, _count, _name_some, _name_some, _name_some, _name_one, _belongs,
    _belongs, _odd_one, _next_to, _bigger_number, _greet, _choose, _note, _note, _note, _poem, _rhyme, _rhyme,
    _property, _finish, _finish, _short_list,
)  # fmt: skip


def instruction(rng: random.Random) -> Exchange:
    return rng.choice(KINDS)(rng)


# Instructions that lean on what was said before: two exchanges each.


def followed_up(rng: random.Random) -> list[Exchange]:
    """A request, then the same for another argument (`now banana`), or for the same answer again."""
    match rng.randrange(4):
        case 0:
            first = instruction(rng)
            return [first, Exchange(as_typed(rng, rng.choice(tables.SAY_AGAIN)), first.reply)]
        case 1:
            first, said = _say(rng), word(rng)
        case 2:
            said, opposite = rng.choice(list(tables.OPPOSITES.items()))
            return [_opposite(rng), Exchange(_and_now(rng, said), f"The opposite of {said} is {opposite}.")]
        case _:
            group, number = rng.choice(tables.OPEN_GROUPS), rng.choice((2, 3))
            what = f"{kept.COUNTS[number]} {group.plural}"
            return [_name_some(rng), Exchange(_and_now(rng, what), joined(rng.sample(group.members, number)) + ".")]
    return [first, Exchange(_and_now(rng, said), said)]


def _and_now(rng: random.Random, argument: str) -> str:
    while True:
        turn = as_typed(rng, _sentence_case(rng.choice(tables.FOLLOW_UPS))).format(argument)
        if not FRAME_KEPT_OUT.search(same_words(turn)):
            return turn
