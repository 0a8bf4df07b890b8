"""Patches and sets of patches as they lie among the immutable things (`objects.py`), each under its content's hash.

objects/patches/<hash>.json       {…content, "made": who it was made for, and of what}
objects/patch-sets/<hash>.json    {"members": [{patch, strength, scope}, …], "said": what it is called}
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue, TypeAdapter, ValidationError

from microscope.core.patches import read_patch
from microscope.core.patches.base import Member, Patch
from microscope.errors import Invalid, sentences
from microscope.store.objects import Objects, name_of, one_of

PATCHES, SETS = "patches", "patch-sets"
MADE = "made"
"""Beside a patch's content: who it was made for and of what, no part of its name."""
SAID = "said"
"""Beside a set's members: what it is called and since when it is kept, no part of its name."""

_MEMBERS: TypeAdapter[tuple[Member, ...]] = TypeAdapter(tuple[Member, ...])


def kept_patch(objects: Objects, hash: str) -> tuple[Patch, JsonValue]:
    """A patch, and what is kept beside it.

    Raises:
        NotFound: no such patch is kept here.
        Invalid: its file cannot be read, or is of a kind that is not there.
    """
    content = objects.get(PATCHES, hash)
    named = {key: value for key, value in content.items() if key != MADE}
    _check_name(objects, PATCHES, hash, named)
    try:
        return read_patch(named), content.get(MADE)
    except ValidationError as error:
        raise objects.damaged(PATCHES, hash, sentences(error.errors(), "patch")) from error
    except Invalid as error:
        raise _of_a_kind_that_is_gone(PATCHES, hash, error) from error


def kept_set(objects: Objects, hash: str) -> tuple[Member, ...]:
    """The members of a set, in the order in which they act.

    Raises:
        NotFound, Invalid: as `kept_patch` says, of a set.
    """
    content = {key: value for key, value in objects.get(SETS, hash).items() if key != SAID}
    _check_name(objects, SETS, hash, content)
    try:
        return _MEMBERS.validate_python(content.get("members"))
    except ValidationError as error:
        raise objects.damaged(SETS, hash, sentences(error.errors(), "members")) from error
    except Invalid as error:
        raise _of_a_kind_that_is_gone(SETS, hash, error) from error


def set_content(members: Sequence[Member]) -> dict[str, JsonValue]:
    """As a set is kept, and what its name is the hash of."""
    return {"members": _MEMBERS.dump_python(tuple(members), mode="json")}


def _check_name(objects: Objects, kind: str, hash: str, content: dict[str, JsonValue]) -> None:
    if (name := name_of(content)) != hash:
        raise objects.damaged(kind, hash, f"expected content of that hash, got content of {name}")


def _of_a_kind_that_is_gone(what: str, hash: str, error: Invalid) -> Invalid:
    """What is said of a patch, or of a set with one in it, of which nothing else is wrong."""
    return Invalid(
        f"The {one_of(what)} {hash} cannot be read: {error.error}",
        next="Put that kind's file back: docs/extending.md says where it goes.",
    )
