"""Files of patches that other programs wrote, and what is refused of them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from microscope.errors import Incompatible, Invalid, NotFound, TooLarge, Trouble, Unsupported
from microscope.store.patch_formats import read
from microscope.store.patch_formats.base import AdapterFile, OlderPatches, Vectors
from microscope.store.patch_formats.older import as_adapter
from microscope.store.patch_formats.vectors import as_gguf, as_safetensors

DIRECTIONS = {1: torch.arange(1.0, 9.0), 4: torch.ones(8) / 3}


def peft(folder: Path, config: Any = None) -> Path:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps(config or {"peft_type": "LORA", "r": 1}))
    save_file({"a": torch.ones(1)}, folder / "adapter_model.safetensors")
    return folder


def older(folder: Path, **says: Any) -> Path:
    folder.mkdir()
    one = "feature_7_layer_1_model_layers_1_mlp_down_proj"
    patch = {"rank": 2, "strength": -2.0, "module_patches": [one], "name": "seven", **says}
    (folder / "patch_metadata.json").write_text(json.dumps({"feature_7_layer_1": patch}))
    save_file({"lora_A": torch.ones(2, 6), "lora_B": torch.ones(4, 2)}, folder / f"{one}.safetensors")
    return folder


def test_a_folder_says_what_it_is(tmp_path: Path) -> None:
    assert isinstance(read(peft(tmp_path / "zip" / "inside" / "adapter").parents[1]), AdapterFile)
    assert isinstance(read(tmp_path / "zip" / "inside" / "adapter" / "adapter_model.safetensors"), AdapterFile)
    found = read(older(tmp_path / "older"))
    assert isinstance(found, OlderPatches)
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "x.safetensors").write_bytes(as_safetensors(DIRECTIONS, "gpt2"))
    assert isinstance(read(tmp_path / "v"), Vectors)


def test_an_adapter_of_before_safetensors_is_read_without_running_it(tmp_path: Path) -> None:
    folder = peft(tmp_path / "a")
    (folder / "adapter_model.safetensors").unlink()
    torch.save({"a": torch.ones(3)}, folder / "adapter_model.bin")
    found = read(folder)
    assert isinstance(found, AdapterFile)
    assert torch.equal(found.tensors["a"], torch.ones(3))


class Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("ran"),))


def test_a_pickle_with_more_than_tensors_is_refused_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = peft(tmp_path / "a")
    (folder / "adapter_model.safetensors").unlink()
    for write in (lambda: torch.save({"a": Runs()}, folder / "adapter_model.bin"),
                  lambda: (folder / "adapter_model.bin").write_bytes(pickle.dumps({"a": Runs()}))):  # fmt: skip
        write()
        with pytest.raises(Unsupported, match="would run code"):
            read(folder)
    assert not (tmp_path / "ran").exists()


def test_the_older_layout_becomes_an_adapter_with_its_alpha(tmp_path: Path) -> None:
    found = read(older(tmp_path / "older"))
    assert isinstance(found, OlderPatches)
    (patch,) = found.patches
    assert (patch.name, patch.rank, patch.strength) == ("seven", 2, -2.0)
    path = "model.layers.1.mlp.down_proj"
    config, tensors = as_adapter(patch, {path.replace(".", "_"): path})
    assert (config["r"], config["lora_alpha"], config["target_modules"]) == (2, 32.0, [path])
    assert set(tensors) == {f"base_model.model.{path}.lora_{part}.weight" for part in "AB"}
    with pytest.raises(Invalid, match="the model has none of that name"):
        as_adapter(patch, {})


def test_vectors_are_written_as_they_are_read(tmp_path: Path) -> None:
    for name, content in (
        ("v.gguf", as_gguf(DIRECTIONS, "gpt2")),
        ("v.safetensors", as_safetensors(DIRECTIONS, "gpt2")),
    ):
        (tmp_path / name).write_bytes(content)
        found = read(tmp_path / name)
        assert isinstance(found, Vectors)
        assert found.model_hint == "gpt2"
        assert {layer: vector.tolist() for layer, vector in found.directions.items()} == {
            layer: vector.tolist() for layer, vector in DIRECTIONS.items()
        }


def test_gguf_has_the_fields_that_repeng_asks_for(tmp_path: Path) -> None:
    (tmp_path / "v.gguf").write_bytes(as_gguf(DIRECTIONS, "gpt2"))
    reader: Any = gguf.GGUFReader(tmp_path / "v.gguf")
    said = {key: bytes(reader.get_field(key).parts[-1]).decode() for key in
            ("general.architecture", "controlvector.model_hint")}  # fmt: skip
    assert said == {"general.architecture": "controlvector", "controlvector.model_hint": "gpt2"}
    assert int(reader.get_field("controlvector.layer_count").parts[-1][0]) == 2
    assert {one.name: one.data.dtype for one in reader.tensors} == {
        "direction.1": np.dtype("float32"),
        "direction.4": np.dtype("float32"),
    }


def llama(path: Path) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tensor("blk.0.attn_q.weight", np.ones((2, 2), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize(
    ("tensors", "kind", "says"),
    [
        ({"W_enc": torch.ones(2, 2)}, Unsupported, "W_enc.*expected steering vectors"),
        ({"direction.1": torch.tensor([1.0, torch.nan])}, Invalid, "not finite"),
        ({"direction.1": torch.zeros(3)}, Invalid, "nothing but 0"),
        ({"direction.1": torch.ones(2, 2)}, Invalid, "expected .d_model,. floats"),
        ({"direction.1": torch.tensor(1.0)}, Invalid, "expected .d_model,. floats"),
        ({"direction.1": torch.ones(2), "direction.2": torch.ones(3)}, Incompatible, "expected one"),
        ({f"direction.{layer}": torch.ones(1) for layer in range(1_025)}, TooLarge, "at most 1,024"),
        ({}, Invalid, "no tensors"),
    ],
)
def test_what_is_no_steering_vector_is_refused(
    tmp_path: Path, tensors: dict[str, torch.Tensor], kind: type[Trouble], says: str
) -> None:
    save_file(tensors, tmp_path / "v.safetensors")
    with pytest.raises(kind, match=says):
        read(tmp_path / "v.safetensors")


def test_a_gguf_of_something_else_or_cut_short_is_refused(tmp_path: Path) -> None:
    llama(tmp_path / "m.gguf")
    with pytest.raises(Unsupported, match="a GGUF of 'llama'"):
        read(tmp_path / "m.gguf")
    whole = as_gguf(DIRECTIONS, "gpt2")
    for length in range(0, len(whole) - 32, 17):
        (tmp_path / "v.gguf").write_bytes(whole[:length])
        with pytest.raises((Invalid, Unsupported)):
            read(tmp_path / "v.gguf")


def test_what_is_half_or_twice_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing at"):
        read(tmp_path / "nowhere")
    peft(tmp_path / "both" / "one")
    peft(tmp_path / "both" / "two")
    with pytest.raises(Invalid, match="holds 2 patches: one, two"):
        read(tmp_path / "both")
    (tmp_path / "both" / "one" / "adapter_model.safetensors").unlink()
    with pytest.raises(Invalid, match=r"lies here alone\. Give adapter_model\.safetensors beside"):
        read(tmp_path / "both" / "one" / "adapter_config.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Invalid, match="found no such file"):
        read(tmp_path / "empty")


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({"module_patches": ["../../secret"]}, "names '../../secret'; there is no"),
        ({"module_patches": []}, "names no module_patches"),
        ({"strength": "much"}, "strength='much'"),
    ],
)
def test_older_metadata_that_leads_elsewhere_is_refused(tmp_path: Path, says: dict[str, Any], why: str) -> None:
    save_file({"lora_A": torch.ones(1, 1), "lora_B": torch.ones(1, 1)}, tmp_path / "secret.safetensors")
    with pytest.raises(Invalid, match=why):
        read(older(tmp_path / "older", **says))


def test_an_adapter_whose_config_is_no_object_is_refused(tmp_path: Path) -> None:
    folder = peft(tmp_path / "a")
    for text in ("[1]", "{", "\xff"):
        (folder / "adapter_config.json").write_text(text, encoding="latin-1")
        with pytest.raises(Invalid, match=r"adapter_config\.json"):
            read(folder)
