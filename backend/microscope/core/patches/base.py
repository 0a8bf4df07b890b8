"""A patch: a change of the model that is never merged into it, named by the hash of its content.

One kind a file beside this one. Strength is the amount of change: 0 is none, for every kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, field_validator

from microscope.core.patches.edits import At, Edit, Fires, Gate, LowRank, Rows
from microscope.core.patches.scope import Everywhere, Plain, Scope, WhereFires
from microscope.core.saes.one_feature import OneFeature
from microscope.core.sites import Site, parse_site
from microscope.errors import Incompatible, Unsupported


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

    feature: Callable[[str, int], OneFeature]
    """What reads a feature of an SAE, by the hash of the SAE's tensors and the feature's index.

    Raises:
        NotFound: none here has it, or it has no such feature.
    """

    adapter: Callable[[str], Sequence[LowRank | Rows]]
    """A LoRA by the hash of its files: what it adds to each module at strength 1, checked against this model.

    Raises:
        NotFound: none here has it.
        Incompatible: it does not fit the model.
    """

    writers: Callable[[Site], Sequence[str]]
    """The modules whose weights write at a site, by their paths; at L0.resid_pre the embeddings."""

    reached: Callable[[At], tuple[int, int, int]]
    """A sort key: what a pass comes to first comes first; a module before the site that it writes."""

    def site(self, name: str) -> Site:
        """What enters a block is what left the one before: of two names of one place that of the block before, so that
        all that acts there acts in the order of the set.

        Raises:
            Invalid: no site's name.
            Incompatible: a site that this model lacks.
        """
        site = parse_site(name)
        if site.layer >= self.n_layers or (site.name == "resid_mid" and self.parallel):
            lacks = "has no resid_mid" if site.layer < self.n_layers else f"has {self.n_layers} layers, counted from 0"
            raise Incompatible(f"The patch acts at {site}; {self.name} {lacks}.", next="Choose a patch of this model.")
        return Site(site.layer - 1, "resid_post") if site.name == "resid_pre" and site.layer else site

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

    def encoder(self, sha256: str, site: str, feature: int) -> OneFeature:
        """What reads a feature of an SAE at a site, token by token.

        Raises:
            NotFound: it is not here, or has no such feature.
            Incompatible: it reads another site, or another width.
            Unsupported: what it reads at a token depends on the text before it.
        """
        one = self.feature(sha256, feature)
        sae = one.sae
        self.fits(sae.spec.d_in)
        if sae.sequential:
            raise Unsupported(
                f"What a {sae.spec.architecture.kind} SAE reads at a token depends on the text before it; a patch "
                "reads a feature token by token.",
                next="Steer along what the feature writes.",
            )
        if sae.spec.site != site:
            raise Incompatible(
                f"The patch reads a feature at {site}; its SAE reads {sae.spec.site or 'nobody knows what'}.",
                next="Make the patch anew from the feature.",
            )
        return one


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

    def spelled(self) -> Self:
        """The one of all that mean the same that is kept, so that they have one name; one that is kept stays as it
        was."""
        return self.model_copy(update={name: value + 0.0 for name, value in self if isinstance(value, float)})

    def where(self) -> str:
        """A site's name, or in words; empty where the kind has no place of its own."""
        return ""

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

    strength: Plain = Field(default=1.0, allow_inf_nan=False)
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
    gate: Gate | None = None
    """Of the positions of the scope, those where it is open; None is all of them."""


def placed(members: Sequence[Member], place: Place) -> tuple[Placed, ...]:
    """A set of patches, in order, as edits; those at one place act in its order, edits of weights before all others.

    A member of strength 0 is dropped before anything runs, so that it changes no bit.

    Raises:
        As `compiled` says.
    """
    return tuple(
        one
        for member in sorted(members, key=lambda one: not one.patch.edits_weights)
        if member.strength
        for one in compiled(member, place)
    )


def compiled(member: Member, place: Place, strength: float | None = None) -> tuple[Placed, ...]:
    """One member as edits.

    Args:
        strength: that of the member by default; never 0.

    Raises:
        As `Patch.compile` says; what `WhereFires` reads is not here, or lies behind what the patch changes.
    """
    edits = member.patch.compile(member.strength if strength is None else strength, place)
    gate = _gate(member.scope, place)
    if gate is not None and (early := [one.at for one in edits if place.reached(one.at) < place.reached(gate.at)]):
        raise Incompatible(
            f"The patch acts where a feature fires that is read at {gate.at}; it changes {early[0]} before a pass "
            "comes there.",
            next=f"Choose a feature that is read at or before {early[0]}, or a patch that acts at or behind {gate.at}.",
        )
    return tuple(Placed(edit, member.scope, gate) for edit in edits)


def _gate(scope: Scope, place: Place) -> Gate | None:
    if not isinstance(scope, WhereFires):
        return None
    one = place.encoder(scope.sae, scope.site, scope.feature)
    return Fires(place.site(scope.site), one.sae, one.number, scope.above)
