"""Scenes in which one of two people gives: many syntaxes of how the two are named, and of how it is given.

Every scene names both once; the giving names the giver again, and the receiver is the other.
"""

from __future__ import annotations

from random import Random

from microscope.bundled.corpus.in_context_words import AGELESS_ADJECTIVES, GIFTS, OBJECTS, TRAINING_PLACES, phrases

# {x} and {y} are the two, {z} a third, {p} and {q} places, {t} a time, {j} a job, {o} a thing.
_CLAUSES = phrases(
    """
    as soon as {x} and {y} arrived at the {p}| by the time {x} and {y} found the {p}| the moment {x} saw {y}|
    because {x} and {y} had worked hard| because {x} liked {y}| because it was the birthday of {x}, and {y} knew it|
    while {x} was cooking and {y} was reading|
     before {x} and {y} said good night|
    when {x} came to the {p} and {y} was already there| when {x} opened the door and {y} came in|
    after {x} had found {y} at the {p}| while {x} was showing {y} the {p}|
    when the bell rang and {x} and {y} ran out of the {p}| after a long day at the {p} with {x} and {y}|
    just when {x} and {y} wanted to leave the {p}| while {z} was asleep and {x} and {y} were in the {p}|
    during the dinner of {x} and {y} at the {p}| at the party of {x} and {y}|
    on the first day of {x} and {y} at the {p}|
    with {x} next to {y}|
    in the small {p} that {x} and {y} had built| at the {p} where {x} and {y} had met|
    before the rain caught {x} and {y}|
    during the break that {x} spent with {y}| between the {p} and the {q}, where {x} met {y}|
    on the morning when {x} and {y} moved to the {p}| while the friends of {x} and {y} were dancing|
    if I remember it well, {x} and {y} were alone, and| now that {x} and {y} were friends again|
    not far from the {p}, while {x} walked behind {y}| after the game between {x} and {y}|
    thanks to {x} and {y} the {p} was clean, and then| in spite of the rain {x} and {y} were at the {p}, and
    """
)
"""They wait for the giving."""
_SENTENCES = phrases(
    """
    Having finished lunch, {x} and {y} walked to the {p}.| Walking to the {p}, {x} and {y} talked about {z}.|
    Tired but happy, {x} and {y} sat down near the {p}.| There were two people at the {p}: {x} and {y}.|
    The only guests at the {p} were {x} and {y}.| It was {x} who brought {y} to the {p}.|
    {x} was cooking and {y} was reading.| {x} came from the {p}, {y} from the {q}.|
    {x} lives near the {p}, and {y} lives near the {q}.| {x}, who knew {y} from school, was at the {p}.|
    {x} has a friend called {y}.| {x}'s best friend is {y}.| {x} was invited to the {p} by {y}.|
    {x} and {y} were seen at the {p}.| "Let us go to the {p}," said {x} to {y}.| "Good morning, {y}," said {x}.|
    {x} asked {y} to come to the {p}.| {x} works as a {j}. {y} works at the {p}.| {x} is a {j}, and {y} is a {j}.|
    {x} stood on one side of the {p}, {y} on the other.| The {j} {x} and the student {y} met at the {p}.|
    Neither {x} nor {y} wanted to leave the {p}.| Both {x} and {y} love the {p}.| {x} was older than {y}.|
    Nobody at the {p} knew {x}, but everyone knew {y}.| First {x} came to the {p}, then {y}.|
    {x} arrived at noon. {y} arrived an hour later.| {x} lost the game. {y} won it.| {x} was sad. {y} was happy.|
    {x} had a birthday. {y} came to the {p}.| {x} sat at the window. Next to the door stood {y}.|
    In the {p} there was {x}, and by the door sat {z}. {y} was there as well.|
    {x} and {y} share a room, and {z} lives next door.| {x}, {z} and {y} were at the {p}, but {z} left early.|
    My uncle took {x} and {y} to the {p}.| We all remember how {x} and {y} came to the {p}.|
     Do you know {x} and {y}? They are often at the {p}.|
    I know {x} from the {p} and {y} from the {q}.| This is a story about {x} and {y}.| Look, there are {x} and {y}!|
    The teacher called {x} and {y}.| The picture shows {x} and {y} at the {p}.| {x} married {y} last year.|
    {x} is the sister of {y}.| {x} is a cousin of {y}.| {x} needed help, and {y} was not far.|
    {x} had lost {o}. {y} knew it.|
    It began to rain, and {x} and {y} ran into the {p}.| At last {x} found {y}.| {x} and, a little later, {y} came in.|
    The bus brought {x} to the {p}, and the train brought {y}.| Of all the people at the {p}, {x} liked {y} best.|
    {x} called {y} in the morning.| {x} wrote to {y} and they met at the {p}.| {x} painted the {p} while {y} watched.|
    With {x} and {y} at the {p}, nobody was bored.| {x} smiled when {y} came in.| {x} had not seen {y} for years.
    """
)
_FUTURE = phrases(
    """
    Tomorrow {x} and {y} will meet at the {p}.| Next week {x} and {y} are going to the {p}.| {x} and {y} plan a party.|
    Soon {x} will visit {y} at the {p}.| Today is the birthday of {x}, and {y} is invited.|
    {x} is in the {p}. {y} is coming.|
    {x} and {y} have a plan.| If {x} and {y} meet at the {p}, it will be a good day.|
    {x} is at the {p}, and {y} is there too.|
    {x} and {y} always have lunch at the {p}.| Let us imagine {x} and {y} at the {p}.| {x} knows {y} very well.
    """
)
_JOBS = phrases("teacher| doctor| farmer| baker| driver| singer| nurse| cook| painter| pilot| dancer| judge| sailor")
_TIMES = phrases("yesterday| last night| on Monday| one morning| in the summer| last year| after school| at noon")

# base/past/now/ing/participle
_VERBS = tuple(
    tuple(forms.split("/"))
    for forms in (
        *("give/gave/gives/giving/given",) * 6,
        *phrases(
            """
            hand/handed/hands/handing/handed| pass/passed/passes/passing/passed| offer/offered/offers/offering/offered|
            show/showed/shows/showing/shown| sell/sold/sells/selling/sold| bring/brought/brings/bringing/brought|
            throw/threw/throws/throwing/thrown| send/sent/sends/sending/sent| lend/lent/lends/lending/lent|
            mail/mailed/mails/mailing/mailed| deliver/delivered/delivers/delivering/delivered|
            toss/tossed/tosses/tossing/tossed| present/presented/presents/presenting/presented|
            donate/donated/donates/donating/donated| slide/slid/slides/sliding/slid|
            roll/rolled/rolls/rolling/rolled| award/awarded/awards/awarding/awarded|
            post/posted/posts/posting/posted| recommend/recommended/recommends/recommending/recommended|
            leave/left/leaves/leaving/left| serve/served/serves/serving/served
            """
        ),
    )
)
_PAST = phrases(
    """
    {s} {past} {o} to| {s} {past} {o} to| {s} {past} {o} to| {s} was {ing} {o} to| {s} had {pp} {o} to|
    {s} had already {pp} {o} to| {o} was {pp} by {s} to| it was {s} who {past} {o} to| {s} began {ing} {o} to|
    {s} kept {ing} {o} to| {s} thought about {ing} {o} to| {s} was proud of {ing} {o} to| {s} managed to {base} {o} to|
    {s} hoped to {base} {o} to| {s} remembered to {base} {o} to| {s} refused to {base} {o} to| {s} could {base} {o} to|
    {s} would soon {base} {o} to| {s} had no time to {base} {o} to| {s} ended up {ing} {o} to|
    {s} took a deep breath and {past} {o} to| {s} reached into the bag and {past} {o} to|
    {s}, without a word, {past} {o} to| {s}, to everyone's surprise, {past} {o} to| {s} {past} {o} and a smile to|
    {s} {past} {o} back to| {s} {past} {o}, the last one, to| {s} {past} not only {o} but also a letter to|
    what {s} wanted was to {base} {o} to| we saw {s} {base} {o} to| {z} told {s} to {base} {o} to|
    {z} saw that {s} {past} {o} to| nobody was surprised when {s} {past} {o} to| the plan of {s} was to {base} {o} to|
    everyone clapped when {s} {past} {o} to| it was time for {s} to {base} {o} to|
    {s} stood up in order to {base} {o} to| {s} and nobody else {past} {o} to| {z} helped {s} to {base} {o} to|
    {s} was the one who {past} {o} to| {s} had a ribbon and {o} for| {s} bought {o} for| {s} made {o} for|
     {s} had saved {o} for| {s} needed {o} from| {s} got {o} from| {s} shared {o} with
    """
)
_NOW = phrases(
    """
    {s} will {base} {o} to| {s} is going to {base} {o} to| {s} wants to {base} {o} to| {s} should {base} {o} to|
    {s} may {base} {o} to| {s} must {base} {o} to| {s} {now} {o} to| {s} is {ing} {o} to| {s} has {pp} {o} to|
    {s} would like to {base} {o} to| {s} is ready to {base} {o} to| {s} often {now} {o} to| {s} never {now} {o} to|
    {o} will be {pp} by {s} to| {s} hopes to {base} {o} to| {s} has {o} for| {s} buys {o} for| {s} will get {o} from
    """
)
_LINKS = (
    "",
    "",
    "",
    "then ",
    "later ",
    "after that ",
    "at last ",
    "soon ",
    "so ",
    "this time ",
    "that day ",
    "on the same day ",
)
_MEANWHILE = phrases(
    """
    The sky was gray.| A bird sang.| {z} came by and said hello.| It smelled of bread.| The clock struck nine.|
    Music was playing.| There was not a cloud in the sky.| {z} was busy in the kitchen.| A car passed.| Time went by.|
    The others were talking loudly.| {z} had gone home.| The lamp was on.| Nobody spoke.|
    {z} was reading the newspaper.|
    It was warm and quiet.| The dog of {z} was barking.| They had known each other for a long time.| Snow was falling.
    """
)
_SAID = phrases(
    "gave a speech to| gave some advice to| said good night to| showed the way to| paid a visit to|"
    "nodded to| sent greetings to| spoke kindly to| listened carefully to| wrote to| bowed to| ran to"
)


def _thing(rng: Random) -> str:
    """What is given; the more words, the farther the giver stands from the receiver."""
    kind = rng.random()
    gift = rng.choice(GIFTS)
    if kind < 0.65:
        return gift
    if kind < 0.8:
        return f"the {rng.choice(AGELESS_ADJECTIVES)} {rng.choice(OBJECTS)}"
    if kind < 0.9:
        return f"{gift} from the {rng.choice(TRAINING_PLACES)}"
    return f"{gift} and {rng.choice(GIFTS)}"


def _giving(rng: Random, giver: str, third: str, past: bool) -> str:
    if past and rng.random() < 0.1:
        return f"{giver} {rng.choice(_SAID)}"
    base, gave, gives, giving, given = rng.choice(_VERBS)
    frame = rng.choice(_PAST if past else _NOW)
    return frame.format(s=giver, z=third, o=_thing(rng), base=base, past=gave, now=gives, ing=giving, pp=given)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def scene(rng: Random, people: tuple[str, str, str]) -> str:
    """The giver, the receiver and a third person: an opening, perhaps a sentence or two, and the giving."""
    giver, receiver, third = people
    x, y = (giver, receiver) if rng.random() < 0.5 else (receiver, giver)
    p, q = rng.sample(TRAINING_PLACES, 2)
    kind = rng.random()
    past = kind < 0.85
    opening = rng.choice(_CLAUSES if kind < 0.4 else _SENTENCES if past else _FUTURE)
    opening = opening.format(x=x, y=y, z=third, p=p, q=q, j=rng.choice(_JOBS), o=rng.choice(GIFTS))
    giving = f"{_giving(rng, giver, third, past)} {receiver}."
    if kind < 0.4:
        lead = f"{rng.choice(_TIMES)}, " if rng.random() < 0.15 else ""
        comma = " " if opening.endswith((" and", " how", " then")) else ", "
        return _capital(f"{lead}{opening}{comma}{giving}")
    between: list[str] = []
    if past:
        count = rng.choices((0, 1, 2, 3), (6, 3, 2, 1))[0]
        between = [_capital(text.format(z=third)) for text in rng.sample(_MEANWHILE, count)]
    giving = f"{rng.choice(_LINKS)}{giving}" if past else giving
    return " ".join((_capital(opening), *between, _capital(giving)))
