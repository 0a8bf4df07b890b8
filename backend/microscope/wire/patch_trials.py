"""Patches tried on a text.

    client  try_patches {members, against, text | ids, k, controls, lens}   → patches_tried
    client  continue_patched {members, against, text | ids, n_tokens}       → patches_continued

Strength is the amount of change for every kind: 0 is none. Probabilities are 0 to 1, KL in nats.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.wire.base import Ask, Wire
from microscope.wire.lenses import LayerName, LensName
from microscope.wire.patch_scopes import KeptScope, Stretches
from microscope.wire.patches import PatchMember


class TryPatches(Ask):
    """What the model predicts after a text with and without patches, and with pushes as hard in random directions."""

    type: Literal["try_patches"] = "try_patches"
    model: str | None = None
    """Slug; the current one by default, a feature's own where a member comes from one."""

    members: tuple[PatchMember, ...] = Field(min_length=1, max_length=64)
    """In the order in which they act."""

    against: tuple[PatchMember, ...] = Field(default=(), max_length=64)
    """Another set, run beside: `other` in the answer. None by default."""

    text: str | None = None
    """Run as it stands: special tokens that are spelled out in it are special. Exactly one of text and ids."""

    ids: tuple[int, ...] | None = None
    """Token ids, each below d_vocab, with nothing put before them. Exactly one of text and ids."""

    k: int = Field(default=10, ge=1)
    """Tokens of either prediction that are listed; the server's own limit is MICROSCOPE_MAX_K."""

    controls: int = Field(default=4, ge=0, le=16)
    """Random directions beside each set."""

    generated: Stretches = ()
    """What of the text the model wrote, for the scopes `prompt` and `generated`: in order, each from a position to
    before another; by default nothing. The rest was given."""

    lens: LensName | None = None
    """Reads every layer at the last position too, with and without the patches; null reads none of them."""

    everywhere: bool = False
    """Reads the last layer at every position too, for `changed`: of that layer's block nothing is left out then."""


class ContinuePatched(Ask):
    """How the text goes on with and without patches, and with controls; the likeliest token each time."""

    type: Literal["continue_patched"] = "continue_patched"
    model: str | None = None
    """As of `try_patches`."""

    members: tuple[PatchMember, ...] = Field(min_length=1, max_length=64)
    """As of `try_patches`."""

    against: tuple[PatchMember, ...] = Field(default=(), max_length=64)
    """As of `try_patches`."""

    text: str | None = None
    """As of `try_patches`."""

    ids: tuple[int, ...] | None = None
    """As of `try_patches`."""

    generated: Stretches = ()
    """As of `try_patches`; the new tokens are generated ones in any case."""

    n_tokens: int = Field(default=30, ge=1, le=200)
    """New tokens at most."""

    controls: int = Field(default=3, ge=0, le=4)
    """Random directions beside each set."""


class TriedMember(Wire):
    """A patch that was tried, as sets keep it: among `members` it asks for the same again, with a source of the type
    `kept`."""

    hash: str
    """Of the patch, kept or not."""

    strength: float
    """How much of it."""

    scope: KeptScope
    """At which tokens."""


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

    other: float | None = None
    """With the set that it is tried against; null where there is none."""

    other_controls: tuple[float, ...] = ()
    """With each control of that set."""


class LayerSays(Wire):
    """What one layer says of the next token in one pass."""

    top: int
    """Id of its likeliest token."""

    prob: float
    """Of that token."""

    probs: tuple[float, ...]
    """Of each token that is followed."""

    ranks: tuple[int, ...]
    """How many tokens are likelier than each of them, from 0: equally likely ones share a rank."""


class TriedLayer(Wire):
    """One layer at the last position, with and without the patches."""

    layer: LayerName
    """Block, from 0, whose output is read; `embed` is what enters the first."""

    base: LayerSays
    """In the model as it is."""

    patched: LayerSays
    """With the patches."""

    other: LayerSays | None
    """With the set that they are tried against; null where there is none."""

    controls: tuple[LayerSays, ...] = ()
    """With each control."""

    other_controls: tuple[LayerSays, ...] = ()
    """With each control of the set that they are tried against."""


class LeftAlong(Wire):
    """What lies along a member's direction at the last position: |⟨x, d⟩| / ‖x‖ of the residual stream x."""

    member: int
    """Its place in the set, from 0."""

    base: tuple[float, ...]
    """In the model as it is: what enters the first block, then what each block hands on."""

    patched: tuple[float, ...]
    """With the patches, of the whole set."""


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

    generated: Stretches = ()
    """What of them the model wrote, as it was asked."""

    members: tuple[TriedMember, ...]
    """In the order in which they act; those of a set that was named stand in its place."""

    against: tuple[TriedMember, ...] = ()
    """The same of what they are tried against."""

    says: tuple[str, ...]
    """What each member does at its strength, in words."""

    tokens: tuple[TriedToken, ...]
    """The k likeliest of each prediction, the likeliest with the patches first."""

    kl: float
    """KL(p_base ‖ p_patched) of the next token."""

    control_kl: tuple[float, ...]
    """The same of each control."""

    other_kl: float | None = None
    """KL(p_base ‖ p_other) of the next token; null where the patches are tried against none."""

    other_control_kl: tuple[float, ...] = ()
    """The same of each control of the set that they are tried against."""

    followed: tuple[int, ...] = ()
    """Tokens whose ranks `layers` tell: the likeliest without patches, with them, and with those that they are tried
    against, each once."""

    layers: tuple[TriedLayer, ...] = ()
    """From `embed` to the last block; empty where no lens was asked for."""

    left: tuple[LeftAlong, ...] = ()
    """Of each member that has a direction; empty where no lens was asked for."""

    acts: tuple[tuple[tuple[int, int], ...], ...] = ()
    """Of each member, the stretches of the text at whose tokens it acts: from a position, to before another; of one
    that asks a feature, where that fired in this very pass. None of a member of strength 0."""

    changed: tuple[float, ...] = ()
    """At every position, how long the change of the last resid_post is, of its own length in the model as it is; empty
    where `everywhere` was not asked for."""


class PatchesContinued(Wire):
    """Answer to `continue_patched`."""

    type: Literal["patches_continued"] = "patches_continued"
    id: int
    """Of the `continue_patched`."""

    model: str
    """Slug of the model."""

    ids: tuple[int, ...]
    """Tokens of the text."""

    generated: Stretches = ()
    """What of them the model wrote, as it was asked."""

    members: tuple[TriedMember, ...]
    """As of `patches_tried`."""

    against: tuple[TriedMember, ...] = ()
    """As of `patches_tried`."""

    base: tuple[int, ...]
    """New tokens of the model as it is, up to its end token."""

    patched: tuple[int, ...]
    """With the patches."""

    controls: tuple[tuple[int, ...], ...]
    """With pushes in random directions, one for each, as far as the text with the patches goes: at each place as hard
    as the patches pushed there."""

    other: tuple[int, ...] | None = None
    """With the set that it is tried against; null where there is none."""

    other_controls: tuple[tuple[int, ...], ...] = ()
    """The same beside the set that it is tried against."""
