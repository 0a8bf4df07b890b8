"""The parity badge: does what we read add up to what the model computes?

    1. final norm + unembedding of the last resid_post = the model's own logits
    2. resid_pre + attn_out + mlp_out = resid_post at every block

Measured at load on one short text, printed with its numbers, and stored with every result. A model that fails keeps
working; the sentences say where it is off.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from pydantic import BaseModel
from torch import Tensor

TEXT = "The cat sat on the mat, and then 3 dogs came."
"""Words, a number and punctuation, so that no tokenizer makes one token of it."""

LOGIT_LIMIT = {"float32": 1e-4, "float16": 2e-3, "bfloat16": 1.6e-2}
"""Max abs difference of logits; in 16 bit, about four roundings, times their largest magnitude where that exceeds 1."""

BLOCK_LIMIT = {"float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}
"""Max abs difference of a block's sum, relative to the largest entry of its resid_post."""


class Parity(BaseModel, frozen=True):
    """What was measured, against what is allowed for the dtype."""

    ok: bool
    max_logit_difference: float
    """max |logits − unembed(last resid_post)| over the text's positions and the vocabulary."""

    logit_limit: float
    max_block_difference: float
    """Largest over blocks of max |resid_pre + attn_out + mlp_out − resid_post| / max |resid_post|."""

    block_limit: float
    block_differences: tuple[float, ...]
    """The same for every block."""

    n_tokens: int
    problems: tuple[str, ...] = ()
    """What is off, in sentences; empty when nothing is."""


def measure(
    logits: Float[Tensor, "position d_vocab"],
    unembedded: Float[Tensor, "position d_vocab"],
    resid: Float[Tensor, "row position d_model"],
    attn_out: Float[Tensor, "layer position d_model"],
    mlp_out: Float[Tensor, "layer position d_model"],
    dtype: str,
) -> Parity:
    """Compare one forward pass with its own parts, in float32.

    Args:
        resid: row 0 enters the first block, row i + 1 leaves block i.
        dtype: in which the model computes; decides what rounding is allowed.
    """
    logit_difference = (logits.float() - unembedded.float()).abs().max().item()
    logit_limit = LOGIT_LIMIT[dtype] * (1.0 if dtype == "float32" else max(1.0, logits.float().abs().max().item()))
    # Two roundings to the compute dtype, one per half of the block, are the model's own and are allowed for.
    sums = resid[:-1].float() + attn_out.float() + mlp_out.float()
    errors = (sums - resid[1:].float()).abs().amax((1, 2)) / resid[1:].float().abs().amax((1, 2)).clamp_min(1e-6)
    blocks = tuple(errors.tolist())
    block_limit = BLOCK_LIMIT[dtype]

    problems: list[str] = []
    if not logit_difference <= logit_limit:
        problems.append(
            f"The unembedding of the last resid_post differs from the model's logits by {logit_difference:.2g} "
            f"(at most {logit_limit:.2g} is rounding in {dtype}): the lens does not show the model's own prediction."
        )
    off = [layer for layer, error in enumerate(blocks) if not error <= block_limit]
    if off:
        problems.append(
            f"In block{'s' if len(off) > 1 else ''} {', '.join(map(str, off))} resid_pre + attn_out + mlp_out misses "
            f"resid_post by {max(blocks):.2g} of its size (at most {block_limit:.2g} is rounding in {dtype}): "
            "attn_out and mlp_out are not all that these blocks write."
        )
    if not torch.isfinite(logits).all():
        problems.append(f"The model's logits are not finite in {dtype}; load it in bfloat16 or float32.")
    return Parity(
        ok=not problems,
        max_logit_difference=logit_difference,
        logit_limit=logit_limit,
        max_block_difference=max(blocks),
        block_limit=block_limit,
        block_differences=blocks,
        n_tokens=logits.shape[0],
        problems=tuple(problems),
    )
