"""Places in a transformer that can be read or written: `L10.resid_post` and its kin.

Knows names and their order; knows no model. The names are TransformerLens': `resid_pre` enters a
block, `attn_out` and `mlp_out` are what its two halves add, `resid_post` leaves it.
"""

from __future__ import annotations

import re
import sys
from typing import Literal, NamedTuple, get_args

from microscope.errors import Invalid

SiteName = Literal["resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"]
Component = Literal["resid", "attn_out", "mlp_out"]
"""What a lens reads: the residual stream itself, or what attention or the MLP alone added to it."""

ORDER: tuple[SiteName, ...] = get_args(SiteName)
"""The order in which a sequential block computes them."""

_NAMES: dict[str, SiteName] = {name: name for name in ORDER}
_PATTERN = re.compile(r"L(\d+)\.(\w+)")


class Site(NamedTuple):
    """One place, all positions. Sites sort in the order in which a forward pass reaches them."""

    layer: int
    """0-based block."""

    name: SiteName

    def __str__(self) -> str:
        return f"L{self.layer}.{self.name}"


def parse_site(text: str) -> Site:
    """`"L10.resid_post"` → `Site(10, "resid_post")`; the inverse of `str(site)`.

    Raises:
        Invalid: for anything else, naming the sites that exist.
    """
    match = _PATTERN.fullmatch(text.strip())
    name = _NAMES.get(match[2]) if match else None
    if match is None or name is None:
        raise Invalid(
            f"{text!r} is no site; expected L<layer>.<name> with a name of {', '.join(ORDER)}.",
            next="Write it as L10.resid_post.",
        )
    return Site(int(match[1]), name)


def place_in_order(text: str) -> tuple[int, int]:
    """The sort key of a site by its name; what is no site, or none, comes last."""
    try:
        return forward_order(parse_site(text))
    except Invalid:
        return sys.maxsize, 0


def forward_order(site: Site) -> tuple[int, int]:
    """A sort key: what runs first comes first."""
    return site.layer, ORDER.index(site.name)
