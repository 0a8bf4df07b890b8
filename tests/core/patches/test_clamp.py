"""Clamping, against the equation written out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from microscope.core.patches.base import Member, Place, placed
from microscope.core.patches.clamp import Clamp
from microscope.core.saes.base import Normalize, Sae, Spec
from microscope.core.saes.identity import content_sha256
from microscope.core.saes.one_feature import OneFeature, one_feature
from microscope.core.saes.relu import Relu
from microscope.core.saes.temporal import Temporal
from microscope.core.saes.topk import TopK
from microscope.errors import Incompatible, NotFound, Unsupported

D, F, SITE = 16, 24, "L1.resid_post"


def made(normalize: Normalize = "none", scale: float = 1.0, site_out: str = "", *, k: int = 0) -> Sae:
    """Tied, with unit decoder rows: a feature that is moved alone reads back what it was moved to."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.nn.functional.normalize(torch.randn(F, D, generator=generator), dim=-1)
    weights = {"W_enc": rows.T, "b_enc": torch.zeros(F), "W_dec": rows, "b_dec": torch.randn(D, generator=generator)}
    architecture = TopK(k=k) if k else Relu()
    spec = Spec(
        architecture=architecture, d_in=D, d_sae=F, d_out=D, normalize=normalize, scale=scale, site=SITE,
        site_out=site_out,
    )  # fmt: skip
    return Sae(spec, weights)


def place(sae: Sae) -> Place:
    def find(sha256: str, feature: int) -> OneFeature:
        if sha256 != content_sha256(sae.weights):
            raise NotFound("There is no such SAE.", next="Import it.")
        return one_feature(sae, feature)

    return Place(
        "tiny",
        3,
        D,
        parallel=False,
        post_norm=False,
        feature=find,
        adapter=lambda _: (),
        writers=lambda _: (),
        reached=lambda _: (0, 0, 0),
    )


def clamp(sae: Sae, feature: int, value: float) -> Clamp:
    return Clamp(sae=content_sha256(sae.weights), site=SITE, feature=feature, value=value)


def applied(sae: Sae, x: Tensor, *members: Member) -> Tensor:
    """One after the other, as the engine does: each sees what came before it, and x as it was."""
    before = x
    for one in placed(members, place(sae)):
        x = one.edit.apply(x, before)
    return x


@pytest.mark.parametrize(
    ("normalize", "scale"), [("none", 1.0), ("scale", 0.3), ("layer_norm", 1.0), ("constant_norm", 1.0)]
)
def test_a_feature_is_moved_to_its_value_along_its_write(normalize: Normalize, scale: float) -> None:
    sae = made(normalize, scale)
    x = 3 * torch.randn(40, D, generator=torch.Generator().manual_seed(1))
    acts, factor = sae.encode(x), sae.normalized(x).factor
    for strength in (1.0, 0.5, -1.0):
        found = applied(sae, x, Member(patch=clamp(sae, 3, 2.0), strength=strength))
        wanted = x + strength * (2.0 - acts[:, 3:4]) * factor * sae.weights["W_dec"][3]
        assert torch.allclose(found, wanted, atol=1e-5)


def test_what_fires_reads_back_its_value() -> None:
    sae = made()
    x = 3 * torch.randn(200, D, generator=torch.Generator().manual_seed(1))
    fires = sae.encode(x)[:, 5] > 0
    assert 20 < int(fires.sum()) < 180
    moved = applied(sae, x, Member(patch=clamp(sae, 5, 2.0)))
    assert torch.allclose(sae.encode(moved)[fires, 5], torch.full((int(fires.sum()),), 2.0), atol=1e-5)
    off = applied(sae, x, Member(patch=clamp(sae, 5, 0.0)))
    assert sae.encode(off)[:, 5].abs().max() < 1e-5
    assert torch.equal(off[~fires], x[~fires])


def test_features_of_one_site_are_read_before_any_is_moved() -> None:
    """So that their changes add up, in any order."""
    sae = made(k=4)
    x = 3 * torch.randn(40, D, generator=torch.Generator().manual_seed(1))
    one, two = (Member(patch=clamp(sae, feature, 4.0)) for feature in (3, 5))
    both = applied(sae, x, one, two)
    assert torch.allclose(both - x, (applied(sae, x, one) - x) + (applied(sae, x, two) - x), atol=1e-5)
    assert torch.allclose(both, applied(sae, x, two, one), atol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    sae = made()
    with pytest.raises(NotFound, match="24 features"):
        placed([Member(patch=clamp(sae, 24, 0.0))], place(sae))
    with pytest.raises(NotFound, match="no such SAE"):
        placed([Member(patch=clamp(made(k=3), 3, 0.0).model_copy(update={"sae": "0" * 64}))], place(sae))
    with pytest.raises(Incompatible, match="its SAE reads L1"):
        placed([Member(patch=clamp(sae, 3, 0.0).model_copy(update={"site": "L2.resid_post"}))], place(sae))
    rule = Temporal(n_heads=1, bottleneck_factor=2)
    sequential = Sae(sae.spec.model_copy(update={"architecture": rule}), sae.weights)
    with pytest.raises(Unsupported, match="depends on the text before it; a patch reads a feature token by token"):
        placed([Member(patch=clamp(sequential, 3, 0.0))], place(sequential))
    other = made(site_out="L2.mlp_out")
    with pytest.raises(Unsupported, match=r"writes L2\.mlp_out"):
        placed([Member(patch=clamp(other, 3, 0.0))], place(other))
