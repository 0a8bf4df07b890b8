from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import torch
from accelerate import dispatch_model
from accelerate.hooks import AlignDevicesHook, add_hook_to_module
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer

from microscope.engine.layouts import describe
from microscope.engine.loading import find, load, read
from microscope.engine.model import Model, Source
from microscope.engine.state import State
from microscope.errors import Invalid, NoRoom, Unsupported

Folder = Callable[[str], Path]


@pytest.fixture
def folder(tiny_folder: Folder, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(copytree(tiny_folder("llama"), tmp_path / "llama"))


def configure(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def test_progress_goes_from_files_to_the_badge(tiny_folder: Folder) -> None:
    told: list[tuple[str, int, int]] = []
    model = load(str(tiny_folder("llama")), device="cpu", progress=lambda *stage: told.append(stage))
    stages = [stage for stage, _, _ in told]
    assert list(dict.fromkeys(stages)) == ["find", "weights", "hash", "check"]
    assert all(0 <= done <= of for _, done, of in told)
    last = {stage: (done, of) for stage, done, of in told}
    assert all(done == of for done, of in last.values())
    assert model.info.parity.ok


def test_what_does_not_fit_is_refused_before_it_is_read(tiny_folder: Folder) -> None:
    told: list[str] = []
    with pytest.raises(NoRoom, match=r"needs \d\.\d MB in float32, 0\.1 MB free on cpu") as caught:
        load(
            str(tiny_folder("llama")),
            device="cpu",
            free=lambda _: 100_000,
            progress=lambda stage, *_: told.append(stage),
        )
    assert "--dtype bfloat16" in caught.value.next
    assert "weights" not in told


def test_dtype_is_the_stored_one_unless_asked_for(tiny_folder: Folder, tmp_path: Path) -> None:
    assert load(str(tiny_folder("llama")), device="cpu").info.dtype == "float32"
    half = Path(copytree(tiny_folder("llama"), tmp_path / "half"))
    configure(half, dtype="float16")
    assert load(str(half), device="cpu").info.dtype == "float32", "a CPU has no fast kernels for float16"
    configure(half, dtype="bfloat16")
    assert load(str(half), device="cpu").info.dtype == "bfloat16"
    assert load(str(half), device="cpu", dtype="float16").info.dtype == "float16"
    with pytest.raises(Invalid, match="Unknown dtype 'int8'; expected auto, float32"):
        load(str(half), device="cpu", dtype="int8")


def test_the_stored_dtype_is_that_of_the_files_where_the_configuration_names_none(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    halves = {name: tensor.bfloat16() for name, tensor in tensors.items()}
    save_file(halves | {"mask": torch.ones(1 << 20, dtype=torch.bool)}, folder / "model.safetensors", {"format": "pt"})
    configure(folder, dtype=None)
    assert load(str(folder), device="cpu").info.dtype == "bfloat16"


def test_float64_is_loaded_as_float32(folder: Path) -> None:
    configure(folder, dtype="float64")
    model = load(str(folder), device="cpu")
    assert model.info.dtype == "float32"
    assert model.info.parity.ok


QUANTISED = [
    {"quant_method": "gptq", "bits": 4, "group_size": 128},
    {"quant_method": "bitsandbytes", "load_in_4bit": True},
    {"quant_method": "fp8"},
]


@pytest.mark.parametrize("how", QUANTISED, ids=lambda how: how["quant_method"])
def test_quantised_weights_are_refused_with_what_to_use_instead(folder: Path, how: dict[str, object]) -> None:
    configure(folder, quantization_config=how)
    with pytest.raises(Unsupported, match=rf"are quantised \({how['quant_method']}\); quantised weights") as caught:
        load(str(folder), device="cpu")
    assert "unquantised" in caught.value.next


@pytest.fixture
def code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder has Python files of its own, and someone answers every question with yes; the file that they write."""
    ran = folder / "ran"
    for module in ("shape", "words"):
        (folder / f"{module}.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Own: ...\n")
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    return ran


def test_an_architecture_that_is_code_in_its_folder_is_refused_and_not_run(folder: Path, code: Path) -> None:
    configure(folder, model_type="own", auto_map={"AutoConfig": "shape.Own", "AutoModelForCausalLM": "shape.Own"})
    with pytest.raises(Unsupported, match=r"The architecture of .* is Python code that comes with its files"):
        load(str(folder), device="cpu")
    assert not code.exists()


def test_a_tokenizer_that_is_code_in_its_folder_is_refused_and_not_run(folder: Path, code: Path) -> None:
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings |= {"tokenizer_class": "Own", "auto_map": {"AutoTokenizer": ["words.Own", None]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(Unsupported, match=r"The tokenizer of .* is Python code that comes with its files"):
        load(str(folder), device="cpu")
    assert not code.exists()


def test_code_beside_an_architecture_that_is_known_is_not_needed(folder: Path, code: Path) -> None:
    configure(folder, auto_map={"AutoConfig": "shape.Own", "AutoModelForCausalLM": "shape.Own"})
    assert load(str(folder), device="cpu").info.parity.ok
    assert not code.exists()


def test_the_memory_asked_for_is_that_of_what_will_be_loaded(tiny_folder: Folder, shape: str) -> None:
    found = find(str(tiny_folder(shape)), device="cpu", dtype="float32")
    assert found.need.weights == read(found).info.bytes


def test_masks_and_copies_in_the_files_are_not_counted(tiny_folder: Folder, tmp_path: Path) -> None:
    folder = Path(copytree(tiny_folder("gpt2"), tmp_path / "gpt2"))
    tensors = load_file(folder / "model.safetensors")
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"].clone()
    tensors |= {f"transformer.h.{layer}.attn.bias": torch.ones(1, 1, 256, 256) for layer in range(3)}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    found = find(str(folder), device="cpu")
    assert found.need.weights == read(found).info.bytes


def test_an_unknown_architecture_is_refused_before_anything_is_read(folder: Path) -> None:
    configure(folder, model_type="bloom")
    with pytest.raises(Unsupported, match="'bloom' is not understood"):
        load(str(folder), device="cpu")
    configure(folder, model_type="no-such-thing")
    with pytest.raises(Unsupported, match="'no-such-thing'"):
        load(str(folder), device="cpu")


def test_a_broken_configuration_is_quoted(folder: Path) -> None:
    (folder / "config.json").write_text("{")
    with pytest.raises(Invalid, match=r"config.json of .* cannot be read"):
        load(str(folder), device="cpu")
    (folder / "config.json").write_text("{}")
    with pytest.raises(Invalid, match="names no model_type"):
        load(str(folder), device="cpu")


@pytest.mark.parametrize("broken", [{"dtype": "banana"}, {"hidden_size": "64"}, {"num_key_value_heads": "x"}])
def test_values_that_mean_nothing_are_quoted(folder: Path, broken: dict[str, object]) -> None:
    configure(folder, **broken)
    with pytest.raises(Invalid, match=r"config.json of .* cannot be read: .*"):
        load(str(folder), device="cpu")


def test_sizes_that_describe_no_model_are_refused_before_anything_is_read(folder: Path) -> None:
    configure(folder, hidden_act="no-such-function")
    with pytest.raises(Invalid, match=r"config.json of .* describes no model: .*no-such-function"):
        load(str(folder), device="cpu")


def test_a_model_without_a_tokenizer_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    with pytest.raises(Unsupported, match="has no tokenizer"):
        load(str(folder), device="cpu")


def test_a_broken_tokenizer_is_quoted(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(Invalid, match=r"The tokenizer of .* cannot be read"):
        load(str(folder), device="cpu")


def test_a_chat_template_that_is_no_template_is_refused_with_its_line(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("{% for message in messages %}\n{{ message.content }")
    with pytest.raises(Invalid, match=r"The chat template of .* is broken at line 2"):
        load(str(folder), device="cpu")


def test_missing_tensors_are_never_filled_with_random_numbers(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.down_proj.weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(Invalid, match=r"lacks 1 of its tensors: model.layers.1.mlp.down_proj.weight"):
        load(str(folder), device="cpu")


def test_tensors_of_another_shape_are_refused(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"] = torch.ones(65)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(Invalid, match=r"model.norm.weight of .* has the shape \(65,\); config.json asks for \(64,\)"):
        load(str(folder), device="cpu")


def test_weights_of_more_layers_than_configured_are_refused(folder: Path) -> None:
    """Or half a model would be shown under the hash of the whole."""
    configure(folder, num_hidden_layers=2)
    with pytest.raises(Invalid, match=r"has 2 layers; its weights have more, model.layers.2\."):
        load(str(folder), device="cpu")


def test_more_layers_than_the_weights_could_fill_are_refused_before_they_are_built(folder: Path) -> None:
    configure(folder, num_hidden_layers=10**9)
    with pytest.raises(Invalid, match=r"has 1,000,000,000 layers of width 64; its weights are [\d,]+ numbers"):
        load(str(folder), device="cpu")


def test_a_bos_that_is_also_the_pad_needs_no_warning(
    tiny_folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """transformers warns where a text begins with its pad token and comes without a mask; ours is never padded so."""
    said: list[str] = []
    logger = logging.getLogger("transformers.modeling_utils")
    monkeypatch.setattr(logger, "warning_once", said.append, raising=False)
    folder = Path(copytree(tiny_folder("gpt2"), tmp_path / "gpt2"))
    configure(folder, pad_token_id=0)
    model = load(str(folder), device="cpu")
    model.trace([0, 7, 8])
    assert model.info.parity.ok
    assert said == []


@pytest.mark.parametrize("shape", ["gpt2", "llama", "gemma3"])
def test_a_model_in_parts_by_a_device_map_has_the_same_bits(
    tiny_folder: Folder, tiny_model: Callable[..., Model], shape: str
) -> None:
    """accelerate wraps every module that holds weights in hooks of its own, around ours; all parts are on the CPU."""
    hf: Any = AutoModelForCausalLM.from_pretrained(tiny_folder(shape)).eval()
    parts: dict[str, Any] = {
        name: "cpu" for name, module in hf.named_modules() if next(module.parameters(recurse=False), None) is not None
    }
    tokenizer = AutoTokenizer.from_pretrained(tiny_folder(shape))
    spread = Model(dispatch_model(hf, parts, force_hooks=True), tokenizer, Source(shape, "", ""))
    whole = tiny_model(shape)
    ids = whole.encode("The cat sat on the mat.")
    assert torch.equal(spread.trace(ids).stacked, whole.trace(ids).stacked)
    assert torch.equal(spread.unembed(spread.trace(ids).resid), whole.unembed(whole.trace(ids).resid))
    assert spread.info.parity.ok


def place(module: nn.Module, device: str) -> None:
    """Its weights there, and whatever it is given moved there, as accelerate does it between GPUs."""
    add_hook_to_module(module, AlignDevicesHook(torch.device(device), place_submodules=True))


GPU = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else ""


@pytest.mark.skipif(not GPU, reason="needs a second device; this machine has a CPU only")
@pytest.mark.parametrize("shape", ["gpt2", "llama", "gemma3"])
def test_a_model_over_two_devices_is_read_as_on_one(
    tiny_folder: Folder, tiny_model: Callable[..., Model], shape: str
) -> None:
    """Every other block and the final norm on the GPU, everything else on the CPU."""
    hf: Any = AutoModelForCausalLM.from_pretrained(tiny_folder(shape)).eval().requires_grad_(False)
    layout = describe(hf.config)
    place(hf, "cpu")
    for layer, block in enumerate(hf.base_model.get_submodule(layout.blocks)):
        place(block, GPU if layer % 2 else "cpu")
    place(hf.base_model.get_submodule(layout.norm), GPU)
    for name, module in hf.named_modules():
        if name.endswith(("rotary_emb", "lm_head")):
            place(module, "cpu")
    spread = Model(hf, AutoTokenizer.from_pretrained(tiny_folder(shape)), Source(shape, "", ""))
    whole = tiny_model(shape)
    ids = whole.encode("The cat sat on the mat.")
    trace, expected = spread.trace(ids, logits="all"), whole.trace(ids, logits="all")
    close = partial(torch.testing.assert_close, atol=1e-3, rtol=1e-4)
    close(trace.stacked, expected.stacked)
    close(trace.logits, expected.logits)
    close(spread.unembed(trace.resid), whole.unembed(expected.resid))
    state = State(spread)
    for token_id in ids:
        state.extend([token_id])
    close(state.resid, expected.resid)
    assert GPU in spread.info.device
    assert "cpu" in spread.info.device
    assert spread.info.parity.ok
