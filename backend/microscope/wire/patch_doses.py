"""Patches at several strengths on one text: a dose curve.

    client  dose_patches {members, text | ids, strengths, tokens, controls}   → patches_dosed

A page asks for a few strengths at a time, so that the curve grows while one looks. Probabilities are 0 to 1, KL in
nats.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from microscope.wire.base import Ask, Wire
from microscope.wire.patch_scopes import Stretches
from microscope.wire.patches import PatchMember

Finite = Annotated[float, Field(allow_inf_nan=False)]


class DosePatches(Ask):
    """The next token of a text at several strengths, beside pushes as hard in random directions."""

    type: Literal["dose_patches"] = "dose_patches"
    model: str | None = None
    """Slug; the current one by default, a feature's own where a member comes from one."""

    members: tuple[PatchMember, ...] = Field(min_length=1, max_length=64)
    """In the order in which they act."""

    text: str | None = None
    """Run as it stands: special tokens that are spelled out in it are special. Exactly one of text and ids."""

    ids: tuple[int, ...] | None = None
    """Token ids, each below d_vocab, with nothing put before them. Exactly one of text and ids."""

    generated: Stretches = ()
    """What of the text the model wrote, for the scopes `prompt` and `generated`: in order, each from a position to
    before another; by default nothing. The rest was given."""

    strengths: tuple[Finite, ...] = Field(min_length=1, max_length=41)
    """Every member's own strength times each of these; 0 is the model as it is."""

    tokens: tuple[int, ...] = Field(default=(), max_length=16)
    """Ids of next tokens whose probabilities are told."""

    controls: int = Field(default=4, ge=0, le=16)
    """Random directions."""


class Dose(Wire):
    """One strength."""

    strength: float
    """That was asked for."""

    kl: float
    """KL(p_base ‖ p_patched) of the next token; exactly 0 at strength 0."""

    control_kl: tuple[float, ...]
    """The same of each control."""

    probs: tuple[float, ...]
    """Of each token that was asked for, with the patches."""

    control_probs: tuple[tuple[float, ...], ...]
    """The same with each control."""

    likeliest: tuple[int, ...]
    """Ids of the three likeliest tokens with the patches."""


class PatchesDosed(Wire):
    """Answer to `dose_patches`."""

    type: Literal["patches_dosed"] = "patches_dosed"
    id: int
    """Of the `dose_patches`."""

    model: str
    """Slug of the model that read the text."""

    evidence: Literal["causal"] = "causal"
    """The model itself was run with the patches."""

    base: tuple[float, ...]
    """Probability of each token that was asked for, in the model as it is."""

    base_likeliest: tuple[int, ...]
    """Ids of the three likeliest tokens in the model as it is."""

    doses: tuple[Dose, ...]
    """In the order of the strengths."""
