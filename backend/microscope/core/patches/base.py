"""A patch: a change of the model that is never merged into it, named by the hash of its content.

One kind a file beside this one. Strength is the amount of change: 0 is none, for every kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, field_validator

from microscope.core.patches.edits import Edit, LowRank
from microscope.core.patches.scope import Everywhere, Scope
from microscope.core.saes.base import Sae
from microscope.core.sites import Site, parse_site
from microscope.errors import Incompatible


class Place(NamedTuple):
    """What a patch must know of the model that it is to change."""

    name: str
    """Of the model, for words."""

    n_layers: int
    d_model: int
    parallel: bool
    """Attention and MLP read the same resid_pre: there is no resid_mid."""

    post_norm: bool
    """What a block's halves write passes a norm before it is added: no weight writes into the residual stream."""

    sae: Callable[[str], Sae]
    """An SAE by the hash of its tensors.

    Raises:
        NotFound: none here has it.
    """

    adapter: Callable[[str], Sequence[LowRank]]
    """A LoRA by the hash of its files: what it adds to each module at strength 1, checked against this model.

    Raises:
        NotFound: none here has it.
        Incompatible: it does not fit the model.
    """

    writers: Callable[[Site], Sequence[str]]
    """The modules whose weights write at a site, by their paths; none for the embeddings of a stream."""

    def site(self, name: str) -> Site:
        """
        Raises:
            Invalid: no site's name.
            Incompatible: a site that this model lacks.
        """
        site = parse_site(name)
        if site.layer >= self.n_layers or (site.name == "resid_mid" and self.parallel):
            lacks = "has no resid_mid" if site.layer < self.n_layers else f"has {self.n_layers} layers, counted from 0"
            raise Incompatible(f"The patch acts at {site}; {self.name} {lacks}.", next="Choose a patch of this model.")
        return site

    def fits(self, width: int) -> None:
        """
        Raises:
            Incompatible: a direction of another width.
        """
        if width != self.d_model:
            raise Incompatible(
                f"The patch's direction has {width} dimensions; {self.name} has d_model={self.d_model}.",
                next="Choose a patch that was made for this model.",
            )


class Patch(BaseModel, frozen=True):
    """A change in words and numbers; subclasses repeat `frozen=True` and give `kind` a literal."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )

    edits_weights: ClassVar[bool] = False
    """It changes what matrices are, not what passes a site: of a set, these act first."""

    kind: str
    """Names it in files, commands and forms."""

    def compile(self, strength: float, place: Place) -> tuple[Edit, ...]:
        """What it comes down to in this model, in the order in which a pass reaches it; never called for strength 0.

        Raises:
            Incompatible: the model has no such place, or another width.
            NotFound: an SAE that it reads is not here.
            Unsupported: this kind cannot change such a model.
        """
        raise NotImplementedError(f"{type(self).__name__} has no compile")

    def says(self, strength: float) -> str:
        """What it does at that strength, in words."""
        raise NotImplementedError(f"{type(self).__name__} says nothing of itself")


class Member(BaseModel, frozen=True):
    """A patch in force."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )

    patch: SerializeAsAny[Patch]
    """The change."""

    strength: float = Field(default=1.0, allow_inf_nan=False)
    """How much of it; 0 is none."""

    scope: Scope = Everywhere()
    """Where."""

    @field_validator("patch", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        from microscope.core.patches import read_patch  # The registry imports this file.

        return read_patch(value) if isinstance(value, dict) else value


class Placed(NamedTuple):
    """An edit where it acts."""

    edit: Edit
    scope: Scope


def placed(members: Sequence[Member], place: Place) -> tuple[Placed, ...]:
    """A set of patches, in order, as edits; those at one place act in its order, edits of weights before all others.

    A member of strength 0 is dropped before anything runs, so that it changes no bit.

    Raises:
        As `Patch.compile` says.
    """
    return tuple(
        Placed(edit, member.scope)
        for member in sorted(members, key=lambda one: not one.patch.edits_weights)
        if member.strength
        for edit in member.patch.compile(member.strength, place)
    )
