"""Wordings of the relations of `fact_tables` that training never sees; fields as in `fact_phrases`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from microscope.bundled.corpus.fact_tables import Relation


class HeldOut(NamedTuple):
    """One relation in words kept for measuring."""

    statements: tuple[str, ...]
    """Whole sentences, answer last."""

    questions: tuple[str, ...]
    """What a user writes, last mark included."""


_CAPITAL = HeldOut(
    statements=(
        "{s} is a country whose capital is {a}",
        "ask anyone about the capital of {s} and you will hear the name {a}",
        "on a map of {s} a star marks the capital, which is {a}",
        "among all the cities of {s}, the one chosen as capital is {a}",
        "tourists who want to photograph the capital of {s} travel to {a}",
    ),
    questions=(
        "I am planning a trip to {s}. Which city is its capital?",
        "What's the name of the city that serves as capital of {s}?",
        "Geography quiz! Capital city for {s}?",
        "My homework says: find the capital of {s}. Can you help?",
        "Any idea what {p} capital might be?",
    ),
)

_CURRENCY = HeldOut(
    statements=(
        "tickets for the museum in {s} must be bought with the {a}",
        "my uncle brought home some coins from {s}, where they spend the {a}",
        "a taxi driver in {s} wants to be paid in the {a}",
        "shopping in {s} means opening a purse full of the national currency, the {a}",
        "whoever earns money in {s} earns it in the {a}",
    ),
    questions=(
        "I fly to {s} next week. Which currency should I bring?",
        "If I go shopping in {s}, what kind of money will I need?",
        "What's the official currency over in {s}?",
        "Which coins and notes would I find in a purse in {s}?",
        "Money question: what does one spend in {s}?",
    ),
)

_LANGUAGE = HeldOut(
    statements=(
        "a teacher from {s} will greet the class in {a}",
        "newspapers printed in {s} are mostly in {a}",
        "mothers in {s} sing to their babies in {a}",
        "someone born in {s} usually grows up with {a}",
        "on the radio in {s} you mostly hear {a}",
    ),
    questions=(
        "I am moving to {s}. Which language should I study?",
        "If I meet somebody from {s}, what language will they use?",
        "What's the mother tongue of most folks in {s}?",
        "In which language are signs written in {s}?",
        "Which tongue would I hear on the streets of {s}?",
    ),
)

_CONTINENT = HeldOut(
    statements=(
        "to reach {s}, an explorer must first get to the continent of {a}",
        "a globe shows {s} on the continent called {a}",
        "school books list {s} among the countries of {a}",
        "anybody who was born in {s} was born in {a}",
        "the borders of {s} lie on the continent of {a}",
    ),
    questions=(
        "Looking at a globe, on what continent would I see {s}?",
        "I keep mixing them up. {s}, which continent was that?",
        "Geography test: to which continent do we count {s}?",
        "If I took a plane to {s}, on what continent would I land?",
        "Which continent contains {s}?",
    ),
)

_YOUNG = HeldOut(
    statements=(
        "farmers and zoo keepers name the offspring of {as} {an} {a}",
        "early in its life the tiny {s} is known as {an} {a}",
        "at the zoo people admired the {s} together with her tiny {a}",
        "children learn that {as} starts its life as {an} {a}",
        "in nature books the offspring of {as} is named {an} {a}",
    ),
    questions=(
        "My daughter wonders which name we use for the offspring of {as}.",
        "At the zoo I saw a newborn {s}. What's the correct word for it?",
        "Which word describes {as} that was just born?",
        "When {as} has offspring, what do people name the little animal?",
        "Biology quiz: offspring of {as}?",
    ),
)

_SOUND = HeldOut(
    statements=(
        "deep in the night a lonely {s} woke us with a loud {a}",
        "a child who plays {as} on stage has to {a}",
        "from behind the fence came a {s}, and we heard it {a}",
        "the voice of {as} is known as {an} {a}",
        "no other animal makes the noise of {as}, which is {an} {a}",
    ),
    questions=(
        "My little boy pretends to be {as}. Which noise should he make?",
        "If {as} were in my room, what would I hear?",
        "In picture books, which word is printed next to {as} for its sound?",
        "How would you describe the voice of {as}?",
        "Which cry is typical for {as}?",
    ),
)

_OPPOSITE = HeldOut(
    statements=(
        "a word pair that shows a strong contrast is {s} and {a}",
        "somebody who disagrees with {s} would choose the contrary word, {a}",
        "{s} stands at one end, and at the opposite end stands {a}",
        "in a list of opposites, next to {s} we find {a}",
        "a person who always says the reverse answers {s} with {a}",
    ),
    questions=(
        "I need an antonym for {s}.",
        "Which word would you pick if you wanted the exact opposite of {s}?",
        "Word game! I say {s}, you say the contrary.",
        "My crossword asks for the reverse of {s}. Any ideas?",
        "Opposites quiz: {s} versus what?",
    ),
)

_PLURAL = HeldOut(
    statements=(
        "a single {s} is alone, while a whole group would be several {a}",
        "count with me: {as} here, {as} there, altogether a pair of {a}",
        "grammar books turn the singular {s} into {a}",
        "where yesterday stood a single {s}, today stand hundreds of {a}",
        "to speak of several, change {s} into {a}",
    ),
    questions=(
        "I have {as}. If I get another, what do I have?",
        "Grammar check: a single {s}, several ...?",
        "How is the noun {s} spelled when there are lots of them?",
        "Turn {s} into a plural noun for me.",
        "Pluralise this noun: {s}",
    ),
)

_PAST = HeldOut(
    statements=(
        "this year they want to {s} as much as they did when they {a}",
        "a story about long ago changes {s} into {a}",
        "since my friends always {s}, two years ago they surely {a}",
        "a teacher crossed out {s} and wrote the past form {a}",
        "when something is already over, English speakers replace {s} with {a}",
    ),
    questions=(
        "Conjugate {s} for something that happened long ago.",
        "Put {s} into the simple past for me.",
        "English homework: {s} in the simple past?",
        "I am telling a story about last year and need the verb {s}. Which form is right?",
        "Which form of {s} goes with the word yesterday?",
    ),
)

_COLOUR = HeldOut(
    statements=(
        "a crayon that matches {s} must be {a}",
        "babies soon notice that {s} looks {a}",
        "photographs of {s} show something {a}",
        "among all the crayons in the box, the one for {s} is {a}",
        "nobody is surprised that {s} looks {a}",
    ),
    questions=(
        "I am painting {s}. Which crayon should I choose?",
        "How would you describe the way {s} looks, in terms of colour?",
        "If I took a photo of {s}, what shade would I see?",
        "Which colour comes to mind with {s}?",
        "Drawing class: which paint for {s}?",
    ),
)

_WORKPLACE = HeldOut(
    statements=(
        "anyone who is employed as {as} knows the inside of {an} {a}",
        "to see {as} doing the job, just visit {an} {a}",
        "a day in the life of {as} begins at the door of the {a}",
        "people hired as {as} earn their living at {an} {a}",
        "at nine o'clock sharp the {s} started working at the {a}",
    ),
    questions=(
        "I would love to become {as}. What sort of place would employ me?",
        "In what kind of building or place is {as} employed?",
        "If I needed to meet {as} during the day, where should I look?",
        "Jobs quiz: the {s} does the job at which place?",
        "Someone hired as {as} earns a living where?",
    ),
)

_FEMALE = HeldOut(
    statements=(
        "change every he into she, and {as} turns into {an} {a}",
        "the female counterpart of {as} is known as {an} {a}",
        "in a play the man acted the {s} while the woman acted the {a}",
        "what {s} is for him, for her is {a}",
        "behind every {s} walks a female one, known as {an} {a}",
    ),
    questions=(
        "What's the feminine counterpart of {as}?",
        "Swap he for she: {as} turns into ...?",
        "If {as} were not male but female, which name would we use?",
        "Feminine noun for {s}, please?",
        "In my story the {s} should be a she. Which word do I need?",
    ),
)

_NEXT = HeldOut(
    statements=(
        "once {s} has gone by, the calendar shows {a}",
        "turn the calendar page from {s} and you will read {a}",
        "in the song about the calendar, children sing {s} and go on with {a}",
        "{s} makes way for {a}",
        "on every calendar the neighbour that stands behind {s} is {a}",
    ),
    questions=(
        "My calendar shows {s}. Which {n} will it show later?",
        "If {s} has just finished, what do we get?",
        "Calendar quiz: {s} is done, so now begins ...?",
        "Once {s} is gone, which {n} starts?",
        "Tell me which {n} succeeds {s}.",
    ),
)

HELD_OUT: Mapping[Relation, HeldOut] = MappingProxyType(
    {
        "capital": _CAPITAL,
        "currency": _CURRENCY,
        "language": _LANGUAGE,
        "continent": _CONTINENT,
        "young": _YOUNG,
        "sound": _SOUND,
        "opposite": _OPPOSITE,
        "plural": _PLURAL,
        "past": _PAST,
        "colour": _COLOUR,
        "workplace": _WORKPLACE,
        "female": _FEMALE,
        "next": _NEXT,
    }
)
