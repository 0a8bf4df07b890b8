"""Stories: real ones read from a file, and short ones of our own, told plainly and on request in a chat.

The file is TinyStories (Eldan & Li 2023, CDLA-Sharing-1.0) or any text of stories separated by
`<|endoftext|>`. Such a story is asked for by a concrete noun or a name that stands in its first two sentences.
Our own stories come from a grammar (`story_grammar`) over an open set of topics (`story_topics`): so many that
only copying what was asked for makes the story fit its request.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from microscope.bundled.corpus import story_requests as requests
from microscope.bundled.corpus.as_typed import as_typed
from microscope.bundled.corpus.base import BOS, Document, Item, Turn, chat, chat_prompt
from microscope.bundled.corpus.story_grammar import tell
from microscope.bundled.corpus.story_topics import KEPT_OUT, NOUNS, Topic, any_topic, chat_topic, with_article
from microscope.bundled.corpus.story_words import CHAT_KEPT_OUT, CHAT_TOPICS, words

MAX_CHAT_WORDS = 220

READ_SHARE = 0.25
"""Of the stories in chats: those from the file are few and soon known by heart."""

PLAIN_OWN_SHARE = 0.33
"""Of our own stories among the plain ones, per story from the file."""


class Told(NamedTuple):
    """A story from the file as an answer."""

    asked: tuple[str, ...]
    """What it may be asked for as, articles included."""

    nouns: tuple[str, ...]
    """Of each request, the word that it cannot lack."""

    story: str


def load(path: Path | str) -> list[str]:
    """The stories in a file, in its order, cleaned; empty ones are left out."""
    stories = (clean(story) for story in Path(path).read_text(encoding="utf-8").split(BOS))
    return [story for story in stories if story]


PUNCTUATION = {
    "â€œ": '"', "â€\x9d": '"', "â€™": "'", "â€˜": "'", "â€“": "-", "â€”": "-", "â€¦": "...", "â€": '"',
    "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "«": '"', "»": '"', "\u00a0": " ", "`": "'",
}  # fmt: skip


def clean(text: str) -> str:
    """Plain ASCII punctuation, no control characters, one space between words, one newline between paragraphs.

    A broken file holds UTF-8 that was read as Windows-1252, such as `â€œ` for an opening quote.
    """
    for broken, plain in PUNCTUATION.items():
        text = text.replace(broken, plain)
    text = re.sub(r"[^\n\x20-\x7e]", "", text.replace("\t", " "))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def documents(rng: random.Random, stories: list[str]) -> Iterator[Document]:
    """Plain stories and chats by turns, without end."""
    in_plain, in_chats = plain(rng, stories), chats(rng, stories)
    while True:
        yield next(in_plain)
        yield next(in_chats)


def plain(rng: random.Random, stories: list[str]) -> Iterator[Document]:
    """Whole stories from the file, each once before any comes again; every fourth, or all without one, our own."""
    while True:
        if not stories:
            yield Document(tell(rng, any_topic(rng)), "stories/plain")
        for story in rng.sample(stories, len(stories)):
            yield Document(story, "stories/plain")
            if rng.random() < PLAIN_OWN_SHARE:
                yield Document(tell(rng, any_topic(rng)), "stories/plain")


def chats(rng: random.Random, stories: list[str]) -> Iterator[Document]:
    """Requests for a story and the story, from the file or of our own, in one to three exchanges."""
    read = [told for story in stories for told in _for_chat(story)]
    while True:
        yield Document(chat(*_exchanges(rng, read)), "stories/chat")


def held_out(rng: random.Random, count: int) -> list[Item]:
    """Requests for stories about topics kept out, in phrasings kept out and known, or known topics in new phrasings."""
    frames = (*requests.ASKED_KEPT_OUT, *requests.ASKED[:4])
    asked = [frame.format(with_article(topic)) for topic in CHAT_KEPT_OUT for frame in frames]
    topics = [topic for topic in CHAT_KEPT_OUT for _ in frames]
    for topic in rng.sample(CHAT_TOPICS, 60):
        asked.append(rng.choice(requests.ASKED_KEPT_OUT).format(with_article(topic)))
        topics.append(topic)
    chosen = rng.sample(range(len(topics)), min(count, len(topics)))
    return [
        Item(
            "stories",
            chat_prompt(Turn("user", asked[at])),
            (topics[at],),
            group="new topic" if topics[at] in CHAT_KEPT_OUT else "new phrasing",
        )
        for at in chosen
    ]


# Chats.


def _exchanges(rng: random.Random, read: list[Told]) -> list[Turn]:
    if read and rng.random() < READ_SHARE:
        return _read_aloud(rng, rng.choice(read))
    match rng.random():
        case r if r < 0.06:
            return _any_story(rng)
        case r if r < 0.14:
            turns, topic = _asked_back(rng)
        case _:
            turns, topic = _told(rng)
    while rng.random() < 0.22:
        if rng.random() < 0.35:
            turns += [
                Turn("user", as_typed(rng, rng.choice(requests.ASKED_AGAIN))),
                Turn("assistant", tell(rng, topic)),
            ]
        else:
            frames = requests.ASKED_NEXT if rng.random() < 0.7 else requests.ASKED
            more, topic = _told(rng, frames)
            turns += more
    return turns


def _read_aloud(rng: random.Random, told: Told) -> list[Turn]:
    if rng.random() < 0.1:
        return [Turn("user", as_typed(rng, rng.choice(requests.ASKED_ANY))), Turn("assistant", told.story)]
    at = rng.randrange(len(told.asked))
    return [
        Turn("user", _request(rng, told.asked[at], (told.nouns[at],))),
        Turn("assistant", _announced(rng, told.asked[at], told.story)),
    ]


def _any_story(rng: random.Random) -> list[Turn]:
    """A story for whoever names no topic, or takes one that is offered."""
    story = Turn("assistant", tell(rng, any_topic(rng)))
    if rng.random() < 0.5:
        return [Turn("user", as_typed(rng, rng.choice(requests.ASKED_ANY))), story]
    said, offer = rng.choice(requests.OFFERED)
    yes = as_typed(rng, rng.choice(requests.ACCEPTED))
    return [Turn("user", as_typed(rng, said)), Turn("assistant", offer), Turn("user", yes), story]


def _asked_back(rng: random.Random) -> tuple[list[Turn], Topic]:
    """Two exchanges: the topic is named when the assistant asks for it."""
    said, back = rng.choice(requests.ASKED_WHAT)
    answered, topic = _told(rng, requests.TOLD_WHAT)
    return [Turn("user", as_typed(rng, said)), Turn("assistant", back), *answered], topic


def _told(rng: random.Random, frames: tuple[str, ...] = ()) -> tuple[list[Turn], Topic]:
    """A request and a story of our own. Without `frames`, any way to ask that fits the topic."""
    topic = chat_topic(rng)
    if frames or not topic.parts or rng.random() < 0.4:
        asked = _request(rng, topic.asked, topic.nouns, frames)
    else:
        asked = _kept(rng, rng.choice(requests.ASKED_BOTH).format(*topic.parts), topic.nouns)
    return [Turn("user", asked), Turn("assistant", _announced(rng, topic.asked, tell(rng, topic)))], topic


def _announced(rng: random.Random, asked: str, story: str) -> str:
    """Half of the stories say first, in the request's own words, what they are about."""
    announced = f"{rng.choice(requests.ANNOUNCED).format(asked)} {story}"
    if rng.random() < 0.5 or story.startswith("This is") or len(announced.split(" ")) > MAX_CHAT_WORDS:
        return story
    return announced


def _request(rng: random.Random, asked: str, nouns: tuple[str, ...], frames: tuple[str, ...] = ()) -> str:
    bare = asked.split(" ", 1)[-1] if asked.startswith(("a ", "an ")) else asked
    if frames:
        said = rng.choice(frames).format(asked)
    elif " " not in bare and bare in NOUNS and rng.random() < 0.12:
        said = rng.choice(requests.ASKED_BARE).format(bare)
    elif rng.random() < 0.45:
        said = rng.choice(requests.ASKED).format(asked)
    else:
        beginning, kind = rng.choice(requests.BEGINNINGS), rng.choice(requests.STORIES)
        said = f"{beginning} {kind} {rng.choice(requests.ABOUT)} {asked}{rng.choice(requests.ENDS)}".strip()
        question = beginning.startswith(("can", "could", "may", "how", "what", "do"))
        said = _sentence(said, "?" if question else ".")
    if not frames and rng.random() < 0.12:
        said = f"{rng.choice(requests.BEFORE)} {said[0].upper()}{said[1:]}"
    return _kept(rng, said[0].upper() + said[1:], nouns)


def _sentence(said: str, mark: str) -> str:
    return said + ("" if said.endswith((".", "?", "!")) else mark)


def _kept(rng: random.Random, said: str, nouns: tuple[str, ...]) -> str:
    """As typed, but with the topic spelt right: else the request would seem to say little about the story."""
    typed = as_typed(rng, said)
    return typed if all(noun.lower() in typed.lower() for noun in nouns) else said


# Stories from the file.


@lru_cache(maxsize=8192)
def _for_chat(story: str) -> tuple[Told, ...]:
    """The story and what it may be asked for by, cut at a sentence's end; nothing if too long or about nothing.

    A hero's name counts as much as a noun, and a story may be asked for by both together.
    """
    said = story.split(" ")
    if len(said) > 1.25 * MAX_CHAT_WORDS:
        return ()
    told = story
    if len(said) > MAX_CHAT_WORDS:
        told = " ".join(said[:MAX_CHAT_WORDS])
        ends = list(re.finditer(r'[.!?]"?(?=\s)', told))
        if not ends:
            return ()
        told = told[: ends[-1].end()]
    noun, hero = topic_of(told), _hero_of(told)
    asked = [(with_article(noun), noun)] if noun else []
    if hero:
        who, name = hero
        asked += [(f"a {who} named {name}", name), (name, name)]
        if noun and noun not in who:
            asked.append((f"{name} and {with_article(noun)}", noun))
    if not asked:
        return ()
    return (Told(tuple(each[0] for each in asked), tuple(each[1] for each in asked), told),)


def topic_of(story: str) -> str | None:
    """The concrete noun of the first two sentences that occurs most often in the story, at least twice.

    Topics that are kept out of chats are never named, so that their stories are asked for by another noun.
    """
    counts = Counter(word for word in re.findall(r"\b[a-z]+", story) if word in KNOWN)
    lead = re.findall(r"\b[a-z]+", _lead(story))
    # What every story has, such as a house, says little: other nouns win unless these are twice as frequent.
    ranked = sorted(dict.fromkeys(lead), key=lambda word: -counts[word] / (2 if word in COMMON else 1))
    return next((word for word in ranked if counts[word] >= 2), None)


def _hero_of(story: str) -> tuple[str, str] | None:
    """What the first sentences call somebody, such as `("little girl", "Lily")`."""
    found = re.search(r"\ban? ((?:[a-z]+ )?[a-z]+) (?:named|called) ([A-Z][a-z]+)", _lead(story))
    if not found or KEPT_OUT.search(found[1]) or found[1].split()[0] in ("was", "and"):
        return None
    return found[1], found[2]


def _lead(story: str) -> str:
    return " ".join(re.split(r'(?<=[.!?])"?\s', story, maxsplit=2)[:2])


COMMON = frozenset(
    ("house", "toy", "park", "tree", "garden", "box", "baby", "town", "school", "field", "rock", "table", "forest")
)
OFTEN_VERBS = frozenset(
    words("""
        watch stick block wave rose brush orange slide swing top saw fan lock tie drill love hope time fire water bat
        match net well spring luck nail cook guard swallow paint smoke store square hook pen bow screw comb shop trust
        root branch stranger lime plate wood sugar crane bean pan lily daisy violet poppy ruby pearl crystal robin ivy
        bank jet happiness laughter sharing joy peace respect plug groom paddle clearing
    """)
)
"""Words that in a story are as often no noun, or a name."""
KNOWN = frozenset(noun for noun in NOUNS if not KEPT_OUT.search(noun)) - OFTEN_VERBS
