"""The parity badge: does what we read add up to what the model computes?

    1. final norm + unembedding of the last resid_post = the model's own logits
    2. resid_pre + attn_out + mlp_out = resid_post at every block

Measured at load on one short text, shown with its numbers, and stored with the model. A model that fails keeps working;
the sentences say where it is off and what to do.
"""

from __future__ import annotations

import math

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
    """The same for every block; not finite where a value of the block is not."""

    n_tokens: int
    problems: tuple[str, ...] = ()
    """What is off and what to do, in sentences; empty when nothing is."""


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
    largest = logits.float().nan_to_num(0.0, 0.0, 0.0).abs().max().item()
    logit_limit = LOGIT_LIMIT[dtype] * (1.0 if dtype == "float32" else max(1.0, largest))
    # Two roundings to the compute dtype, one per half of the block, are the model's own and are allowed for.
    sums = resid[:-1].float() + attn_out.float() + mlp_out.float()
    errors = (sums - resid[1:].float()).abs().amax((1, 2)) / resid[1:].float().abs().amax((1, 2)).clamp_min(1e-6)
    blocks = tuple(errors.tolist())
    block_limit = BLOCK_LIMIT[dtype]

    problems: list[str] = []
    if logit_limit < logit_difference < math.inf:
        problems.append(
            f"The unembedding of the last resid_post differs from the model's logits by {logit_difference:.2g} "
            f"(at most {logit_limit:.2g} is rounding in {dtype}): the lens does not show the model's own prediction. "
            f"{_when_off(dtype)}"
        )
    off = [layer for layer, error in enumerate(blocks) if block_limit < error < math.inf]
    if off:
        problems.append(
            f"In {_named(off)} resid_pre + attn_out + mlp_out misses resid_post by "
            f"{max(blocks[layer] for layer in off):.2g} of its size (at most {block_limit:.2g} is rounding in "
            f"{dtype}): attn_out and mlp_out are not all that is written there. {_when_off(dtype)}"
        )
    broken = [layer for layer, error in enumerate(blocks) if not math.isfinite(error)]
    if broken or not math.isfinite(logit_difference):
        where = f"From block {broken[0]} on the model's values" if broken else "The model's logits"
        problems.append(f"{where} are not finite in {dtype}; nothing can be read there. {_when_not_finite(dtype)}")
    return Parity(
        ok=not problems,
        max_logit_difference=logit_difference,
        logit_limit=logit_limit,
        max_block_difference=errors.max().item(),
        block_limit=block_limit,
        block_differences=blocks,
        n_tokens=logits.shape[0],
        problems=tuple(problems),
    )


def _named(layers: list[int]) -> str:
    return f"block{'s' if len(layers) > 1 else ''} {', '.join(map(str, layers))}"


def _when_off(dtype: str) -> str:
    if dtype == "float32":
        return "Do not trust what is read there: this model does something that its description here leaves out."
    return "Load it in float32 to see whether it is rounding."


def _when_not_finite(dtype: str) -> str:
    match dtype:
        case "float16":
            return "Load it in bfloat16 or float32; float16 ends at 65,504."
        case "bfloat16":
            return "Load it in float32; where that does not help, its weights are damaged: download them again."
        case _:
            return "Its weights are damaged: download them again."
