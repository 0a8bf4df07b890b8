"""Patches made of features, kept and tried, against the model itself."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.conftest import D_MODEL as D
from tests.services.conftest import Bench, OpenBench
from tests.services.test_feature_links import dense
from tests.services.test_feature_reading import shelved

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.direction import packed, unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.scope import Generated, Span
from microscope.core.patches.steer import Steer
from microscope.core.saes.base import Sae
from microscope.core.saes.identity import computes_sha256, content_sha256
from microscope.core.saes.topk import TopK
from microscope.core.sites import Site
from microscope.engine.model import Model
from microscope.errors import Busy, Incompatible, Invalid, NotFound, TooLarge
from microscope.services.dictionaries import Dictionaries
from microscope.services.features import Features
from microscope.services.labels import Labels
from microscope.services.patch_library import PatchLibrary
from microscope.services.patch_places import PatchPlaces
from microscope.services.patch_sets import PatchSets
from microscope.services.patch_trials import PatchTrials
from microscope.services.patches import Patches
from microscope.services.traces import Traces, n_prompt
from microscope.services.views import Views
from microscope.store.objects import name_of
from microscope.wire.conversations import Role
from microscope.wire.lenses import ReadLens
from microscope.wire.patches import (
    ContinuePatched,
    FromContent,
    FromFeature,
    FromLibrary,
    NewPatch,
    NewPatchSet,
    PatchesTried,
    PatchMember,
    PatchSource,
    TryPatches,
)
from microscope.wire.traces import NewTrace

pytestmark = pytest.mark.anyio

TEXT = "The cat sat on the mat"
SAE = dense("L1.resid_post", 1)


def patches_of(it: Bench) -> Patches:
    return over(it, mid=SAE, mlp=dense("L1.mlp_out", 2), other=dense("L9.resid_post", 3))


def over(it: Bench, **on_shelves: Sae) -> Patches:
    """Over a library of these."""
    saes, readings = shelved(it, **on_shelves)
    features = Features(it.lab, it.models, Labels(it.lab), Dictionaries(it.lab.folder, saes.library))
    library = PatchLibrary(it.lab, it.models)
    places = PatchPlaces(saes, library)
    return Patches(it.lab, it.models, saes, readings, features, library, places, PatchSets(it.lab, library, places))


def trials(it: Bench) -> PatchTrials:
    return PatchTrials(it.lab, patches_of(it))


def feature(kind: str, number: int = 7, sae: str = "mid", **more: object) -> FromFeature:
    return FromFeature.model_validate({"sae": sae, "feature": number, "kind": kind, **more})


def asked(source: PatchSource, strength: float = 1.0, **more: object) -> TryPatches:
    member = PatchMember(source=source, strength=strength)
    return TryPatches.model_validate({"id": 1, "text": TEXT, "members": (member,), **more})


def next_token(model: Model, site: Site, moved: torch.Tensor) -> torch.Tensor:
    """Probabilities after the text when a site's value is another: the plain way."""
    ids = torch.tensor([model.encode(TEXT)])
    last = model.trace_rows(ids, [Site(model.n_layers - 1, "resid_post")], [(site, lambda _: moved[None])])
    return model.unembed(last[0, 0, -1]).softmax(-1)


def values(model: Model, site: Site) -> torch.Tensor:
    return model.trace(model.encode(TEXT), [site], logits="none").stacked[0]


async def test_a_feature_becomes_each_kind_of_patch(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        made = {kind: (await patches.create(NewPatch(source=feature(kind)))).patch for kind in
                ("steer", "ablate", "scale", "clamp")}  # fmt: skip
        everywhere = await patches.create(NewPatch(source=feature("ablate", everywhere=True)))
        of_mlp = await patches.create(NewPatch(source=feature("scale", sae="mlp")))
    write = SAE.weights["W_dec"][7]
    steer, ablate, scale, clamp = made["steer"], made["ablate"], made["scale"], made["clamp"]
    assert isinstance(steer, Steer)
    assert isinstance(ablate, Ablate)
    assert isinstance(scale, Scale)
    assert isinstance(clamp, Clamp)
    for patch in (steer, ablate, scale):
        assert torch.allclose(unpacked(patch.direction), write / write.norm(), atol=1e-6)
    assert (steer.site, ablate.site, scale.writers) == ("L1.resid_post", "L1.resid_post", ())
    assert isinstance(everywhere.patch, Ablate)
    assert everywhere.patch.site is None
    assert isinstance(of_mlp.patch, Scale)
    assert of_mlp.patch.writers == ("L1.mlp_out",)
    known = computes_sha256(content_sha256(SAE.weights), SAE.spec)
    assert clamp == Clamp(sae=known, site="L1.resid_post", feature=7, value=0)


async def test_what_is_tried_is_what_the_model_does(bench: OpenBench) -> None:
    async with bench() as it:
        model, site = (await it.models.resident()).model, Site(1, "resid_post")
        clean = values(model, site)
        unit = SAE.weights["W_dec"][7] / SAE.weights["W_dec"][7].norm()
        acts = SAE.encode(clean)[:, 7:8]
        steer = (await patches_of(it).create(NewPatch(source=feature("steer")))).patch
        assert isinstance(steer, Steer)
        wanted = {
            "steer": clean - 0.5 * steer.scale * unit,
            "ablate": clean + 0.5 * (clean @ unit)[:, None] * unit,
            "clamp": clean - 0.5 * (3.0 - acts) * SAE.weights["W_dec"][7],
        }
        for kind, moved in wanted.items():
            found = await trials(it).try_(asked(feature(kind, value=3.0 if kind == "clamp" else None), -0.5, k=6))
            probs, base = next_token(model, site, moved), next_token(model, site, clean)
            for token in found.tokens:
                assert token.patched == pytest.approx(float(probs[token.token_id]), abs=1e-5), kind
                assert token.base == pytest.approx(float(base[token.token_id]), abs=1e-5)
            kl = float((base * (base / probs).log()).sum())
            assert found.kl == pytest.approx(kl, abs=1e-5)
            listed = {token.token_id for token in found.tokens}
            assert listed == set(probs.topk(6).indices.tolist()) | set(base.topk(6).indices.tolist())
            assert [token.patched for token in found.tokens] == sorted((t.patched for t in found.tokens), reverse=True)
            assert len(found.control_kl) == len(found.tokens[0].controls) == 4


async def test_strength_0_changes_nothing_and_neither_do_its_controls(bench: OpenBench) -> None:
    async with bench() as it:
        found = await trials(it).try_(asked(feature("steer"), 0.0))
    assert found.kl == 0
    assert set(found.control_kl) == {0.0}
    assert set(found.changed) == {0.0}
    assert all(token.base == token.patched == token.controls[0] for token in found.tokens)


async def test_the_control_of_a_push_is_a_push_as_hard(bench: OpenBench) -> None:
    """At the last layer what is pushed there is what is changed."""
    async with bench() as it:
        patches = over(it, last=dense("L2.resid_post", 5))
        source = feature("steer", sae="last")
        found = await PatchTrials(it.lab, patches).try_(asked(source, 0.25))
        steer = (await patches.create(NewPatch(source=source))).patch
        model = (await it.models.resident()).model
        lengths = values(model, Site(2, "resid_post")).norm(dim=-1)
    assert isinstance(steer, Steer)
    assert torch.allclose(torch.tensor(found.changed), 0.25 * steer.scale / lengths, rtol=1e-3)
    # Without a dictionary the unit is what is usually there.
    assert 0.3 * float(lengths[1:].mean()) < steer.scale < 3 * float(lengths[1:].mean())


async def test_several_patches_act_in_their_order(bench: OpenBench) -> None:
    async with bench() as it:
        it_trials = trials(it)
        push, take = (PatchMember(source=feature(kind)) for kind in ("steer", "ablate"))

        async def kl(*members: PatchMember) -> float:
            return (await it_trials.try_(TryPatches(id=1, text=TEXT, members=members))).kl

        assert await kl(push, take) == pytest.approx(await kl(take), abs=1e-5)
        assert await kl(take, push) != pytest.approx(await kl(push, take), abs=1e-3)


async def test_a_patch_is_kept_under_the_hash_of_its_content(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        kept = await patches.create(NewPatch(source=feature("steer"), name="Push"))
        again = await patches.create(NewPatch(source=FromContent(patch=kept.patch), name="Another name"))
        assert again == kept == patches.library.get(kept.hash)
        assert (kept.name, kept.source) == ("Push", feature("steer"))
        assert kept.model == (await it.models.resident()).slug
        assert "Adds" in kept.says
        assert "L1.resid_post" in kept.says
        other = await patches.create(NewPatch(source=feature("clamp", value=2.5)))
        assert other.name == "clamp mid #7"
        assert patches.library.list() == (other, kept)
        assert patches.library.list(q="PUSH") == (kept,)
        assert patches.library.list(kind="clamp") == (other,)
        by_hash, by_feature = [
            (await trials(it).try_(asked(source))) for source in (FromLibrary(hash=kept.hash), feature("steer"))
        ]
        assert by_hash == by_feature
        assert by_hash.patches == (kept.hash,)
        with pytest.raises(NotFound, match="no patch"):
            patches.library.get("0123456789abcdef")


async def test_a_text_goes_on_with_and_without(bench: OpenBench) -> None:
    async with bench() as it:
        model = (await it.models.resident()).model
        member = PatchMember(source=feature("steer"), strength=4.0)
        query = ContinuePatched(id=1, text=TEXT, members=(member,), n_tokens=6)
        found = await trials(it).continue_(query)
        ids = list(model.encode(TEXT))
        plain: list[int] = []
        for _ in range(6):
            logits = model.trace([*ids, *plain]).logits
            assert logits is not None
            plain.append(int(logits[-1].argmax()))
            if plain[-1] in model.end_ids:
                break
        first = await trials(it).try_(asked(feature("steer"), 4.0))
        assert found.base == tuple(plain)
        assert found.patched[0] == first.tokens[0].token_id
        # What acts on generated tokens alone leaves the first one as it was.
        later = query.model_copy(update={"members": (member.model_copy(update={"scope": Generated()}),)})
        assert (await trials(it).continue_(later)).patched[0] == found.base[0]
        assert it.lab.turns == 0
    async with bench(max_streams=2) as it:
        with pytest.raises(Busy):
            await trials(it).continue_(query)
        assert it.lab.turns == 0


async def test_what_cannot_be_done_is_said(bench: OpenBench) -> None:
    async with bench(max_k=20) as it:
        it_trials, patches = trials(it), patches_of(it)
        deep = Steer(site="L3.mlp_out", direction=packed([1.0] * D), scale=1.0)
        gone = Clamp(sae="f" * 64, site="L1.resid_post", feature=0, value=0)
        with pytest.raises(NotFound, match="96 features"):
            await it_trials.try_(asked(feature("steer", 96)))
        with pytest.raises(Incompatible):
            await it_trials.try_(asked(feature("steer", sae="other")))
        with pytest.raises(Incompatible, match="3 layers"):
            await it_trials.try_(asked(FromContent(patch=deep), 0.0))
        with pytest.raises(NotFound, match="none here that reads L1"):
            await patches.create(NewPatch(source=FromContent(patch=gone)))
        with pytest.raises(TooLarge, match="max_k is 20"):
            await it_trials.try_(asked(feature("steer"), k=21))
        with pytest.raises(Invalid, match="exactly one of text and ids"):
            await it_trials.try_(asked(feature("steer"), ids=(1, 2)))
        with pytest.raises(Invalid, match="no number"):
            await it_trials.try_(asked(feature("steer"), 1e38))
        member = PatchMember(source=feature("steer"), strength=1e38)
        with pytest.raises(Invalid, match="no number"):
            await it_trials.continue_(ContinuePatched(id=1, text=TEXT, members=(member,), n_tokens=3))
        zero = Sae(SAE.spec, {**SAE.weights, "W_dec": torch.zeros_like(SAE.weights["W_dec"])})
        with pytest.raises(Invalid, match="writes nothing"):
            await over(it, zero=zero).create(NewPatch(source=feature("steer", sae="zero")))


def _probabilities(found: PatchesTried) -> list[float]:
    return [token.patched for token in found.tokens]


async def test_trials_side_by_side_do_not_meet(bench: OpenBench) -> None:
    async with bench() as it:
        it_trials = trials(it)
        queries = [asked(feature(kind, number), 2.0) for kind in ("steer", "clamp", "ablate") for number in (3, 7)]
        alone = [await it_trials.try_(query) for query in queries]
        together = await asyncio.gather(*map(it_trials.try_, queries))
    assert together == alone
    assert len({tuple(_probabilities(one)) for one in alone}) == len(queries)


async def test_a_clamp_reads_by_the_rule_of_its_own_sae(bench: OpenBench) -> None:
    """Whoever else has the same tensors."""
    few = replace(SAE, spec=SAE.spec.model_copy(update={"architecture": TopK(k=1)}))
    scaled = replace(SAE, spec=SAE.spec.model_copy(update={"normalize": "scale", "scale": 3.0}))
    elsewhere = replace(SAE, spec=SAE.spec.model_copy(update={"site": "L2.resid_post"}))
    async with bench() as it:
        alone = {}
        for name, sae in (("mid", SAE), ("few", few), ("scaled", scaled)):
            patches = over(it, **{name: sae})
            asked_of = asked(feature("clamp", sae=name, value=3.0))
            alone[name] = (await PatchTrials(it.lab, patches).try_(asked_of)).kl
            it.lab.folder.path(f"saes/{name}").rename(it.lab.folder.path(f"kept-{name}"))
        patches = over(it, aaa=elsewhere, few=few, mid=SAE, scaled=scaled)
        together = PatchTrials(it.lab, patches)
        for name, kl in alone.items():
            assert (await together.try_(asked(feature("clamp", sae=name, value=3.0)))).kl == kl
        hashes = {(await patches.create(NewPatch(source=feature("clamp", sae=name)))).hash for name in alone}
    assert len(hashes) == len(set(alone.values())) == 3


async def test_a_text_is_run_with_a_set_of_patches_and_named_by_it(bench: OpenBench) -> None:
    """Its lens is that of the patched model; without patches it keeps the name that it had before there were any."""
    async with bench() as it:
        patches = patches_of(it)
        traces = Traces(it.lab, it.models, patches.sets)
        members = (
            PatchMember(source=feature("steer"), strength=1.5),
            PatchMember(source=feature("clamp", value=2.0), scope=Span(start=1, end=4)),
        )
        kept = await patches.create_set(NewPatchSet(members=members))
        assert kept == await patches.create_set(NewPatchSet(members=members)) == patches.sets.get(kept.hash)
        assert [one.strength for one in kept.members] == [1.5, 1.0]
        assert [patches.library.get(one.hash).source for one in kept.members] == [one.source for one in members]
        plain = await traces.create(NewTrace(text=TEXT))
        patched = await traces.create(NewTrace(text=TEXT, patches=kept.hash))
        again = await traces.create(NewTrace(text=TEXT, patches=kept.hash))
        assert (patched.patches, plain.patches) == (kept.hash, None)
        assert again == patched != plain
        assert plain.hash == name_of(plain.model_dump(mode="json", include={"weights_sha256", "ids", "roles"}))
        last = len(plain.ids) - 1
        queries = [ReadLens(id=1, trace=one.hash, position=last, read="after", k=5) for one in (plain, patched)]
        rows = [await traces.read_lens(query) for query in queries]
        tried = await PatchTrials(it.lab, patches).try_(TryPatches(id=1, text=TEXT, members=members, k=5))
        for number, column in enumerate(("base", "patched")):
            read = rows[number].rows[-1]
            wanted = {token.token_id: getattr(token, column) for token in tried.tokens}
            for token_id, logprob in zip(read.ids, read.logprobs, strict=True):
                assert math.exp(logprob) == pytest.approx(wanted[token_id], abs=1e-5)
        # Made again after it has left memory, it is the same.
        it.lab.states.drop(f"trace:{patched.hash}")
        rebuilt = await traces.read_lens(queries[1])
        assert rebuilt.rows == rows[1].rows
        assert {row.hash: row.patches for row in traces.list(plain.model, 9)} == {
            plain.hash: None, patched.hash: kept.hash,
        }  # fmt: skip
        with pytest.raises(NotFound, match="no patch-set"):
            await traces.create(NewTrace(text=TEXT, patches="0123456789abcdef"))


async def test_a_bundle_holds_the_patches_of_its_traces(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        patches = patches_of(it)
        traces = Traces(it.lab, it.models, patches.sets)
        kept = await patches.create_set(NewPatchSet(members=(PatchMember(source=feature("steer")),)))
        patched = await traces.create(NewTrace(text=TEXT, patches=kept.hash))
        bundle = await Views(it.lab, it.models, it.conversations, traces, patches.sets).export(traces=[patched.hash])
    assert bundle.patch_sets == (kept,)
    async with bench(home=tmp_path / "elsewhere") as it:
        patches = patches_of(it)
        traces = Traces(it.lab, it.models, patches.sets)
        views = Views(it.lab, it.models, it.conversations, traces, patches.sets)
        with pytest.raises(Invalid, match="lacks the set"):
            await views.import_bundle(bundle.model_copy(update={"patch_sets": ()}))
        forged = kept.model_copy(update={"members": (kept.members[0].model_copy(update={"strength": 3.0}),)})
        with pytest.raises(Invalid, match="by its content"):
            await views.import_bundle(bundle.model_copy(update={"patch_sets": (forged,)}))
        assert (await views.import_bundle(bundle)).traces == (patched.hash,)
        assert traces.get(patched.hash).patches == kept.hash
        assert patches.library.get(kept.members[0].hash).model_name == bundle.model_name
        await traces.read_lens(ReadLens(id=1, trace=patched.hash, position=3, read="after", k=2))


def test_what_was_generated_begins_behind_the_last_question() -> None:
    roles: dict[str, Role] = {"u": "user", "a": "assistant", "t": "text", "s": "system", "_": "template"}
    cases = {"ttt": 3, "uua": 2, "uaua": 3, "uau": 3, "aaa": 0, "suuaaa": 3, "_u__aa_": 4, "_u__aa__u__": 11, "_a_": 1}
    for spelled, wanted in cases.items():
        assert n_prompt([roles[letter] for letter in spelled]) == wanted, spelled
