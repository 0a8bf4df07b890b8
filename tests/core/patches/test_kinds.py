from __future__ import annotations

import pytest
from pydantic import ValidationError

from microscope.core.patches import kinds, read_patch
from microscope.core.patches.ablate import Ablate
from microscope.core.patches.base import Member
from microscope.core.patches.direction import packed
from microscope.core.patches.scope import Span
from microscope.core.patches.steer import Steer
from microscope.errors import Invalid


def test_every_kind_is_found_and_told_by_its_name() -> None:
    assert list(kinds()) == ["ablate", "adapter", "clamp", "scale", "steer"]
    steer = Steer(site="L1.resid_post", direction=packed([1.0, 2.0]), scale=3)
    assert read_patch(steer.model_dump()) == steer
    member = Member(patch=steer, strength=-2, scope=Span(start=1, end=4))
    assert Member.model_validate_json(member.model_dump_json()) == member
    with pytest.raises(Invalid, match="'shout' is no kind of patch; expected one of ablate, adapter, clamp"):
        read_patch({"kind": "shout"})


@pytest.mark.parametrize("strength", [float("nan"), float("inf")])
def test_a_strength_is_a_number(strength: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Member(patch=Steer(site="L1.resid_post", direction=packed([1.0]), scale=3), strength=strength)


def test_a_span_covers_something() -> None:
    with pytest.raises(ValidationError, match="covers nothing"):
        Span(start=4, end=4)


@pytest.mark.parametrize(
    ("strength", "site", "says"),
    [
        (1, "L1.resid_post", "Takes out what lies along the direction, at L1.resid_post."),
        (0.5, None, "Takes out 0.5 times what lies along the direction, all along the residual stream."),
    ],
)
def test_an_ablation_says_how_much_it_takes_out(strength: float, site: str | None, says: str) -> None:
    assert Ablate(direction=packed([1.0]), site=site).says(strength) == says
