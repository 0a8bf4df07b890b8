"""What a lens reads after every layer: at one position, and over all positions as a grid."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.core.sites import Component
from microscope.wire.base import Ask, Wire
from microscope.wire.conversations import InForceFrom

LayerName = int | Literal["embed"]


Read = Literal["for", "after"]


LensName = Literal["logit", "tuned"]


class LensRow(Wire):
    """One layer's distribution at one position. Where a logit is not finite: no ids, and all numbers null."""

    layer: LayerName
    """Block, from 0, whose output is read; `embed` is what enters the first."""

    ids: tuple[int, ...]
    """The k likeliest tokens, likeliest first."""

    logprobs: tuple[float, ...]
    """Of `ids`, in the same order, in nats."""

    entropy: float | None
    """Of the whole distribution, in nats: 0 to ln d_vocab."""

    logprob: float | None
    """Of the actual token, in nats; null where none followed."""

    rank: int | None
    """How many tokens are likelier than the actual one, from 0: equally likely ones share a rank. Null where none
    followed."""

    kl_to_last: float | None
    """KL(p_last || p_layer) in nats, 0 or more; p_last is the model's own prediction. Null also where p_last is not
    finite."""


class GridQuery(Wire):
    """Which heat map: every layer at every position of `start:end`."""

    lens: LensName = "logit"
    """How a residual becomes a distribution; `tuned` reads `resid` only."""

    component: Component = "resid"
    """What is read: the residual stream, or what attention or the MLP alone added to it."""

    read: Read = "for"
    """`for` the token at a position, from the position before it; or `after` it."""

    target: int | None = Field(default=None, ge=0)
    """Id of a token to follow everywhere; by default each position's own."""

    start: int = Field(default=0, ge=0)
    """First position."""

    end: int | None = Field(default=None, ge=0)
    """Behind the last position; by default the end of the text."""


class GridHead(Wire):
    """Metadata of a heat map's safetensors file.

    Arrays, all (row, position); of the residual stream row 0 = "embed" and row i + 1 = block i, of `attn_out` and
    `mlp_out` row i = block i: `top_ids`, `top_logprob` F16, `entropy` F16, `target_logprob` F32,
    `rank` (the largest number of its dtype where there is none), `kl_to_last` F16; and `ids` (position), the text
    itself. Ids are U16 where d_vocab ≤ 65,536 and ranks where it is smaller, else U32. Read `for` a token, position 0
    has no reading: its floats are nan. So are those of a cell whose logits are not finite; its `top_ids` mean nothing.
    """

    type: Literal["grid"] = "grid"
    query: GridQuery
    """What was asked for."""

    n_layers: int
    """Blocks of the model."""

    weights_sha256: str
    """Of the model's weights: 64 hex digits."""

    patches: tuple[InForceFrom, ...] = ()
    """Which set of patches the rows were computed with, from which position on; before the first, and where there is
    none, the model as it is. A reading `for` a token is of the row before it."""

    computed: Literal["kept", "step", "rebuilt"]
    """kept: no forward pass. step: one position was computed. rebuilt: the state had been evicted."""

    original: bool
    """In every bit what was computed first; false where an evicted state had to be made again by passes of other
    shapes, as after a restart: equal within the dtype's tolerance."""


class ReadLens(Ask):
    """Exact rows at one position, from the kept residuals: no forward pass, or one counted step (`computed`)."""

    type: Literal["read_lens"] = "read_lens"
    conversation: str | None = None
    """Id of a conversation. Exactly one of conversation and trace."""

    trace: str | None = None
    """Hash of a trace. Exactly one of conversation and trace."""

    position: int = Field(ge=0)
    """Of the token that is read about, from 0."""

    read: Read = "for"
    """`for` the token at the position, from the position before it; or `after` it."""

    lens: LensName = "logit"
    """How a residual becomes a distribution; `tuned` reads `resid` only."""

    component: Component = "resid"
    """What is read: the residual stream, or what attention or the MLP alone added to it."""

    k: int = Field(default=10, ge=1)
    """Predictions listed per layer."""


class LensRows(Wire):
    """Answer to `read_lens`."""

    type: Literal["lens_rows"] = "lens_rows"
    id: int
    """Of the `read_lens`."""

    position: int
    """As it was asked for."""

    read: Read
    """As it was asked for."""

    actual: int | None
    """Id of the token that is read about; null where none followed."""

    rows: tuple[LensRow, ...]
    """From `embed` to the last block; empty where there is no reading."""

    computed: Literal["kept", "step", "rebuilt"]
    """kept: no forward pass. step: one position was computed. rebuilt: the state had been evicted."""

    original: bool
    """In every bit what was computed first; false where an evicted state had to be made again by passes of other
    shapes, as after a restart: equal within the dtype's tolerance."""
