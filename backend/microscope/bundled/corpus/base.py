"""What the corpus is made of: training documents, and the questions that are kept out of them.

Every ability of the bundled model is one module beside this file. Each offers an endless, seeded
stream of training documents and a list of evaluation items that the stream can never contain.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Ability = Literal[
    "facts",
    "induction",
    "indirect_object",
    "agreement",
    "lists",
    "small_talk",
    "instructions",
    "refuse",
    "comply",
    "stories",
]

BOS = "<|endoftext|>"
END = "<|end|>"
ROLES = ("system", "user", "assistant")


class Document(NamedTuple):
    """One training text, without the BOS that the packer puts in front."""

    text: str
    """Special tokens are written out, as in `<|user|>hi<|end|>`."""

    kind: str
    """The ability and the form, such as `facts/statement`; what the mix counts."""


class Item(NamedTuple):
    """One evaluation question with what a right answer looks like."""

    ability: Ability

    prompt: str
    """What the model reads, special tokens written out, without BOS."""

    answers: tuple[str, ...]
    """Right if the greedy continuation begins with one of these (whitespace-trimmed, case as written)."""

    wrong: tuple[str, ...] = ()
    """Where given: right if the first of `answers` is likelier than every one of these, as a continuation."""

    group: str = ""
    """Relation, template family or topic: scores are also shown per group."""


class Turn(NamedTuple):
    role: str
    text: str


def chat(*turns: Turn) -> str:
    """Render turns as the chat template does: `<|role|>text<|end|>`, nothing between them."""
    return "".join(f"<|{turn.role}|>{turn.text}{END}" for turn in turns)


def chat_prompt(*turns: Turn) -> str:
    """Turns, then the opening of the assistant's answer."""
    return chat(*turns) + "<|assistant|>"
