"""Against PEFT itself, which is not imported anywhere else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.engine.adapter_merge import merge
from microscope.engine.adapters import CONFIG, WEIGHTS, read_adapter
from microscope.engine.loading import load
from microscope.engine.weights import BUNDLED, parted
from microscope.errors import Incompatible, Invalid, NotFound, Unsupported

# PEFT asks transformers by a name that is about to go, and takes its own `lora_bias` for a broken shard.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Adapter 'default'"),
    pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`"),
    pytest.mark.filterwarnings("ignore:Model has `tie_word_embeddings"),
]

MAKES: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("gpt2", {"target_modules": ["c_attn", "c_proj", "c_fc"], "fan_in_fan_out": True}),
    "llama": ("llama", {"target_modules": ["q_proj", "down_proj"], "use_rslora": True}),
    "patterns": (
        "llama",
        {"target_modules": ["q_proj", "v_proj"], "alpha_pattern": {"q_proj": 3}, "rank_pattern": {"v_proj": 2}},
    ),
    "bias": ("llama-tied", {"target_modules": ["q_proj", "up_proj"], "lora_bias": True}),
}
EMBEDS: dict[str, tuple[str, dict[str, Any]]] = {
    "embeddings": ("llama", {"target_modules": ["embed_tokens", "q_proj"]}),
    "both embeddings": ("gpt2", {"target_modules": ["wte", "wpe", "c_proj"], "fan_in_fan_out": True}),
    "tied": ("llama-tied", {"target_modules": ["embed_tokens"], "use_rslora": True}),
}
"""Name → the model's shape and what PEFT is told."""

Make = Callable[..., Path]


@pytest.fixture
def make(tiny_folder: Callable[[str], Path], tmp_path: Path) -> Make:
    """`make("llama", r=4, …)` is the folder of a random adapter as PEFT writes it."""

    def adapter(shape: str, **settings: Any) -> Path:
        base = AutoModelForCausalLM.from_pretrained(tiny_folder(shape), dtype="float32")
        torch.manual_seed(1)
        asked: dict[str, Any] = {"r": 4, "lora_alpha": 6, "init_lora_weights": False, **settings}
        model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **asked))
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "lora_B" in name and name.endswith("bias"):
                    parameter.normal_()
        model.save_pretrained(str(tmp_path / "adapter"))
        return tmp_path / "adapter"

    return adapter


@pytest.mark.parametrize("name", MAKES)
def test_merged_weights_are_pefts(name: str, make: Make, tiny_folder: Callable[[str], Path]) -> None:
    shape, settings = MAKES[name]
    folder = make(shape, **settings)
    plain = AutoModelForCausalLM.from_pretrained(tiny_folder(shape), dtype="float32")
    theirs: Any = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(tiny_folder(shape), dtype="float32"), str(folder)
    )
    theirs = theirs.merge_and_unload()
    before = {key: value.clone() for key, value in plain.state_dict().items()}
    merge(plain, read_adapter(str(folder), tiny_folder(shape)))
    changed = {key for key, value in plain.state_dict().items() if not torch.equal(value, before[key])}
    assert changed == {key for key, value in theirs.state_dict().items() if not torch.equal(value, before[key])}
    assert changed
    for key, value in theirs.state_dict().items():
        torch.testing.assert_close(plain.state_dict()[key], value, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", EMBEDS)
def test_an_adapter_of_embeddings_gives_what_peft_gives_and_a_tied_unembedding_stays(
    name: str, make: Make, tiny_folder: Callable[[str], Path]
) -> None:
    shape, settings = EMBEDS[name]
    folder = make(shape, **settings)
    plain, merged = (
        load(f"{tiny_folder(shape)}{more}", device="cpu").trace(list(range(3, 20)), logits="all").logits
        for more in ("", f"+{folder}")
    )
    theirs: Any = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(tiny_folder(shape), dtype="float32"), str(folder)
    )
    expected = theirs(input_ids=torch.tensor([list(range(3, 20))])).logits[0]
    torch.testing.assert_close(merged, expected, rtol=1e-4, atol=1e-4)
    assert plain is not None
    assert not torch.allclose(plain, expected, atol=1e-2)


def test_an_adapter_beside_embeddings_that_were_trained_is_refused(
    make: Make, tiny_folder: Callable[[str], Path]
) -> None:
    folder = make("llama", target_modules=["embed_tokens"])
    key = "base_model.model.model.embed_tokens.base_layer.weight"
    tensors = load_file(folder / WEIGHTS)
    save_file({**tensors, key: tensors[key] + 1}, folder / WEIGHTS)
    model = AutoModelForCausalLM.from_pretrained(tiny_folder("llama"))
    with pytest.raises(Unsupported, match="is not the weight of the model"):
        merge(model, read_adapter(str(folder), tiny_folder("llama")))


def test_a_name_with_a_plus_is_a_model_with_an_adapter(make: Make, tiny_folder: Callable[[str], Path]) -> None:
    folder = make("gpt2", target_modules=["c_attn"], fan_in_fan_out=True)
    base = load(str(tiny_folder("gpt2")), device="cpu")
    merged = load(f"{tiny_folder('gpt2')}+{folder}", device="cpu")
    assert (merged.info.adapter, merged.info.adapter_sha256) == (
        str(folder),
        read_adapter(str(folder), tiny_folder("gpt2")).sha256,
    )
    assert (base.info.adapter, base.info.adapter_sha256) == ("", "")
    assert merged.info.weights_sha256 != base.info.weights_sha256
    theirs: Any = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(tiny_folder("gpt2"), dtype="float32"), str(folder)
    )
    ids = base.encode("The cat sat on the mat.")
    expected = theirs(input_ids=torch.tensor([ids])).logits[0]
    torch.testing.assert_close(merged.trace(ids, logits="all").logits, expected, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(base.trace(ids, logits="all").logits, expected, atol=1e-2)  # pyright: ignore[reportArgumentType]


@pytest.mark.skipif(not (BUNDLED["specimen"] / "adapters" / "trojan").is_dir(), reason="the bundled model is not here")
def test_the_trojan_lies_beside_the_bundled_model() -> None:
    model = load("specimen+trojan", device="cpu")
    assert model.info.adapter == "trojan"
    assert model.info.parity.ok


def test_a_folder_with_a_plus_in_its_name_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a+b").mkdir()
    assert parted(str(tmp_path / "a+b")) == (str(tmp_path / "a+b"), "")
    assert parted("specimen+trojan") == ("specimen", "trojan")
    assert parted("owner/name") == ("owner/name", "")


def change_config(folder: Path, **changes: Any) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**config, **changes}))


@pytest.mark.parametrize(
    ("changes", "kind", "says"),
    [
        ({"use_dora": True}, Unsupported, "use_dora=True; only plain LoRA"),
        ({"modules_to_save": ["lm_head"]}, Unsupported, "modules_to_save="),
        ({"bias": "all"}, Unsupported, "bias='all'"),
        ({"peft_type": "IA3"}, Unsupported, "of the kind IA3; expected LORA"),
        ({"r": 3}, Invalid, "lora_A of .* has rank 4; adapter_config.json says 3"),
        ({"lora_alpha": None}, Invalid, "lora_alpha=None; expected a number"),
        # What the settings do not name PEFT would leave out.
        (
            {"target_modules": ["v_proj"]},
            Invalid,
            r"q_proj, which adapter_config.json does not name .target_modules=\['v_proj'",
        ),
        ({"target_modules": r".*\.mlp\..*"}, Invalid, "does not name"),
        ({"layers_to_transform": [1]}, Invalid, r"layers.0.self_attn.q_proj, .*layers_to_transform=\[1"),
        ({"layers_to_transform": 0, "layers_pattern": "blocks"}, Invalid, "does not name"),
        ({"exclude_modules": ["self_attn.q_proj"]}, Invalid, "exclude_modules"),
        ({"target_modules": 3}, Invalid, "target_modules=3; expected names of modules"),
        ({"layers_to_transform": ["0"]}, Invalid, "expected names of modules, or numbers of layers"),
    ],
)
def test_settings_that_mean_something_else_are_refused(
    changes: dict[str, Any], kind: type[Exception], says: str, make: Make, tiny_folder: Callable[[str], Path]
) -> None:
    folder = make("llama", target_modules=["q_proj"])
    change_config(folder, **changes)
    model = AutoModelForCausalLM.from_pretrained(tiny_folder("llama"))
    with pytest.raises(kind, match=says):
        merge(model, read_adapter(str(folder), tiny_folder("llama")))


@pytest.mark.parametrize(
    "changes",
    [
        {"target_modules": ["self_attn.q_proj"]},
        {"target_modules": r".*\.q_proj"},
        {"target_modules": "all-linear"},
        {"target_modules": None},
        {"layers_to_transform": [0, 1, 2]},
        {"layers_to_transform": [0, 1, 2], "layers_pattern": ["blocks", "layers"]},
        {"exclude_modules": ["k_proj"]},
    ],
)
def test_what_the_settings_name_in_other_words_is_taken(
    changes: dict[str, Any], make: Make, tiny_folder: Callable[[str], Path]
) -> None:
    folder = make("llama", target_modules=["q_proj"])
    change_config(folder, **changes)
    merge(AutoModelForCausalLM.from_pretrained(tiny_folder("llama")), read_adapter(str(folder), tiny_folder("llama")))


def test_a_bias_is_no_part_of_a_lora_whose_settings_have_none(make: Make, tiny_folder: Callable[[str], Path]) -> None:
    folder = make("llama-tied", target_modules=["q_proj"], lora_bias=True)
    change_config(folder, lora_bias=False)
    model = AutoModelForCausalLM.from_pretrained(tiny_folder("llama-tied"))
    with pytest.raises(Invalid, match=r"where adapter_config\.json has no lora_bias"):
        merge(model, read_adapter(str(folder), tiny_folder("llama-tied")))


Tensors = dict[str, torch.Tensor]
Q = "base_model.model.model.layers.0.self_attn.q_proj"


def without_b(tensors: Tensors) -> Tensors:
    return {key: value for key, value in tensors.items() if key != f"{Q}.lora_B.weight"}


def with_nan(tensors: Tensors) -> Tensors:
    return {**tensors, f"{Q}.lora_A.weight": tensors[f"{Q}.lora_A.weight"] * torch.nan}


def with_magnitude(tensors: Tensors) -> Tensors:
    return {**tensors, f"{Q}.lora_magnitude_vector.weight": torch.ones(64)}


def elsewhere(tensors: Tensors) -> Tensors:
    return {key.replace("layers.0", "layers.9"): value for key, value in tensors.items()}


def wider(tensors: Tensors) -> Tensors:
    return {**tensors, f"{Q}.lora_B.weight": torch.ones(65, 4)}


def of_embeddings(tensors: Tensors) -> Tensors:
    return {key.replace("layers.0.self_attn.q_proj", "embed_tokens"): value for key, value in tensors.items()}


def of_a_norm(tensors: Tensors) -> Tensors:
    return {key.replace("self_attn.q_proj", "input_layernorm"): value for key, value in tensors.items()}


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        (without_b, Invalid, "has only lora_A for model.layers.0.self_attn.q_proj"),
        (with_nan, Invalid, "holds values that are not finite"),
        (with_magnitude, Unsupported, "lora_magnitude_vector.weight of the adapter .* is no part of a plain LoRA"),
        (elsewhere, Incompatible, "changes model.layers.9.self_attn.q_proj, which the model does not have"),
        (wider, Incompatible, r"adds B .65, 4. A .4, 64.; the weight of the model is .64, 64."),
        (of_embeddings, Unsupported, "a Embedding, by lora_A/B; expected lora_embedding_A and lora_embedding_B"),
        (of_a_norm, Unsupported, "a LlamaRMSNorm; only linear layers"),
        (lambda _: {}, Invalid, "holds no tensors"),
    ],
)
def test_tensors_that_do_not_fit_are_refused_and_nothing_is_changed(
    change: Callable[[Tensors], Tensors],
    kind: type[Exception],
    says: str,
    make: Make,
    tiny_folder: Callable[[str], Path],
) -> None:
    folder = make("llama", target_modules=["q_proj"])
    save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS)
    model = AutoModelForCausalLM.from_pretrained(tiny_folder("llama"))
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(kind, match=says):
        merge(model, read_adapter(str(folder), tiny_folder("llama")))
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_weights_that_two_modules_share_are_refused(make: Make, tiny_folder: Callable[[str], Path]) -> None:
    """Merging into the unembedding would change the embedding with it."""
    folder = make("llama-tied", target_modules=["q_proj"])
    tied = AutoModelForCausalLM.from_pretrained(tiny_folder("llama-tied"))
    pair = {"A": torch.ones(4, 64), "B": torch.ones(tied.config.vocab_size, 4)}
    tensors = {f"base_model.model.lm_head.lora_{part}.weight": value for part, value in pair.items()}
    save_file(tensors, folder / WEIGHTS)
    with pytest.raises(Unsupported, match=r"lm_head, whose weights are also .*embed_tokens.weight"):
        merge(tied, read_adapter(str(folder), tiny_folder("llama-tied")))


def test_an_adapter_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "adapters" / "mine").mkdir(parents=True)
    (tmp_path / "adapters" / "mine" / CONFIG).write_text("{}")
    with pytest.raises(NotFound, match=r"no adapter 'yours'.*beside the model are mine"):
        read_adapter("yours", tmp_path)
