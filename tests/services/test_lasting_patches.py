"""An old link shows the old result, whatever became of the SAE or the adapter that its patches read."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from microscope.core.patches.base import Member
from microscope.core.patches.clamp import Clamp
from microscope.core.patches.scope import WhereFires
from microscope.core.saes import architectures
from microscope.core.saes.base import Sae
from microscope.core.saes.identity import computes_sha256, content_sha256
from microscope.core.saes.topk import TopK
from microscope.engine.adapters import CONFIG, WEIGHTS
from microscope.errors import Invalid, NotFound
from microscope.services.traces import Traces
from microscope.services.views import Views
from microscope.wire.lenses import LensRows, ReadLens
from microscope.wire.patch_scopes import WhereFeatureFires
from microscope.wire.patches import FromAdapter, NewPatchSet, PatchMember
from microscope.wire.traces import NewTrace
from microscope.wire.views import Bundle

from .conftest import Bench, OpenBench
from .test_feature_links import dense
from .test_feature_reading import shelved
from .test_patches import TEXT, feature, lora, over

pytestmark = pytest.mark.anyio

BY_ITSELF = dense("L1.resid_post", 1)
AMONG_ALL = replace(BY_ITSELF, spec=BY_ITSELF.spec.model_copy(update={"architecture": TopK(k=4)}))


def traces_of(it: Bench, **on_shelves: Sae) -> Traces:
    return Traces(it.lab, it.models, over(it, **on_shelves).sets)


async def rows_of(traces: Traces, hash: str) -> LensRows:
    return await traces.read_lens(ReadLens(id=1, trace=hash, position=4, read="after", k=5))


async def run(it: Bench, *members: PatchMember, **on_shelves: Sae) -> tuple[str, LensRows]:
    """A trace under these, and what its lens reads."""
    patches = over(it, **on_shelves)
    kept = await patches.create_set(NewPatchSet(members=members))
    traces = Traces(it.lab, it.models, patches.sets)
    hash = (await traces.create(NewTrace(text=TEXT, patches=kept.hash))).hash
    plain = (await traces.create(NewTrace(text=TEXT))).hash
    assert (await rows_of(traces, hash)).rows != (await rows_of(traces, plain)).rows
    return hash, await rows_of(traces, hash)


@pytest.mark.parametrize("sae", [BY_ITSELF, AMONG_ALL], ids=["by itself", "among all"])
async def test_a_clamp_outlives_its_sae(bench: OpenBench, sae: Sae) -> None:
    member = PatchMember(source=feature("clamp", value=30.0))
    async with bench() as it:
        hash, before = await run(it, member, mid=sae)
        saes, _ = shelved(it, mid=sae)
        await saes.remove("mid")
    async with bench() as it:
        after = await rows_of(traces_of(it), hash)
    assert after.rows == before.rows


async def test_a_scope_outlives_the_sae_that_it_asks(bench: OpenBench) -> None:
    late = dense("L2.resid_post", 5)
    gate = WhereFeatureFires(sae="mid", feature=3, above=0.0)
    member = PatchMember(source=feature("steer", sae="late"), strength=3.0, scope=gate)
    async with bench() as it:
        hash, before = await run(it, member, mid=BY_ITSELF, late=late)
        shutil.rmtree(it.lab.folder.path("saes"))
    async with bench() as it:
        assert (await rows_of(traces_of(it), hash)).rows == before.rows


async def test_what_an_older_home_never_copied_is_copied_before_it_goes(bench: OpenBench) -> None:
    """When its set is put in force, and when the SAE is taken out of the library."""
    known = computes_sha256(content_sha256(BY_ITSELF.weights), BY_ITSELF.spec)
    clamp = Clamp(site="L1.resid_post", sae=known, feature=7, value=30.0)
    async with bench() as it:
        saes, _ = shelved(it, mid=BY_ITSELF)
        patches = over(it, mid=BY_ITSELF)
        kept = patches.sets.keep([Member(patch=clamp), Member(patch=clamp, scope=WhereFires(
            sae=known, site="L1.resid_post", feature=9, above=0.0
        ))])  # fmt: skip
        await saes.remove("mid")
        files = {file.name for file in it.lab.folder.path("patch-saes").iterdir()}
        assert files == {f"{known}-L1.resid_post-{number}.safetensors" for number in (7, 9)}
        traces = Traces(it.lab, it.models, patches.sets)
        await traces.create(NewTrace(text=TEXT, patches=kept.hash))


async def test_an_adapter_outlives_its_folder(bench: OpenBench, tmp_path: Path) -> None:
    folder = lora(tmp_path / "polite")
    async with bench() as it:
        hash, before = await run(it, PatchMember(source=FromAdapter(adapter=str(folder))))
        (folder / CONFIG).write_text(json.dumps({"peft_type": "LORA", "r": 2, "lora_alpha": 64}))
    async with bench() as it:
        assert (await rows_of(traces_of(it), hash)).rows == before.rows
        shutil.rmtree(folder)
    async with bench() as it:
        assert (await rows_of(traces_of(it), hash)).rows == before.rows
        assert [one.name for one in it.lab.folder.path("adapters").glob("*/*")] == ["polite"]
        shutil.rmtree(it.lab.folder.path("adapters"))
    async with bench() as it:
        with pytest.raises(NotFound, match="an adapter that was called 'polite'"):
            await rows_of(traces_of(it), hash)


def views_of(it: Bench) -> tuple[Views, Traces]:
    patches = over(it)
    traces = Traces(it.lab, it.models, patches.sets)
    return Views(it.lab, it.models, it.conversations, traces, patches.sets), traces


async def test_a_bundle_brings_what_its_patches_read(bench: OpenBench, tmp_path: Path) -> None:
    folder = lora(tmp_path / "polite")
    members = (PatchMember(source=FromAdapter(adapter=str(folder))), PatchMember(source=feature("clamp", value=30.0)))
    async with bench() as it:
        hash, before = await run(it, *members, mid=AMONG_ALL)
        bundle = await views_of(it)[0].export(traces=[hash])
    assert [(one.type, one.name) for one in bundle.tensors] == [("sae", ""), ("adapter", "polite")]
    assert bundle.left_out == ()
    shutil.rmtree(folder)
    async with bench(home=tmp_path / "elsewhere") as it:
        views, traces = views_of(it)
        sae, adapter = bundle.tensors
        content = next(iter(sae.files.values()))
        lengthened = adapter.model_copy(update={"files": {**adapter.files, WEIGHTS: content}})
        renamed = sae.model_copy(update={"files": {"x": adapter.files[WEIGHTS]}})
        for forged, why in ((lengthened, "adapter polite have the hash"), (renamed, "cannot be read")):
            with pytest.raises(Invalid, match=why):
                await views.import_bundle(bundle.model_copy(update={"tensors": (forged,)}))
        assert traces.list("gpt2", 9) == ()
        done = await views.import_bundle(Bundle.model_validate_json(bundle.model_dump_json()))
        assert done.warnings == ()
        assert (await rows_of(traces, hash)).rows == before.rows


async def test_a_bundle_says_what_it_has_no_room_for(bench: OpenBench, tmp_path: Path) -> None:
    async with bench(max_bundle_bytes=100) as it:
        hash, _ = await run(it, PatchMember(source=feature("clamp", value=30.0)), mid=AMONG_ALL)
        bundle = await views_of(it)[0].export(traces=[hash])
    assert (bundle.tensors, bundle.tensors_bytes) == ((), 0)
    assert "does not come along" in bundle.left_out[0]
    async with bench(home=tmp_path / "elsewhere") as it:
        views, traces = views_of(it)
        warnings = (await views.import_bundle(bundle)).warnings
        assert any("called 'mid'" in text for text in warnings)
        assert bundle.left_out[0] in warnings
        with pytest.raises(NotFound, match="called 'mid'"):
            await rows_of(traces, hash)


def test_a_feature_that_is_read_by_itself_is_a_small_file() -> None:
    """Every architecture says which it is; one that is not by itself needs all of its encoder."""
    alone = {kind for kind, one in architectures().items() if one.by_itself}
    assert alone == {"relu", "jumprelu", "gated", "batch_topk"}
