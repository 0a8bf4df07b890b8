"""Links between features of two SAEs, against plain passes of the model."""

from __future__ import annotations

import pytest
import torch
from tests.conftest import D_MODEL as D
from tests.services.conftest import Bench, OpenBench
from tests.services.test_feature_reading import shelved

from microscope.core.saes import read_architecture
from microscope.core.saes.base import Sae, Spec
from microscope.core.sites import Site
from microscope.errors import Invalid
from microscope.services.feature_links import FeatureLinks
from microscope.wire.feature_links import TestLink as Ask
from microscope.wire.feature_links import TraceFeature

pytestmark = pytest.mark.anyio

TEXT = "The cat sat on the mat"
D_SAE = 96


def dense(site: str, seed: int) -> Sae:
    """ReLU, so that about half of its features fire at each token."""
    draw = torch.Generator().manual_seed(seed)
    weights = {
        "W_enc": torch.randn(D, D_SAE, generator=draw) / D**0.5,
        "b_enc": torch.zeros(D_SAE),
        "W_dec": torch.randn(D_SAE, D, generator=draw) / D**0.5,
        "b_dec": torch.randn(D, generator=draw) / 10,
    }
    spec = Spec(architecture=read_architecture({"kind": "relu"}), d_in=D, d_sae=D_SAE, d_out=D, site=site)
    return Sae(spec, weights)


EARLY, LATE = dense("L0.resid_post", 1), dense("L2.resid_post", 2)


def links(it: Bench) -> FeatureLinks:
    saes, readings = shelved(it, early=EARLY, late=LATE, attn=dense("L2.attn_out", 3), same=dense("L2.resid_post", 4))
    return FeatureLinks(it.lab, saes, readings)


def trace(sae: str, feature: int, other: str, position: int | None = None, k: int = 20) -> TraceFeature:
    return TraceFeature(id=1, sae=sae, feature=feature, text=TEXT, position=position, other=other, k=k)


async def fires(it: Bench, sae: Sae, site: Site) -> tuple[int, int]:
    """A feature that fires at the last position, and that position."""
    model = (await it.models.resident()).model
    acts = sae.encode(model.trace(model.encode(TEXT), [site], logits="none").stacked[0])
    return int(acts[-1].argmax()), len(acts) - 1


async def test_features_error_bias_skip_and_rest_add_up_to_the_activation(bench: OpenBench) -> None:
    async with bench() as it:
        feature, position = await fires(it, LATE, Site(2, "resid_post"))
        found = await links(it).trace(trace("late", feature, "early", position, k=5))
        all_of_them = await links(it).trace(trace("late", feature, "early", position, k=100))
    assert (found.direction, found.evidence) == ("upstream", "attribution approximation")
    parts = [part for part in (found.features, found.error, found.bias, found.skip, found.rest) if part is not None]
    assert (len(parts), found.skip) == (5, 0)
    assert sum(parts) == pytest.approx(found.activation, rel=1e-4)
    assert found.links == all_of_them.links[:5]
    sizes = [abs(link.effect) for link in all_of_them.links]
    assert sizes == sorted(sizes, reverse=True)
    assert max(link.position for link in all_of_them.links) <= position


async def test_without_mlps_and_attention_between_an_attribution_is_what_a_removal_shows(bench: OpenBench) -> None:
    """From L2.attn_out to L2.resid_post the stream itself hands on what was written, but for the MLP's part."""
    async with bench() as it:
        model = (await it.models.resident()).model
        for parameter in model._hf.transformer.h[2].mlp.parameters():  # type: ignore[reportPrivateUsage]
            parameter.data.zero_()
        feature, position = await fires(it, LATE, Site(2, "resid_post"))
        asked = links(it)
        found = await asked.trace(trace("late", feature, "attn", position, k=4))
        for link in found.links:
            ask = Ask(
                id=2, sae="late", feature=feature, text=TEXT, position=position,
                other="attn", other_feature=link.index, other_position=link.position,
            )  # fmt: skip
            tested = await asked.test(ask)
            assert tested.before == pytest.approx(found.activation, rel=1e-5)
            assert tested.before - tested.after == pytest.approx(min(link.effect, tested.before), rel=1e-3)


async def test_downstream_is_what_a_removal_by_hand_shows(bench: OpenBench) -> None:
    async with bench() as it:
        model = (await it.models.resident()).model
        ids = model.encode(TEXT)
        acts = EARLY.encode(model.trace(ids, [Site(0, "resid_post")], logits="none").stacked[0])
        feature = int(acts[2].argmax())
        found = await links(it).trace(trace("early", feature, "late", 2, k=100))

        def without(value: torch.Tensor) -> torch.Tensor:
            value = value.clone()
            value[0, 2] -= acts[2, feature] * EARLY.weights["W_dec"][feature]
            return value

        rows = torch.tensor([ids])
        changed = model.trace_rows(rows, [Site(2, "resid_post")], [(Site(0, "resid_post"), without)])[0, 0]
        before = LATE.encode(model.trace(ids, [Site(2, "resid_post")], logits="none").stacked[0])
        lost = before - LATE.encode(changed)
    assert (found.direction, found.evidence, found.features) == ("downstream", "causal", None)
    for link in found.links:
        assert link.activation == pytest.approx(float(before[link.position, link.index]), abs=1e-4)
        assert link.effect == pytest.approx(float(lost[link.position, link.index]), abs=1e-4)


async def test_where_nobody_says_it_is_traced_where_it_fires_most(bench: OpenBench) -> None:
    async with bench() as it:
        model = (await it.models.resident()).model
        feature, _ = await fires(it, LATE, Site(2, "resid_post"))
        acts = LATE.encode(model.trace(model.encode(TEXT), [Site(2, "resid_post")], logits="none").stacked[0])
        found = await links(it).trace(trace("late", feature, "early"))
    assert found.position == 1 + int(acts[1:, feature].argmax())


async def test_what_cannot_be_traced_is_said(bench: OpenBench) -> None:
    async with bench() as it:
        asked = links(it)
        feature, position = await fires(it, LATE, Site(2, "resid_post"))
        with pytest.raises(Invalid, match="neither lies behind the other"):
            await asked.trace(trace("late", feature, "same", position))
        with pytest.raises(Invalid, match=f"has {position + 1} tokens"):
            await asked.trace(trace("late", feature, "early", 99))
        with pytest.raises(Invalid, match=r"behind L0\.resid_post"):
            await asked.test(
                Ask(
                    id=2, sae="early", feature=0, text=TEXT, position=1, other="late", other_feature=0, other_position=1
                )
            )


async def test_a_feature_that_does_not_fire_has_no_origin(bench: OpenBench) -> None:
    async with bench() as it:
        model = (await it.models.resident()).model
        acts = LATE.encode(model.trace(model.encode(TEXT), [Site(2, "resid_post")], logits="none").stacked[0])
        silent = int((acts[3] == 0).nonzero()[0])
        with pytest.raises(Invalid, match="does not fire at position 3"):
            await links(it).trace(trace("late", silent, "early", 3))
