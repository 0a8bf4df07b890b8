"""Planted facts, said in many ways: in sentences, in lists, as questions and answers, in conversations.

A phrasing is composed of an opening, a core and an ending, drawn independently of the fact, so that every fact
occurs in every phrasing. The plain words are in `fact_phrases`, the situations in which people mention a fact in
`fact_scenes_*` (patterns of `fact_grammar`, thousands of wordings per relation), the constructions that every
relation shares in `fact_frames`, the facts in `fact_tables`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from microscope.bundled.corpus.base import Document, Item, Turn, chat, chat_prompt
from microscope.bundled.corpus.fact_frames import FRAMES, PAIRED
from microscope.bundled.corpus.fact_grammar import draw
from microscope.bundled.corpus.fact_phrases import PHRASES
from microscope.bundled.corpus.fact_scenes import Scenes
from microscope.bundled.corpus.fact_scenes_animals import FEMALE, SOUND, YOUNG
from microscope.bundled.corpus.fact_scenes_countries import CAPITAL, CONTINENT, CURRENCY, LANGUAGE
from microscope.bundled.corpus.fact_scenes_things import COLOUR, WORKPLACE
from microscope.bundled.corpus.fact_scenes_words import NEXT, OPPOSITE, PAST, PLURAL
from microscope.bundled.corpus.fact_tables import FACTS, Fact, Relation
from microscope.bundled.corpus.facts_held_out import HELD_OUT

SCENES: Mapping[Relation, Scenes] = MappingProxyType(
    {
        "capital": CAPITAL,
        "currency": CURRENCY,
        "language": LANGUAGE,
        "continent": CONTINENT,
        "young": YOUNG,
        "sound": SOUND,
        "opposite": OPPOSITE,
        "plural": PLURAL,
        "past": PAST,
        "colour": COLOUR,
        "workplace": WORKPLACE,
        "female": FEMALE,
        "next": NEXT,
    }
)

FRAMED = 0.4
"""How much of what is said in situations is said in the frames that all relations share."""

_OPENINGS = (
    "I know that ",
    "we know that ",
    "we learned that ",
    "I have learned that ",
    "my teacher says that ",
    "our teacher told us that ",
    "my mother says that ",
    "my father told me that ",
    "everybody knows that ",
    "every child knows that ",
    "it is true that ",
    "remember that ",
    "do not forget that ",
    "in the book it says that ",
    "I read that ",
    "people say that ",
    "it is a fact that ",
    "she said that ",
    "he told his friend that ",
    "they say that ",
    "of course ",
    "in fact, ",
    "well, ",
    "so ",
    "as you may know, ",
    "here is a fact: ",
    "the answer is easy: ",
    "Tom said that ",
    "Anna wrote that ",
    "I am sure that ",
    "it is well known that ",
    "and ",
    "look, ",
    "yes, ",
    "[my|our|her|his] [teacher|mother|father|aunt|uncle|sister|brother|friend|grandmother|neighbour] [says|thinks|"
    "knows|told me|wrote|explained|showed us|often says|found out|learned] that ",
    "[the|this|my|an old|our] [book|letter|newspaper|song|lesson|story|film|page|report] [says|shows|tells us|"
    "teaches] that ",
    "[everyone|everybody|every pupil|each child|anyone|the whole class] [knows|will tell you|can see|has heard] that ",
    "[I|we] [believe|think|heard|saw|understand|noticed|found out|remember] that ",
    "[it is|it was] [clear|certain|no secret|common knowledge|easy to remember|good to know|interesting] that ",
    "[do not doubt|never forget|please note|just imagine|note|write down] that ",
    "[today|yesterday|at school|last week] [I|we|she|he|they] learned that ",
    "[for example|as I said|by the way|in truth|to be exact|as we saw|as far as I know|without doubt|naturally], ",
)

_ENDINGS = (
    "!",
    ", I think.",
    ", she said.",
    ", he said.",
    ", and that is a fact.",
    ", as everybody knows.",
    ", of course.",
    ", you know.",
    ", said the teacher.",
    ", and not something else.",
)

_WHAT_IS = (
    "what is {}?",
    "what is {}?",
    "what is {}?",
    "what's {}?",
    "whats {}?",
    "whats {}?",
    "what is {} please?",
    "tell me {}.",
    "tell me {} please.",
    "please tell me {}.",
    "can you tell me {}?",
    "can you tell me what {} is?",
    "could you tell me {}?",
    "could you please tell me {}?",
    "do you know {}?",
    "do you know what {} is?",
    "do you happen to know {}?",
    "I want to know {}.",
    "I want to know what {} is.",
    "I would like to know {}.",
    "I need to know {}.",
    "I forgot {}.",
    "I do not know {}.",
    "i dont know {}",
    "give me {}.",
    "name {}.",
    "say {}.",
    "{}?",
    "{}?",
    "{} please.",
    "{} is what?",
    "so what is {}?",
    "and what is {}?",
    "ok, what is {}?",
    "hey, what is {}?",
    "hi, what is {}?",
    "hello, what is {}?",
    "hello! can you tell me {}?",
    "quick question: what is {}?",
    "a question for you: what is {}?",
    "I have a question. What is {}?",
    "remind me, what is {}?",
    "what would you say is {}?",
    "I wonder what {} is.",
    "my friend asked me what {} is.",
    "my teacher asked: what is {}?",
    "for school I have to know {}.",
    "help me please, what is {}?",
    "who knows {}?",
    "can u tell me {}?",
    "do u know {}?",
)

_DIRECT = (
    "{}?",
    "{}?",
    "{}?",
    "{}?",
    "{}?",
    "{}?",
    "{} please?",
    "please, {}?",
    "hey, {}?",
    "hi, {}?",
    "hello, {}?",
    "so {}?",
    "and {}?",
    "ok, {}?",
    "quick question: {}?",
    "a question for you: {}?",
    "I have a question. {}?",
    "I have one more question: {}?",
    "can you tell me, {}?",
    "do you know, {}?",
    "tell me, {}?",
    "remind me, {}?",
    "my friend asked: {}?",
    "help me please, {}?",
)

_COMPLETE = (
    "{}",
    "{} ...",
    "{}...",
    "finish this sentence: {}",
    "complete the sentence: {}",
    "complete: {}",
    "what comes next? {}",
    "fill in the last word: {}",
)

_FOLLOW_UPS = (
    "and {}?",
    "and {}?",
    "and {} please?",
    "what about {}?",
    "how about {}?",
    "and what about {}?",
    "and how about {}?",
    "ok, and {}?",
    "thanks, and {}?",
    "and for {}?",
    "the same for {}?",
)

_REPLY_OPENINGS = ("Sure. ", "Of course. ", "Good question. ", "That is easy. ", "Yes. ", "I know this one. ")

_GREETINGS = (
    ("hi", "Hello! How can I help you?"),
    ("hello", "Hello! What would you like to know?"),
    ("hey", "Hi! What can I do for you?"),
    ("can i ask you something?", "Yes, please ask."),
    ("Can I ask you a question?", "Of course. What is your question?"),
    ("i have a few questions", "Good. Please ask me."),
)

_THANKS = (
    ("thanks", "You are welcome!"),
    ("thank you", "You are welcome! Ask me more if you like."),
    ("thanks a lot!", "You are welcome!"),
    ("ok thanks", "You are welcome!"),
    ("great, thank you", "I am glad that I could help."),
    ("cool", "I am glad that you like it."),
)

_DOUBTS = (
    "are you sure?",
    "are you sure",
    "really?",
    "is that right?",
    "Are you really sure?",
    "is that true?",
    "sure?",
)

_PAIRS = ("{}: {}", "{}: {}", "{} -> {}", "{} - {}", "{} = {}", "{}, {}")

_COUNTS = (("two", 2), ("three", 3), ("four", 4))

_DAYS = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})

# `{n}`, and how one speaks of the one before, this one and the next.
_DAY_WORDS = {"n": "day", "on": "on", "cycle": "week", "ago": "yesterday", "now": "today", "then": "tomorrow"}
_MONTH_WORDS = {
    "n": "month",
    "on": "in",
    "cycle": "year",
    "ago": "last month",
    "now": "this month",
    "then": "next month",
}

_COUNTRY_RELATIONS: tuple[Relation, ...] = ("capital", "currency", "language", "continent")


def _article(word: str) -> str:
    """`a` or `an`, by sound: `university` and `ewe` begin with a consonant."""
    return "an" if word[0].lower() in "aeiou" and not word.startswith(("uni", "ewe")) else "a"


def _bare(subject: str) -> str:
    for article in ("the ", "a ", "an "):
        if subject.startswith(article):
            return subject[len(article) :]
    return subject


def _fields(fact: Fact) -> dict[str, str]:
    """What the templates may name, see `fact_phrases`."""
    subject, answer = fact.subject, fact.answer
    return {
        "s": subject,
        "as": f"{_article(subject)} {subject}",
        "p": _possessive(fact),
        "b": _bare(subject),
        "a": answer,
        "an": _article(answer),
        "in": "on" if answer in ("farm", "ship") else "in",
        "ps": _of(f"{_article(subject)} {subject}"),
        **(_DAY_WORDS if subject in _DAYS else _MONTH_WORDS),
    }


def _possessive(fact: Fact) -> str:
    """`France's`, `the Netherlands'`, `a cow's`."""
    return _of(f"{_article(fact.subject)} {fact.subject}" if fact.relation == "sound" else fact.subject)


def _of(owner: str) -> str:
    return f"{owner}'" if owner.endswith("s") else f"{owner}'s"


_ALL: tuple[Fact, ...] = tuple(fact for facts in FACTS.values() for fact in facts)
_FIELDS: Mapping[Fact, dict[str, str]] = MappingProxyType({fact: _fields(fact) for fact in _ALL})


def _answers(facts: Sequence[Fact]) -> tuple[str, ...]:
    """Each answer once, in a fixed order."""
    return tuple(dict.fromkeys(fact.answer for fact in facts))


def _by_subject() -> dict[str, tuple[Fact, ...]]:
    subjects = dict.fromkeys(fact.subject for fact in _ALL)
    return {subject: tuple(fact for fact in _ALL if fact.subject == subject) for subject in subjects}


_ANSWERS: Mapping[Relation, tuple[str, ...]] = MappingProxyType(
    {relation: _answers(facts) for relation, facts in FACTS.items()}
)
# Wrong answers must be wrong: a lion growls too, an owl's young may be called a chick.
_NEVER_WRONG: Mapping[Relation, frozenset[str]] = MappingProxyType(
    {
        "young": frozenset({"chick", "cub", "pup", "kit", "kid", "kitten", "calf"}),
        "sound": frozenset(
            {"growl", "roar", "chirp", "squeak", "bark", "crow", "trumpet", "bray", "hiss", "howl", "cluck", "croak"}
        ),
        "workplace": frozenset(_ANSWERS["workplace"]) - {"library", "court", "mine", "ship", "circus", "monastery"},
        "female": frozenset({"woman", "lady", "girl", "hen", "mother", "wife", "queen"}),
        "colour": frozenset({"brown", "grey", "red", "green", "white"}),
        "opposite": frozenset({"small", "big", "low", "high", "near", "far", "bad", "good", "slow", "light", "right"}),
    }
)

_WRONG: Mapping[Relation, tuple[str, ...]] = MappingProxyType(
    {
        relation: tuple(answer for answer in answers if answer not in _NEVER_WRONG.get(relation, frozenset()))
        for relation, answers in _ANSWERS.items()
    }
)
_BY_SUBJECT: Mapping[str, tuple[Fact, ...]] = MappingProxyType(_by_subject())
_COUNTRIES: tuple[str, ...] = tuple(
    subject
    for subject, facts in _BY_SUBJECT.items()
    if len(facts) > 1 and all(fact.relation in _COUNTRY_RELATIONS for fact in facts)
)
_ANIMALS: tuple[str, ...] = tuple(
    subject for subject, facts in _BY_SUBJECT.items() if {"young", "sound"} <= {fact.relation for fact in facts}
)
_UNIQUE: frozenset[Fact] = frozenset(
    fact for facts in FACTS.values() for fact in facts if sum(other.answer == fact.answer for other in facts) == 1
)


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _ended(text: str) -> str:
    """With a full stop, or a question mark where a question was asked."""
    if text.startswith(("Did you ", "did you ")):
        return text + "?"
    return text + "."


def _fill(template: str, fact: Fact) -> str:
    return template.format_map(_FIELDS[fact])


def _scenes(rng: random.Random, relation: Relation) -> Scenes:
    """The relation's own situations, or the frames that all relations share."""
    return FRAMES[relation] if rng.random() < FRAMED else SCENES[relation]


def _linked(rng: random.Random, relation: Relation) -> str:
    """A template such as `the capital of {s} is {a}`."""
    phrases = PHRASES[relation]
    return _noun(rng, relation) + rng.choice(phrases.links) + phrases.determiner + "{a}"


def _noun(rng: random.Random, relation: Relation) -> str:
    """A noun phrase for what is asked."""
    if rng.random() < 0.5:
        return rng.choice(PHRASES[relation].nouns)
    return draw(rng, rng.choice(_scenes(rng, relation).nouns))


def _core(rng: random.Random, relation: Relation) -> tuple[str, bool]:
    """A template for a statement, and whether an opening may stand before it."""
    phrases, scenes, form = PHRASES[relation], _scenes(rng, relation), rng.random()
    if form < 0.12:
        return _linked(rng, relation), True
    if form < 0.2:
        return rng.choice(phrases.clauses), True
    if form < 0.25:
        return rng.choice(phrases.sentences), False
    if form < 0.3:
        return rng.choice(phrases.reversed), True
    if form < 0.33:
        return phrases.determiner + "{a} is " + _noun(rng, relation), True
    if form < 0.62:
        return draw(rng, rng.choice(scenes.clauses)), True
    if form < 0.92:
        return draw(rng, rng.choice(scenes.sentences)), False
    return draw(rng, rng.choice(scenes.middles)), False


def _statement(rng: random.Random, fact: Fact) -> str:
    """One sentence, with capital and full stop."""
    template, open_to_more = _core(rng, fact.relation)
    clause, form = _fill(template, fact), rng.random()
    if open_to_more and form < 0.3:
        return _capitalised(draw(rng, rng.choice(_OPENINGS)) + clause) + "."
    if open_to_more and form < 0.36:
        return _capitalised(clause) + rng.choice(_ENDINGS)
    return _ended(_capitalised(clause))


def _pick(rng: random.Random) -> Fact:
    return rng.choice(_ALL)


def _other(rng: random.Random, fact: Fact) -> Fact:
    """Another fact of the same relation."""
    while True:
        found = rng.choice(FACTS[fact.relation])
        if found != fact:
            return found


def _several(rng: random.Random, relation: Relation, count: int) -> list[Fact]:
    return rng.sample(FACTS[relation], min(count, len(FACTS[relation])))


def _mixed(rng: random.Random) -> str:
    """Sentences about unrelated facts."""
    return " ".join(_statement(rng, _pick(rng)) for _ in range(rng.randint(1, 5)))


def _same_relation(rng: random.Random) -> str:
    return " ".join(_statement(rng, fact) for fact in _several(rng, _pick(rng).relation, rng.randint(2, 5)))


def _same_pattern(rng: random.Random) -> str:
    """Several facts in one and the same wording."""
    relation = _pick(rng).relation
    template, _ = _core(rng, relation)
    return " ".join(_ended(_capitalised(_fill(template, fact))) for fact in _several(rng, relation, rng.randint(2, 4)))


def _paired(rng: random.Random) -> str:
    """Two facts of one relation side by side, in a sentence whose first half tells what the second is about."""
    relation = _pick(rng).relation
    first, fact = rng.sample(FACTS[relation], 2)
    fields = _FIELDS[fact] | {"s2": first.subject, "a2": first.answer}
    return _ended(_capitalised(draw(rng, rng.choice(PAIRED)).format_map(fields)))


def _same_subject(rng: random.Random) -> str:
    """A paragraph about one country or animal, which later sentences call `it`."""
    subject = rng.choice(_COUNTRIES if rng.random() < 0.7 else _ANIMALS)
    facts = [fact for fact in _BY_SUBJECT[subject] if fact.relation not in ("plural", "past", "opposite")]
    rng.shuffle(facts)
    lines = [_statement(rng, facts[0])]
    for fact in facts[1:]:
        there = PHRASES[fact.relation].there
        lines.append(
            _capitalised(_fill(rng.choice(there)[1], fact)) + "." if rng.random() < 0.6 else _statement(rng, fact)
        )
    return " ".join(lines)


def _statements(rng: random.Random) -> Document:
    form = rng.random()
    if form < 0.67:
        return Document(_mixed(rng), "facts/statement")
    if form < 0.77:
        return Document(_same_relation(rng), "facts/statement")
    if form < 0.84:
        return Document(_same_pattern(rng), "facts/statement")
    if form < 0.9:
        return Document(_paired(rng), "facts/statement")
    return Document(_same_subject(rng), "facts/statement")


def _list(rng: random.Random) -> Document:
    """Pairs in one notation, as a prompt with examples has them."""
    relation = _pick(rng).relation
    facts = _several(rng, relation, rng.randint(3, 8))
    form = rng.random()
    if form < 0.2:
        return Document(_analogies(facts), "facts/list")
    pattern, gap = rng.choice(_PAIRS), rng.choice((", ", ". ", "; ", "\n", "\n"))
    bare = rng.random() < 0.7
    pairs = [pattern.format(_bare(fact.subject) if bare else fact.subject, fact.answer) for fact in facts]
    heading = PHRASES[relation].heading + rng.choice((":\n", ": ", ":\n")) if form < 0.55 else ""
    end = "." if gap == ". " or (gap != "\n" and rng.random() < 0.5) else ""
    return Document(heading + gap.join(pairs) + end, "facts/list")


def _analogies(facts: Sequence[Fact]) -> str:
    """`France is to Paris as Japan is to Tokyo.`"""
    first, rest = facts[0], facts[1:3]
    return " ".join(
        _capitalised(f"{first.subject} is to {first.answer} as {fact.subject} is to {fact.answer}.") for fact in rest
    )


def _questions_and_answers(rng: random.Random) -> Document:
    """Plain text with `Q:` and `A:`, without the chat template."""
    ask, answer = rng.choice((("Q: ", "A: "), ("Q: ", "A: "), ("Question: ", "Answer: "), ("", "")))
    gap, same = rng.choice(("\n", " ")), rng.random() < 0.5
    short = rng.random() < 0.6
    relation = _pick(rng).relation
    lines: list[str] = []
    for _ in range(rng.randint(1, 4)):
        fact = rng.choice(FACTS[relation]) if same else _pick(rng)
        reply = _short(fact) if short else _full(rng, fact)
        lines.append(f"{ask}{_plain_question(rng, fact)}{gap}{answer}{reply}")
    return Document(rng.choice(("\n", "\n\n")).join(lines) if gap == "\n" else " ".join(lines), "facts/qa")


def _plain_question(rng: random.Random, fact: Fact) -> str:
    """A question with capital and mark, in the words of a book."""
    if rng.random() < 0.5:
        return f"What is {_fill(_noun(rng, fact.relation), fact)}?"
    return _capitalised(_fill(_direct(rng, fact.relation), fact)) + "?"


def _direct(rng: random.Random, relation: Relation) -> str:
    """A direct question without its mark."""
    if rng.random() < 0.4:
        return rng.choice(PHRASES[relation].questions)
    return draw(rng, rng.choice(_scenes(rng, relation).questions))


def _short(fact: Fact) -> str:
    """The answer alone, as a sentence: `Paris.`, `A calf.`"""
    return _capitalised(_fill(PHRASES[fact.relation].determiner + "{a}", fact)) + "."


def _full(rng: random.Random, fact: Fact) -> str:
    return _capitalised(_fill(rng.choice(PHRASES[fact.relation].replies), fact)) + "."


def _reply(rng: random.Random, fact: Fact) -> str:
    """What the assistant says to a question about the fact."""
    form = rng.random()
    if form < 0.62:
        return _full(rng, fact)
    if form < 0.74:
        return _short(fact)
    if form < 0.9:
        opening = rng.choice(("it is ", "it is ", "that is ", "that would be ", "the answer is "))
        return _capitalised(opening + _fill(PHRASES[fact.relation].determiner + "{a}", fact)) + "."
    return rng.choice(_REPLY_OPENINGS) + _full(rng, fact)


def _typo(rng: random.Random, text: str, fact: Fact) -> str:
    """One longer word with a letter missing, doubled or swapped; the words of the fact stay as they are."""
    words = text.split(" ")
    kept = f"{fact.subject} {fact.answer}".lower().split()
    places = [i for i, word in enumerate(words) if len(word) > 3 and word.isalpha() and word.lower() not in kept]
    if not places:
        return text
    place = rng.choice(places)
    word = words[place]
    at, kind = rng.randint(1, len(word) - 2), rng.randrange(3)
    if kind == 0:
        words[place] = word[:at] + word[at + 1 :]
    elif kind == 1:
        words[place] = word[:at] + word[at] + word[at:]
    else:
        words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _typed(rng: random.Random, text: str, fact: Fact) -> str:
    """As people type: often in lower case, without the last mark, now and then with a slip."""
    if rng.random() < 0.07:
        text = _typo(rng, text, fact)
    form = rng.random()
    if form < 0.42:
        return _capitalised(text)
    if form < 0.5:
        return text
    if form < 0.64:
        return text.lower()
    if form < 0.9:
        return text.lower().rstrip("?. ")
    if form < 0.985:
        return _capitalised(text).rstrip("?. ")
    return text.upper()


def _ending_in_answer(rng: random.Random, relation: Relation) -> str:
    """A template for a clause with the answer at its end."""
    form = rng.random()
    if form < 0.35:
        return _linked(rng, relation)
    if form < 0.6:
        return rng.choice(PHRASES[relation].clauses)
    return draw(rng, rng.choice(_scenes(rng, relation).clauses))


def _question_template(rng: random.Random, relation: Relation) -> str:
    phrases, form = PHRASES[relation], rng.random()
    if form < 0.3:
        return rng.choice(_WHAT_IS).replace("{}", _noun(rng, relation))
    if form < 0.6:
        return rng.choice(_DIRECT).replace("{}", _direct(rng, relation))
    if form < 0.68:
        return rng.choice(phrases.terse) + rng.choice(("?", "?", ""))
    if form < 0.93:
        return draw(rng, rng.choice(_scenes(rng, relation).messages))
    prefix = _ending_in_answer(rng, relation)
    return rng.choice(_COMPLETE).replace("{}", prefix.removesuffix("{a}").removesuffix("{an} ").rstrip())


def _asked(rng: random.Random, fact: Fact) -> list[Turn]:
    question = _fill(_question_template(rng, fact.relation), fact)
    return [Turn("user", _typed(rng, question, fact)), Turn("assistant", _reply(rng, fact))]


def _followed_up(rng: random.Random, before: Fact) -> tuple[Fact, list[Turn]]:
    """`and Italy?`, about the relation that was asked before."""
    fact = _other(rng, before)
    mention = _fill(PHRASES[fact.relation].mention, fact)
    question = _typed(rng, rng.choice(_FOLLOW_UPS).format(mention), fact)
    return fact, [Turn("user", question), Turn("assistant", _reply(rng, fact))]


def _about_the_same(rng: random.Random, before: Fact) -> tuple[Fact, list[Turn]]:
    """`and what is its currency?`, about the subject that was named before; a follow-up if nothing more is known."""
    others = [fact for fact in _BY_SUBJECT[before.subject] if fact != before and PHRASES[fact.relation].there]
    if not others:
        return _followed_up(rng, before)
    fact = rng.choice(others)
    question, reply = rng.choice(PHRASES[fact.relation].there)
    said = _capitalised(_fill(reply, fact)) + "." if rng.random() < 0.5 else _reply(rng, fact)
    return fact, [Turn("user", _typed(rng, _fill(question, fact) + "?", fact)), Turn("assistant", said)]


def _doubted(rng: random.Random, fact: Fact) -> list[Turn]:
    sure = rng.choice(("Yes, I am sure. ", "Yes. ", "Yes, it is true. "))
    return [Turn("user", rng.choice(_DOUBTS)), Turn("assistant", sure + _full(rng, fact))]


def _exchange(pair: tuple[str, str]) -> list[Turn]:
    return [Turn("user", pair[0]), Turn("assistant", pair[1])]


def _wrong(rng: random.Random, fact: Fact) -> str:
    while True:
        wrong = rng.choice(_WRONG[fact.relation])
        if wrong != fact.answer:
            return wrong


def _checked(rng: random.Random, fact: Fact) -> list[Turn]:
    """A question for yes or no."""
    right = rng.random() < 0.5
    claim = fact.answer if right else _wrong(rng, fact)
    fields = _FIELDS[fact] | {"x": claim, "anx": _article(claim), "inx": "on" if claim in ("farm", "ship") else "in"}
    question = _typed(rng, rng.choice(PHRASES[fact.relation].checks).format_map(fields) + "?", fact)
    said = _fill(rng.choice(PHRASES[fact.relation].replies[:3]), fact) + "."
    reply = rng.choice(("Yes, ", "Yes, ", "That is right, ")) if right else rng.choice(("No, ", "No, ", "No, sorry, "))
    return [Turn("user", question), Turn("assistant", reply + said)]


def _chosen(rng: random.Random, fact: Fact) -> list[Turn]:
    """`what is the capital of France, Paris or Rome?`"""
    options = [fact.answer, _wrong(rng, fact)]
    rng.shuffle(options)
    noun = _fill(_noun(rng, fact.relation), fact)
    question = f"what is {noun}{rng.choice((', ', ': '))}{options[0]} or {options[1]}?"
    return [Turn("user", _typed(rng, question, fact)), Turn("assistant", _reply(rng, fact))]


def _backward(rng: random.Random, fact: Fact) -> list[Turn]:
    """From the answer to its subject; an ordinary question where that is not unique."""
    pairs = PHRASES[fact.relation].backward
    if not pairs or fact not in _UNIQUE:
        return _asked(rng, fact)
    question, reply = rng.choice(pairs)
    said = _capitalised(_fill(reply, fact)) + "."
    return [Turn("user", _typed(rng, _fill(question, fact) + "?", fact)), Turn("assistant", said)]


def _named(rng: random.Random, fact: Fact) -> list[Turn]:
    """`name three capitals`; an ordinary question where one would not ask that."""
    members = PHRASES[fact.relation].members
    if not members:
        return _asked(rng, fact)
    word, count = rng.choice(_COUNTS)
    *first, last = rng.sample(_ANSWERS[fact.relation], count)
    some = f"{', '.join(first)} and {last}"
    ask = rng.choice(("name {} {}.", "tell me {} {}.", "can you name {} {}?", "give me {} {}.", "do you know {} {}?"))
    reply = rng.choice((f"{_capitalised(word)} {members} are {some}.", f"{_capitalised(some)}."))
    return [Turn("user", _typed(rng, ask.format(word, members), fact)), Turn("assistant", reply)]


def _conversation(rng: random.Random) -> list[Turn]:
    """A question and one to four more exchanges."""
    turns = _exchange(rng.choice(_GREETINGS)) if rng.random() < 0.2 else []
    fact = _pick(rng)
    turns += _asked(rng, fact)
    for _ in range(rng.randint(1, 4)):
        form = rng.random()
        if form < 0.36:
            fact, more = _followed_up(rng, fact)
        elif form < 0.5:
            fact, more = _about_the_same(rng, fact)
        elif form < 0.78:
            fact = _pick(rng)
            more = _asked(rng, fact)
        elif form < 0.86:
            more = _doubted(rng, fact)
        elif form < 0.93:
            fact = _pick(rng)
            more = _checked(rng, fact)
        else:
            more = _exchange(rng.choice(_THANKS))
        turns += more
    return turns


def _chats(rng: random.Random) -> Document:
    form, fact = rng.random(), _pick(rng)
    if form < 0.42:
        turns = _asked(rng, fact)
    elif form < 0.8:
        turns = _conversation(rng)
    elif form < 0.89:
        turns = _checked(rng, fact)
    elif form < 0.93:
        turns = _chosen(rng, fact)
    elif form < 0.97:
        turns = _backward(rng, fact)
    else:
        turns = _named(rng, fact)
    return Document(chat(*turns), "facts/chat")


def documents(rng: random.Random) -> Iterator[Document]:
    """Training documents without end; conversations are a third of them, statements half."""
    while True:
        form = rng.random()
        if form < 0.34:
            yield _chats(rng)
        elif form < 0.84:
            yield _statements(rng)
        elif form < 0.92:
            yield _list(rng)
        else:
            yield _questions_and_answers(rng)


def _statement_item(template: str, fact: Fact) -> Item:
    """The sentence up to the answer, which stands at its end."""
    prompt = _capitalised(_fill(template.removesuffix("{a}").rstrip(), fact))
    return Item(ability="facts", prompt=prompt, answers=(fact.answer,), group=fact.relation)


def _chat_item(question: str, fact: Fact) -> Item:
    """A question in the chat template; right if the reply contains the answer as a word."""
    prompt = chat_prompt(Turn("user", question))
    return Item(ability="facts", prompt=prompt, answers=(fact.answer,), group=f"{fact.relation}/chat")


def held_out(rng: random.Random, count: int) -> list[Item]:
    """Facts in wordings that `documents` never uses; relations in turn, statements and chat by halves."""
    items: list[Item] = []
    relations = list(FACTS)
    for number in range(count):
        relation = relations[number // 2 % len(relations)]
        fact = rng.choice(FACTS[relation])
        if number % 2 == 0:
            items.append(_statement_item(rng.choice(HELD_OUT[relation].statements), fact))
        else:
            question = _capitalised(_fill(rng.choice(HELD_OUT[relation].questions), fact))
            items.append(_chat_item(question.lower() if rng.random() < 0.3 else question, fact))
    return items


def seen(rng: random.Random, count: int) -> list[Item]:
    """Facts in wordings that `documents` uses, to set beside `held_out`; relations and forms in the same turn."""
    items: list[Item] = []
    relations = list(FACTS)
    for number in range(count):
        relation = relations[number // 2 % len(relations)]
        fact = rng.choice(FACTS[relation])
        if number % 2 == 0:
            opening = draw(rng, rng.choice(_OPENINGS)) if rng.random() < 0.3 else ""
            items.append(_statement_item(opening + _ending_in_answer(rng, relation), fact))
        else:
            items.append(_chat_item(_typed(rng, _fill(_question_template(rng, relation), fact), fact), fact))
    return items
