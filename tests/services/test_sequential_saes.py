"""An SAE that reads texts from their start gives one number for a token, wherever it is asked for."""

from __future__ import annotations

import pytest
import torch
from tests.conftest import D_MODEL as D
from tests.services.conftest import OpenBench
from tests.services.test_feature_reading import shelved
from torch import Tensor

from microscope.core.gathering import encoded
from microscope.core.patches.steer import Steer
from microscope.core.reconstruction import Meter, cross_entropy
from microscope.core.saes import read_architecture
from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.identity import content_sha256
from microscope.core.saes.temporal import Temporal
from microscope.core.sites import Site
from microscope.services.feature_links import FeatureLinks
from microscope.services.patch_making import Feature, make
from microscope.services.sae_fit import n_bytes_of
from microscope.wire.feature_links import TestLink as Ask
from microscope.wire.feature_links import TraceFeature
from microscope.wire.feature_readings import ColorByFeature, ReadFeatures, TryFeature
from microscope.wire.patches import FromFeature
from microscope.wire.traces import NewTrace

pytestmark = pytest.mark.anyio

TEXT = "The cat sat on the mat and the dog ran after it"
F, K = 48, 6


def temporal(site: str, seed: int = 0) -> Sae:
    rule = Temporal(n_heads=2, n_attn_layers=2, bottleneck_factor=4, kval_topk=K, tied_weights=False)
    draw = torch.Generator().manual_seed(seed)
    sizes = {"W_enc": (D, F), "W_dec": (F, D), "b_dec": (D,), **rule.own_shapes(F)}
    weights = {name: torch.randn(shape, generator=draw) for name, shape in sizes.items()}
    spec = Spec(architecture=rule, d_in=D, d_sae=F, d_out=D, site=site, normalize="scale", scale=3.0)
    return Sae(spec, weights)


def dense(site: str, seed: int) -> Sae:
    draw = torch.Generator().manual_seed(seed)
    sizes = {"W_enc": (D, F), "W_dec": (F, D), "b_dec": (D,), "b_enc": (F,)}
    weights = {name: torch.randn(shape, generator=draw) / D**0.5 for name, shape in sizes.items()}
    return Sae(Spec(architecture=read_architecture({"kind": "relu"}), d_in=D, d_sae=F, d_out=D, site=site), weights)


SITE = Site(1, "resid_post")
SAE = temporal(str(SITE))


async def test_a_token_has_the_same_features_in_the_panel_in_a_text_and_in_a_harvest(bench: OpenBench) -> None:
    async with bench() as it:
        _, readings = shelved(it, one=SAE)
        trace = await it.traces.create(NewTrace(text=TEXT))
        x = (await it.models.resident()).model.trace(list(trace.ids), [SITE], logits="none").stacked[0]
        acts, x_hat = SAE.encode(x, (len(x),)), SAE.reconstruct(x, (len(x),))
        for position in range(len(x)):
            (found,) = (await readings.read(ReadFeatures(id=1, trace=trace.hash, position=position, k=K))).readings
            assert {one.index: one.activation for one in found.features} == pytest.approx(
                {int(f): float(acts[position, f]) for f in acts[position].nonzero()[:, 0]}, rel=1e-4
            )
            assert found.error_norm == pytest.approx(float((x - x_hat)[position].norm()), rel=1e-4)
            assert sum(one.share for one in found.features) == pytest.approx(1)
        feature = int(acts.sum(0).argmax())
        tried = await readings.try_text(TryFeature(id=2, sae="one", feature=feature, text=TEXT))
        colored = await readings.color(ColorByFeature(id=3, trace=trace.hash, sae="one", feature=feature))
    for one in (tried, colored):
        assert list(one.activations) == pytest.approx(acts[:, feature].tolist(), abs=1e-4)
    twice = encoded(SAE, torch.cat([x, x[:5]]), [len(x), 5])
    again = torch.zeros(len(x) + 5, F).index_put((twice.row, twice.feature), twice.value)
    torch.testing.assert_close(again, torch.cat([acts, acts[:5]]))


def test_its_memory_is_known_before_it_is_loaded() -> None:
    held = sum(value.nbytes for value in SAE.weights.values())
    assert n_bytes_of(SAE.spec) == held + 4 * F, "a b_enc is counted, which it lacks"


async def test_its_features_are_steered_along_in_the_unit_of_its_inputs(bench: OpenBench) -> None:
    async with bench() as it:
        model = (await it.models.resident()).model
        feature = Feature(SAE, content_sha256(SAE.weights), 5, SITE, SITE, largest=2.0)
        patch = make(model, feature, FromFeature(sae="one", feature=5, kind="steer"))
    assert isinstance(patch, Steer)
    assert patch.scale == pytest.approx(2.0 * float(SAE.weights["W_dec"][5].norm()) / SAE.spec.scale, rel=1e-5)


async def test_its_card_says_what_its_rule_goes_by(bench: OpenBench) -> None:
    async with bench() as it:
        card = await shelved(it, one=SAE)[0].card("one", text=TEXT)
    rule = SAE.spec.architecture
    assert isinstance(rule, Temporal)
    assert {one.name: one.value for one in card.rule} == rule.model_dump(exclude={"kind"})
    assert {one.says for one in card.rule if one.name == "kval_topk"} == {
        "Features that fire at most; null: all that are above 0."
    }


async def test_its_card_measures_the_text_from_its_start(bench: OpenBench) -> None:
    async with bench() as it:
        saes, _ = shelved(it, one=SAE)
        card = await saes.card("one", text=TEXT)
        measured = card.measured
        model = (await it.models.resident()).model
        ids = model.encode(TEXT)
        x = model.trace(ids, [SITE], logits="none").stacked[0]
        acts, x_hat = SAE.encode(x, (len(x),)), SAE.reconstruct(x, (len(x),))

        def splice(value: Tensor) -> Tensor:
            changed = value.clone()
            changed[0, 1:] = x_hat[1:]
            return changed

        last = Site(model.n_layers - 1, "resid_post")
        final = model.trace_rows(torch.tensor([ids]), [last], [(SITE, splice)])[0, 0]
        ce = cross_entropy(model.unembed(final)[1:-1], torch.tensor(ids[2:])).mean()
    meter = Meter(D, F)
    meter.add(x[1:], x_hat[1:], acts[1:])
    assert measured is not None
    assert card.bos.startswith("It reads a text from its start: what fires depends on the tokens before.")
    assert (measured.fvu, measured.l0) == pytest.approx((meter.result().fvu, meter.result().l0), rel=1e-4)
    assert measured.ce_sae == pytest.approx(float(ce), rel=1e-4)


async def test_links_of_its_features_add_up_and_are_tested_over_the_whole_text(bench: OpenBench) -> None:
    early, late = temporal("L0.resid_post", seed=1), dense("L2.resid_post", seed=2)
    async with bench() as it:
        saes, readings = shelved(it, early=early, late=late, middle=SAE)
        links, model = FeatureLinks(it.lab, saes, readings), (await it.models.resident()).model
        ids = model.encode(TEXT)
        x = {site: model.trace(ids, [site], logits="none").stacked[0] for site in (Site(0, "resid_post"), SITE)}
        fires = SAE.encode(x[SITE], (len(ids),))
        feature = int(fires[-1].argmax())
        asked = TraceFeature(id=1, sae="middle", feature=feature, text=TEXT, position=len(ids) - 1, other="early", k=5)
        up = await links.trace(asked)
        assert up.activation == pytest.approx(float(fires[-1, feature]), rel=1e-4)
        parts = [up.features, up.error, up.bias, up.skip, up.rest]
        assert up.skip, "what it foretells is no feature's"
        assert sum(part or 0 for part in parts) == pytest.approx(up.activation, rel=1e-4)
        first = up.links[0]
        ask = Ask(
            id=2, sae="middle", feature=feature, text=TEXT, position=len(ids) - 1,
            other="early", other_feature=first.index, other_position=first.position,
        )  # fmt: skip
        tested = await links.test(ask)

        def without(value: Tensor) -> Tensor:
            changed = value.clone()
            write = early.encode(x[Site(0, "resid_post")], (len(ids),))[first.position, first.index]
            changed[0, first.position] -= write * early.weights["W_dec"][first.index] / early.spec.scale
            return changed

        changed = model.trace_rows(torch.tensor([ids]), [SITE], [(Site(0, "resid_post"), without)])[0, 0]
        down = await links.trace(TraceFeature(id=3, sae="middle", feature=feature, text=TEXT, other="late"))
    assert tested.before == pytest.approx(up.activation, rel=1e-4)
    assert tested.after == pytest.approx(float(SAE.encode(changed, (len(ids),))[-1, feature]), abs=1e-4)
    assert (down.direction, down.evidence) == ("downstream", "causal")
