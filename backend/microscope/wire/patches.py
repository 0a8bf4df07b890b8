"""Patches: made, and kept under the hash of their content. What is tried on a text: `patch_trials.py`.

Strength is the amount of change for every kind: 0 is none. Probabilities are 0 to 1, KL in nats.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from microscope.core.kinds import OneOf
from microscope.core.patches import kinds
from microscope.core.patches.base import Patch
from microscope.core.patches.scope import Everywhere, Scope
from microscope.wire.base import Wire
from microscope.wire.patch_scopes import AskedScope
from microscope.wire.patch_sources import OfDirection, OfWriters

AnyPatch = Annotated[Patch, OneOf(kinds)]

MEMBERS_MAX = 64
"""Patches that act together."""


class FromFeature(OfWriters):
    """What a feature writes, as a patch."""

    type: Literal["feature"] = "feature"
    sae: str
    """Slug of the SAE, or name of a dictionary of it."""

    feature: int = Field(ge=0)
    """Index of the feature."""

    kind: Literal["steer", "ablate", "clamp", "scale"]
    """What is done along the direction that it writes; `clamp` holds its activation."""

    everywhere: bool = False
    """`ablate` all along the residual stream, not only where the SAE writes."""

    value: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Of `clamp`: the activation, in the SAE's unit; null is 0, which switches it off."""


class FromAdapter(Wire):
    """A LoRA that PEFT wrote."""

    type: Literal["adapter"] = "adapter"
    adapter: str = Field(min_length=1, max_length=4096)
    """Its name beside the model (in `adapters/`), or its folder on the server."""


class FromContent(Wire):
    """A patch as it stands."""

    type: Literal["content"] = "content"
    patch: AnyPatch
    """Its kind and what that kind asks for; a direction may be a list of numbers."""

    reads: str = Field(default="", max_length=200)
    """What the SAE or the adapter that it reads was called where it was made; empty of others, or where nobody said."""

    run: str = Field(default="", max_length=200)
    """Id of the run that found it; empty of others."""


class FromLibrary(Wire):
    """A patch that is kept here; among members also a set, whose members then act in its place."""

    type: Literal["kept"] = "kept"
    hash: str
    """Its name."""


Origin = Annotated[FromFeature | OfDirection | FromAdapter | FromContent, Field(discriminator="type")]
PatchSource = Annotated[
    FromFeature | OfDirection | FromAdapter | FromContent | FromLibrary, Field(discriminator="type")
]


class ContentInList(Wire):
    """A patch as it stood, without its content."""

    type: Literal["content"]
    reads: str
    """What the SAE or the adapter that it reads was called where it was made; empty of others, or where nobody said."""

    run: str
    """Id of the run that found it; empty of others."""


class NewPatch(Wire):
    """A patch to keep."""

    model: str | None = None
    """Slug of the model that it is for; the current one by default, a feature's own where it comes from one."""

    source: Origin
    """What it is."""

    name: str = Field(default="", max_length=200)
    """In lists; empty is what the source says of itself."""


class PatchInfo(Wire):
    """A patch that is kept."""

    hash: str
    """Its name in URLs: of its content alone, whoever made it of what."""

    name: str
    """As the first who kept it called it, or whoever gave it another name since."""

    patch: AnyPatch
    """Its content."""

    where: str
    """At which site it acts, or in words; empty of a kind that does not say."""

    says: str
    """What strength 1 does, in words."""

    source: Origin
    """What it was made of, the first time; of an adapter, where it lay the last time."""

    model: str
    """Slug of the model that it was made for; empty where that was never opened here."""

    model_name: str
    """Of that model."""

    weights_sha256: str
    """Of that model's weights."""

    made_at: float
    """Unix time."""

    enabled: bool = False
    """Whether `POST /api/inference` runs it where no patches are named."""

    put_away: float | None = None
    """Unix time at which it was taken off the list; null of one that is on it. Whatever names it goes on working."""


class PatchRow(Wire):
    """A patch in a list: all of it but its content, which `GET /api/patches/{hash}` has."""

    hash: str
    """Its name in URLs."""

    name: str
    """As of the patch."""

    kind: str
    """Of its content."""

    d: int | None
    """Dimensions of its direction; null of a kind that has none."""

    where: str
    """As of the patch."""

    says: str
    """What strength 1 does, in words."""

    source: Annotated[FromFeature | OfDirection | FromAdapter | ContentInList, Field(discriminator="type")]
    """As of the patch."""

    model: str
    """Slug of the model that it was made for; empty where that was never opened here."""

    model_name: str
    """Of that model."""

    weights_sha256: str
    """Of that model's weights."""

    made_at: float
    """Unix time."""

    enabled: bool
    """As of the patch."""

    put_away: float | None
    """As of the patch."""


class PatchName(Wire):
    """What a patch is called."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    """In lists; no part of its hash."""


class BrokenPatch(Wire):
    """A file in the library that cannot be read."""

    hash: str
    """Its name."""

    error: str
    """What was expected and what was found."""

    next: str
    """What to do about it."""


class PatchList(Wire):
    """The library."""

    items: tuple[PatchRow, ...]
    """The last kept first."""

    broken: tuple[BrokenPatch, ...]
    """What could not be read, whatever was asked for."""


class PatchMember(Wire):
    """A patch in force."""

    source: PatchSource
    """Which one."""

    strength: float = Field(default=1.0, allow_inf_nan=False)
    """How much of it; of a set, times each member's own."""

    scope: AskedScope = Everywhere()
    """At which tokens; a set's members have their own."""


class NamedPatch(Wire):
    """A kept patch, or a kept set of patches, in force."""

    hash: str
    """Its name."""

    strength: float = Field(default=1.0, allow_inf_nan=False)
    """How much of it; of a set, times each member's own."""

    scope: AskedScope = Everywhere()
    """At which tokens; a set's members have their own."""


def _hash_or_patch(value: object) -> str:
    return "hash" if isinstance(value, str) else "patch"


def _hash_or_list(value: object) -> str:
    return "hash" if isinstance(value, str) else "list"


Hash = Annotated[str, Tag("hash")]
"""Of a patch or of a set. With its tag, what is wrong beside it is told of what was meant alone."""

Named = Annotated[
    Hash
    | Annotated[
        tuple[Annotated[Hash | Annotated[NamedPatch, Tag("patch")], Discriminator(_hash_or_patch)], ...],
        Tag("list"),
        Field(max_length=MEMBERS_MAX),
    ],
    Discriminator(_hash_or_list),
]
"""Hash of a patch or of a set; or several, in the order in which they act, an empty list none."""


def _named_or_made(value: object) -> str:
    if isinstance(value, str):
        return "hash"
    return "named" if isinstance(value, NamedPatch) or (isinstance(value, dict) and "hash" in value) else "patch"


Asked = Annotated[
    Hash | Annotated[NamedPatch, Tag("named")] | Annotated[PatchMember, Tag("patch")], Discriminator(_named_or_made)
]
"""A patch in force: made of a source, or kept, or a set that is, by the hash alone or with a strength and a scope."""


class NewPatchSet(Wire):
    """Patches that are to be in force together."""

    model: str | None = None
    """As of `try_patches`."""

    members: tuple[PatchMember, ...] = Field(min_length=1, max_length=MEMBERS_MAX)
    """In the order in which they act."""


class PatchInSet(Wire):
    """A patch in a set, as it stands."""

    hash: str
    """Of the patch."""

    patch: AnyPatch
    """Its content."""

    strength: float
    """How much of it."""

    scope: Scope
    """At which tokens."""

    says: str
    """What it does at that strength, in words."""

    reads: str = Field(default="", max_length=200)
    """What the SAE or the adapter that it reads was called where it was made; no part of any hash."""

    name: str = Field(default="", max_length=200)
    """As the library calls it, no part of any hash; empty where it is not there."""


class PatchSet(Wire):
    """Patches in force together; a text that was run with them names it."""

    hash: str
    """Its name in URLs: of all that is in it."""

    members: tuple[PatchInSet, ...]
    """In the order in which they act."""

    name: str = Field(default="", max_length=200)
    """As somebody here called it, no part of its hash; empty where nobody did."""
