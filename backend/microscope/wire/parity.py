"""Whether this program reads a model as the model reads itself."""

from __future__ import annotations

from microscope.wire.base import Wire


class Check(Wire):
    """One line of the parity badge: a difference that was measured and the most that the dtype allows."""

    name: str
    """Which difference: `logits` or `blocks`."""

    measured: float | None
    """The largest difference found; of `logits` absolute, of `blocks` a share of the block's largest entry. Null where
    what the model computes is not finite."""

    tolerance: float
    """The largest difference that rounding in the model's dtype explains."""

    ok: bool
    """`measured` is at most `tolerance`."""

    says: str
    """What was compared, in a sentence."""

    blocks: tuple[float | None, ...] = ()
    """What `measured` is the largest of, for every block; empty for `logits`."""


class Parity(Wire):
    """Whether this program reads the model as the model reads itself, measured at load."""

    ok: bool
    """Every check holds and every logit is finite."""

    checks: tuple[Check, ...]
    """What was compared, each with its numbers."""

    problems: tuple[str, ...] = ()
    """What is off and what to do about it, in sentences; empty where nothing is."""


class Badge(Wire):
    """The parity that was measured of some weights, and where."""

    weights_sha256: str
    """Of the weights: 64 hex digits."""

    dtype: str
    """In which they computed: `float32`, `bfloat16` or `float16`."""

    device: str
    """Where they lay, such as `cpu` or `cuda:0`."""

    parity: Parity
    """What was found."""
