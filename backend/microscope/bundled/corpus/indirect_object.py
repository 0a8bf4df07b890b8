"""Indirect objects (Wang et al. 2022, arXiv:2211.00593): who received it is the name that was said once.

`When Mary and John went to the store, John gave a drink to` continues with ` Mary`. A sentence is an
opening with two names in either order, and a giving by one of them; openings, givings, places and names
have held-out members, and every held-out item uses held-out names, a held-out place, and a held-out
opening or giving.

Most training sentences are composed: a time, how the two are named, what they do, where, a word that
links, up to two sentences in between, how it is given, and what, in the past or the present.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from microscope.bundled.corpus import giving_scenes
from microscope.bundled.corpus.base import Item
from microscope.bundled.corpus.in_context_words import (
    FIRST_NAMES,
    GIFTS,
    HELD_OUT_NAMES,
    HELD_OUT_PLACES,
    INVENTED_NAMES,
    OBJECTS,
    TRAINING_ANIMATES,
    TRAINING_PLACES,
    phrases,
    split,
)

# {x} and {y} are the two people as mentioned first and second.
OPENINGS = (
    "When {x} and {y} went to the {place},",
    "When {x} and {y} were at the {place},",
    "When {x} and {y} got to the {place},",
    "When {x} and {y} met at the {place},",
    "When {x} and {y} came back from the {place},",
    "While {x} and {y} were at the {place},",
    "While {x} and {y} were working at the {place},",
    "While {x} and {y} were walking to the {place},",
    "While {x} and {y} were talking at the {place},",
    "After {x} and {y} went to the {place},",
    "After {x} and {y} left the {place},",
    "After {x} and {y} had lunch at the {place},",
    "After {x} and {y} met at the {place},",
    "After {x} and {y} came to the {place},",
    "After {x} and {y} found the {place},",
    "Before {x} and {y} went to the {place},",
    "Before {x} and {y} left the {place},",
    "Then, {x} and {y} went to the {place}.",
    "Then, {x} and {y} were working at the {place}.",
    "Then, {x} and {y} were thinking about going to the {place}.",
    "Then, {x} and {y} had a long argument at the {place}, and afterwards",
    "Then, {x} and {y} had a lot of fun at the {place}, and",
    "{x} and {y} went to the {place}.",
    "{x} and {y} went to the {place}, and",
    "{x} and {y} were at the {place}.",
    "{x} and {y} were at the {place} when",
    "{x} and {y} met at the {place}.",
    "{x} and {y} were friends, and at the {place}",
    "{x} and {y} spent the day at the {place}.",
    "{x} and {y} were sitting in front of the {place}.",
    "{x} and {y} had a good time at the {place}. In the end",
    "{x} saw {y} at the {place}, and",
    "{x} saw {y} near the {place}.",
    "{x} met {y} at the {place}. Later",
    "{x} went to the {place} with {y}.",
    "{x} went to the {place} with {y}, and",
    "{x} walked with {y} to the {place}. Then",
    "{x} was with {y} at the {place} when",
    "Yesterday {x} and {y} went to the {place}, where",
    "One day {x} and {y} went to the {place}.",
    "Last week {x} and {y} visited the {place}.",
    "This morning {x} and {y} were at the {place}, and",
    "Friends {x} and {y} were at the {place}.",
    "Today {x} met {y} at the {place}, and",
    "In the evening {x} and {y} came home from the {place}, and",
    "On Sunday {x} and {y} were at the {place}, where",
    "At the {place}, {x} and {y} sat down, and",
    "At the {place} {x} met {y}.",
    "Because {x} and {y} were friends, at the {place}",
    "As {x} and {y} were leaving the {place},",
)
HELD_OUT_OPENINGS = (
    "Once {x} and {y} had reached the {place},",
    "Since {x} and {y} were both at the {place},",
    "On the way to the {place}, {x} talked to {y}, and then",
    "Two days ago {x} and {y} stayed at the {place}.",
    "In front of the {place}, {x} waited for {y}. A little later",
    "Although {x} and {y} were late for the {place},",
    "Behind the {place} {x} and {y} played together until",
    "It was late when {x} and {y} closed the {place}.",
    "Every time {x} and {y} drove to the {place},",
    "The {place} was empty, so {x} and {y} waited.",
)

# {s} gives, {o} is given; the receiver follows.
GIVINGS = (
    "{s} gave {o} to",
    "{s} gave {o} to",
    "{s} gave {o} to",
    "{s} handed {o} to",
    "{s} passed {o} to",
    "{s} offered {o} to",
    "{s} showed {o} to",
    "{s} sold {o} to",
    "{s} brought {o} to",
    "{s} threw {o} to",
    "{s} sent {o} to",
    "{s} lent {o} to",
    "{s} decided to give {o} to",
    "{s} wanted to give {o} to",
    "{s} was happy to give {o} to",
    "{s} was going to give {o} to",
    "{s} tried to sell {o} to",
    "{s} said something and gave {o} to",
    "{s} said hello to",
    "{s} said goodbye to",
    "{s} told a story to",
    "{s} talked to",
    "{s} waved to",
    "{s} whispered something to",
    "{s} read a letter to",
    "{s} sang a song to",
)
HELD_OUT_GIVINGS = (
    "{s} returned {o} to",
    "{s} promised {o} to",
    "{s} forgot to give {o} to",
    "{s} quickly carried {o} over to",
    "{s} explained everything to",
    "{s} agreed to lend {o} to",
)

# A third person who has no part in it.
_BYSTANDERS = (
    "{z} was at home.",
    "{z} was tired.",
    "{z} was not there.",
    "{z} stayed in the house.",
    "It was the birthday of {z}.",
    "{z} had no time that day.",
)
_AFTER = (
    "It was a nice day.",
    "The sun was shining.",
    "It was a big surprise.",
    "That was very kind.",
    "Soon it was time to go home.",
    "Everybody was happy.",
    "{io} was very happy.",
    "{io} smiled.",
    "{io} said thank you.",
    "{io} thanked {s}.",
    "Then {s} went home.",
    "{s} and {io} laughed.",
)

_AFTER_PAST = (
    *_AFTER,
    "{io} did not know what to say.",
    "{io} had not expected that.",
    "It was a good day for {io}.",
    "After that {io} and {s} went home.",
    "{io} laughed, and so did {s}.",
    "Nobody else saw it.",
    "{s} was glad about that.",
)
_AFTER_NOW = (
    "{io} is very happy.",
    "{io} smiles.",
    "{io} says thank you.",
    "{io} thanks {s}.",
    "{s} and {io} laugh.",
    "That is very kind.",
    "Then {s} goes home.",
    "Everybody is happy.",
    "{s} is glad about that.",
)

# Composed sentences. A past and a present form stand around a slash; {p} is a place.
_TOGETHER = phrases(
    """
    went to the {p}/go to the {p}| were at the {p}/are at the {p}| were in the {p}/are in the {p}|
    met at the {p}/meet at the {p}| walked to the {p}/walk to the {p}| ran to the {p}/run to the {p}|
    had lunch at the {p}/have lunch at the {p}| had dinner near the {p}/have dinner near the {p}|
    were working at the {p}/are working at the {p}| played at the {p}/play at the {p}|
    were sitting in the {p}/are sitting in the {p}| arrived at the {p}/arrive at the {p}|
    came home from the {p}/come home from the {p}| came out of the {p}/come out of the {p}|
    got lost near the {p}/get lost near the {p}| stopped at the {p}/stop at the {p}| cleaned the {p}/clean the {p}|
    visited the {p}/visit the {p}| left the {p}/leave the {p}| danced at the {p}/dance at the {p}|
    spent the morning at the {p}/spend the morning at the {p}| spent an hour in the {p}/spend an hour in the {p}|
    were alone at the {p}/are alone at the {p}| talked for hours at the {p}/talk for hours at the {p}|
    had an argument at the {p}/have an argument at the {p}| took the bus to the {p}/take the bus to the {p}|
    rode their bikes to the {p}/ride their bikes to the {p}| were looking for the {p}/are looking for the {p}|
    painted the {p}/paint the {p}| were standing near the {p}/are standing near the {p}|
    stood in line at the {p}/stand in line at the {p}| saw a dog near the {p}/see a dog near the {p}|
    were on the way home from the {p}/are on the way home from the {p}| were bored at the {p}/are bored at the {p}|
    worked together at the {p}/work together at the {p}| were playing chess/are playing chess|
    had dinner together/have dinner together| were friends/are friends|
    were doing their homework/are doing their homework| cooked soup/cook soup|
    cooked for the guests/cook for the guests| were watching a film/are watching a film|
    moved into a new house/move into a new house| finished the work/finish the work| won the match/win the match|
    were reading/are reading| fixed the old bike/fix the old bike|
    were getting ready for bed/are getting ready for bed| were neighbors/are neighbors| shared a room/share a room|
    were in the same class/are in the same class| celebrated a birthday/celebrate a birthday|
    were packing for the trip/are packing for the trip| sat on a bench/sit on a bench|
    were in the car/are in the car| sat by the fire/sit by the fire| went shopping/go shopping|
    went for a walk/go for a walk| baked a cake/bake a cake| had a fight/have a fight|
    were learning Spanish/are learning Spanish| picked apples/pick apples| played cards/play cards|
    woke up early/wake up early| opened the presents/open the presents| were very tired/are very tired|
    worked in the same room/work in the same room| were on a boat/are on a boat|
    waited for the rain to stop/wait for the rain to stop
    """
)
_APART = phrases(
    """
    {x} met {y} at the {p}/{x} meets {y} at the {p}| {x} saw {y} at the {p}/{x} sees {y} at the {p}|
    {x} was with {y} at the {p}/{x} is with {y} at the {p}|
    {x} ran into {y} near the {p}/{x} runs into {y} near the {p}|
    {x} visited {y} at the {p}/{x} visits {y} at the {p}|
    {x} sat next to {y} in the {p}/{x} sits next to {y} in the {p}|
    {x} invited {y} to the {p}/{x} invites {y} to the {p}| {x} took {y} to the {p}/{x} takes {y} to the {p}|
    {x} helped {y} at the {p}/{x} helps {y} at the {p}| {x} found {y} in the {p}/{x} finds {y} in the {p}|
    {x} was looking for {y} at the {p}/{x} is looking for {y} at the {p}| {x} called {y}/{x} calls {y}|
    {x} went to see {y}/{x} goes to see {y}| {x} had lunch with {y}/{x} has lunch with {y}|
    {x} played with {y} in the {p}/{x} plays with {y} in the {p}|
    {x} followed {y} to the {p}/{x} follows {y} to the {p}|
    {x} came to the {p} with {y}/{x} comes to the {p} with {y}|
    {x} stood behind {y} in line/{x} stands behind {y} in line|
    {x} worked with {y} at the {p}/{x} works with {y} at the {p}|
    {x} lived next door to {y}/{x} lives next door to {y}| {x} had a meeting with {y}/{x} has a meeting with {y}|
    {x} was older than {y}/{x} is older than {y}|
    {x} was at the {p}, and {y} was there too/{x} is at the {p}, and {y} is there too|
    {x} picked {y} up from the {p}/{x} picks {y} up from the {p}|
    {x} knocked at the door of {y}/{x} knocks at the door of {y}|
    {x} drove {y} to the {p}/{x} drives {y} to the {p}| {x} and {y} met/{x} and {y} meet|
    {x} recognized {y} in the {p}/{x} recognizes {y} in the {p}|
    {x} wanted to surprise {y}/{x} wants to surprise {y}| {x} had known {y} for years/{x} has known {y} for years|
    {x} was the best friend of {y}/{x} is the best friend of {y}
    """
)
_PAIRS = ("{x} and {y}",) * 12 + (
    "both {x} and {y}",
    "my friends {x} and {y}",
    "the neighbors {x} and {y}",
    "the twins {x} and {y}",
    "our teachers {x} and {y}",
    "my cousins, {x} and {y},",
    "two old friends, {x} and {y},",
)
_LASTING_CONJUNCTIONS = ("when", "while", "while", "as", "because")
_CONJUNCTIONS = ("when", "when", "while", "after", "after", "before", "as", "because", "as soon as", "just after")
_TIMES = (
    *phrases(
        """
        yesterday| last night| on Monday| on Friday| on Saturday evening| in the morning| in the summer| one morning|
        one evening| at noon| in May| last year| last winter| a week ago| at six o'clock| after school|
    during the break|
        before dinner| late at night| this afternoon| early in the morning| on a rainy day| on Christmas Eve|
        on the last day of the holidays| in the afternoon| at midnight| a long time ago| one day| once upon a time
        """
    ),
)
_TIMES_NOW = phrases(
    """
    today| now| every Monday| on Sundays| right now| at the moment| in the evening| every summer|
    after school| at noon| on this sunny day| tonight
    """
)
_LINKS = (
    (".", ""),
    (".", ""),
    (".", "then "),
    (".", "then, "),
    (".", "later, "),
    (".", "later "),
    (".", "after a while, "),
    (".", "suddenly "),
    (".", "in the end, "),
    (".", "at last "),
    (".", "after that, "),
    (".", "before long "),
    (".", "soon "),
    (".", "as always, "),
    (".", "to be nice, "),
    (".", "without a word, "),
    (",", "and "),
    (",", "and "),
    (",", "and then "),
    (",", "and later "),
    (",", "and in the end "),
    (",", "so "),
    (";", ""),
)
# {was}, {were} and {had} take the tense of the sentence.
_FILLERS = phrases(
    """
    It {was} raining.| It {was} a warm day.| The sun {was} shining.| They {were} both very tired.|
    The place {was} full of people.| There {was} a lot to do.| It {was} quite late.| Nobody else {was} there.|
    They {had} a lot of time.| They {were} in a good mood.| There {was} music in the air.|
    It {was} very cold outside.| A dog {was} barking somewhere.| They {had} not much money.|
    The doors {were} closed.| Everybody {was} busy.| It {was} almost dark.| The street {was} empty.|
    There {were} many other people around.| The radio {was} on.| They {had} a plan.|
    They {were} hungry and a little cold.| It {was} the last day of the week.| The coffee {was} hot.|
    There {was} a box on the table.| The children {were} asleep.| Something {was} wrong.|
    All the lights {were} off.| They {had} known each other for a long time.|
    The bus {was} late again, as it often {was}.| It {was} a big surprise.| Everyone {was} in a hurry.|
    The food {was} good.| The two of them {were} best friends.
    """
)
_STARTS = {filler.split()[0] for filler in _FILLERS}
_BYSTANDING = phrases(
    """
    {z} {was} at home.| {z} {was} ill.| {z} {was} not there.| {z} {was} still asleep.| {z} {had} no time.|
    {z} {was} there, too.| The dog of {z} {was} there.| {z} {was} on holiday.| It {was} the birthday of {z}.|
    {z} {was} late.| The house of {z} {was} not far away.| {z} {was} busy with something else.
    """
)
# Past/present/base form.
_VERBS = tuple(
    forms.split("/")
    for forms in (
        *("gave/gives/give",) * 8,
        *split("""
        handed/hands/hand passed/passes/pass offered/offers/offer showed/shows/show sold/sells/sell brought/brings/bring
        threw/throws/throw sent/sends/send lent/lends/lend mailed/mails/mail delivered/delivers/deliver
        tossed/tosses/toss presented/presents/present served/serves/serve donated/donates/donate left/leaves/leave
        pushed/pushes/push"""),
    )
)
_GIVING_FRAMES = (
    *(("{s} {past} {o} to", "{s} {now} {o} to"),) * 10,
    ("{s} {adverb} {past} {o} to", "{s} {adverb} {now} {o} to"),
    ("{s} {adverb} {past} {o} to", "{s} {adverb} {now} {o} to"),
    ("{s} smiled and {past} {o} to", "{s} smiles and {now} {o} to"),
    ("{s} stopped and {past} {o} to", "{s} stops and {now} {o} to"),
    ("{s} got up and {past} {o} to", "{s} gets up and {now} {o} to"),
    ("{s} laughed and {past} {o} to", "{s} laughs and {now} {o} to"),
    ("{s} opened the bag and {past} {o} to", "{s} opens the bag and {now} {o} to"),
    ("{s} bought {o} and gave it to", "{s} buys {o} and gives it to"),
    ("{s} found {o} and gave it to", "{s} finds {o} and gives it to"),
    ("{s} took {o} and handed it to", "{s} takes {o} and hands it to"),
    ("{s} wanted to {base} {o} to", "{s} wants to {base} {o} to"),
    ("{s} decided to {base} {o} to", "{s} decides to {base} {o} to"),
    ("{s} tried to {base} {o} to", "{s} tries to {base} {o} to"),
    ("{s} was about to {base} {o} to", "{s} is about to {base} {o} to"),
    ("{s} was ready to {base} {o} to", "{s} is ready to {base} {o} to"),
    ("{s} had to {base} {o} to", "{s} has to {base} {o} to"),
    ("{s} was able to {base} {o} to", "{s} can {base} {o} to"),
    ("{s} started to {base} {o} to", "{s} starts to {base} {o} to"),
    ("{s} planned to {base} {o} to", "{s} will {base} {o} to"),
    ("{s} had {o} and {past} it to", "{s} has {o} and {now} it to"),
    ("{s} did not {base} {o} to", "{s} does not {base} {o} to"),
    ("{s}, who was in a good mood, {past} {o} to", "{s}, who is in a good mood, {now} {o} to"),
    ("{s}, tired but happy, {past} {o} to", "{s}, tired but happy, {now} {o} to"),
)
_ADVERBS = split("quietly slowly kindly happily gladly secretly finally proudly also just carefully")
# What is said or done to somebody, without an object: past/present.
_ADDRESSES = phrases(
    """
    said hello to/says hello to| said goodbye to/says goodbye to| said thank you to/says thank you to|
    talked to/talks to| spoke to/speaks to| waved to/waves to| listened to/listens to| apologized to/apologizes to|
    whispered something to/whispers something to| sang a song to/sings a song to|
    wrote a letter to/writes a letter to| read a poem to/reads a poem to| told a joke to/tells a joke to|
    told the truth to/tells the truth to| was very kind to/is very kind to| sat down next to/sits down next to|
    lied to/lies to| walked over to/walks over to| told everything to/tells everything to|
    wanted to talk to/wants to talk to| turned to/turns to
    """
)
# The same with other words than `to`.
_OTHERWISE = phrases(
    """
    bought {o} for/buys {o} for| made a cake for/makes a cake for| opened the door for/opens the door for|
    cooked dinner for/cooks dinner for| had a present for/has a present for| took {o} from/takes {o} from|
    borrowed {o} from/borrows {o} from| got {o} from/gets {o} from| danced with/dances with|
    shared {o} with/shares {o} with| had a talk with/has a talk with| looked at/looks at| smiled at/smiles at|
    laughed with/laughs with| sat beside/sits beside| asked about {o} and thanked/asks about {o} and thanks|
    kissed/kisses| hugged/hugs| thanked/thanks| waited for/waits for
    """
)
_PEOPLE = tuple(f"the {noun.singular}" for noun in TRAINING_ANIMATES)


class Cast(NamedTuple):
    """Who and where."""

    giver: str
    receiver: str
    bystander: str
    place: str


def _cast(rng: Random, names: tuple[str, ...], places: tuple[str, ...]) -> Cast:
    giver, receiver, bystander = rng.sample(names, 3)
    return Cast(giver, receiver, bystander, rng.choice(places))


def _object(rng: Random) -> str:
    noun = rng.choice(OBJECTS)
    if rng.random() < 0.3:
        return f"the {noun}"
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _prompt(rng: Random, opening: str, giving: str, cast: Cast) -> str:
    """Up to the final `to`; the two names in either order, a bystander in one of six."""
    x, y = (cast.giver, cast.receiver) if rng.random() < 0.5 else (cast.receiver, cast.giver)
    giving = giving.format(s=cast.giver, o=_object(rng))
    prompt = f"{opening.format(x=x, y=y, place=cast.place)} {giving}"
    if rng.random() < 1 / 6:
        prompt = f"{rng.choice(_BYSTANDERS).format(z=cast.bystander)} {prompt}"
    return prompt


def _listed(rng: Random) -> str:
    """From the fixed openings and givings."""
    cast = _cast(rng, FIRST_NAMES, TRAINING_PLACES)
    text = f"{_prompt(rng, rng.choice(OPENINGS), rng.choice(GIVINGS), cast)} {cast.receiver}."
    if rng.random() < 0.25:
        text = f"{text} {rng.choice(_AFTER).format(s=cast.giver, io=cast.receiver)}"
    return text


def _people(rng: Random) -> tuple[str, ...]:
    """What three people are called: mostly first names, sometimes names that nobody has, or `the baker`."""
    kind = rng.random()
    pool = FIRST_NAMES if kind < 0.76 else INVENTED_NAMES if kind < 0.9 else _PEOPLE
    return tuple(rng.sample(pool, 3))


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def _uncapitalised(sentence: str) -> str:
    """For the middle of a sentence; names stay as they are."""
    first = sentence.split()[0]
    return sentence[0].lower() + sentence[1:] if first in _STARTS else sentence


def _opening(rng: Random, x: str, y: str, past: bool) -> tuple[str, bool]:
    """What the two did, and whether it is a clause that waits for its main clause."""
    place = rng.choice(TRAINING_PLACES)
    if rng.random() < 0.3:
        clause = rng.choice(_APART).split("/")[not past].format(x=x, y=y, p=place)
    else:
        # `The twins the baker and the cook` is nobody's English.
        pair = rng.choice(_PAIRS if x[0].isupper() else _PAIRS[:1]).format(x=x, y=y)
        clause = f"{pair} {rng.choice(_TOGETHER).split('/')[not past].format(p=place)}"
    if rng.random() < 0.4:
        lasting = any(word in ("was", "were", "is", "are", "lived", "lives") for word in clause.split())
        return f"{rng.choice(_LASTING_CONJUNCTIONS if lasting else _CONJUNCTIONS)} {clause}", True
    if rng.random() < 0.35:
        time = rng.choice(_TIMES if past else _TIMES_NOW)
        clause = f"{time}{rng.choice((' ', ', '))}{clause}"
    return clause, False


def _giving(rng: Random, giver: str, past: bool) -> str:
    """Up to the word after which the receiver is named."""
    kind = rng.random()
    gift = rng.choice(GIFTS)
    if kind < 0.16:
        return f"{giver} {rng.choice(_ADDRESSES).split('/')[not past]}"
    if kind < 0.28:
        return f"{giver} {rng.choice(_OTHERWISE).split('/')[not past].format(o=gift)}"
    verb = rng.choice(_VERBS)
    frame = rng.choice(_GIVING_FRAMES)[not past]
    return frame.format(s=giver, o=gift, past=verb[0], now=verb[1], base=verb[2], adverb=rng.choice(_ADVERBS))


def _between(rng: Random, bystander: str, past: bool) -> list[str]:
    """No, one or two sentences that stand between the opening and the giving."""
    was, were, had = ("was", "were", "had") if past else ("is", "are", "have")
    count = rng.choices((0, 1, 2), (6, 3, 1))[0]
    fillers = [filler.format(was=was, were=were, had=had) for filler in rng.sample(_FILLERS, count)]
    if rng.random() < 0.12:
        fillers.append(rng.choice(_BYSTANDING).format(z=bystander, was=was, had="had" if past else "has"))
    return fillers


def _composed(rng: Random) -> str:
    """A time, a pair, a deed, a place, a link, sentences in between, a giving and a gift."""
    giver, receiver, bystander = _people(rng)
    past = rng.random() < 0.75
    x, y = (giver, receiver) if rng.random() < 0.5 else (receiver, giver)
    opening, waits = _opening(rng, x, y, past)
    giving = f"{_giving(rng, giver, past)} {receiver}"
    between = _between(rng, bystander, past)
    if between:
        link = rng.choice([word for mark, word in _LINKS if mark == "."])
        first, *others = between
        meanwhile = [f"{opening}, {_uncapitalised(first)}"] if waits else [f"{opening}.", first]
        sentences = [*meanwhile, *others, f"{link}{giving}."]
    elif waits:
        sentences = [f"{opening}, {giving}."]
    else:
        mark, link = rng.choice(_LINKS)
        sentences = [f"{opening}.", f"{link}{giving}."] if mark == "." else [f"{opening}{mark} {link}{giving}."]
    if rng.random() < 0.2:
        sentences.append(rng.choice(_AFTER_PAST if past else _AFTER_NOW).format(s=giver, io=receiver))
    return " ".join(_capitalised(sentence) for sentence in sentences)


def _of_three(rng: Random) -> str:
    """Two of three people give; the third receives: `Anna, Ben and Tom met. Ben and Anna gave a cake to Tom.`"""
    people = _people(rng)
    receiver, *givers = people
    a, b, c = rng.sample(people, 3)
    rng.shuffle(givers)
    doing, _ = rng.choice(_TOGETHER).format(p=rng.choice(TRAINING_PLACES)).split("/")
    opening = f"{a}, {b} and {c} {doing}"
    if rng.random() < 0.4:
        opening = f"{rng.choice(_LASTING_CONJUNCTIONS)} {opening},"
    else:
        opening += rng.choice((".", ".", ", and", ", and then"))
    subject = " and ".join(givers)
    verb = rng.choice(_VERBS)[0]
    after = f"{subject} {verb} {rng.choice(GIFTS)} to {receiver}."
    return f"{_capitalised(opening)} {_capitalised(after) if opening.endswith('.') else after}"


def _scene(rng: Random) -> str:
    giver, receiver, third = _people(rng)
    return giving_scenes.scene(rng, (giver, receiver, third))


_MAKERS = (_composed,) * 10 + (_scene,) * 9 + (_listed,) * 4 + (_of_three,)


def sentence(rng: Random) -> str:
    return rng.choice(_MAKERS)(rng)


def held_out(rng: Random, count: int) -> list[Item]:
    """Held-out names and places; the opening, the giving or both are held out too, in turn."""
    families = (
        ("opening", HELD_OUT_OPENINGS, GIVINGS),
        ("giving", OPENINGS, HELD_OUT_GIVINGS),
        ("both", HELD_OUT_OPENINGS, HELD_OUT_GIVINGS),
    )
    items: list[Item] = []
    for index in range(count):
        group, openings, givings = families[index % len(families)]
        cast = _cast(rng, HELD_OUT_NAMES, HELD_OUT_PLACES)
        prompt = _prompt(rng, rng.choice(openings), rng.choice(givings), cast)
        items.append(Item("indirect_object", prompt, (cast.receiver,), (cast.giver,), f"held-out {group}"))
    return items
