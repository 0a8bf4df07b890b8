"""What is told twice, as people and programs set it down.

A text is composed of independent choices: what is repeated (a list, records, lines) x how its parts are joined,
bracketed and numbered x under which heading x what stands between the copies x how much of the last copy is there.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from microscope.bundled.corpus.in_context_words import phrases, split
from microscope.bundled.corpus.repeat_items import (
    ALL_NAMES,
    KEYS,
    KINDS,
    LENGTHS,
    VALUES,
    WORDS,
    code_line,
    digits,
    distinct,
    sentence,
    symbol,
    with_articles,
)

_SEPARATORS = (
    *(" ", ", ") * 6,
    *("\n",) * 6,
    *phrases("-|/|;|:|.|_|+|->|=>|&|and|then|or|\\|"),
)
"""The marks stand alone, between spaces, or before one."""
_BRACKETS = (
    *(("", ""),) * 14,
    *(tuple(pair.split()) for pair in phrases("( )|[ ]|{ }|< >|\" \"|' '|* *|` `|-- --|** **|// //|=> .|: ;")),
)
_BULLETS = phrases("-|*|+|>|o|#|--|[ ]|=>|~")
_NUMBERINGS = ("{n}. ", "{n}) ", "({n}) ", "{n}: ", "{n} - ", "{n} ", "#{n} ", "No. {n}: ", "[{n}] ", "Line {n}: ")

_HEADED = split("""
    list names words order row line set pattern sequence input data inventory menu team verse series log notes record
    stock crew players message signal string queue route stops steps tune values keys tags labels items parts rules
    scores code table text shopping guests animals signs answers numbers orders group box page section block memo draft
    program file note plan schedule results rooms cards basket register index table""")
_HEADINGS = (
    "{h}: ", "{h}: ", "{h}:\n", "{h}:\n", "# {h}\n", "## {h}\n", "== {h} ==\n", "[{h}]\n", "[{h}] ", "{h} = ",
    "{h} - ", "({h}) ", "{h}\n", "{h}\n\n", "**{h}**\n", "{h} -> ", "<{h}> ", "{h}> ", "{h}\n---\n", "{h} | ",
)  # fmt: skip
# The heading of the first copy and of the next.
_HEADED_AGAIN = (
    *(("{h}", "{h}"),) * 6,
    *(("{h}", "{h} again"), ("{h} 1", "{h} 2"), ("{h}", "copy")) * 2,
    *(("first {h}", "second {h}"), ("my {h}", "your {h}"), ("the {h}", "the same {h}"), ("{h} A", "{h} B")),
    *(("old {h}", "new {h}"), ("{h}", "once more"), ("{h}", "{h} (again)"), ("{h}", "repeat"), ("{h}", "same")),
    *(("{h}, part one", "{h}, part two"), ("today's {h}", "tomorrow's {h}"), ("left", "right"), ("in", "out")),
    *(("question", "answer"), ("{h} to learn", "{h} by heart"), ("said", "heard"), ("", "{h}"), ("{h}", "")),
)

_SPEAKERS = phrases(
    "I| she| he| they| we| the teacher| the class| my sister| the old man| the parrot| a voice| the radio| the captain"
)
_SAID = split("said wrote read sang whispered noted shouted typed dictated called spelled recited printed")
_SAID_AGAIN = phrases(
    """
    repeated| said again| copied| echoed| wrote the same| answered| read it back| remembered| whispered the same words|
    said it once more| also wrote| heard| sang after that
    """
)
_SAYINGS = (
    "{a} {said}: {text}{end}{b} {again}: {text}",
    '{a} {said}, "{text}"{end}{b} {again}, "{text}"',
    '"{text}" {a} {said}{end}"{text}" {b} {again}',
    "{A}: {text}\n{B}: {text}",
    "{A}: {text}\n{B}: What did you say?\n{A}: {text}",
    "{A}: {text}\n{B}: {text}\n{A}: {text}\n{B}: {text}",
    "({A}) {text}\n({B}) {text}",
    "<{A}> {text}\n<{B}> {text}",
)

_REMARKS = phrases(
    """
    Again.| Once more.| Wait a moment.| Where was I?| Let me see.| And now the same again.| Did you get that?|
    Now you.| I will say it again.| Here it is again.| Sorry, once more.| That was it.| Let us check it.|
    Read it back to me.| The same thing:| Yes, that is right.| Good.| Not so fast!| From the top.|
    One more time, please.| What was it? Ah yes.| Say it with me.| And so on.| Okay.| Two hours later.| Some time later:
    """
)
_RULES = ("---", "***", "...", "=====", "* * *", "-----", "~~~", "[...]", "//", ">>>")

_EQUALS = (
    *("{k}: {v}", "{k} = {v}", "{k} {v}", "{k}: {v}", "{k}={v}", "{k} -> {v}") * 4,
    *("{k} - {v}", "{k}:{v}", "{k} is {v}", "{k}, {v}", "{k} ({v})", "{k}\t{v}", "{k} | {v}", "{k} => {v}") * 2,
    "{k} [{v}]",
    "{k}/{v}",
    "{k}-{v}",
    "{k},{v}",
    "{k};{v}",
    "{k} ... {v}",
    "{k}..... {v}",
    "<{k}>{v}</{k}>",
    '"{k}": "{v}"',
    '"{k}": {v}',
    "'{k}': '{v}'",
    '{k}="{v}"',
    "({k}, {v})",
    "({k} {v})",
    "[{k}] {v}",
    "[{k}: {v}]",
    "{{{k}: {v}}}",
    "{k} means {v}",
    "{k} has {v}",
    "{k} gets {v}",
    "{k} got {v}",
    "{k} chose {v}",
    "{k} wrote {v}",
    "{k} said {v}",
    "{k} goes with {v}",
    "{k} stands for {v}",
    "{k} equals {v}",
    "{k} becomes {v}",
    "{k} turns into {v}",
    "{k} for {v}",
    "{k} and {v}",
    "{k} plus {v}",
    "{k} to {v}",
    "{k} at {v}",
    "{k} := {v}",
    "{k} == {v}",
    "{k} ~ {v}",
    "{k} > {v}",
    "{k} * {v}",
    "let {k} be {v}",
    "set {k} to {v}",
    "set {k} = {v}",
    "{k}'s number is {v}",
    "{k}'s word is {v}",
    "the code for {k} is {v}",
    "the word for {k} is {v}",
    "the price of {k} is {v}",
    "the number of {k} is {v}",
    "call {k} {v}",
    "{k} lives at {v}",
    "{k}? {v}!",
    "Q: {k} A: {v}",
    "Q: {k}\nA: {v}",
    "In: {k}\nOut: {v}",
    "name: {k}, value: {v}",
    "name={k} value={v}",
    "{k}\n{v}",
    "{k}:\n  {v}",
    "| {k} | {v} |",
    "put {v} next to {k}",
)
"""How a key and its value are set down; the value is what a second reading asks for."""
_PAIR_SEPARATORS = (
    *(", ", "\n") * 5,
    *("; ", ". ", " ") * 2,
    "\n\n",
    " | ",
    " / ",
    "\n- ",
    ",",
    ";",
    " and ",
    ", and ",
)
_ASKED = (
    "{k}?", "What is {k}?", "And {k}?", "Which one belongs to {k}?", "What about {k}?", "Now {k}.",
    "What goes with {k}?", "Tell me {k}.", "Look up {k}.", "{k} please.", "Do you know {k}?", "What was {k} again?",
    "Find {k}.", "get {k}",
)  # fmt: skip
_ANSWERED = (" {v}", " {v}.", " It is {v}.", "\n{v}", " -> {v}", " Answer: {v}", "\nAnswer: {v}", " {k}: {v}", " = {v}")

_CASES: tuple[Callable[[Random, str], str], ...] = (
    *(lambda _, text: text,) * 12,
    *(lambda _, text: text.lower(),) * 3,
    lambda _, text: text.upper(),
    lambda _, text: text[0].upper() + text[1:],
    lambda _, text: text.title(),
    lambda rng, text: rng.choice((text.upper(), text.lower(), text.title())),
    lambda rng, text: "".join(rng.choice((character.upper(), character.lower())) for character in text),
)  # fmt: skip
"""In which case an item stands; the same in every copy."""


_LONGEST = 160
"""Characters of a list, about: several copies of it stand in one document."""


def _join(rng: Random) -> str:
    mark = rng.choice(_SEPARATORS)
    if mark in (" ", ", ", "\n"):
        return mark
    return rng.choice((mark, f" {mark} ", f"{mark} ")) if not mark.isalpha() else f" {mark} "


def _items(rng: Random, count: int) -> list[str]:
    """Of one kind, or of two by turns, or of any; fewer where they are long."""
    style = rng.random()
    case = rng.choice(_CASES)
    if style < 0.7:
        items = [case(rng, item) for item in distinct(rng, rng.choice(KINDS), count)]
    else:
        kinds = rng.sample(KINDS, 2 if style < 0.85 else 8)
        items = [case(rng, kinds[index % len(kinds)](rng)) for index in range(count)]
    return items if sum(map(len, items)) <= _LONGEST else items[: rng.randint(3, 7)]


def _listed(rng: Random) -> str:
    items = _items(rng, rng.choice(LENGTHS))
    layout = rng.random()
    if layout < 0.12:
        bullet = rng.choice(_BULLETS)
        return "\n".join(f"{bullet} {item}" for item in items)
    if layout < 0.26:
        numbering, between = rng.choice(_NUMBERINGS), rng.choice(("\n", "\n", "\n", " ", ", ", "; "))
        return between.join(f"{numbering.format(n=at)}{item}" for at, item in enumerate(items, 1))
    if layout < 0.34:
        left, right = rng.choice(_BRACKETS)
        return _join(rng).join(f"{left}{item}{right}" for item in items)
    if layout < 0.42:
        return f"{', '.join(items[:-1])} and {items[-1]}"
    left, right = rng.choice(_BRACKETS)
    return f"{left}{_join(rng).join(items)}{right}"


def _records(rng: Random) -> str:
    """Lines with two to four fields, as in a table."""
    width, count = rng.randint(2, 4), rng.randint(2, 6)
    columns = [[rng.choice(KEYS if at == 0 else VALUES)] for at in range(width)]
    between = rng.choice((",", ", ", " | ", "\t", "; ", " ", " / ", " - "))
    return "\n".join(between.join(kind(rng) for (kind,) in columns) for _ in range(count))


def _lines(rng: Random) -> str:
    """Two to six lines of code, some of them indented."""
    indents = ("", "", "", "    ", "  ") if rng.random() < 0.5 else ("",)
    return "\n".join(rng.choice(indents) + code_line(rng) for _ in range(rng.randint(2, 6)))


def _sentences(rng: Random) -> str:
    return " ".join(sentence(rng) for _ in range(rng.choice((1, 1, 1, 2, 3))))


_BLOCKS = (_listed,) * 7 + (_records, _lines, _sentences)


def _between(rng: Random) -> str:
    """What stands between two copies."""
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(("\n", "\n", "\n\n", " ", ". ", ", ", "; "))
    if kind < 0.6:
        return f"{rng.choice(('. ', chr(10)))}{rng.choice(_REMARKS)}{rng.choice((' ', chr(10)))}"
    if kind < 0.7:
        return f"\n{rng.choice(_RULES)}\n"
    if kind < 0.8:
        return f"\n{_listed(rng)}\n"
    return f"\n{' '.join(sentence(rng) for _ in range(rng.randint(1, 3)))}\n"


def _headed(rng: Random, block: str) -> str:
    """Each copy under a heading."""
    style, heading = rng.choice(_HEADINGS), rng.choice(_HEADED)
    case = rng.choice((str.capitalize, str.capitalize, str.lower, str.upper))
    first, second = rng.choice(_HEADED_AGAIN)
    parts: list[str] = []
    for name in (first, second):
        name = case(name.format(h=heading))
        parts.append(f"{style.format(h=name) if name else ''}{block}")
    between = rng.choice(("\n", "\n", "\n\n", ". ")) if rng.random() < 0.75 else _between(rng)
    return between.join(parts)


def _spoken(rng: Random, block: str) -> str:
    """Somebody says it, and somebody says it again."""
    people = rng.sample((*_SPEAKERS, *ALL_NAMES[::8]), 2) if rng.random() < 0.5 else rng.sample(ALL_NAMES, 2)
    text = rng.choice(_SAYINGS).format(
        a=people[0],
        b=people[1],
        A=people[0].capitalize(),
        B=people[1].capitalize(),
        said=rng.choice(_SAID),
        again=rng.choice(_SAID_AGAIN),
        text=block,
        end=rng.choice((". ", "\n", ", and ")),
    )
    return text[0].upper() + text[1:]


def told_twice(rng: Random) -> str:
    """Anything, in two or three copies, all of them whole: a list that breaks off teaches that texts break off."""
    block = rng.choice(_BLOCKS)(rng)
    frame = rng.random()
    if frame < 0.3:
        return _headed(rng, block)
    if frame < 0.42:
        return _spoken(rng, block)
    return _between(rng).join([block] * (3 if len(block) < 40 and rng.random() < 0.5 else 2))


def plain_list(rng: Random) -> str:
    """Words and nothing else, twice: from the second word of the copy on, each is determined."""
    count = rng.choice(LENGTHS)
    items = rng.sample(WORDS, count) if rng.random() < 0.6 else _items(rng, count)
    separator = rng.choice((" ", " ", ", ", ", ", "\n", ","))
    return separator.join(items * (3 if count < 6 and rng.random() < 0.4 else 2))


def read_again(rng: Random) -> str:
    """Keys and their values, then all or some again, in their order or another: `cat=4; dog=9; cat=4`."""
    count = rng.randint(2, 9)
    kind, of = rng.choice(KEYS), rng.choice(VALUES)
    case = rng.choice(_CASES)
    keys = [case(rng, key) for key in distinct(rng, kind, count)]
    values = [
        case(rng, value) for value in ([of(rng) for _ in keys] if rng.random() < 0.5 else distinct(rng, of, count))
    ]
    pairs = list(zip(keys, values, strict=False))
    equals, separator = rng.choice(_EQUALS), rng.choice(_PAIR_SEPARATORS)
    left, right = rng.choice(_BRACKETS) if rng.random() < 0.3 else ("", "")
    told = [equals.format(k=key, v=value) for key, value in pairs]
    if separator == ". ":
        told = [text[0].upper() + text[1:] for text in told]
    table = f"{left}{separator.join(told)}{right}"
    if separator == "\n- ":
        table = f"- {table}"
    return f"{_title(rng)}{table}{_again(rng, pairs, told, separator)}"


def _title(rng: Random) -> str:
    if rng.random() < 0.75:
        return ""
    title = rng.choice(_HEADED)
    return rng.choice(_HEADINGS).format(h=title.capitalize() if rng.random() < 0.6 else title)


def _again(rng: Random, pairs: list[tuple[str, str]], told: list[str], separator: str) -> str:
    """What follows a table: questions about it, or its entries once more."""
    if rng.random() < 0.22:
        ask, answer = rng.choice(_ASKED), rng.choice(_ANSWERED)
        asked = rng.sample(pairs, rng.randint(1, len(pairs)))
        between = rng.choice(("\n", "\n\n", ". "))
        return between + "\n".join(f"{ask}{answer}".format(k=key, v=value) for key, value in asked)
    again = told if rng.random() < 0.35 else rng.sample(told, rng.randint(1, len(told)))
    between = separator if rng.random() < 0.55 else _between(rng)
    return between + separator.join(again)


def digits_again(rng: Random) -> str:
    """A row of digits, letters or signs that comes back: `5 8 1 3 5 8 1 3`, `#@!#@!`."""
    style = rng.random()
    count = rng.randint(3, 12)
    if style < 0.5:
        row = list(digits(rng, count))
    elif style < 0.75:
        row = [symbol(rng) for _ in range(count)]
    else:
        row = rng.sample("abcdefghijklmnopqrstuvwxyz", count)
        row = [letter.upper() for letter in row] if rng.random() < 0.5 else row
    separator = rng.choice((" ", " ", ", ", "", "-", "\n"))
    between = separator if rng.random() < 0.6 else rng.choice((" ", "\n", " / ", ", "))
    return between.join([separator.join(row)] * rng.randint(2, 4))


def found_again(rng: Random) -> str:
    """Keys with their values amid sentences, one of them told again at the end."""
    keys = distinct(rng, rng.choice(KEYS), rng.randint(1, 3))
    told = [with_articles(rng.choice(_EQUALS).format(k=key, v=rng.choice(VALUES)(rng))) for key in keys]
    texts = [*told, *(sentence(rng) for _ in range(rng.randint(1, 3)))]
    rng.shuffle(texts)
    return rng.choice(("\n", "\n\n")).join((*texts, rng.choice(told)))
