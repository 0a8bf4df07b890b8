"""At which tokens a patch acts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, zip_longest
from sys import maxsize
from typing import Annotated, Literal

import torch
from jaxtyping import Bool, Int
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from torch import Tensor

Plain = Annotated[float, AfterValidator(lambda value: value + 0.0)]
"""Without a sign of 0, so that sets that are equal have one name."""

Written = tuple[tuple[int, int], ...]
"""What the model wrote of a text: stretches in order that do not touch, each from a position to before another."""


def written_in(stretches: Iterable[tuple[int, int]]) -> Written:
    """Of stretches in order, some of which may touch, or be empty."""
    written: Written = ()
    for start, end in stretches:
        if written and written[-1][1] == start:
            written = (*written[:-1], (written[-1][0], end))
        elif start < end:
            written = (*written, (start, end))
    return written


def written_from(position: int, before: Written = ()) -> Written:
    """All from a position on, and stretches before it."""
    return written_in([*before, (position, maxsize)])


def first_other(one: Written, other: Written) -> int:
    """The first position that the model wrote by one of them alone; `sys.maxsize` where there is none."""
    edges = zip_longest(chain(*one), chain(*other), fillvalue=maxsize)
    return next((min(mine, theirs) for mine, theirs in edges if mine != theirs), maxsize)


class _Scope(BaseModel, frozen=True):
    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
        json_schema_mode_override="serialization",
    )


class Everywhere(_Scope, frozen=True):
    """At every token."""

    type: Literal["all"] = "all"
    """Which scope this is."""

    def first(self, written: Written) -> int:  # noqa: ARG002
        return 0

    def covers(self, positions: Int[Tensor, " position"], written: Written) -> Bool[Tensor, " position"]:  # noqa: ARG002
        return torch.ones_like(positions, dtype=torch.bool)


class Prompt(_Scope, frozen=True):
    """At the tokens that were given: all that the model did not write."""

    type: Literal["prompt"] = "prompt"
    """Which scope this is."""

    def first(self, written: Written) -> int:
        return next((end for start, end in written if start == 0), 0)

    def covers(self, positions: Int[Tensor, " position"], written: Written) -> Bool[Tensor, " position"]:
        return ~_in(written, positions)


class Generated(_Scope, frozen=True):
    """At the tokens that the model wrote, in all its turns."""

    type: Literal["generated"] = "generated"
    """Which scope this is."""

    def first(self, written: Written) -> int:
        return written[0][0] if written else maxsize

    def covers(self, positions: Int[Tensor, " position"], written: Written) -> Bool[Tensor, " position"]:
        return _in(written, positions)


class Span(_Scope, frozen=True):
    """At some positions."""

    type: Literal["span"] = "span"
    """Which scope this is."""

    start: int = Field(ge=0)
    """The first one."""

    end: int = Field(ge=1)
    """Behind the last one."""

    @model_validator(mode="after")
    def _forward(self) -> Span:
        if self.start >= self.end:
            raise ValueError(f"a span from {self.start} to {self.end} covers nothing; its end lies behind its start")
        return self

    def first(self, written: Written) -> int:  # noqa: ARG002
        return self.start

    def covers(self, positions: Int[Tensor, " position"], written: Written) -> Bool[Tensor, " position"]:  # noqa: ARG002
        return (positions >= self.start) & (positions < self.end)


class WhereFires(_Scope, frozen=True):
    """Where a feature's activation exceeds a threshold, in the pass itself."""

    type: Literal["feature"] = "feature"
    """Which scope this is."""

    sae: str = Field(pattern="^[0-9a-f]{64}$")
    """Hash of the SAE's tensors and of the rule that reads them: `core/saes/identity.py`."""

    site: str
    """What the SAE reads, such as `L7.resid_post`: as it passes before any patch there, patches further below in
    force. The patch must act behind it."""

    feature: int = Field(ge=0)
    """Its index."""

    above: Plain = Field(default=0.0, ge=0, allow_inf_nan=False)
    """In the SAE's unit; the patch acts at tokens where the feature is more active than this."""

    def first(self, written: Written) -> int:  # noqa: ARG002
        """It may fire at each."""
        return 0

    def covers(self, positions: Int[Tensor, " position"], written: Written) -> Bool[Tensor, " position"]:  # noqa: ARG002
        """No position is left out for where it stands."""
        return torch.ones_like(positions, dtype=torch.bool)


def _in(written: Written, positions: Int[Tensor, " position"]) -> Bool[Tensor, " position"]:
    here = torch.zeros_like(positions, dtype=torch.bool)
    for start, end in written:
        here |= (positions >= start) & (positions < end)
    return here


Scope = Annotated[Everywhere | Prompt | Generated | Span | WhereFires, Field(discriminator="type")]
