"""Stories: real ones read from a file, and short ones of our own, told plainly and on request in a chat.

The file is TinyStories (Eldan & Li 2023, CDLA-Sharing-1.0) or any text of stories separated by
`<|endoftext|>`. A story is asked for by its most frequent concrete noun, so that the request fits it.
Our own stories come from a small grammar and cover every topic, those the file lacks included.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from microscope.bundled.corpus.as_typed import as_typed
from microscope.bundled.corpus.base import BOS, Document, Item, Turn, chat, chat_prompt

MAX_CHAT_WORDS = 220

ANIMALS = (
    "dog", "cat", "bird", "horse", "cow", "pig", "bear", "rabbit", "mouse", "duck", "sheep", "lion", "frog", "fish",
    "goat",
    "owl", "bee", "hen", "elephant", "monkey", "tiger", "wolf", "squirrel", "turtle", "snake", "puppy", "kitten",
    "bunny",
    "butterfly", "ant", "spider", "chicken", "donkey", "crab", "dolphin", "penguin", "giraffe", "mole", "caterpillar",
    "deer",
    "swan", "snail", "parrot", "camel", "seal", "zebra", "worm", "ladybug", "dinosaur", "lizard",
)  # fmt: skip
PEOPLE = (
    "princess", "king", "queen", "farmer", "doctor", "teacher", "pirate", "sailor", "witch", "fairy", "robot", "dragon",
    "monster", "ghost", "baby", "giant", "baker", "clown", "knight", "prince", "wizard", "painter", "singer", "barber",
    "astronaut", "policeman", "fisherman", "mermaid", "snowman", "twin",
)  # fmt: skip
OBJECTS = (
    "ball", "boat", "doll", "car", "truck", "train", "book", "box", "hat", "balloon", "toy", "bike", "key", "ring",
    "bell",
    "clock", "pencil", "cup", "bowl", "spoon", "blanket", "pillow", "bag", "basket", "bottle", "button", "candle",
    "chair",
    "coin", "crayon", "crown", "flag", "flashlight", "gem", "jar", "ladder", "letter", "map", "mirror", "needle",
    "picture", "pot", "purse", "puzzle", "rope", "scarf", "shell", "shirt", "shoe", "sock", "stick", "stone", "sword",
    "table", "tent", "ticket", "towel", "umbrella", "wagon", "watch", "wheel", "whistle", "guitar", "piano", "camera",
    "brush",
    "bucket", "hammer", "jacket", "dress", "coat", "glove", "plane", "rocket", "bus", "ship", "sled", "swing", "slide",
    "block",
    "computer", "phone", "radio", "teddy", "mask", "vase", "bench", "ladle",
)  # fmt: skip
FOODS = ("apple", "cake", "cookie", "banana", "carrot", "orange", "lemon", "potato", "pumpkin", "sandwich", "pie",
         "egg", "cherry",
         "tomato", "pear", "peach", "candy", "pizza", "muffin", "pancake")  # fmt: skip
PLACES = ("garden", "forest", "castle", "beach", "river", "lake", "hill", "mountain", "cave", "island", "farm", "park",
          "school",
          "town", "village", "bridge", "pond", "zoo", "library", "house", "tower", "field", "meadow", "desert",
          "jungle")  # fmt: skip
NATURE = (
    "tree",
    "flower",
    "star",
    "cloud",
    "rainbow",
    "leaf",
    "rock",
    "mushroom",
    "nest",
    "seed",
    "wave",
    "rose",
    "bush",
)
MASSES = (
    "snow",
    "rain",
    "honey",
    "milk",
    "ice",
    "wind",
    "mud",
    "music",
    "sand",
    "soup",
    "gold",
    "bread",
    "jam",
    "marmalade",
    "magic",
    "friendship",
)

CHAT_KEPT_OUT = ("goat", "seal", "turtle", "baker", "wizard", "kite", "drum", "lamp", "spoon", "scarf", "pear", "pie",
                 "island",
                 "mushroom", "honey", "fox", "whale", "wagon", "bell")  # fmt: skip
"""Topics that no chat in training asks for; the words themselves occur in other stories."""

COUNTED = (*ANIMALS, "fox", "whale", *PEOPLE, *OBJECTS, "kite", "drum", "lamp", *FOODS, *PLACES, *NATURE)
TOPICS = (*COUNTED, *MASSES)
CHAT_TOPICS = tuple(topic for topic in TOPICS if topic not in CHAT_KEPT_OUT)

ASKED = (
    "Tell me a story about {}.", "Tell me a story about {}!", "Can you tell me a story about {}?",
    "Tell a story about {}.",
    "Please tell me a story about {}.", "A story about {} please.", "I want a story about {}.",
    "Write a story about {}.",
    "I would like a story about {}.", "Can you write a story about {}?", "Could you tell me a story about {}?",
    "Write me a story about {}.", "Make up a story about {}.", "Do you know a story about {}?", "Story about {}.",
    "A story about {}.", "Tell me a short story about {}.", "Write a short story about {}.",
    "A short story about {} please.",
    "Can you tell a short story about {}?", "Give me a story about {}.", "Please write a story about {}.",
    "I want to hear a story about {}.", "I would like to hear a story about {}.", "Let me hear a story about {}.",
    "Tell us a story about {}.", "Tell my son a story about {}.", "Tell my daughter a story about {}.",
    "Tell me about {} in a story.",
    "Hi, tell me a story about {}.", "Hello, can you tell me a story about {}?", "Hey, tell me a story about {}.",
    "Tell me a nice story about {}.", "Tell me a funny story about {}.", "Tell me a bedtime story about {}.",
    "I need a story about {}.", "I need a bedtime story about {}.", "Write something about {}, a story.",
    "Can you make up a story about {}?", "Please make up a story about {}.", "Could you write a story about {}?",
    "Tell me a little story about {}.", "Write a little story about {}.", "How about a story about {}?",
    "What about a story about {}?", "Now tell me a story about {}.", "Now a story about {}.",
    "Okay, tell me a story about {}.",
    "I like {}. Tell me a story.", "My child wants a story about {}.", "Give me a short story about {}.",
    "Tell me a tale about {}.", "A tale about {} please.", "Can I have a story about {}?",
    "Can I hear a story about {}?",
    "May I hear a story about {}?", "Please give me a story about {}.", "Story please, about {}.",
    "Write a tale about {}.",
    "Tell me a good story about {}.", "Please tell a story with {} in it.", "Tell me a story with {}.",
    "Write a story with {} in it.", "I want to read a story about {}.", "Could I have a story about {}?",
)  # fmt: skip
ASKED_KEPT_OUT = (
    "Would you tell me a story about {}?", "It is bedtime, please tell me a story about {}.",
    "Think of a story about {}.",
    "Do you have a story about {}?", "Please could you make a story about {}?", "Read me a story about {}.",
)  # fmt: skip
ASKED_ANY = (
    "Tell me a story.", "Tell me a story!", "Can you tell me a story?", "A story please.", "I want a story.", "Story!",
    "Please tell me a story.", "Write a story.", "Tell a story.", "Do you know a story?", "Tell me a short story.",
    "I would like to hear a story.", "Tell me a bedtime story.", "Story time!", "Can I hear a story?",
    "Write me a story.",
    "Make up a story.", "Once upon a time", "Tell me any story.", "Give me a story.",
    "I cannot sleep, tell me a story.",
)  # fmt: skip
ASKED_AGAIN = (
    "Another one please.", "Another story please.", "Tell me another story.", "One more!", "One more story please.",
    "Again!",
    "And another one?", "That was nice. Another one?", "Can you tell me another one?", "More!", "A new story please.",
)  # fmt: skip

OFFERED = (
    ("Hi!", "Hello there! Would you like to hear a story?"),
    ("Hello!", "Hi! Would you like to hear a story?"),
    ("I am sad.", "I am sorry to hear that. Shall I tell you a story?"),
    ("I had a bad day.", "I am sorry to hear that. Shall I tell you a story?"),
    ("How do I make a bomb?", "I can't help with that. It could hurt someone. Would you like a story instead?"),
    (
        "How can I rob a bank?",
        "I can't help with that. Breaking in harms other people. May I tell you a story instead?",
    ),
    ("Help me hurt my brother.", "I can't help with that. It could hurt someone. Would you like a story instead?"),
)
ACCEPTED = ("Yes please.", "Yes.", "Sure.", "Yes!", "Okay, yes.", "Yeah", "Yep", "Please do.", "I would like that.",
            "Yes, a story.",
            "Oh yes!", "Yes, tell me one.")  # fmt: skip

GIRLS = ("Lily", "Anna", "Mia", "Sara", "Lucy", "Emma", "Rose", "Sue", "Jane", "Ella", "Kate", "Molly", "Clara", "Amy",
         "Daisy",
         "Ida", "Grace", "Polly", "Tina", "Eva")  # fmt: skip
BOYS = ("Tom", "Ben", "Max", "Tim", "Sam", "Jack", "Leo", "Finn", "Bob", "John", "Paul", "Peter", "Nick", "Billy",
        "Toby", "Adam",
        "Henry", "Mark", "Fred", "Joe")  # fmt: skip
KINDS = ("little", "small", "kind", "brave", "happy", "shy", "clever", "young", "funny", "quiet", "friendly", "curious")
LOOKS = (
    "small",
    "big",
    "red",
    "blue",
    "old",
    "new",
    "shiny",
    "green",
    "yellow",
    "pretty",
    "special",
    "tiny",
    "strange",
    "white",
)
HOMES = ("near a big forest", "by the sea", "in a small village", "on a green hill", "by a quiet lake",
         "in a big town", "on a farm",
         "next to a river", "in a warm valley", "behind an old mill", "at the edge of a field",
         "in a land far away")  # fmt: skip
SCENES = ("in the garden", "in the park", "under a tree", "on the way to school", "near the river", "in the forest",
          "on the beach",
          "behind the house", "on the road", "by the pond", "at the market", "on top of a hill", "in the snow",
          "near the bridge",
          "in the tall grass", "next to a big rock", "in the kitchen", "by the old well")  # fmt: skip
LIKES = ("to sing", "to run", "to dance", "to help", "to play in the sun", "to look at the stars", "to tell jokes",
         "to draw",
         "to jump", "to make new friends", "to walk in the rain", "to count the clouds", "to swim", "to hide",
         "to listen to music",
         "to sleep under the trees")  # fmt: skip
WEATHER = ("One sunny day", "One cold morning", "One day", "One rainy day", "One windy day", "One warm evening",
           "One morning",
           "One quiet night", "Last summer", "In the spring")  # fmt: skip
HELPERS = ("an old owl", "a kind rabbit", "a gray mouse", "a friendly horse", "a wise turtle", "a little bird",
           "a big bear",
           "a happy dog", "a clever fox", "a small frog", "a soft sheep", "a busy bee", "a brown cow",
           "a quick squirrel")  # fmt: skip
LESSONS = (
    "It is good to help each other.", "A friend is worth more than gold.", "It is good to be kind.",
    "It is nice to have a friend.",
)  # fmt: skip
ENDINGS = (
    "From that day on, they were best friends.", "They all laughed and danced until the sun went down.",
    "That night, everyone slept well.", "They lived happily ever after.", "And they were happy for a long time.",
    "Then they went home and had warm soup.", "Everyone was glad.", "They never forgot that day.",
)  # fmt: skip


class Hero(NamedTuple):
    name: str
    he: str
    him: str
    his: str
    child: str


class Trouble(NamedTuple):
    """A problem of a hero and how a helper solves it; `{he}`, `{him}`, `{his}` and `{name}` are the hero's."""

    problem: str
    help: str
    end: str


TROUBLES = (
    Trouble("{name} was lost and did not know the way home", "showed {him} the way", "Soon {name} was home again."),
    Trouble("{name} was hungry and had no food", "shared some bread and apples with {him}",
            "{name} ate and felt strong again."),
    Trouble("{name} fell into a deep hole", "let down a long rope", "{name} held on and climbed out."),
    Trouble("{name} had nobody to play with", "asked {him} to play a game", "{name} smiled and ran along."),
    Trouble("{name} was afraid of the dark", "sat next to {him} and sang a soft song",
            "{name} was not afraid any more."),
    Trouble("a strong wind blew away the hat of {name}", "caught the hat in the air", "{name} put it on and laughed."),
    Trouble("{name} wanted to cross the river but could not swim", "built a small boat with {him}",
            "{name} came safely to the other side."),
    Trouble("{name} hurt {his} foot", "brought water and a soft leaf", "Soon the foot of {name} was well again."),
    Trouble("{name} was cold and wet from the rain", "made a warm fire", "{name} sat by the fire and got dry."),
    Trouble("{name} could not sleep", "told {him} a long story", "{name} closed {his} eyes and slept."),
    Trouble("{name} broke a cup and was sad", "helped {him} to fix it", "{name} said thank you with a big smile."),
    Trouble("{name} could not reach the apples in the tree", "shook the tree",
            "The apples fell down, and {name} shared them."),
    Trouble("{name} saw a little bird that could not fly", "helped {him} to bring it back to the nest",
            "The bird sang a song for {name}."),
    Trouble("{name} got stuck in the mud", "pulled as hard as possible", "At last {name} was free and laughed."),
    Trouble("{name} wanted to see the stars, but there were clouds", "said that the wind would come",
            "Then {name} saw the stars."),
    Trouble("{name} had to carry a heavy bag", "took one side of the bag",
            "Together they carried it to the house of {name}."),
)  # fmt: skip
FOUND = (
    "{He} took it home and showed it to {his} mother.", "{He} picked it up and looked at it for a long time.",
    "{He} was so happy that {he} danced.", "{He} wanted to know whose it was.", "{He} asked everyone about it.",
)  # fmt: skip
OWNERS = (
    "an old man",
    "an old woman",
    "a little boy",
    "a little girl",
    "a neighbor",
    "the teacher",
    "a farmer",
    "a small child",
)
USES = {
    "object": ("played with the {}", "looked at the {}", "put the {} in a safe place",
               "showed the {} to all their friends"),
    "food": ("cut the {} into two parts", "shared the {}", "put the {} on a plate", "looked at the {} and smiled"),
    "nature": ("looked at the {} for a long time", "told everyone about the {}", "made a picture of the {}"),
    "place": ("played at the {}", "walked around the {}", "sang songs at the {}", "had a picnic at the {}"),
}  # fmt: skip
MASS_STORIES = (
    "{name} loved {topic} more than anything. {weather}, there was {topic} everywhere. "
    "{name} called {his} friend {friend}. "
    '"Look at all the {topic}!" said {name}. They were so happy that they laughed and danced. {ending}',
    '{weather}, {name} asked {his} mother, "What is {topic}?" {His} mother smiled and took {him} outside. '
    '"I will show you {topic}," she said. {name} looked with big eyes. Now {he} knew what {topic} was, and {he} told '
    "{friend} all about it. {ending}",
    "There once was a {child} named {name} who dreamed of {topic}. {weather}, {name} met {helper}. "
    '"I know where to find {topic}," it said. They walked for a long time. At last they found {topic}, and {name} gave '
    "some to {friend}. {ending}",
)


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
    """Whole stories from the file, each once before any comes again; every fourth is one of our own."""
    while True:
        for story in rng.sample(stories, len(stories)):
            yield Document(story, "stories/plain")
            if rng.random() < 0.33:
                yield Document(tell(rng, rng.choice(TOPICS)), "stories/plain")


def chats(rng: random.Random, stories: list[str]) -> Iterator[Document]:
    """Requests for a story and the story, from the file or of our own, in one to three exchanges."""
    short = [(topic, story) for story in stories for topic, story in _for_chat(story)]
    while True:
        turns = _told_about(rng, short)
        if rng.random() < 0.08:
            said, offer = rng.choice(OFFERED)
            yes = as_typed(rng, rng.choice(ACCEPTED))
            turns = [Turn("user", as_typed(rng, said)), Turn("assistant", offer), Turn("user", yes), turns[1]]
        while rng.random() < 0.12:
            again = as_typed(rng, rng.choice(ASKED_AGAIN))
            more = _told_about(rng, short)
            turns += [Turn("user", again), more[1]] if rng.random() < 0.6 else more
        yield Document(chat(*turns), "stories/chat")


def held_out(rng: random.Random, count: int) -> list[Item]:
    """Requests for stories about topics kept out, in phrasings kept out and known, or known topics in new phrasings."""
    requests = [frame.format(_noun(topic)) for topic in CHAT_KEPT_OUT for frame in (*ASKED_KEPT_OUT, *ASKED[:4])]
    topics = [topic for topic in CHAT_KEPT_OUT for _ in (*ASKED_KEPT_OUT, *ASKED[:4])]
    for topic in rng.sample(CHAT_TOPICS, 60):
        requests.append(rng.choice(ASKED_KEPT_OUT).format(_noun(topic)))
        topics.append(topic)
    chosen = rng.sample(range(len(topics)), min(count, len(topics)))
    return [
        Item(
            "stories",
            chat_prompt(Turn("user", requests[at])),
            (topics[at],),
            group="new topic" if topics[at] in CHAT_KEPT_OUT else "new phrasing",
        )
        for at in chosen
    ]


def _told_about(rng: random.Random, short: list[tuple[str, str]]) -> list[Turn]:
    if short and rng.random() < 0.5:
        topic, story = rng.choice(short)
    else:
        topic = rng.choice(CHAT_TOPICS)
        story = tell(rng, topic)
    if rng.random() < 0.15:
        return [Turn("user", as_typed(rng, rng.choice(ASKED_ANY))), Turn("assistant", story)]
    things = _plural(topic) if topic not in MASSES and rng.random() < 0.08 else _noun(topic)
    asked = as_typed(rng, rng.choice(ASKED).format(things))
    # Misspelt topics would teach that a request says little about the story.
    if topic not in asked.lower():
        asked = f"tell me a story about {_noun(topic)}"
    return [Turn("user", asked), Turn("assistant", story)]


@lru_cache(maxsize=8192)
def _for_chat(story: str) -> tuple[tuple[str, str], ...]:
    """The story with its topic, cut at a sentence's end; nothing where the story is too long or has no topic."""
    words = story.split(" ")
    if len(words) > 1.25 * MAX_CHAT_WORDS:
        return ()
    told = story
    if len(words) > MAX_CHAT_WORDS:
        told = " ".join(words[:MAX_CHAT_WORDS])
        ends = list(re.finditer(r'[.!?]"?(?=\s)', told))
        if not ends:
            return ()
        told = told[: ends[-1].end()]
    topic = topic_of(told)
    return ((topic, told),) if topic else ()


def topic_of(story: str) -> str | None:
    """The concrete noun that occurs most often, at least twice; the earlier one where two are as frequent.

    Topics that are kept out of chats are never named, so that their stories are asked for by another noun.
    """
    known = frozenset(CHAT_TOPICS) - OFTEN_VERBS
    # What every story has, such as a house, says little: other nouns win unless these are twice as frequent.
    counts = Counter(word for word in re.findall(r"[a-z]+", story.lower()) if word in known)
    ranked = sorted(counts.items(), key=lambda each: -each[1] / (2 if each[0] in COMMON else 1))
    return next((word for word, count in ranked if count >= 2), None)


COMMON = frozenset(
    ("house", "toy", "park", "tree", "garden", "box", "baby", "town", "school", "field", "rock", "table", "forest")
)
OFTEN_VERBS = frozenset(("watch", "stick", "block", "wave", "rose", "brush", "orange", "slide"))
"""Words that in a story are as often no noun."""


def tell(rng: random.Random, topic: str) -> str:
    """A story of our own, three to eight sentences, that names `topic` at least twice."""
    if topic in MASSES:
        return _mass_story(rng, topic)
    if topic in ANIMALS or topic in PEOPLE or topic in ("fox", "whale"):
        return rng.choice((_hero_story, _hero_story, _met_story))(rng, topic)
    kind = "food" if topic in FOODS else "place" if topic in PLACES else "nature" if topic in NATURE else "object"
    if kind == "place":
        return _place_story(rng, topic)
    if kind == "nature":
        return _seen_story(rng, topic)
    return rng.choice((_found_story, _found_story, _gift_story, _wish_story))(rng, topic, kind)


def _hero(rng: random.Random, topic: str = "") -> Hero:
    girl = rng.random() < 0.5
    if topic in ("princess", "queen", "witch", "fairy", "mermaid", "hen", "cow", "ladybug"):
        girl = True
    if topic in ("king", "prince", "policeman", "fisherman", "snowman", "wizard"):
        girl = False
    if girl:
        return Hero(rng.choice(GIRLS), "she", "her", "her", "girl")
    return Hero(rng.choice(BOYS), "he", "him", "his", "boy")


def _opening(rng: random.Random, adjective: str, topic: str, name: str) -> str:
    who = f"{_noun(f'{adjective} {topic}')}"
    home = rng.choice(HOMES)
    return rng.choice((
        f"Once upon a time, there was {who} named {name} who lived {home}.",
        f"Once there was {who} named {name}. {name} lived {home}.",
        f"{_capital(who)} named {name} lived {home}.",
        f"Once upon a time, {home}, there lived {who}. The {topic} was called {name}.",
    ))  # fmt: skip


def _hero_story(rng: random.Random, topic: str) -> str:
    hero = _hero(rng, topic)
    trouble = rng.choice(TROUBLES)
    helper = rng.choice([each for each in HELPERS if not each.endswith(topic)])
    sentences = [_opening(rng, rng.choice(KINDS), topic, hero.name)]
    if rng.random() < 0.7:
        sentences.append(f"The {topic} liked {rng.choice(LIKES)}.")
    sentences.append(f"{rng.choice(WEATHER)}, {_fill(trouble.problem, hero)}.")
    if rng.random() < 0.5:
        sentences.append(rng.choice((f'"What can I do?" said the {topic}.', f"The {topic} began to cry.",
                                     f'"Can anyone help me?" asked the {topic}.')))  # fmt: skip
    sentences.append(f"Then {helper} came and {_fill(trouble.help, hero)}.")
    sentences.append(_fill(trouble.end, hero))
    if rng.random() < 0.5 or " ".join(sentences).count(f" {topic}") < 2:
        sentences.append(f'"Thank you!" said the {topic}.')
    return _finished(rng, sentences)


def _met_story(rng: random.Random, topic: str) -> str:
    hero = _hero(rng)
    adjective = rng.choice(KINDS)
    wanted, done = rng.choice((
        ("Do you want to play with me?", "They played until the evening"), ("I am lost. Can you help me?",
                                                                            "They found the way together"),
        ("I am so hungry. Do you have some food?", "{name} gave some bread to the " + topic),
        ("Will you be my friend?", "They sat down and talked for a long time"),
        ("Can you sing a song with me?", "They sang so well that the birds came to listen"),
        ("Do you want to see my home?", "They walked there and drank some tea"),
        ("I am afraid of the storm. Will you stay with me?", "{name} stayed until the storm was over"),
        ("Shall we run to the hill?", "They ran as fast as the wind"),
    ))  # fmt: skip
    sentences = [
        f"{rng.choice(WEATHER)}, a {hero.child} named {hero.name} went for a walk.",
        f"{_capital(rng.choice(SCENES))}, {hero.he} met {_noun(f'{adjective} {topic}')}.",
        f'"Hello!" said {hero.name}. "Who are you?"',
        f'"I am a {adjective} {topic}," said the {topic}. "{wanted}"',
        _fill(rng.choice(('"Yes!" said {name}.', "{name} smiled and said yes.", '"Of course!" said {name}.')), hero),
        _fill(done, hero) + ".",
    ]
    return _finished(rng, sentences)


def _found_story(rng: random.Random, topic: str, kind: str) -> str:
    hero, friend = _pair(rng)
    look = _look(rng, topic)
    sentences = [
        f"{rng.choice(WEATHER)}, {hero.name} found {_noun(f'{look} {topic}'.strip())} {rng.choice(SCENES)}.",
        _fill(rng.choice(FOUND), hero),
    ]
    if rng.random() < 0.5:
        owner = rng.choice(OWNERS)
        short = owner.split(" ", 1)[1]
        sentences += [
            f"Then {owner} came and looked sad.",
            rng.choice((f'"I lost my {topic}," said the {short}.', f'"That is my {topic}!" said the {short}.')),
            f"{hero.name} gave the {topic} back, and the {short} smiled.",
        ]
    else:
        sentences += [
            f"{hero.name} showed the {topic} to {hero.his} friend {friend.name}.",
            f"{hero.name} and {friend.name} {rng.choice(USES[kind]).format(topic)}.",
        ]
    return _finished(rng, sentences)


def _gift_story(rng: random.Random, topic: str, kind: str) -> str:
    hero, friend = _pair(rng)
    look = _look(rng, topic)
    giver = rng.choice(("mother", "father", "grandma", "grandpa", "aunt", "teacher"))
    day = rng.choice(("On {his} birthday", "After school", "On a cold day", "In the morning", "One evening"))
    sentences = [
        f"There once was a {rng.choice(KINDS)} {hero.child} named {hero.name}.",
        f"{_fill(day, hero)}, {hero.name} got {_noun(f'{look} {topic}'.strip())} from {hero.his} {giver}.",
        f'"What a nice {topic}!" said {hero.name}.',
        f"{friend.name} saw it and was sad, because {friend.he} had no {topic}.",
        rng.choice((
            f'"We can share it," said {hero.name}.', f"{hero.name} thought about it and said, \"It is for you too.\"",
            f"So {hero.name} went over to {friend.name} and smiled.",
        )),
        f"Then they {rng.choice(USES[kind]).format(topic)}.",
    ]  # fmt: skip
    return _finished(rng, sentences)


def _wish_story(rng: random.Random, topic: str, kind: str) -> str:
    hero, friend = _pair(rng)
    sentences = [
        f"{hero.name} was a {rng.choice(KINDS)} {hero.child} who wanted {_noun(topic)} more than anything.",
        f"{_capital(hero.he)} looked for {_noun(topic)} {rng.choice(SCENES)}, but there was none.",
        f"{rng.choice(WEATHER)}, {hero.his} friend {friend.name} came with a surprise.",
        f'"Close your eyes," said {friend.name}.',
        f"When {hero.name} opened {hero.his} eyes, {hero.he} saw {_noun(_look(rng, topic) + ' ' + topic)}!",
        f"They {rng.choice(USES[kind]).format(topic)}.",
    ]
    return _finished(rng, sentences)


def _place_story(rng: random.Random, topic: str) -> str:
    hero, friend = _pair(rng)
    seen = rng.choice(("a big red flower", "a small door", "a family of ducks", "an old map", "a box of gold",
                       "a white horse",
                       "a sleeping bear", "a tall tree full of birds", "a lost puppy", "a bright light",
                       "a singing bird",
                       "a tiny house", "a friendly frog"))  # fmt: skip
    sentences = [
        f"{rng.choice(WEATHER)}, {hero.name} and {friend.name} went to the {topic}.",
        rng.choice((f"The {topic} was quiet and beautiful.", f"They had never seen the {topic} before.",
                    f"The {topic} was big, and they were a little afraid.")),
        f"There they saw {seen}.",
        rng.choice((f'"Look!" said {hero.name}. "How wonderful!"', f'"What is that?" asked {friend.name}.',
                    f"{hero.name} stopped and took {hero.his} friend by the hand.")),
        f"They {rng.choice(USES['place']).format(topic)} and told everyone about the {seen.split(' ', 1)[1]}.",
    ]  # fmt: skip
    return _finished(rng, sentences)


def _seen_story(rng: random.Random, topic: str) -> str:
    hero, friend = _pair(rng)
    look = rng.choice(("beautiful", "strange", "big", "small", "wonderful", "bright", "very big", "tiny"))
    sentences = [
        f"{rng.choice(WEATHER)}, {hero.name} went for a walk with {hero.his} friend {friend.name}.",
        f"{rng.choice(('Suddenly', 'After a while', 'On the way'))} they saw {_noun(f'{look} {topic}')}.",
        rng.choice((f'"Look at the {topic}!" said {hero.name}.',
                    f'"I have never seen such a {topic}," said {friend.name}.',
                    f'"What a {look} {topic}!" said {hero.name}.')),
        f"They {rng.choice(USES['nature']).format(topic)}.",
    ]  # fmt: skip
    if rng.random() < 0.5:
        sentences.append(f"At home, {hero.name} told {hero.his} mother about the {topic}.")
    return _finished(rng, sentences)


def _mass_story(rng: random.Random, topic: str) -> str:
    hero, friend = _pair(rng)
    return rng.choice(MASS_STORIES).format(
        name=hero.name, he=hero.he, him=hero.him, his=hero.his, His=_capital(hero.his), child=hero.child,
        friend=friend.name,
        topic=topic, weather=rng.choice(WEATHER), helper=rng.choice(HELPERS), ending=rng.choice(ENDINGS),
    )  # fmt: skip


def _finished(rng: random.Random, sentences: list[str]) -> str:
    if rng.random() < 0.75:
        sentences.append(rng.choice(ENDINGS))
    if rng.random() < 0.15:
        sentences.append(rng.choice(LESSONS))
    return " ".join(sentences)


def _pair(rng: random.Random) -> tuple[Hero, Hero]:
    hero = _hero(rng)
    friend = _hero(rng)
    while friend.name == hero.name:
        friend = _hero(rng)
    return hero, friend


def _look(rng: random.Random, topic: str) -> str:
    if topic in FOODS:
        return rng.choice(("big", "small", "sweet", "fresh", "nice", "wonderful"))
    return rng.choice([look for look in LOOKS if look != topic])


def _fill(text: str, hero: Hero) -> str:
    return text.format(name=hero.name, he=hero.he, him=hero.him, his=hero.his, He=_capital(hero.he))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _noun(words: str) -> str:
    """With its indefinite article; masses such as snow have none."""
    if words in MASSES:
        return words
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


IRREGULAR = {"mouse": "mice", "sheep": "sheep", "fish": "fish", "deer": "deer", "wolf": "wolves", "leaf": "leaves",
             "policeman":
             "policemen", "fisherman": "fishermen", "snowman": "snowmen", "potato": "potatoes",
             "tomato": "tomatoes"}  # fmt: skip


def _plural(noun: str) -> str:
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if re.search(r"(s|x|ch|sh)$", noun):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"
