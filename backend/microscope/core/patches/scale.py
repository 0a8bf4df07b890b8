"""A weight edit of rank one: what output matrices write along a direction is made more, less, or nothing.

    W ← W + s d (dᵀ W)        b ← b + s d (dᵀ b)        so y ← y + s ⟨y, d⟩ d for every output y = W x + b

−1 leaves nothing along d, −2 turns it round, 1 doubles it. It is computed on the outputs, where it is the same thing,
so that the weights keep their bits; `L0.resid_pre` stands for what the embeddings write, those of tokens and of
positions each by itself, and W_U is left alone where it is tied to them. Orthogonalised weights: Arditi et al. 2024,
arXiv 2406.11717, §2.4, eq. 5.
"""

from __future__ import annotations

import re
from typing import ClassVar, Literal, Self

from pydantic import Field

from microscope.core.patches.base import Patch, Place
from microscope.core.patches.direction import Direction, unpacked
from microscope.core.patches.edits import Project
from microscope.core.sites import Site, forward_order, parse_site
from microscope.errors import Invalid, Unsupported

EMBEDDINGS = "L0.resid_pre"
_HALVES = {"attn_out": "attention", "mlp_out": "MLP"}
_HALF = re.compile(r"L(\d+)\.(attn_out|mlp_out)")


class Scale(Patch, frozen=True):
    """Scale what weights write along a direction."""

    edits_weights: ClassVar[bool] = True

    kind: Literal["scale"] = "scale"
    """Which kind this is."""

    direction: Direction
    """(d_model,) of unit norm."""

    writers: tuple[str, ...] = Field(default=())
    """Whose outputs: `L3.mlp_out`, `L3.attn_out`, and `L0.resid_pre` for the embeddings; empty is all of them."""

    def compile(self, strength: float, place: Place) -> tuple[Project, ...]:
        unit = unpacked(self.direction)
        place.fits(len(unit))
        if place.post_norm:
            raise Unsupported(
                f"What the blocks of {place.name} write passes a norm before it is added to the residual stream, so "
                "that no matrix writes along a direction of the stream.",
                next="Ablate the direction, or steer along it.",
            )
        # At the modules themselves, where an adapter's part comes before or behind by the order of the set.
        return tuple(Project(path, unit, strength) for site in self._sites(place) for path in place.writers(site))

    def spelled(self) -> Self:
        """
        Raises:
            Invalid: a writer that is no site's name.
        """
        writers = sorted({parse_site(name) for name in self.writers}, key=forward_order)
        return super().spelled().model_copy(update={"writers": tuple(map(str, writers))})

    def where(self) -> str:
        return whose(self.writers)

    def says(self, strength: float) -> str:
        does = "writes" if len(self.writers) == 1 else "write"
        return f"Multiplies what {whose(self.writers)} {does} along the direction by {1 + strength:.4g}."

    def _sites(self, place: Place) -> tuple[Site, ...]:
        if not self.writers:
            return writers(place)
        sites = tuple(dict.fromkeys(place.site(name) for name in self.writers))
        for site in sites:
            if site not in writers(place):
                raise Invalid(
                    f"{site} is nothing that weights write; expected L0.resid_pre, L<layer>.attn_out or "
                    "L<layer>.mlp_out.",
                    next="Ablate the direction there instead.",
                )
        return sites


def whose(writers: tuple[str, ...]) -> str:
    """In words, such as `attention and MLP of L2 to L7`; the names themselves of what is no such block of layers."""
    if not writers:
        return "all weights"
    if len(writers) == 1:
        return writers[0]
    layers: dict[str, set[int]] = {}
    for name in dict.fromkeys(writers):
        if name == EMBEDDINGS:
            continue
        if not (found := _HALF.fullmatch(name)):
            return ", ".join(writers)
        layers.setdefault(found[2], set()).add(int(found[1]))
    spans = {(min(some), max(some), len(some)) for some in layers.values()}
    if len(spans) > 1 or any(last - first + 1 != count for first, last, count in spans):
        return ", ".join(writers)
    embeddings = ["the embeddings"] if EMBEDDINGS in writers else []
    halves = " and ".join(_HALVES[name] for name in _HALVES if name in layers)
    blocks = [f"{halves} of L{first}" + (f" to L{last}" if last > first else "") for first, last, _ in spans]
    return ", and ".join(embeddings + blocks)


def writers(place: Place) -> tuple[Site, ...]:
    """All that writes into the residual stream: the embeddings, then attention and MLP of every layer."""
    halves = (Site(layer, name) for layer in range(place.n_layers) for name in ("attn_out", "mlp_out"))
    return (Site(0, "resid_pre"), *halves)
