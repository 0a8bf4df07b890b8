"""Patches made of features, kept and tried, against the model itself."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pydantic import JsonValue
from safetensors.torch import save_file
from tests.conftest import D_MODEL as D
from tests.services.conftest import Bench, OpenBench
from tests.services.test_feature_links import dense
from tests.services.test_feature_reading import shelved

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.adapter import Adapter
from microscope.core.patches.base import Member
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.direction import packed, unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.scope import Everywhere, Generated, Prompt, Span, Written, written_from
from microscope.core.patches.steer import Steer
from microscope.core.saes.base import Sae
from microscope.core.saes.identity import computes_sha256, content_sha256
from microscope.core.saes.topk import TopK
from microscope.core.sites import Site
from microscope.engine.adapters import CONFIG, WEIGHTS
from microscope.engine.edits import Edits, Schedule
from microscope.engine.model import Model
from microscope.engine.state import State
from microscope.errors import Busy, Incompatible, Invalid, NotFound, TooLarge
from microscope.services.dictionaries import Dictionaries
from microscope.services.features import Features
from microscope.services.labels import Labels
from microscope.services.patch_library import MadeFor, PatchLibrary
from microscope.services.patch_places import PatchPlaces
from microscope.services.patch_sets import PatchSets, name_of_members
from microscope.services.patch_trials import PatchTrials
from microscope.services.patches import Patches
from microscope.services.traces import Traces, written_by
from microscope.services.views import Views
from microscope.store.objects import name_of
from microscope.store.patches import kept_patch
from microscope.wire.conversations import Role
from microscope.wire.lenses import ReadLens
from microscope.wire.patch_scopes import AskedScope
from microscope.wire.patch_trials import ContinuePatched, PatchesTried, TryPatches
from microscope.wire.patches import (
    FromAdapter,
    FromContent,
    FromFeature,
    FromLibrary,
    NewPatch,
    NewPatchSet,
    PatchMember,
    PatchSet,
    PatchSource,
)
from microscope.wire.traces import NewTrace
from microscope.wire.views import Bundle

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
        found = await trials(it).try_(asked(feature("steer"), 0.0, everywhere=True))
    assert found.kl == 0
    assert set(found.control_kl) == {0.0}
    assert set(found.changed) == {0.0}
    assert all(token.base == token.patched == token.controls[0] for token in found.tokens)


async def test_the_control_of_a_push_is_a_push_as_hard(bench: OpenBench) -> None:
    """At the last layer what is pushed there is what is changed."""
    async with bench() as it:
        patches = over(it, last=dense("L2.resid_post", 5))
        source = feature("steer", sae="last")
        found = await PatchTrials(it.lab, patches).try_(asked(source, 0.25, everywhere=True))
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


async def test_what_the_model_wrote_is_what_the_trial_says(bench: OpenBench) -> None:
    async with bench() as it:
        it_trials = trials(it)
        ids = tuple((await it_trials.try_(asked(feature("steer"), 1.0))).ids)
        n = len(ids)

        async def acts(scope: AskedScope, generated: Written) -> tuple[tuple[int, int], ...]:
            member = PatchMember(source=feature("steer"), scope=scope)
            query = TryPatches(id=1, ids=ids, members=(member,), generated=generated, controls=1, everywhere=True)
            tried = await it_trials.try_(query)
            first = next((at for at, moved in enumerate(tried.changed) if moved), n)
            assert first == min((start for start, _ in tried.acts[0]), default=n)
            return tried.acts[0]

        assert await acts(Generated(), ()) == ()
        assert await acts(Generated(), ((1, 2), (4, 99))) == ((1, 2), (4, n))
        assert await acts(Prompt(), ((1, 2), (4, 99))) == ((0, 1), (2, 4))
        assert await acts(Prompt(), ((0, 99),)) == ()


async def test_what_means_the_same_has_one_name_and_what_is_kept_keeps_its_own(bench: OpenBench) -> None:
    async with bench() as it:
        patches = patches_of(it)
        unit = packed([1.0, *[0.0] * 63])
        spellings = [
            Scale(direction=unit, writers=("L0.resid_pre", "L1.attn_out", "L1.mlp_out")),
            Scale(direction=unit, writers=("L1.mlp_out", "L0.resid_pre", "L1.attn_out", "L1.mlp_out")),
        ]
        made = [await patches.create(NewPatch(source=FromContent(patch=one))) for one in spellings]
        assert made[0] == made[1]
        old = it.lab.objects.put("patches", spellings[1].model_dump(mode="json"))
        assert old != made[0].hash
        assert kept_patch(it.lab.objects, old)[0] == spellings[1]
        sets: list[str] = []
        for one, strength in zip(spellings, (0.0, -0.0), strict=True):
            member = PatchMember(source=FromContent(patch=one), strength=strength)
            sets.append((await patches.create_set(NewPatchSet(members=(member,)))).hash)
        assert sets[0] == sets[1]


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
        assert [one.hash for one in patches.library.list().items] == [other.hash, kept.hash]
        (row,) = patches.library.list(q="PUSH").items
        assert (row.hash, row.name, row.says, row.source) == (kept.hash, "Push", kept.says, kept.source)
        assert (row.kind, row.d, row.where) == ("steer", (await it.models.resident()).model.d_model, "L1.resid_post")
        (row,) = patches.library.list(kind="clamp").items
        assert (row.hash, row.d) == (other.hash, None)
        assert patches.library.list().broken == ()
        by_hash, by_feature = [
            (await trials(it).try_(asked(source))) for source in (FromLibrary(hash=kept.hash), feature("steer"))
        ]
        assert by_hash == by_feature
        assert [one.hash for one in by_hash.members] == [kept.hash]
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


async def test_each_scope_goes_on_as_in_whole_passes_and_reads_no_more_than_it_may_change(
    bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench() as it:
        model = (await it.models.resident()).model
        ids = list(model.encode(TEXT))
        begun: list[int] = []
        under = State.under

        def noted(state: State, schedule: Schedule) -> State:
            made = under(state, schedule)
            begun.append(len(made))
            return made

        monkeypatch.setattr(State, "under", noted)
        for scope, first in ((Everywhere(), 0), (Span(start=3, end=6), 3), (Generated(), len(ids))):
            member = PatchMember(source=feature("steer"), strength=4.0, scope=scope)
            begun.clear()
            found = await trials(it).continue_(ContinuePatched(id=1, text=TEXT, members=(member,), n_tokens=5))
            assert begun == [len(ids), *[first] * (1 + len(found.controls))]
            async with patches_of(it).in_force([member], None) as force:
                edits = Edits(force.placed, written_from(len(ids)))
            said: list[int] = []
            for _ in found.patched:
                row = torch.tensor([[*ids, *said]])
                last = model.trace_rows(row, [Site(model.n_layers - 1, "resid_post")], edits=[edits])[0, 0, -1]
                said.append(int(model.unembed(last).argmax()))
            assert found.patched == tuple(said)


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
        with pytest.raises(NotFound, match="no set of patches"):
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


async def test_a_set_alone_leaves_in_a_bundle_and_opens_its_links_elsewhere(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        patches = patches_of(it)
        views = Views(it.lab, it.models, it.conversations, Traces(it.lab, it.models, patches.sets), patches.sets)
        members = (
            PatchMember(source=feature("clamp"), strength=2.0),
            PatchMember(source=feature("scale"), strength=0.5),
        )
        kept = await patches.create_set(NewPatchSet(members=members))
        bundle = await views.export_set(kept.hash)
        with pytest.raises(NotFound, match="no set of patches"):
            await views.export_set("0" * 16)
    async with bench(home=tmp_path / "elsewhere") as it:
        patches = patches_of(it)
        views = Views(it.lab, it.models, it.conversations, Traces(it.lab, it.models, patches.sets), patches.sets)
        with pytest.raises(NotFound, match="ask for an exported bundle and import it"):
            patches.sets.get(kept.hash)
        done = await views.import_bundle(Bundle.model_validate_json(bundle.model_dump_json()))
        assert done.open == f"/patches/sets/{kept.hash}"
        elsewhere = bundle.model_copy(update={"weights_sha256": "0" * 64})
        [other, *_] = (await views.import_bundle(elsewhere)).warnings
        assert other.endswith("its patches can be put in force here, and may do something else.")
        assert not any("A text here" in text for text in done.warnings)
        # What a patch is called belongs to a library; a bundle has what it does.
        there, here = (
            [one.model_copy(update={"name": ""}) for one in of.members] for of in (patches.sets.get(kept.hash), kept)
        )
        assert there == here
        assert [patches.library.get(one.hash).patch for one in kept.members] == [one.patch for one in kept.members]


async def test_a_patch_whose_sae_was_deleted_says_what_it_was_called(bench: OpenBench, tmp_path: Path) -> None:
    """Also where the patch came with a bundle, whose import says so before its text is opened."""
    known = computes_sha256(content_sha256(SAE.weights), SAE.spec)[:12]
    async with bench() as it:
        patches = patches_of(it)
        traces = Traces(it.lab, it.models, patches.sets)
        made = await patches.create(NewPatch(source=feature("clamp", value=2.0)))
        members = (PatchMember(source=feature("clamp", value=3.0)), PatchMember(source=FromLibrary(hash=made.hash)))
        kept = await patches.create_set(NewPatchSet(members=members))
        assert [one.reads for one in kept.members] == ["mid", "mid"]
        patched = await traces.create(NewTrace(text=TEXT, patches=kept.hash))
        bundle = await Views(it.lab, it.models, it.conversations, traces, patches.sets).export(traces=[patched.hash])
        it.lab.folder.path("saes/mid").rename(tmp_path / "away")
        # What was copied when the patch was made, too: as of one that never was.
        shutil.rmtree(it.lab.folder.path("patch-saes"))
        with pytest.raises(NotFound, match=f"called 'mid' when the patch was made, .* hash {known}") as gone:
            await PatchTrials(it.lab, patches).try_(asked(FromLibrary(hash=made.hash)))
        assert "microscope import-sae" in gone.value.next
    adapter = Member(patch=Adapter(adapter="ab" * 32))
    one = kept.members[0].model_copy(update={"patch": adapter.patch, "strength": 1.0, "reads": "spy"})
    of_adapter = PatchSet(hash=name_of_members([adapter]), members=(one,))
    bundle = bundle.model_copy(update={"patch_sets": (*bundle.patch_sets, of_adapter), "tensors": ()})
    async with bench(home=tmp_path / "elsewhere") as it:
        patches = over(it, other=dense("L9.resid_post", 3))
        views = Views(it.lab, it.models, it.conversations, Traces(it.lab, it.models, patches.sets), patches.sets)
        sae, lora = (await views.import_bundle(bundle)).warnings
        assert "called 'mid' when the patch was made" in sae
        assert "called 'spy' when the patch was made" in lora
        with pytest.raises(NotFound, match="called 'mid'"):
            await PatchTrials(it.lab, patches).try_(asked(FromLibrary(hash=made.hash)))
        shelved(it, back=SAE)
        assert [text for text in (await views.import_bundle(bundle)).warnings if "'mid'" in text] == []


def lora(folder: Path, seed: int = 0) -> Path:
    """The folder of a random LoRA for the tiny model."""
    folder.mkdir(parents=True)
    draw = torch.Generator().manual_seed(seed)
    down, up = torch.randn(2, 4 * D, generator=draw), torch.randn(D, 2, generator=draw)
    module = "base_model.model.transformer.h.0.mlp.c_proj"
    save_file({f"{module}.lora_A.weight": down, f"{module}.lora_B.weight": up}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps({"peft_type": "LORA", "r": 2, "lora_alpha": 2}))
    return folder


async def test_an_adapter_by_a_relative_path_is_found_by_a_server_that_is_started_elsewhere(
    bench: OpenBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lora(tmp_path / "mine" / "polite")
    monkeypatch.chdir(tmp_path / "mine")
    relative = FromAdapter(adapter="../mine/polite")
    async with bench() as it:
        kept = await patches_of(it).create(NewPatch(source=relative))
        wanted = (await trials(it).try_(asked(relative))).kl
    assert kept.source == FromAdapter(adapter=str(tmp_path / "mine" / "polite"))
    monkeypatch.chdir(tmp_path)
    async with bench() as it:
        assert (await trials(it).try_(asked(FromLibrary(hash=kept.hash)))).kl == wanted > 0


async def test_an_adapter_that_was_moved_is_made_anew_for_good(bench: OpenBench, tmp_path: Path) -> None:
    there = lora(tmp_path / "before" / "polite")
    async with bench() as it:
        kept = await patches_of(it).create(NewPatch(source=FromAdapter(adapter=str(there)), name="Mine"))
    here = there.rename(tmp_path / "after")
    async with bench() as it:
        assert (await trials(it).try_(asked(FromLibrary(hash=kept.hash)))).kl > 0
        shutil.rmtree(it.lab.folder.path("adapters"))
    async with bench() as it:
        with pytest.raises(NotFound, match="none beside the model has it"):
            await trials(it).try_(asked(FromLibrary(hash=kept.hash)))
        again = await patches_of(it).create(NewPatch(source=FromAdapter(adapter=str(here)), name="Another"))
    moved = {"source": FromAdapter(adapter=str(here)), "says": kept.says.replace("polite", "after")}
    assert again == kept.model_copy(update=moved)
    async with bench() as it:
        assert (await trials(it).try_(asked(FromLibrary(hash=kept.hash)))).kl > 0


async def test_an_adapter_is_called_by_its_folders_name_and_known_by_its_files(
    bench: OpenBench, tiny_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    model = Path(shutil.copytree(tiny_folder("gpt2"), tmp_path / "model"))
    beside, elsewhere = lora(model / "adapters" / "polite"), lora(tmp_path / "copy")
    async with bench(folder=model) as it:
        patches = patches_of(it)
        unkept = await trials(it).try_(asked(FromAdapter(adapter=str(elsewhere)), 0.5))
        assert unkept.says == ("Adds 0.5 times what the adapter copy was trained to.",)
        member = PatchMember(source=FromAdapter(adapter="polite"), strength=2.0)
        in_set = (await patches.create_set(NewPatchSet(members=(member,)))).members[0]
        kept = patches.library.get(in_set.hash)
        assert (kept.name, kept.source) == ("adapter polite", FromAdapter(adapter="polite"))
        assert kept.says == "Adds 1 times what the adapter polite was trained to."
        assert in_set.says == "Adds 2 times what the adapter polite was trained to."
        by_hash = await trials(it).try_(asked(FromLibrary(hash=kept.hash), 0.5))
        assert by_hash.says == ("Adds 0.5 times what the adapter polite was trained to.",)
        # The same files in another folder are the same patch.
        assert [one.hash for one in (*by_hash.members, *unkept.members)] == [kept.hash] * 2
        for path in (beside, str(beside), f"{beside}/", f"{beside}/../polite"):
            named = (await patches.create(NewPatch(source=FromAdapter(adapter=str(path))))).source
            assert named == FromAdapter(adapter=str(beside))


async def test_one_who_had_only_its_hash_learns_an_adapters_name(bench: OpenBench, tmp_path: Path) -> None:
    folder = lora(tmp_path / "polite")
    async with bench() as it:
        patches = patches_of(it)
        content = await patches.create_set(NewPatchSet(members=(PatchMember(source=FromAdapter(adapter=str(folder))),)))
        bare = content.members[0].model_copy(update={"reads": "", "name": ""})
    async with bench(home=tmp_path / "elsewhere") as it:
        patches = patches_of(it)
        taken = patches.sets.take_in(content.model_copy(update={"members": (bare,)}), MadeFor("tiny", "0" * 64))
        unknown = patches.library.get(bare.hash)
        assert unknown.name == unknown.says == taken.members[0].says
        assert "polite" not in unknown.says
        known = await patches.create(NewPatch(source=FromAdapter(adapter=str(folder))))
        assert known.hash == unknown.hash
        assert (known.name, known.made_at) == ("adapter polite", unknown.made_at)
        assert known.says == patches.sets.get(content.hash).members[0].says == content.members[0].says


ODD = {
    "empty": "",
    "cut short": '{"kind":"steer","direc',
    "another's content": '{"kind":"ablate"}',
    "no object": "[]",
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD.keys())
async def test_a_patch_that_cannot_be_read_hides_no_other(bench: OpenBench, content: str, tmp_path: Path) -> None:
    async with bench() as it:
        patches = patches_of(it)
        fine = await patches.create(NewPatch(source=FromAdapter(adapter=str(lora(tmp_path / "polite")))))
        wrong = await patches.create(NewPatch(source=feature("steer")))
        file = it.lab.folder.path(f"objects/patches/{wrong.hash}.json")
        file.write_text(content)
        for found in (patches.library.list(), patches.library.list(kind="adapter"), patches.library.list(q="polite")):
            assert [one.hash for one in found.items] == [fine.hash]
            (broken,) = found.broken
            assert broken.hash == wrong.hash
            assert f"The patch {wrong.hash} cannot be read: expected" in broken.error
            assert str(file) in broken.next
        with pytest.raises(Invalid, match=r"cannot be read: expected .*, got"):
            await trials(it).try_(asked(FromLibrary(hash=wrong.hash)))
        again = await patches.create(NewPatch(source=feature("steer")))
        assert again == wrong.model_copy(update={"made_at": again.made_at})
        assert patches.library.list().broken == ()
    async with bench() as it:
        file.write_text(content)
        assert (await trials(it).try_(asked(FromLibrary(hash=fine.hash)))).kl > 0


@pytest.mark.parametrize("made", [None, {}, {"name": 3}, "gone"])
async def test_what_is_said_of_a_patch_is_mended_when_it_is_kept_again(bench: OpenBench, made: object) -> None:
    async with bench() as it:
        patches = patches_of(it)
        kept = await patches.create(NewPatch(source=feature("steer")))
        file = it.lab.folder.path(f"objects/patches/{kept.hash}.json")
        content = json.loads(file.read_text())
        file.write_text(json.dumps({**content, "made": made}))
        assert [one.hash for one in patches.library.list().broken] == [kept.hash]
        with pytest.raises(Invalid, match=f"The patch {kept.hash} cannot be read: .*(made|name)"):
            patches.library.get(kept.hash)
        assert (await patches.create(NewPatch(source=feature("steer")))).name == kept.name


@pytest.mark.parametrize("kind", ["sparkle", 3, ["steer"], None])
async def test_a_kind_that_is_gone_is_told_with_those_there_are(bench: OpenBench, kind: JsonValue) -> None:
    async with bench() as it:
        patches, objects = patches_of(it), it.lab.objects
        fine = await patches.create(NewPatch(source=feature("steer")))
        gone = objects.put("patches", {"kind": kind, "glow": 2}, {"made": {"name": "Glow"}})
        found = patches.library.list()
        assert [one.hash for one in found.items] == [fine.hash]
        assert [(one.hash, "no kind of patch; expected one of ablate" in one.error) for one in found.broken] == [
            (gone, True)
        ]
        with pytest.raises(Invalid, match=f"patch {gone} cannot be read: .* no kind of patch"):
            patches.library.get(gone)
        member: JsonValue = {"patch": {"kind": kind, "glow": 2}, "strength": 1.0, "scope": {"type": "all"}}
        with pytest.raises(Invalid, match=r"set of patches .* cannot be read: .* no kind of patch; expected one of"):
            patches.sets.get(objects.put("patch-sets", {"members": [member]}))


@pytest.mark.parametrize("content", [*ODD.values(), '{"members":3}'])
async def test_a_set_that_cannot_be_read_says_so_and_is_mended(bench: OpenBench, content: str) -> None:
    async with bench() as it:
        patches = patches_of(it)
        members = (PatchMember(source=feature("steer")),)
        kept = await patches.create_set(NewPatchSet(members=members))
        file = it.lab.folder.path(f"objects/patch-sets/{kept.hash}.json")
        file.write_text(content)
        with pytest.raises(Invalid, match=f"The set of patches {kept.hash} cannot be read: expected"):
            patches.sets.get(kept.hash)
        with pytest.raises(Invalid, match="cannot be read"):
            await Traces(it.lab, it.models, patches.sets).create(NewTrace(text=TEXT, patches=kept.hash))
        assert await patches.create_set(NewPatchSet(members=members)) == kept


def test_what_was_generated_is_every_answer() -> None:
    roles: dict[str, Role] = {"u": "user", "a": "assistant", "t": "text", "s": "system", "_": "template"}
    cases: dict[str, Written] = {"ttt": (), "uua": ((2, 3),), "uaua": ((1, 2), (3, 4)), "aaa": ((0, 3),),
                                 "_u__aa_": ((4, 6),), "_u__aa__u__a": ((4, 6), (11, 12))}  # fmt: skip
    for spelled, wanted in cases.items():
        assert written_by([roles[letter] for letter in spelled]) == wanted, spelled
