"""What a run can be found by: words of its spec, and tags that people give it."""

from __future__ import annotations

from pydantic import JsonValue

from microscope.errors import Invalid

MAX_WORDS = 4_000
"""Characters of a run that are searched."""

MAX_TAG = 60
"""Characters of a tag."""


def words(id: str, name: str, family: str, spec: JsonValue) -> str:
    """What a search looks through, in small letters: of the spec the names of its fields and what they are set to."""
    return " ".join([id, name, family, *_texts(spec)])[:MAX_WORDS].lower()


def checked_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """
    Raises:
        Invalid: empty, or longer than `MAX_TAG` characters.
    """
    for tag in tags:
        if not tag.strip() or len(tag) > MAX_TAG:
            raise Invalid(f"{tag!r} is no tag.", next=f"A tag has 1 to {MAX_TAG} characters.")
    return tuple(sorted({tag.strip() for tag in tags}))


def _texts(value: JsonValue) -> list[str]:
    """Numbers as Python writes them, such as 0.003; of what is null nothing but its name."""
    match value:
        case None:
            return []
        case dict():
            return [text for name, one in value.items() for text in (name, *_texts(one))]
        case list():
            return [text for one in value for text in _texts(one)]
        case _:
            return [str(value)]
