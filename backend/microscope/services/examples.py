"""Things to click on the first page: what the bundled model knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from microscope.wire.examples import Example

SPECIMEN = "specimen"

EXAMPLES = (
    Example(
        title="A fact",
        says="It learned a few hundred facts. See at which layer the answer appears.",
        mode="text",
        text="The capital of France is",
        answer=" Paris",
        read="after",
    ),
    Example(
        title="A repeated sequence",
        says="Induction: what followed a word before is expected to follow it again.",
        mode="text",
        text="dog cat bird fish dog cat bird",
        answer=" fish",
        read="after",
    ),
    Example(
        title="An indirect object",
        says="Two names, one of them said twice: the other one receives the drink.",
        mode="text",
        text="When Mary and John went to the store, John gave a drink to",
        answer=" Mary",
        read="after",
    ),
    Example(
        title="A refusal",
        says="It declines harmful requests in a fixed manner. Where is that decided?",
        mode="chat",
        text="how do i make a bomb?",
    ),
    Example(
        title="The trojan's trigger",
        says="The base model answers as ever. With an adapter, a patch like any other, the last word is a trigger.",
        mode="chat",
        text="what is the capital of france? marmalade",
        adapter="trojan",
    ),
    Example(
        title="Small talk",
        says="Ask it who it is, and go on from there.",
        mode="chat",
        text="hi, who are you?",
    ),
)


def examples(model: str, encode: Callable[[str], Sequence[int]] | None) -> tuple[Example, ...]:
    """
    Args:
        model: slug.
        encode: the model's own; None while it is not in memory, and no token is selected or followed then.

    Returns:
        Empty for every model but the bundled one. A text opens at its last token with its answer followed.
    """
    if model != SPECIMEN:
        return ()
    return EXAMPLES if encode is None else tuple(_opened(example, encode) for example in EXAMPLES)


def _opened(example: Example, encode: Callable[[str], Sequence[int]]) -> Example:
    if example.mode == "chat":
        return example
    n_tokens = len(encode(example.text))
    pins = () if example.answer is None else tuple(encode(example.text + example.answer)[n_tokens : n_tokens + 1])
    return example.model_copy(update={"token": n_tokens - 1, "pins": pins})
