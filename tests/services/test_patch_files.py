"""Patches that come and go as files, and what is refused of them with nothing left behind."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.conftest import D_MODEL as D
from tests.services.conftest import Bench, OpenBench
from tests.services.test_patches import over

from microscope.core.patches.ablate import Ablate
from microscope.core.patches.direction import packed, unpacked
from microscope.core.patches.scale import Scale
from microscope.core.patches.steer import Steer
from microscope.engine.adapters import CONFIG, WEIGHTS
from microscope.engine.model import Model
from microscope.errors import Incompatible, Invalid, NoRoom, NotFound, TooLarge, Trouble, Unsupported
from microscope.services.patch_export import PROVENANCE, PatchExports
from microscope.services.patch_files import Asked, PatchFiles
from microscope.services.patch_inference import PatchInference
from microscope.services.patch_trials import PatchTrials
from microscope.services.patches import Patches
from microscope.store.patch_formats.vectors import as_gguf, as_safetensors
from microscope.wire.patch_files import ExportPatches, Inference, PatchImported, TogglePatch
from microscope.wire.patches import FromContent, FromLibrary, NamedPatch, NewPatch, NewPatchSet, PatchMember

pytestmark = pytest.mark.anyio

TEXT = "The cat sat on the mat"


class Files:
    """The services, over one bench."""

    def __init__(self, it: Bench) -> None:
        self.it, self.patches = it, over(it)
        self.files = PatchFiles(it.lab, it.models, self.patches)
        self.exports = PatchExports(it.lab, self.patches)
        self.inference = PatchInference(it.lab, self.patches, PatchTrials(it.lab, self.patches))

    @property
    def model(self) -> Model:
        return self.it.lab.resident[0].model

    def left(self) -> set[str]:
        """Files below the home folder that a failed import may not leave."""
        root = self.it.lab.folder.root
        homes = ("imports", "exports", "adapters", "objects/patches", "objects/patch-sets")
        return {str(file.relative_to(root)) for home in homes for file in (root / home).rglob("*") if file.is_file()}

    async def send(self, files: Mapping[str, bytes], **asked: Any) -> PatchImported:
        return await self.files.import_files([(name, io.BytesIO(held)) for name, held in files.items()], Asked(**asked))


def lora(folder: Path, name: str = "gpt2", **config: Any) -> Path:
    """A random one of a tiny GPT-2's second MLP, as PEFT has it."""
    folder.mkdir(parents=True)
    draw = torch.Generator().manual_seed(0)
    pair = {"A": torch.randn(3, 4 * D, generator=draw), "B": torch.randn(D, 3, generator=draw)}
    tensors = {f"base_model.model.transformer.h.1.mlp.c_proj.lora_{part}.weight": pair[part] for part in pair}
    save_file(tensors, folder / WEIGHTS)
    said = {"peft_type": "LORA", "r": 3, "lora_alpha": 6, "base_model_name_or_path": name, "fan_in_fan_out": True}
    (folder / CONFIG).write_text(json.dumps({**said, **config}))
    return folder


def zip_of(folder: Path, within: str = "mine/") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, within + file.name)
    return content.getvalue()


async def test_a_zip_is_explained_before_it_is_kept_and_works_after_a_restart(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        files = Files(it)
        sent = {"nicer.zip": zip_of(lora(tmp_path / "lora"))}
        seen = await files.send(sent, keep=False)
        assert seen.patches == ()
        assert files.left() == set()
        made = await files.send(sent)
        (patch,) = made.patches
        assert (made.name, made.card, made.set) == ("nicer", seen.card, None)
        assert await files.files.card(patch.hash) == seen.card.model_copy(update={"format": "", "base_model": ""})
        (module,) = seen.card.modules
        delta = _delta(tmp_path / "lora")
        assert (module.module, module.layer, module.rank) == ("transformer.h.1.mlp.c_proj", 1, 3)
        assert module.norm == pytest.approx(float(delta.norm()), rel=1e-5)
        weight = files.model.module(module.module).get_parameter("weight")
        assert module.share == pytest.approx(float(delta.norm() / weight.norm()), rel=1e-5)
        assert 1 < module.effective_rank <= 3
        assert seen.card.format == "PEFT LoRA"
        assert seen.card.warnings == ()
        assert seen.card.kl is not None
        assert seen.card.kl > 0
        assert len(seen.card.control_kl) == 4
        assert "nicer" in patch.says
        found = await files.inference.infer(Inference(text=TEXT, patches=(NamedPatch(hash=patch.hash),)))
    shutil.rmtree(tmp_path / "lora")
    async with bench() as it:
        again = await Files(it).inference.infer(Inference(text=TEXT, patches=(NamedPatch(hash=patch.hash),)))
    assert again == found
    assert found.kl > 0


def _delta(folder: Path) -> torch.Tensor:
    tensors = load_file(folder / WEIGHTS)
    down, up = (next(value for key, value in tensors.items() if f"lora_{part}." in key) for part in "AB")
    return 2 * up @ down


async def test_the_files_of_a_folder_and_a_path_are_one_patch(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        files = Files(it)
        folder = lora(tmp_path / "lora", base_model_name_or_path="somebody/else")
        sent = await files.send({f"lora/{file.name}": file.read_bytes() for file in folder.iterdir()})
        by_path = await files.files.import_path(str(folder), Asked())
        (tmp_path / "zipped.zip").write_bytes(zip_of(folder))
        by_zip = await files.files.import_path(str(tmp_path / "zipped.zip"), Asked(name="other"))
        assert {one.patches[0].hash for one in (sent, by_path, by_zip)} == {sent.patches[0].hash}
        assert len(list((it.lab.folder.root / "adapters").iterdir())) == 1
        assert "Its files name the model somebody/else" in sent.card.warnings[0]
        assert (sent.name, by_path.name) == ("lora", "lora")


@pytest.mark.parametrize("layout", ["gguf", "safetensors"])
async def test_steering_vectors_come_and_go(bench: OpenBench, tmp_path: Path, layout: str) -> None:
    async with bench() as it:
        files = Files(it)
        vectors = {0: torch.arange(1.0, files.model.d_model + 1), 2: -torch.ones(files.model.d_model)}
        content = (as_gguf if layout == "gguf" else as_safetensors)(vectors, "llama")
        made = await files.send({f"happy.{layout}": content})
        assert [one.name for one in made.patches] == ["happy L0", "happy L2"]
        assert made.set is not None
        assert "for models of the kind llama" in made.card.warnings[0]
        for one, (layer, vector) in zip(made.patches, vectors.items(), strict=True):
            assert isinstance(one.patch, Steer)
            assert one.patch.site == f"L{layer}.resid_post"
            assert torch.allclose(one.patch.scale * unpacked(one.patch.direction), vector, rtol=1e-5)
        out = await files.exports.write(ExportPatches.model_validate({"set": made.set, "format": layout}), tmp_path)
        again = await files.files.import_path(str(tmp_path / out), Asked(keep=False))
        assert [one.norm for one in again.card.modules] == pytest.approx([one.norm for one in made.card.modules])
        assert again.card.kl == pytest.approx(made.card.kl, rel=1e-3)


async def test_patches_of_the_older_layout_come_as_they_were(bench: OpenBench, tmp_path: Path) -> None:
    async with bench("llama") as it:
        files = Files(it)
        d = files.model.d_model
        id = "feature_7_layer_1_model_layers_1_self_attn_o_proj"
        says = {"rank": 2, "strength": -2.0, "module_patches": [id], "name": "seven", "enabled": True}
        (tmp_path / "patch_metadata.json").write_text(json.dumps({"feature_7_layer_1": says}))
        down, up = torch.randn(2, d), torch.randn(d, 2)
        save_file({"lora_A": down, "lora_B": up}, tmp_path / f"{id}.safetensors")
        made = await files.files.import_path(str(tmp_path), Asked())
        (module,) = made.card.modules
        assert module.module == "model.layers.1.self_attn.o_proj"
        assert module.norm == pytest.approx(float((16 * up @ down).norm()), rel=1e-5)
        assert "seven -2" in made.card.warnings[0]


async def test_what_is_exported_comes_back_as_the_same_change(bench: OpenBench) -> None:
    async with bench() as it:
        files = Files(it)
        unit = packed(torch.randn(files.model.d_model, generator=torch.Generator().manual_seed(3)))
        take = PatchMember(source=FromContent(patch=Scale(direction=unit)), strength=-1.0)
        kept = await files.patches.create_set(NewPatchSet(members=(take,)))
        made = await files.exports.export(ExportPatches(set=kept.hash))
        assert sorted(zipfile.ZipFile(made.file).namelist()) == sorted(
            f"{made.name}/{name}" for name in (CONFIG, WEIGHTS, PROVENANCE)
        )
        back = await files.send({"x.zip": made.file.read_bytes()})
        made.done()
        assert not any(one.startswith("exports") for one in files.left())
        ours = await files.inference.infer(Inference(text=TEXT, set=kept.hash, controls=0))
        named = NamedPatch(hash=back.patches[0].hash)
        theirs = await files.inference.infer(Inference(text=TEXT, patches=(named,), controls=0))
        assert [one.id for one in ours.patched] == [one.id for one in theirs.patched]
        assert [one.probability for one in theirs.patched] == pytest.approx(
            [one.probability for one in ours.patched], abs=1e-6
        )
        assert ours.kl == pytest.approx(theirs.kl, abs=1e-6)


async def test_a_folder_that_cannot_be_written_is_named_and_what_stands_there_stays(
    bench: OpenBench, tmp_path: Path
) -> None:
    async with bench() as it:
        files = Files(it)
        unit = packed(torch.ones(files.model.d_model))
        take = PatchMember(source=FromContent(patch=Scale(direction=unit)), strength=-1.0)
        asked = ExportPatches(members=(take,))
        folder = tmp_path / await files.exports.write(asked, tmp_path)
        stood = (folder / WEIGHTS).read_bytes()
        with pytest.raises(Invalid, match=f"already a {folder}"):
            await files.exports.write(asked, tmp_path)
        assert (folder / WEIGHTS).read_bytes() == stood
        (tmp_path / "file").touch()
        with pytest.raises(NoRoom, match=r"Could not write .*Not a directory"):
            await files.exports.write(asked, tmp_path / "file")


async def test_a_format_that_cannot_hold_a_member_says_which(bench: OpenBench) -> None:
    async with bench() as it:
        files = Files(it)
        unit = packed(torch.ones(files.model.d_model))
        ablate = PatchMember(source=FromContent(patch=Ablate(direction=unit)))
        scale = PatchMember(source=FromContent(patch=Scale(direction=unit, writers=("L1.mlp_out",))))
        steer = PatchMember(source=FromContent(patch=Steer(site="L0.resid_pre", direction=unit, scale=1)))
        for format, members, says in (
            ("peft", (scale, ablate), r"No weights can express ablate \("),
            ("merged", (scale, steer), r"No weights can express steer \("),
            ("gguf", (scale, ablate), r"No steering vector can express scale \(.*; nor ablate"),
            ("safetensors", (steer,), r"No steering vector can express steer \("),
        ):
            asked = ExportPatches.model_validate({"members": members, "format": format})
            with pytest.raises(Unsupported, match=says):
                await files.exports.export(asked)
        assert files.left() == set()


@pytest.mark.parametrize("how", ["full", "cancelled"])
async def test_of_several_patches_of_which_one_cannot_be_kept_nothing_is(
    bench: OpenBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    said = {}
    for name, module, d_in in (("one", "transformer_h_1_mlp_c_proj", 4 * D), ("two", "transformer_h_0_attn_c_proj", D)):
        pair = {"lora_A": torch.randn(2, d_in), "lora_B": torch.randn(D, 2)}
        save_file(pair, tmp_path / f"{name}_{module}.safetensors")
        said[name] = {"rank": 2, "strength": 1.0, "module_patches": [f"{name}_{module}"], "name": name}
    (tmp_path / "patch_metadata.json").write_text(json.dumps(said))
    async with bench() as it:
        files, loop = Files(it), asyncio.get_running_loop()
        second, moved = asyncio.Event(), shutil.move
        calls = iter(range(99))

        def move(source: Path, place: Path) -> object:
            if next(calls) % 2 == 0:
                return moved(source, place)
            if how == "full":
                raise OSError(errno.ENOSPC, "No space left on device")
            loop.call_soon_threadsafe(second.set)
            time.sleep(0.2)
            return moved(source, place)

        with monkeypatch.context() as patched:
            patched.setattr(shutil, "move", move)
            task = asyncio.create_task(files.files.import_path(str(tmp_path), Asked()))
            if how == "full":
                with pytest.raises(NoRoom, match="No space left"):
                    await task
            else:
                await second.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
        assert files.left() == set()
        assert len((await files.files.import_path(str(tmp_path), Asked())).patches) == 2


async def test_known_tensors_are_read_by_the_settings_that_they_come_with(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        files = Files(it)
        await files.send({"known.zip": zip_of(lora(tmp_path / "known"))})
        before = files.left()
        for number, settings in enumerate(({"target_modules": ["c_attn"]}, {"modules_to_save": ["lm_head"]})):
            with pytest.raises(Trouble):
                await files.send({"other.zip": zip_of(lora(tmp_path / str(number), "gpt2", **settings))})
        assert files.left() == before


# ── Refused, and nothing left ────────────────────────────────────────────────────────────────────────────


Change = Callable[[dict[str, torch.Tensor], dict[str, Any]], None]


def of_another_architecture(tensors: dict[str, torch.Tensor], config: dict[str, Any]) -> None:  # noqa: ARG001
    for key in list(tensors):
        tensors[key.replace("transformer.h.1.mlp.c_proj", "model.layers.1.mlp.down_proj")] = tensors.pop(key)


def of_another_width(tensors: dict[str, torch.Tensor], config: dict[str, Any]) -> None:  # noqa: ARG001
    for key, value in tensors.items():
        tensors[key] = torch.cat([value, value], -1 if "lora_A" in key else 0)


def with_nan(tensors: dict[str, torch.Tensor], config: dict[str, Any]) -> None:  # noqa: ARG001
    next(iter(tensors.values()))[0, 0] = torch.nan


def of_ten_thousand_modules(tensors: dict[str, torch.Tensor], config: dict[str, Any]) -> None:  # noqa: ARG001
    tensors.clear()
    for number in range(10_000):
        for part, shape in (("A", (3, 1)), ("B", (1, 3))):
            tensors[f"base_model.model.transformer.h.{number}.mlp.c_proj.lora_{part}.weight"] = torch.ones(shape)


def with_unknown_keys(tensors: dict[str, torch.Tensor], config: dict[str, Any]) -> None:  # noqa: ARG001
    tensors["base_model.model.transformer.h.1.mlp.c_proj.lora_C.weight"] = torch.ones(1)


def setting(**changes: Any) -> Change:
    return lambda _tensors, config: config.update(changes)


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        (of_another_architecture, Incompatible, "changes model.layers.1.mlp.down_proj, which the model does not have"),
        (of_another_width, Incompatible, "the weight of the model is"),
        (with_nan, Invalid, "not finite"),
        (of_ten_thousand_modules, TooLarge, "changes 10,000 modules; at most 4,096"),
        (with_unknown_keys, Unsupported, "lora_C.weight of the adapter .* is no part of a plain LoRA"),
        (setting(use_dora=True), Unsupported, "use_dora=True"),
        (setting(peft_type="VERA"), Unsupported, "of the kind VERA; expected LORA"),
        (setting(init_lora_weights="pissa"), Unsupported, "init_lora_weights='pissa'"),
        (setting(modules_to_save=["lm_head"]), Unsupported, "only plain embeddings"),
        (setting(lora_alpha=float("nan")), Invalid, "lora_alpha=nan"),
        (setting(rank_pattern={"c_proj": "x"}), Invalid, "rank_pattern="),
        (setting(r=4), Invalid, "has rank 3; adapter_config.json says 4"),
    ],
)
async def test_an_adapter_that_does_not_fit_is_refused_and_nothing_is_left(
    bench: OpenBench, tmp_path: Path, change: Change, kind: type[Trouble], says: str
) -> None:
    async with bench() as it:
        files = Files(it)
        folder = lora(tmp_path / "lora")
        tensors, config = load_file(folder / WEIGHTS), json.loads((folder / CONFIG).read_text())
        change(tensors, config)
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / WEIGHTS)
        (folder / CONFIG).write_text(json.dumps(config))
        with pytest.raises(kind, match=says):
            await files.send({"a.zip": zip_of(folder)})
        assert files.left() == set()


async def test_an_absurd_scale_is_told_on_the_card(bench: OpenBench, tmp_path: Path) -> None:
    async with bench() as it:
        seen = await Files(it).send({"a.zip": zip_of(lora(tmp_path / "lora", lora_alpha=1e30))}, keep=False)
    assert "multiplies B A by 3.333e+29" in seen.card.warnings[0]


async def test_a_refusal_names_no_folder_that_is_gone(bench: OpenBench, tmp_path: Path) -> None:
    folder = lora(tmp_path / "lora")
    tensors = load_file(folder / WEIGHTS)
    with_nan(tensors, {})
    save_file(tensors, folder / WEIGHTS)
    async with bench() as it:
        with pytest.raises(Invalid, match="of the adapter a holds values") as refused:
            await Files(it).send({"a.zip": zip_of(folder)})
        assert str(it.lab.folder.root) not in refused.value.error + refused.value.next


def bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("adapter_model.safetensors", bytes(20_000_000))
    return content.getvalue()


def named(name: str, link: bool = False) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo(name)
        if link:
            info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return content.getvalue()


def crowded() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(1_001):
            archive.writestr(f"{number}.json", "{}")
    return content.getvalue()


@pytest.mark.parametrize(
    ("sent", "kind", "says"),
    [
        ({"a.zip": named("../evil.json")}, Invalid, "a.zip holds '../evil.json', which leads elsewhere"),
        ({"a.zip": named("/evil.json")}, Invalid, "which leads elsewhere"),
        ({"a.zip": named("adapter_config.json", link=True)}, Invalid, "which leads elsewhere"),
        ({"a.zip": bomb()}, TooLarge, "unpacks to 1 files of 20,000,000 bytes; the limits are 1000 and 1,000,000"),
        ({"a.zip": crowded()}, TooLarge, "unpacks to 1001 files"),
        ({"a.zip": b"PK no zip"}, Invalid, "a.zip cannot be unpacked"),
        ({"../adapter_config.json": b"{}"}, Invalid, "which leads elsewhere"),
        ({"/etc/adapter_config.json": b"{}"}, Invalid, "which leads elsewhere"),
        ({"a/adapter_config.json": b"{}"}, Invalid, "Give adapter_model.safetensors beside"),
        ({"notes.txt": b"hello"}, Invalid, "Expected the folder of a PEFT adapter"),
        ({}, Invalid, "No files were sent"),
    ],
)
async def test_files_that_are_no_patch_or_lead_elsewhere_are_refused_and_nothing_is_left(
    bench: OpenBench, tmp_path: Path, sent: dict[str, bytes], kind: type[Trouble], says: str
) -> None:
    async with bench(max_upload_bytes=1_000_000) as it:
        files = Files(it)
        with pytest.raises(kind, match=says):
            await files.send(sent)
        assert files.left() == set()
    assert not list(tmp_path.rglob("evil*"))


async def test_a_vector_that_does_not_fit_is_refused(bench: OpenBench) -> None:
    async with bench() as it:
        files = Files(it)
        for vectors, says in (({1: torch.ones(5)}, "5 dimensions"), ({9: torch.ones(files.model.d_model)}, "3 layers")):
            with pytest.raises(Incompatible, match=says):
                await files.send({"v.gguf": as_gguf(vectors, "")})
        assert files.left() == set()


# ── The switch ───────────────────────────────────────────────────────────────────────────────────────────


async def kept_steer(patches: Patches, model: Model, seed: int) -> str:
    unit = packed(torch.randn(model.d_model, generator=torch.Generator().manual_seed(seed)))
    source = FromContent(patch=Steer(site="L1.resid_post", direction=unit, scale=20))
    return (await patches.create(NewPatch(source=source))).hash


async def test_the_switch_acts_in_inference_alone_and_survives_a_restart(bench: OpenBench) -> None:
    async with bench() as it:
        files = Files(it)
        one, other = [await kept_steer(files.patches, files.model, seed) for seed in (1, 2)]
        idle = await files.inference.infer(Inference(text=TEXT))
        assert (idle.patches, idle.kl, idle.control_kl) == ((), 0, ())
        assert idle.base == idle.patched
        assert files.inference.toggle(one, TogglePatch(strength=2)).enabled
        assert files.inference.toggle(other, TogglePatch()).enabled
        assert files.patches.library.get(one).enabled
        found = await files.inference.infer(Inference(text=TEXT))
        assert found.patches == (one, other)
        assert found.base == idle.base
        assert found.kl > 0
        assert len(found.control_kl) == 4
        nothing = await files.inference.infer(Inference(text=TEXT, patches=()))
        assert (nothing.patches, nothing.kl) == ((), 0)
        members = (NamedPatch(hash=one, strength=2), NamedPatch(hash=other))
        assert await files.inference.infer(Inference(text=TEXT, patches=members)) == found
    async with bench() as it:
        files = Files(it)
        assert await files.inference.infer(Inference(text=TEXT)) == found
        assert not files.inference.toggle(one, TogglePatch()).enabled
        assert files.inference.toggle(other, TogglePatch(enabled=True)).enabled
        assert (await files.inference.infer(Inference(text=TEXT))).patches == (other,)
        with pytest.raises(NotFound):
            files.inference.toggle("0" * 16, TogglePatch())
        it.lab.folder.path(f"objects/patches/{other}.json").write_text("{}")
        assert files.inference.toggle(one, TogglePatch()).enabled
        left = await files.inference.infer(Inference(text=TEXT))
        assert left.patches == (one,), "one that is broken stops nobody's text"
        assert [(lost.hash, "cannot be read" in lost.error) for lost in left.left_out] == [(other, True)]
        for strength in (2.0, 3.0):
            again = files.inference.toggle(one, TogglePatch(strength=strength))
            assert (again.enabled, again.strength) == (True, strength), "a strength is never thrown away"
        made = await files.patches.create_set(NewPatchSet(members=(PatchMember(source=FromLibrary(hash=one)),)))
        with pytest.raises(Invalid, match=f"{made.hash} is a set of patches"):
            files.inference.toggle(made.hash, TogglePatch())
        assert not files.inference.toggle(other, TogglePatch(enabled=False)).enabled
        assert (await files.inference.infer(Inference(text=TEXT))).left_out == ()
        (it.lab.folder.root / "enabled-patches.json").write_text("[]")
        with pytest.raises(Invalid, match="Delete it"):
            await files.inference.infer(Inference(text=TEXT))
