"""Which members weights can express."""

from __future__ import annotations

from typing import ClassVar, Literal

import pytest
import torch

from microscope.core.patches.base import Member, Patch, Place
from microscope.core.patches.direction import packed
from microscope.core.patches.edits import LowRank
from microscope.core.patches.scope import Prompt, WhereFires
from microscope.core.patches.steer import Steer
from microscope.core.patches.weights import weight_edits
from microscope.errors import Unsupported

PLACE = Place(
    "tiny",
    3,
    8,
    parallel=False,
    post_norm=False,
    feature=lambda *_: pytest.fail("no SAE is read"),
    adapter=lambda _: (),
    writers=lambda _: (),
    reached=lambda _: (0, 0, 0),
)


class Brought(Patch, frozen=True):
    """A kind that somebody adds."""

    edits_weights: ClassVar[bool] = True

    kind: Literal["brought"] = "brought"
    """Which kind this is."""

    def compile(self, strength: float, place: Place) -> tuple[LowRank, ...]:
        return (LowRank("h.0", torch.ones(1, place.d_model), strength * torch.ones(place.d_model, 1)),)

    def says(self, strength: float) -> str:
        return f"Changes a matrix {strength} times."


def test_every_kind_that_says_it_edits_weights_is_written_as_weights() -> None:
    found = weight_edits([Member(patch=Brought(), strength=0.5)], PLACE)
    assert [len(edits) for edits in found.values()] == [1]
    steer = Member(patch=Steer(site="L1.resid_post", direction=packed([1.0] * 8), scale=1))
    with pytest.raises(Unsupported, match=r"express steer .*; nor a patch that acts at some tokens only \(prompt\)"):
        weight_edits([steer, Member(patch=Brought(), scope=Prompt())], PLACE)
    fires = WhereFires(sae="0" * 64, site="L1.resid_post", feature=0)
    with pytest.raises(Unsupported, match=r"acts at some tokens only \(feature\)"):
        weight_edits([Member(patch=Brought(), scope=fires)], PLACE)
