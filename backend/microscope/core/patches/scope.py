"""At which tokens a patch acts."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from jaxtyping import Bool, Int
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor


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

    def covers(self, positions: Int[Tensor, " position"], n_prompt: int) -> Bool[Tensor, " position"]:  # noqa: ARG002
        return torch.ones_like(positions, dtype=torch.bool)


class Prompt(_Scope, frozen=True):
    """At the tokens that were given."""

    type: Literal["prompt"] = "prompt"
    """Which scope this is."""

    def covers(self, positions: Int[Tensor, " position"], n_prompt: int) -> Bool[Tensor, " position"]:
        return positions < n_prompt


class Generated(_Scope, frozen=True):
    """At the tokens that the model wrote."""

    type: Literal["generated"] = "generated"
    """Which scope this is."""

    def covers(self, positions: Int[Tensor, " position"], n_prompt: int) -> Bool[Tensor, " position"]:
        return positions >= n_prompt


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

    def covers(self, positions: Int[Tensor, " position"], n_prompt: int) -> Bool[Tensor, " position"]:  # noqa: ARG002
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

    above: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """In the SAE's unit; the patch acts at tokens where the feature is more active than this."""

    def covers(self, positions: Int[Tensor, " position"], n_prompt: int) -> Bool[Tensor, " position"]:  # noqa: ARG002
        """No position is left out for where it stands."""
        return torch.ones_like(positions, dtype=torch.bool)


Scope = Annotated[Everywhere | Prompt | Generated | Span | WhereFires, Field(discriminator="type")]
