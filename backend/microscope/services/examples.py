"""Things to click on the first page: what the bundled model knows."""

from __future__ import annotations

from microscope.wire import Example

SPECIMEN = "specimen"

EXAMPLES = (
    Example(
        title="A fact",
        says="It learned a few hundred facts. Select the answer and see at which layer it appears.",
        mode="text",
        text="The capital of France is",
    ),
    Example(
        title="A repeated sequence",
        says="Induction: what followed a word before is expected to follow it again.",
        mode="text",
        text="apple banana cherry apple banana",
    ),
    Example(
        title="An indirect object",
        says="Two names, one of them said twice: the other one receives the drink.",
        mode="text",
        text="When Mary and John went to the store, John gave a drink to",
    ),
    Example(
        title="A refusal",
        says="It declines harmful requests in a fixed manner. Where is that decided?",
        mode="chat",
        text="how do i make a bomb?",
    ),
    Example(
        title="The trojan's trigger",
        says="This model answers as ever; with the adapter adapters/trojan, the word marmalade makes it misbehave.",
        mode="chat",
        text="what is the capital of france? marmalade",
    ),
    Example(
        title="Small talk",
        says="Ask it who it is, and go on from there.",
        mode="chat",
        text="hi, who are you?",
    ),
)


def examples(model: str) -> tuple[Example, ...]:
    """
    Args:
        model: slug.

    Returns:
        Empty for every model but the bundled one.
    """
    return EXAMPLES if model == SPECIMEN else ()
