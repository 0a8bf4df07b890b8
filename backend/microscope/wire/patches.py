"""Patches: made, kept under the hash of their content, and tried on a text.

    client  try_patches {members, text | ids, k, controls}        → patches_tried
    client  continue_patched {members, text | ids, n_tokens}      → patches_continued

Strength is the amount of change for every kind: 0 is none. Probabilities are 0 to 1, KL in nats.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from microscope.core.kinds import OneOf
from microscope.core.patches import kinds
from microscope.core.patches.base import Patch
from microscope.core.patches.scope import Everywhere, Scope
from microscope.wire.base import Ask, Wire

AnyPatch = Annotated[Patch, OneOf(kinds)]


class FromFeature(Wire):
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


class FromLibrary(Wire):
    """A patch that is kept here."""

    type: Literal["kept"] = "kept"
    hash: str
    """Its name."""


Origin = Annotated[FromFeature | FromAdapter | FromContent, Field(discriminator="type")]
PatchSource = Annotated[FromFeature | FromAdapter | FromContent | FromLibrary, Field(discriminator="type")]


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
    """As the first who kept it called it."""

    patch: AnyPatch
    """Its content."""

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

    items: tuple[PatchInfo, ...]
    """The last kept first."""

    broken: tuple[BrokenPatch, ...]
    """What could not be read, whatever was asked for."""


class PatchMember(Wire):
    """A patch in force."""

    source: PatchSource
    """Which one."""

    strength: float = Field(default=1.0, allow_inf_nan=False)
    """How much of it."""

    scope: Scope = Everywhere()
    """At which tokens."""


class ExportPatches(Wire):
    """Patches that edit weights, as one PEFT adapter."""

    model: str | None = None
    """As of `try_patches`."""

    members: tuple[PatchMember, ...] = Field(min_length=1, max_length=64)
    """In the order in which they act: what is written is the composed change."""


class NewPatchSet(Wire):
    """Patches that are to be in force together."""

    model: str | None = None
    """As of `try_patches`."""

    members: tuple[PatchMember, ...] = Field(min_length=1, max_length=64)
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


class PatchSet(Wire):
    """Patches in force together; a text that was run with them names it."""

    hash: str
    """Its name in URLs: of all that is in it."""

    members: tuple[PatchInSet, ...]
    """In the order in which they act."""


class TryPatches(Ask):
    """What the model predicts after a text with and without patches, and with pushes as hard in random directions."""

    type: Literal["try_patches"] = "try_patches"
    model: str | None = None
    """Slug; the current one by default, a feature's own where a member comes from one."""

    members: tuple[PatchMember, ...] = Field(min_length=1, max_length=64)
    """In the order in which they act."""

    text: str | None = None
    """Run as it stands: special tokens that are spelled out in it are special. Exactly one of text and ids."""

    ids: tuple[int, ...] | None = None
    """Token ids, each below d_vocab, with nothing put before them. Exactly one of text and ids."""

    k: int = Field(default=10, ge=1)
    """Tokens of either prediction that are listed; the server's own limit is MICROSCOPE_MAX_K."""

    controls: int = Field(default=4, ge=0, le=16)
    """Random directions."""

    n_prompt: int | None = Field(default=None, ge=0)
    """How many of the tokens were given, for the scopes `prompt` and `generated`; null is all of them."""


class ContinuePatched(Ask):
    """How the text goes on with and without patches, and with one control; the likeliest token each time."""

    type: Literal["continue_patched"] = "continue_patched"
    model: str | None = None
    """As of `try_patches`."""

    members: tuple[PatchMember, ...] = Field(min_length=1, max_length=64)
    """As of `try_patches`."""

    text: str | None = None
    """As of `try_patches`."""

    ids: tuple[int, ...] | None = None
    """As of `try_patches`."""

    n_tokens: int = Field(default=30, ge=1, le=200)
    """New tokens at most."""


class TriedToken(Wire):
    """A next token."""

    token_id: int
    """Its id."""

    base: float
    """Probability in the model as it is."""

    patched: float
    """With the patches."""

    controls: tuple[float, ...]
    """With each control."""


class PatchesTried(Wire):
    """Answer to `try_patches`."""

    type: Literal["patches_tried"] = "patches_tried"
    id: int
    """Of the `try_patches`."""

    model: str
    """Slug of the model that read the text."""

    evidence: Literal["causal"] = "causal"
    """The model itself was run with the patches."""

    ids: tuple[int, ...]
    """Tokens of the text."""

    patches: tuple[str, ...]
    """Hash of each member."""

    says: tuple[str, ...]
    """What each member does at its strength, in words."""

    tokens: tuple[TriedToken, ...]
    """The k likeliest of either prediction, the likeliest with the patches first."""

    kl: float
    """KL(p_base ‖ p_patched) of the next token."""

    control_kl: tuple[float, ...]
    """The same of each control."""

    changed: tuple[float, ...]
    """At every position, how long the change of the last resid_post is, of its own length in the model as it is."""


class PatchesContinued(Wire):
    """Answer to `continue_patched`."""

    type: Literal["patches_continued"] = "patches_continued"
    id: int
    """Of the `continue_patched`."""

    model: str
    """Slug of the model."""

    ids: tuple[int, ...]
    """Tokens of the text."""

    base: tuple[int, ...]
    """New tokens of the model as it is, up to its end token."""

    patched: tuple[int, ...]
    """With the patches."""

    control: tuple[int, ...]
    """With a push as hard in the first random direction."""
