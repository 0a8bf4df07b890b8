"""Every layout, written here from its documentation and compared with its own forward rule, written out here too."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import linear

from microscope.core.saes.batch_topk import BatchTopK
from microscope.core.saes.topk import TopK
from microscope.errors import Incompatible, Invalid, Unsupported
from microscope.store.checkpoints import detect, read_sae, read_spec
from microscope.store.sae_formats.hooks import hook_of, site_of

D, F, K = 12, 40, 5

ATOL = 2e-6
"""Of activations and reconstructions around 1: the order of two products is all that may differ."""

Forward = Callable[[Tensor], tuple[Tensor, Tensor]]
"""x → activations, reconstruction."""


class Case(NamedTuple):
    """Files that were written, and what their own project computes with them."""

    path: Path
    forward: Forward


Write = Callable[[Path], Case]


def draw(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 0.4


def rows(n: int = 50) -> Tensor:
    return draw(n, D, seed=99) * 3


def put(path: Path, config: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config))


def save(path: Path, tensors: Mapping[str, Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)


def savez(path: Path, arrays: Mapping[str, Any]) -> None:
    np.savez(path, **arrays)


def keep_top(pre: Tensor, k: int) -> Tensor:
    """The k largest of each row, by sorting."""
    least = pre.sort(dim=-1, descending=True).values[:, k - 1 : k]
    return pre * (pre >= least)


# ── SAELens ──────────────────────────────────────────────────────────────────────────────────────────────


def lens_tensors(architecture: str) -> dict[str, Tensor]:
    tensors = {
        "W_enc": draw(D, F, seed=1),
        "b_enc": draw(F, seed=2),
        "W_dec": draw(F, D, seed=3),
        "b_dec": draw(D, seed=4),
    }
    if "jumprelu" in architecture:
        tensors["threshold"] = draw(F, seed=5).abs()
    if architecture == "gated":
        tensors |= {name: draw(F, seed=6 + at) for at, name in enumerate(("b_gate", "b_mag", "r_mag"))}
        del tensors["b_enc"]
    if "skip" in architecture:
        tensors["W_skip"] = draw(D, D, seed=9)
    return tensors


def lens_acts(architecture: str, w: Mapping[str, Tensor], sae_in: Tensor, norm: Tensor | None = None) -> Tensor:
    """
    Args:
        norm: of decoder rows, which a TopK's pre-activations are compared by.
    """
    if architecture == "gated":
        gate = (sae_in @ w["W_enc"] + w["b_gate"] > 0).float()
        return gate * torch.relu(sae_in @ (w["W_enc"] * w["r_mag"].exp()) + w["b_mag"])
    pre = sae_in @ w["W_enc"] + w["b_enc"]
    if architecture == "topk":
        return keep_top(torch.relu(pre if norm is None else pre * norm), K)
    return torch.relu(pre) * (pre > w["threshold"]) if "threshold" in w else torch.relu(pre)


def lens(architecture: str, /, **changes: Any) -> Write:
    """Version 6; `changes` to its configuration."""

    def write(folder: Path) -> Case:
        w = lens_tensors(architecture)
        transcoder = "transcoder" in architecture
        config: dict[str, Any] = {
            "architecture": architecture,
            "d_in": D,
            "d_sae": F,
            "dtype": "float32",
            "device": "cuda",
            "apply_b_dec_to_input": not transcoder,
            "normalize_activations": "none",
            "reshape_activations": "none",
            "metadata": {
                "sae_lens_version": "6.54.0",
                "model_name": "gpt2",
                "hook_name": "blocks.10.hook_resid_mid" if transcoder else "blocks.10.hook_resid_post",
                "prepend_bos": True,
                "context_size": 128,
                "dataset_path": "openwebtext",
            },
        }
        config |= {"k": K, "rescale_acts_by_decoder_norm": False} if architecture == "topk" else {}
        if transcoder:
            config["d_out"] = D
            config["metadata"]["hook_name_out"] = "blocks.10.hook_mlp_out"
        config |= changes
        put(folder / "cfg.json", config)
        save(folder / "sae_weights.safetensors", w)
        save(folder / "sparsity.safetensors", {"sparsity": torch.zeros(F)})

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            mean, std, coefficient = torch.tensor(0.0), torch.tensor(1.0), torch.tensor(1.0)
            sae_in = x
            match config["normalize_activations"]:
                case "layer_norm":
                    mean = x.mean(-1, keepdim=True)
                    std = (x - mean).std(-1, keepdim=True)
                    sae_in = (x - mean) / (std + 1e-5)
                case "constant_norm_rescale":
                    coefficient = D**0.5 / x.norm(dim=-1, keepdim=True)
                    sae_in = x * coefficient
                case _:
                    pass
            norm = w["W_dec"].norm(dim=-1) if config.get("rescale_acts_by_decoder_norm") else torch.ones(F)
            acts = lens_acts(architecture, w, sae_in - w["b_dec"] * config["apply_b_dec_to_input"], norm)
            out = ((acts / norm) @ w["W_dec"] + w["b_dec"]) * std / coefficient + mean
            return acts, out + x @ w["W_skip"].T if "W_skip" in w else out

        return Case(folder, forward)

    return write


def old_lens(folder: Path) -> Case:
    """Before 6, as miStudio still writes it: flat, other names, a boolean, a factor that activations are scaled by."""
    w = {**lens_tensors("standard"), "scaling_factor": draw(F, seed=20).abs() + 0.5}
    put(
        folder / "cfg.json",
        {
            "hook_point": "blocks.3.hook_mlp_out",
            "hook_point_layer": 3,
            "hook_point_head_index": None,
            "model_name": "pythia-70m",
            "d_in": D,
            "d_sae": F,
            "activation_fn_str": "topk",
            "activation_fn_kwargs": {"k": K},
            "normalize_activations": False,
            "finetuning_scaling_factor": True,
            "prepend_bos": False,
            "context_size": 64,
            "dtype": "torch.float32",
        },
    )
    save(folder / "sae_weights.safetensors", w)

    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        acts = lens_acts("topk", w, x - w["b_dec"])
        return acts, (acts * w["scaling_factor"]) @ w["W_dec"] + w["b_dec"]

    return Case(folder, forward)


def unfolded_lens(folder: Path) -> Case:
    """A checkpoint that training left, whose inputs are still to be scaled."""
    inner = lens("standard", normalize_activations="expected_average_only_in")(folder)
    put(folder / "activation_scaler.json", {"scaling_factor": 0.3})

    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        acts, out = inner.forward(x * 0.3)
        return acts, out / 0.3

    return Case(folder, forward)


def training_lens(architecture: str = "batchtopk", /, *, rescale: bool = False, bias: bool = True) -> Write:
    """A BatchTopK as training keeps it, with one threshold in double precision."""

    def write(folder: Path) -> Case:
        w = lens_tensors("standard")
        changes = {"rescale_acts_by_decoder_norm": rescale, "apply_b_dec_to_input": bias}
        lens("standard", architecture=architecture, k=float(K), **changes)(folder)
        threshold = torch.tensor(0.21, dtype=torch.float64)
        save(folder / "sae_weights.safetensors", {**w, "topk_threshold": threshold})

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            norm = w["W_dec"].norm(dim=-1) if rescale else torch.ones(F)
            pre = ((x - w["b_dec"] * bias) @ w["W_enc"] + w["b_enc"]) * norm
            acts = torch.relu(pre) * (pre > threshold)
            return acts, (acts / norm) @ w["W_dec"] + w["b_dec"]

        return Case(folder, forward)

    return write


def pursue(c: Tensor, w_dec: Tensor, threshold: float, most: int, stop_on_duplicate: bool) -> Tensor:
    """SAELens' matching pursuit for one vector, choice by choice."""
    left, acts = c.clone(), torch.zeros(F)
    for _ in range(most):
        before = acts != 0
        along = w_dec @ left
        best = int(along.argmax())
        strength = max(float(along[best]), 0.0)
        acts[best] += strength
        left = left - strength * w_dec[best]
        if stop_on_duplicate and torch.equal(acts != 0, before):
            break
        if threshold > 0 and float(left.norm()) < threshold:
            break
    return acts


def pursuit(**changes: Any) -> Write:
    """Tied: no W_enc and no b_enc in the file."""

    def write(folder: Path) -> Case:
        own = {"residual_threshold": 0.4, "max_iterations": None, "stop_on_duplicate_support": True}
        inner = lens("standard", architecture="matching_pursuit", **{**own, **changes})(folder)
        config = json.loads((inner.path / "cfg.json").read_text())
        w = lens_tensors("standard")
        w["W_dec"] = w["W_dec"] / w["W_dec"].norm(dim=-1, keepdim=True) * 0.9
        save(folder / "sae_weights.safetensors", {name: w[name] for name in ("W_dec", "b_dec")})
        norm = config["normalize_activations"] == "layer_norm"

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            mean = x.mean(-1, keepdim=True) if norm else torch.tensor(0.0)
            std = (x - mean).std(-1, keepdim=True) + 1e-5 if norm else torch.tensor(1.0)
            b_dec = w["b_dec"] * config["apply_b_dec_to_input"]
            most = config["max_iterations"] or D
            rule = (w["W_dec"], config["residual_threshold"], most, config["stop_on_duplicate_support"])
            acts = torch.stack([pursue(row, *rule) for row in (x - mean) / std - b_dec])
            # Undone without the 1e-5, as a layer norm's output is.
            return acts, (acts @ w["W_dec"] + b_dec) * (std - 1e-5 if norm else std) + mean

        return Case(folder, forward)

    return write


HEADS, BOTTLENECK = 2, 5


def temporal(tied: bool = True, layers: int = 1, topk: bool = True, **changes: Any) -> Write:
    """The rows of a forward pass are one text."""

    def write(folder: Path) -> Case:
        own = {
            "n_heads": HEADS,
            "n_attn_layers": layers,
            "bottleneck_factor": BOTTLENECK,
            "sae_diff_type": "topk" if topk else "relu",
            "kval_topk": K if topk else None,
            "tied_weights": tied,
            "normalize_activations": "constant_scalar_rescale",
            "activation_normalization_factor": 0.25,
        }
        inner = lens("standard", architecture="temporal", **{**own, **changes})(folder)
        config = json.loads((inner.path / "cfg.json").read_text())
        w = {name: value for name, value in lens_tensors("standard").items() if name != "b_enc"}
        for layer in range(layers):
            for at, name in enumerate(("k_ctx", "q_target", "v_ctx", "c_proj")):
                width = F // BOTTLENECK if at < 2 else F
                w[f"attn_layers.{layer}.{name}.weight"] = draw(width, F, seed=30 + 10 * layer + at) * 3
                w[f"attn_layers.{layer}.{name}.bias"] = draw(width, seed=35 + 10 * layer + at)
        if tied:
            del w["W_enc"]
        save(folder / "sae_weights.safetensors", w)
        factor = config["activation_normalization_factor"] if "scalar" in config["normalize_activations"] else 1.0
        b_in = w["b_dec"] * config["apply_b_dec_to_input"]
        b_out = b_in if tied else w["b_dec"]

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            encoder = w["W_dec"].T if tied else w["W_enc"]
            left, predicted = x * factor - b_in, torch.zeros(len(x), F)
            for layer in range(layers):
                along = attended(w, f"attn_layers.{layer}", torch.relu(left / (4 * D) @ encoder))
                written = along @ w["W_dec"]
                scale = (written * left).sum(-1, keepdim=True) / (written.norm(dim=-1, keepdim=True) + 1e-6) ** 2
                predicted, left = predicted + scale * along, left - scale * written
            novel = torch.relu(left / (4 * D) @ encoder)
            novel = keep_top(novel, K) if topk else novel
            return novel, ((novel + predicted) @ w["W_dec"] + b_out) / factor

        return Case(folder, forward)

    return write


def published_temporal(tied: bool = True) -> Write:
    """As its authors keep it."""
    names = {"W_dec": "D", "W_enc": "E", "b_dec": "b"}

    def write(folder: Path) -> Case:
        inner = temporal(tied=tied, layers=2)(folder / "theirs")
        config = json.loads((inner.path / "cfg.json").read_text())
        w = load_file(inner.path / "sae_weights.safetensors")
        path = folder / "layer_12" / "temporal"
        save(path / "latest_ckpt.safetensors", {names.get(name, name): value for name, value in w.items()})
        own = ("n_heads", "n_attn_layers", "bottleneck_factor", "sae_diff_type", "kval_topk", "tied_weights")
        sae = {name: config[name] for name in own} | {"exp_factor": F / D, "scaling_factor": 0.25}
        said = {"llm": {"dimin": D}, "sae": sae, "data": {"dtype": "bfloat16"}}
        (path / "conf.yaml").write_text(yaml.safe_dump(said))
        return Case(path, inner.forward)

    return write


def attended(w: Mapping[str, Tensor], layer: str, codes: Tensor) -> Tensor:
    """Codes that a text foretells, all positions at once: each is told from those before it."""
    context = torch.cat([torch.zeros(1, F), codes[:-1]])

    def project(name: str, of: Tensor) -> Tensor:
        return linear(of, w[f"{layer}.{name}.weight"], w[f"{layer}.{name}.bias"])

    heads = [
        project(*one).chunk(HEADS, dim=-1) for one in (("q_target", codes), ("k_ctx", context), ("v_ctx", context))
    ]
    future = torch.ones(len(codes), len(codes)).triu(1).bool()
    mixed = [
        (q @ k.T / q.shape[-1] ** 0.5).masked_fill(future, -torch.inf).softmax(-1) @ v
        for q, k, v in zip(*heads, strict=True)
    ]
    return torch.relu(project("c_proj", torch.cat(mixed, dim=-1)))


# ── sparsify ─────────────────────────────────────────────────────────────────────────────────────────────


def sparsify(activation: str = "topk", transcode: bool = False, skip: bool = False) -> Write:
    def write(folder: Path) -> Case:
        folder = folder / "layers.3.mlp"
        w = {
            "encoder.weight": draw(F, D, seed=1),
            "encoder.bias": draw(F, seed=2),
            "W_dec": draw(F, D, seed=3),
            "b_dec": draw(D, seed=4),
        }
        w |= {"W_skip": draw(D, D, seed=5)} if skip else {}
        put(
            folder / "cfg.json",
            {
                "activation": activation,
                "expansion_factor": F / D,
                "normalize_decoder": True,
                "num_latents": F,
                "k": K,
                "multi_topk": False,
                "skip_connection": skip,
                "transcode": transcode,
                "d_in": D,
            },
        )
        put(folder.parent / "config.json", {"model": "EleutherAI/pythia-70m", "dataset": "pile", "ctx_len": 2048})
        save(folder / "sae.safetensors", w)

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            pre = torch.relu(linear(x if transcode else x - w["b_dec"], w["encoder.weight"], w["encoder.bias"]))
            if activation == "topk":
                acts = keep_top(pre, K)
            else:
                values, indices = pre.unflatten(-1, (K, -1)).max(dim=-1)
                acts = torch.zeros_like(pre).scatter_(-1, indices + torch.arange(0, F, F // K), values)
            out = acts @ w["W_dec"] + w["b_dec"]
            return acts, out + x @ w["W_skip"].mT if skip else out

        return Case(folder, forward)

    return write


# ── dictionary_learning ──────────────────────────────────────────────────────────────────────────────────

_LINEAR = {"encoder.weight": (F, D), "encoder.bias": (F,), "decoder.weight": (D, F)}
_DIRECT = {"W_enc": (D, F), "b_enc": (F,), "W_dec": (F, D), "b_dec": (D,)}
DL_SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "AutoEncoder": {"bias": (D,), **_LINEAR},
    "AutoEncoderNew": {**_LINEAR, "decoder.bias": (D,)},
    "GatedAutoEncoder": {
        "decoder_bias": (D,),
        "encoder.weight": (F, D),
        "r_mag": (F,),
        "gate_bias": (F,),
        "mag_bias": (F,),
        "decoder.weight": (D, F),
    },
    "JumpReluAutoEncoder": {**_DIRECT, "threshold": (F,)},
    "AutoEncoderTopK": {**_LINEAR, "b_dec": (D,)},
    "BatchTopKSAE": {**_LINEAR, "b_dec": (D,)},
    "MatryoshkaBatchTopKSAE": _DIRECT,
}


def dl_forward(name: str, w: Mapping[str, Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    relu = torch.relu
    match name:
        case "AutoEncoder":
            f = relu(linear(x - w["bias"], w["encoder.weight"], w["encoder.bias"]))
            return f, linear(f, w["decoder.weight"]) + w["bias"]
        case "AutoEncoderNew":
            f = relu(linear(x, w["encoder.weight"], w["encoder.bias"]))
            return f, linear(f, w["decoder.weight"], w["decoder.bias"])
        case "GatedAutoEncoder":
            x_enc = linear(x - w["decoder_bias"], w["encoder.weight"])
            f = (x_enc + w["gate_bias"] > 0).float() * relu(w["r_mag"].exp() * x_enc + w["mag_bias"])
            return f, linear(f, w["decoder.weight"]) + w["decoder_bias"]
        case "JumpReluAutoEncoder":
            pre = x @ w["W_enc"] + w["b_enc"]
            f = relu(pre * (pre > w["threshold"]))
            return f, f @ w["W_dec"] + w["b_dec"]
        case "AutoEncoderTopK":
            f = keep_top(relu(linear(x - w["b_dec"], w["encoder.weight"], w["encoder.bias"])), K)
            return f, linear(f, w["decoder.weight"]) + w["b_dec"]
        case "BatchTopKSAE":
            f = relu(linear(x - w["b_dec"], w["encoder.weight"], w["encoder.bias"]))
            f = f * (f > w["threshold"])
            return f, linear(f, w["decoder.weight"]) + w["b_dec"]
        case _:
            f = relu((x - w["b_dec"]) @ w["W_enc"] + w["b_enc"])
            f = f * (f > w["threshold"])
            return f, f @ w["W_dec"] + w["b_dec"]


def dl_tensors(name: str) -> dict[str, Tensor]:
    w = {key: draw(*shape, seed=30 + at) for at, (key, shape) in enumerate(DL_SHAPES[name].items())}
    if name in ("AutoEncoderTopK", "BatchTopKSAE", "MatryoshkaBatchTopKSAE"):
        w |= {"k": torch.tensor(K, dtype=torch.int32), "threshold": torch.tensor(0.33)}
    if name.startswith("Matryoshka"):
        w["group_sizes"] = torch.tensor([F // 2, F // 2])
    return w


def dictionary_learning(name: str, configured: bool = True) -> Write:
    def write(folder: Path) -> Case:
        folder.mkdir(parents=True, exist_ok=True)
        w = dl_tensors(name)
        torch.save(w, folder / "ae.pt")
        trainer = {"trainer_class": f"{name}Trainer", "dict_class": name, "lr": 1e-3, "steps": 10, "activation_dim": D}
        trainer |= {"dict_size": F, "k": K, "device": "cuda:0", "layer": 8, "lm_name": "google/gemma-2-2b"}
        trainer["submodule_name"] = "resid_post_layer_8"
        if configured:
            put(folder / "config.json", {"trainer": trainer, "buffer": {"d_submodule": D, "ctx_len": 256}})
        return Case(folder, lambda x: dl_forward(name, w, x))

    return write


# ── Gemma Scope, Llama Scope, Goodfire, OpenAI, circuit-tracer, older, bare ──────────────────────────────


def jump(w: Mapping[str, Tensor], x: Tensor, enc: str = "W_enc", dec: str = "W_dec") -> tuple[Tensor, Tensor]:
    pre = x @ w[enc] + w["b_enc"]
    acts = (pre > w["threshold"]) * torch.relu(pre)
    return acts, acts @ w[dec] + w["b_dec"]


def gemma_scope(lower: bool = False, kind: str = "res", place: str = "layer_20") -> Write:
    def write(folder: Path) -> Case:
        folder = folder / f"gemma-scope-2b-pt-{kind}" / place / "width_16k" / "average_l0_71"
        folder.mkdir(parents=True)
        w = lens_tensors("jumprelu")
        savez(folder / "params.npz", {name.lower() if lower else name: value.numpy() for name, value in w.items()})
        if place != "embedding":
            return Case(folder, lambda x: jump(w, x))

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            acts, out = jump(w, x / D**0.5)
            return acts, out * D**0.5

        return Case(folder, forward)

    return write


def gemma_scope_2(skip: bool) -> Write:
    def write(folder: Path) -> Case:
        w = {name.lower(): value for name, value in lens_tensors("jumprelu").items()}
        w |= {"affine_skip_connection": draw(D, D, seed=40)} if skip else {}
        save(folder / "params.safetensors", w)
        read = "model.layers.7.pre_feedforward_layernorm.output" if skip else "model.layers.7.output"
        written = "model.layers.7.post_feedforward_layernorm.output" if skip else read
        config = {"architecture": "jump_relu", "hf_hook_point_in": read, "hf_hook_point_out": written}
        put(folder / "config.json", {**config, "affine_connection": skip, "model_name": "google/gemma-3-1b-pt"})

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            acts, out = jump(w, x, "w_enc", "w_dec")
            return acts, out + x @ w["affine_skip_connection"] if skip else out

        return Case(folder, forward)

    return write


def llama_tensors() -> dict[str, Tensor]:
    return {
        "encoder.weight": draw(F, D, seed=1),
        "encoder.bias": draw(F, seed=2),
        "decoder.weight": draw(D, F, seed=3),
        "decoder.bias": draw(D, seed=4),
    }


def llama_scope(transcoder: bool = False, with_norm: bool = False) -> Write:
    def write(folder: Path) -> Case:
        w, n_in, n_out, threshold = llama_tensors(), 6.3, 3.4 if transcoder else 6.3, 0.2
        save(folder / "checkpoints" / "final.safetensors", w)
        read = "blocks.8.ln2.hook_normalized" if transcoder else "blocks.8.hook_resid_post"
        config: dict[str, Any] = {"d_model": D, "d_sae": F, "act_fn": "jumprelu", "jump_relu_threshold": threshold}
        config |= {"hook_point_in": read, "hook_point_out": "blocks.8.hook_mlp_out" if transcoder else read}
        config |= {"dataset_average_activation_norm": {"in": n_in, "out": n_out}, "norm_activation": "dataset-wise"}
        config |= {"sparsity_include_decoder_norm": with_norm, "apply_decoder_bias_to_pre_encoder": False}
        put(folder / "hyperparams.json", config)

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            pre = linear(x * D**0.5 / n_in, w["encoder.weight"], w["encoder.bias"])
            score = pre * w["decoder.weight"].norm(dim=0) if with_norm else pre
            acts = pre * (score > threshold)
            return acts, linear(acts, w["decoder.weight"], w["decoder.bias"]) * n_out / D**0.5

        return Case(folder, forward)

    return write


def llama_scope_r1(folder: Path) -> Case:
    w, norm = {**llama_tensors(), "log_jumprelu_threshold": draw(F, seed=5) - 2}, 9.5
    stored = {**w, "dataset_average_activation_norm.blocks.15.hook_resid_post": torch.tensor(norm)}
    save(folder / "sae_weights.safetensors", stored)
    hook = "blocks.15.hook_resid_post"
    config = {"d_model": D, "expansion_factor": F / D, "hook_point_in": hook, "hook_point_out": hook}
    put(folder / "config.json", {**config, "act_fn": "jumprelu", "norm_activation": "dataset-wise"})

    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        pre = linear(x * D**0.5 / norm, w["encoder.weight"], w["encoder.bias"])
        acts = pre * (pre > w["log_jumprelu_threshold"].exp())
        return acts, linear(acts, w["decoder.weight"], w["decoder.bias"]) * norm / D**0.5

    return Case(folder, forward)


def goodfire(folder: Path) -> Case:
    folder.mkdir(parents=True, exist_ok=True)
    w = {name.replace(".", "_linear."): value for name, value in llama_tensors().items()}
    path = folder / "Llama-3.1-8B-Instruct-SAE-l19.pth"
    torch.save(w, path)

    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        acts = torch.relu(linear(x, w["encoder_linear.weight"], w["encoder_linear.bias"]))
        return acts, linear(acts, w["decoder_linear.weight"], w["decoder_linear.bias"])

    return Case(path, forward)


def openai(activation: str, tied: bool = False) -> Write:
    def write(folder: Path) -> Case:
        folder.mkdir(parents=True, exist_ok=True)
        w = {"pre_bias": draw(D, seed=1), "encoder.weight": draw(F, D, seed=2), "latent_bias": draw(F, seed=3)}
        w |= {"decoder.linear.weight": w["encoder.weight"]} if tied else {"decoder.weight": draw(D, F, seed=4)}
        stats: dict[str, Any] = {"stats_last_nonzero": torch.zeros(F, dtype=torch.long), "activation": activation}
        stats |= {"latents_activation_frequency": torch.ones(F), "latents_mean_square": torch.zeros(F)}
        state = {"activation_state_dict": {"k": K, "postact_fn": "ReLU"}} if activation == "TopK" else {}
        torch.save({**w, **stats, **state}, folder / "autoencoder.pt")

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            mean, std = torch.tensor(0.0), torch.tensor(1.0)
            if activation == "TopK":
                mean = x.mean(dim=-1, keepdim=True)
                x = x - mean
                std = x.std(dim=-1, keepdim=True)
                x = x / (std + 1e-5)
            pre = linear(x - w["pre_bias"], w["encoder.weight"], w["latent_bias"])
            acts = torch.relu(keep_top(pre, K) if activation == "TopK" else pre)
            decoder = w["encoder.weight"].t() if tied else w["decoder.weight"]
            return acts, (linear(acts, decoder) + w["pre_bias"]) * std + mean

        return Case(folder, forward)

    return write


def circuit_tracer(activation: str, skip: bool = False) -> Write:
    def write(folder: Path) -> Case:
        w = {"W_enc": draw(F, D, seed=1), "b_enc": draw(F, seed=2), "W_dec": draw(F, D, seed=3)}
        w["b_dec"] = draw(D, seed=4)
        w |= {"W_skip": draw(D, D, seed=5)} if skip else {}
        w |= {"activation_function.threshold": draw(F, seed=6).abs()} if activation == "jumprelu" else {}
        path = folder / "layer_4.safetensors"
        save(path, {**w, "k": torch.tensor(K)} if activation == "topk" else w)
        save(folder / "layer_5.safetensors", w)
        (folder / "config.yaml").write_text(
            "model_name: Qwen/Qwen3-0.6B\nmodel_kind: transcoder_set\nscan: qwen\n"
            "feature_input_hook: hook_resid_mid\nfeature_output_hook: hook_mlp_out\n"
        )

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            pre = linear(x, w["W_enc"], w["b_enc"])
            match activation:
                case "jumprelu":
                    acts = pre * (pre > w["activation_function.threshold"])
                case "topk":
                    acts = keep_top(pre, K)
                case _:
                    acts = torch.relu(pre)
            out = acts @ w["W_dec"] + w["b_dec"]
            return acts, out + x @ w["W_skip"].T if skip else out

        return Case(path, forward)

    return write


def older(tied: bool) -> Write:
    def write(folder: Path) -> Case:
        w = llama_tensors()
        w["decoder_bias"] = w.pop("decoder.bias")
        if tied:
            del w["decoder.weight"]
        path = folder / "sae_layer_10.safetensors"
        save(path, w)
        config = {"layer_idx": 10, "input_dim": D, "latent_dim": F, "sparsity_coef": 1e-3, "tied_weights": tied}
        put(folder / "sae_layer_10_metadata.json", {**config, "activation_fn": "relu"})

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            z = torch.relu(linear(x, w["encoder.weight"], w["encoder.bias"]))
            decoder = w["encoder.weight"].t() if tied else w["decoder.weight"]
            return z, linear(z, decoder) + w["decoder_bias"]

        return Case(folder, forward)

    return write


def bare(architecture: str) -> Write:
    def write(folder: Path) -> Case:
        w = lens_tensors(architecture)
        save(folder / "sae.safetensors", w)

        def forward(x: Tensor) -> tuple[Tensor, Tensor]:
            acts = lens_acts(architecture, w, x - w["b_dec"])
            return acts, acts @ w["W_dec"] + w["b_dec"]

        return Case(folder, forward)

    return write


def hook_z(folder: Path) -> Case:
    """As Connor Kissane and Rob Krzyzanowski published theirs."""
    folder.mkdir(parents=True, exist_ok=True)
    w = lens_tensors("standard")
    torch.save(w, folder / "gpt2-small_L5_Hcat_z.pt")
    config = {"act_size": D, "dict_size": F, "act_name": "blocks.5.attn.hook_z", "model_name": "gpt2-small"}
    put(folder / "gpt2-small_L5_Hcat_z_cfg.json", config)

    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        acts = lens_acts("standard", w, x - w["b_dec"])
        return acts, acts @ w["W_dec"] + w["b_dec"]

    return Case(folder, forward)


class Told(NamedTuple):
    """What a file's own words become."""

    write: Write
    format: str
    site: str = ""
    site_out: str = ""
    model: str = ""


RES, MID, OUT = "L10.resid_post", "L10.resid_mid", "L10.mlp_out"
LENS_TRANSCODERS = ("transcoder", "jumprelu_transcoder", "skip_transcoder", "jumprelu_skip_transcoder")

CASES: dict[str, Told] = {
    **{
        f"SAELens {name}": Told(lens(name), "SAELens", RES, model="gpt2")
        for name in ("standard", "topk", "jumprelu", "gated")
    },
    **{f"SAELens {name}": Told(lens(name), "SAELens", MID, OUT, "gpt2") for name in LENS_TRANSCODERS},
    **{
        f"SAELens {norm}": Told(lens("standard", normalize_activations=norm), "SAELens", RES, model="gpt2")
        for norm in ("layer_norm", "constant_norm_rescale", "expected_average_only_in")
    },
    "SAELens b_dec stays": Told(lens("jumprelu", apply_b_dec_to_input=False), "SAELens", RES, model="gpt2"),
    **{
        f"SAELens matching_pursuit {name}": Told(pursuit(**changes), "SAELens", RES, model="gpt2")
        for name, changes in {
            "as it comes": {},
            "b_dec stays": {"apply_b_dec_to_input": False},
            "a few": {"max_iterations": 3},
            "on and on": {"stop_on_duplicate_support": False},
            "never near enough": {"residual_threshold": 0},
            "layer_norm": {"normalize_activations": "layer_norm"},
        }.items()
    },
    **{
        f"SAELens temporal {name}": Told(write, "SAELens", RES, model="gpt2")
        for name, write in {
            "tied": temporal(),
            "untied": temporal(tied=False),
            "twice": temporal(layers=2),
            "relu": temporal(tied=False, layers=2, topk=False),
            "tied, b_dec stays": temporal(apply_b_dec_to_input=False),
            "untied, b_dec stays": temporal(tied=False, apply_b_dec_to_input=False),
            "as it comes": temporal(normalize_activations="none"),
        }.items()
    },
    "temporal features": Told(published_temporal(), "temporal features", "L12.resid_post"),
    "temporal features untied": Told(published_temporal(tied=False), "temporal features", "L12.resid_post"),
    "SAELens before 6": Told(old_lens, "SAELens", "L3.mlp_out", model="pythia-70m"),
    "SAELens unfolded": Told(unfolded_lens, "SAELens", RES, model="gpt2"),
    "SAELens topk rescaled": Told(lens("topk", rescale_acts_by_decoder_norm=True), "SAELens", RES, model="gpt2"),
    "SAELens in training": Told(training_lens(), "SAELens", RES, model="gpt2"),
    **{
        f"SAELens {name} in training, rescaled": Told(training_lens(name, rescale=True), "SAELens", RES, model="gpt2")
        for name in ("batchtopk", "matryoshka_batchtopk")
    },
    "SAELens in training, rescaled, b_dec stays": Told(
        training_lens(rescale=True, bias=False), "SAELens", RES, model="gpt2"
    ),
    "sparsify topk": Told(sparsify(), "sparsify", "L3.mlp_out", model="EleutherAI/pythia-70m"),
    "sparsify groupmax": Told(sparsify("groupmax"), "sparsify", "L3.mlp_out", model="EleutherAI/pythia-70m"),
    "sparsify transcoder": Told(
        sparsify(transcode=True, skip=True), "sparsify", "layers.3.mlp input", "L3.mlp_out", "EleutherAI/pythia-70m"
    ),
    **{
        f"dictionary_learning {name}": Told(
            dictionary_learning(name), "dictionary_learning", "L8.resid_post", model="google/gemma-2-2b"
        )
        for name in DL_SHAPES
    },
    **{
        f"dictionary_learning {name} alone": Told(dictionary_learning(name, configured=False), "dictionary_learning")
        for name in ("AutoEncoder", "AutoEncoderNew", "GatedAutoEncoder", "JumpReluAutoEncoder")
    },
    "Gemma Scope": Told(gemma_scope(), "Gemma Scope", "L20.resid_post", model="google/gemma-2-2b"),
    "Gemma Scope w_enc": Told(
        gemma_scope(lower=True, kind="mlp"), "Gemma Scope", "L20.mlp_out", "", "google/gemma-2-2b"
    ),
    "Gemma Scope embedding": Told(
        gemma_scope(place="embedding"), "Gemma Scope", "L0.resid_pre", model="google/gemma-2-2b"
    ),
    "Gemma Scope transcoder": Told(
        gemma_scope(kind="transcoders"),
        "Gemma Scope",
        "blocks.20.ln2.hook_normalized",
        "L20.mlp_out",
        "google/gemma-2-2b",
    ),
    "Gemma Scope 2": Told(gemma_scope_2(skip=False), "Gemma Scope 2", "L7.resid_post", "", "google/gemma-3-1b-pt"),
    "Gemma Scope 2 skip": Told(
        gemma_scope_2(skip=True),
        "Gemma Scope 2",
        "model.layers.7.pre_feedforward_layernorm.output",
        "L7.mlp_out",
        "google/gemma-3-1b-pt",
    ),
    "Llama Scope": Told(llama_scope(), "Llama Scope", "L8.resid_post"),
    "Llama Scope decoder norm": Told(llama_scope(with_norm=True), "Llama Scope", "L8.resid_post"),
    "Llama Scope transcoder": Told(
        llama_scope(transcoder=True), "Llama Scope", "blocks.8.ln2.hook_normalized", "L8.mlp_out"
    ),
    "Llama Scope R1": Told(llama_scope_r1, "Llama Scope", "L15.resid_post"),
    "Goodfire": Told(goodfire, "Goodfire", "L19.resid_post", model="Llama-3.1-8B-Instruct"),
    "OpenAI ReLU": Told(openai("ReLU"), "OpenAI"),
    "OpenAI TopK": Told(openai("TopK"), "OpenAI"),
    "OpenAI tied": Told(openai("ReLU", tied=True), "OpenAI"),
    **{
        f"circuit-tracer {name}": Told(
            circuit_tracer(name, skip=name == "relu"), "circuit-tracer", "L4.resid_mid", "L4.mlp_out", "Qwen/Qwen3-0.6B"
        )
        for name in ("relu", "jumprelu", "topk")
    },
    "older": Told(older(tied=False), "older layout", RES),
    "older tied": Told(older(tied=True), "older layout", RES),
    **{f"bare {name}": Told(bare(name), "bare tensors") for name in ("standard", "jumprelu", "gated")},
    "hook_z": Told(hook_z, "bare tensors", "blocks.5.attn.hook_z", model="gpt2-small"),
}


def differences(told: Told, folder: Path) -> tuple[float, float]:
    """Largest absolute difference of activations and of reconstructions from the format's own rule."""
    case, x = told.write(folder), rows()
    sae = read_sae(case.path)
    acts, out = case.forward(x)
    assert (acts > 0).any(dim=-1).all(), "a test in which nothing fires proves nothing"
    text = (len(x),)  # One that does not read texts from their start takes each row by itself all the same.
    return (sae.encode(x, text) - acts).abs().max().item(), (sae.reconstruct(x, text) - out).abs().max().item()


@pytest.mark.parametrize("name", CASES)
def test_an_import_computes_what_its_own_project_computes(name: str, tmp_path: Path) -> None:
    acts, out = differences(CASES[name], tmp_path / "it")
    assert acts <= ATOL
    assert out <= 5 * ATOL


@pytest.mark.parametrize("name", CASES)
def test_an_import_is_known_by_its_files_and_says_what_they_say(name: str, tmp_path: Path) -> None:
    told = CASES[name]
    case = told.write(tmp_path / "it")
    spec = read_spec(case.path)
    assert spec == read_sae(case.path).spec
    assert detect(case.path).format == told.format
    assert (spec.format, spec.site, spec.site_out, spec.model_name) == (
        told.format,
        told.site,
        told.site_out,
        told.model,
    )
    assert (spec.d_in, spec.d_sae, spec.d_out) == (D, F, D)


def test_what_an_import_does_not_say_can_be_given(tmp_path: Path) -> None:
    case = bare("standard")(tmp_path)
    assert read_sae(case.path, site="L2.resid_post").spec.site == "L2.resid_post"
    case = lens("standard")(tmp_path / "lens")
    assert read_sae(case.path, site="L2.resid_post").spec.site == "L10.resid_post"


def test_k_comes_from_wherever_a_format_keeps_it(tmp_path: Path) -> None:
    writes = {
        "topk": lens("topk"),
        "old": old_lens,
        "sparsify": sparsify(),
        "dl": dictionary_learning("AutoEncoderTopK"),
        "openai": openai("TopK"),
        "tracer": circuit_tracer("topk"),
    }
    for name, write in writes.items():
        architecture = read_spec(write(tmp_path / name).path).architecture
        assert isinstance(architecture, TopK)
        assert architecture.k == K
    architecture = read_spec(dictionary_learning("BatchTopKSAE")(tmp_path / "batch").path).architecture
    assert isinstance(architecture, BatchTopK)
    assert architecture.k == K


def test_zero_latents_stand_for_the_expansion_factor(tmp_path: Path) -> None:
    case = sparsify()(tmp_path)
    config = json.loads((case.path / "cfg.json").read_text())
    put(case.path / "cfg.json", {**config, "num_latents": 0, "expansion_factor": F // D})
    with pytest.raises(Incompatible, match=rf"{D * (F // D)} latents, encoder.weight has {F}"):
        read_spec(case.path)


def test_the_norms_that_are_folded_in_leave_unit_rows(tmp_path: Path) -> None:
    sae = read_sae(training_lens(rescale=True)(tmp_path).path)
    assert torch.allclose(sae.weights["W_dec"].norm(dim=-1), torch.ones(F), atol=1e-6)


def test_a_decoder_row_of_zeros_never_fires_where_norms_are_folded_in(tmp_path: Path) -> None:
    case = training_lens(rescale=True)(tmp_path)
    w = lens_tensors("standard")
    w["W_dec"][3] = 0
    save(case.path / "sae_weights.safetensors", {**w, "topk_threshold": torch.tensor(0.21, dtype=torch.float64)})
    sae = read_sae(case.path)
    assert not sae.encode(rows())[:, 3].any()
    assert sae.reconstruct(rows()).isfinite().all()


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────


def test_architectures_that_are_not_read_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match=r"unheard_of.* is not read; expected one of standard, topk"):
        read_spec(lens("standard", architecture="unheard_of")(tmp_path).path)


def test_heads_and_tensors_of_another_temporal_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"40 features cannot be parted for a bottleneck of 5 and 3 heads"):
        read_sae(temporal(n_heads=3)(tmp_path / "1").path)
    with pytest.raises(Incompatible, match=r"k_ctx\.weight .* is \(8, 40\); expected \(20, 40\)"):
        read_sae(temporal(bottleneck_factor=2)(tmp_path / "2").path)
    with pytest.raises(Invalid, match=r"lacks the tensors attn_layers\.1"):
        read_sae(temporal(n_attn_layers=2)(tmp_path / "3").path)
    with pytest.raises(Invalid, match="activation_normalization_factor is 0, expected a number above 0"):
        read_spec(temporal(activation_normalization_factor=0)(tmp_path / "4").path)
    case = published_temporal()(tmp_path / "6")
    (case.path / "conf.yaml").unlink()
    with pytest.raises(Invalid, match=r"no conf\.yaml beside .*latest_ckpt"):
        read_spec(case.path)
    with pytest.raises(Unsupported, match="constant_scalar_rescale"):
        read_spec(pursuit(normalize_activations="constant_scalar_rescale")(tmp_path / "5").path)


def test_what_would_be_computed_otherwise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="constant_scalar_rescale"):
        read_spec(lens("standard", normalize_activations="constant_scalar_rescale")(tmp_path / "1").path)
    with pytest.raises(Unsupported, match="tanh-relu"):
        read_spec(lens("standard", activation_fn="tanh-relu")(tmp_path / "2").path)
    with pytest.raises(Unsupported, match="transcoder that normalises"):
        read_spec(lens("transcoder", normalize_activations="layer_norm")(tmp_path / "3").path)
    case = sparsify()(tmp_path / "4")
    config = json.loads((case.path / "cfg.json").read_text())
    put(case.path / "cfg.json", {**config, "signed": True})
    with pytest.raises(Unsupported, match="signed"):
        read_spec(case.path)


def test_a_configuration_that_lacks_something_is_told_in_words(tmp_path: Path) -> None:
    case = sparsify()(tmp_path / "1")
    config = json.loads((case.path / "cfg.json").read_text())
    del config["k"]
    put(case.path / "cfg.json", config)
    with pytest.raises(Invalid, match="cannot be understood as sparsify writes it: it lacks 'k'"):
        read_spec(case.path)
    with pytest.raises(Invalid, match="context_size"):
        read_spec(lens("standard", context_size="many")(tmp_path / "2").path)
    with pytest.raises(Invalid, match="k=None"):
        read_spec(lens("topk", k=None)(tmp_path / "3").path)


SAYS_SIZES = {
    "SAELens d_in": (lens("standard"), "cfg.json", ("d_in",)),
    "SAELens d_sae": (lens("standard"), "cfg.json", ("d_sae",)),
    "SAELens d_out": (lens("transcoder"), "cfg.json", ("d_out",)),
    "sparsify": (sparsify(), "cfg.json", ("d_in",)),
    "dictionary_learning": (dictionary_learning("AutoEncoder"), "config.json", ("trainer", "activation_dim")),
    "dictionary_learning F": (dictionary_learning("AutoEncoder"), "config.json", ("trainer", "dict_size")),
    "Llama Scope": (llama_scope(), "hyperparams.json", ("d_model",)),
    "older": (older(tied=False), "sae_layer_10_metadata.json", ("latent_dim",)),
}


@pytest.mark.parametrize("name", SAYS_SIZES)
def test_a_configuration_of_other_sizes_than_its_tensors_is_refused(name: str, tmp_path: Path) -> None:
    write, file, place = SAYS_SIZES[name]
    case = write(tmp_path)
    (path,) = [one for one in detect(case.path).configs if one.name == file]
    config = json.loads(path.read_text())
    inner = config
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = 999
    put(path, config)
    with pytest.raises(Incompatible, match=rf"{file} says {place[-1]}=999; the tensors of .* have ({D}|{F})\."):
        read_spec(case.path)


@pytest.mark.parametrize("name", ["AutoEncoderTopK", "BatchTopKSAE"])
def test_two_classes_with_the_same_tensors_need_their_configuration(name: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"may be an AutoEncoderTopK or a BatchTopKSAE"):
        read_spec(dictionary_learning(name, configured=False)(tmp_path).path)


def test_cross_layer_transcoders_are_refused(tmp_path: Path) -> None:
    case = gemma_scope_2(skip=False)(tmp_path / "1")
    w = {name.lower(): value for name, value in lens_tensors("jumprelu").items()}
    save(case.path / "params.safetensors", {**w, "w_dec": torch.zeros(F, 3, D)})
    with pytest.raises(Unsupported, match="cross-layer"):
        read_spec(case.path)
    save(tmp_path / "2" / "W_enc_0.safetensors", {"W_enc_0": torch.zeros(F, D), "b_enc_0": torch.zeros(F)})
    with pytest.raises(Unsupported, match="cross-layer"):
        read_spec(tmp_path / "2")


def test_a_set_of_transcoders_is_asked_which(tmp_path: Path) -> None:
    case = circuit_tracer("relu")(tmp_path)
    with pytest.raises(Invalid, match=r"2 SAEs: layer_4\.safetensors, layer_5\.safetensors"):
        detect(case.path.parent)


def test_an_array_of_objects_is_not_unpickled(tmp_path: Path) -> None:
    case = gemma_scope()(tmp_path)
    arrays: dict[str, Any] = {name: value.numpy() for name, value in lens_tensors("jumprelu").items()}
    savez(case.path / "params.npz", {**arrays, "b_enc": np.array([{}] * F, dtype=object)})
    with pytest.raises(Invalid, match="allow_pickle=False"):
        read_sae(case.path)


def test_an_npz_of_more_entries_than_it_holds_is_refused_by_its_header(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "params.npz", "w") as archive:
        for name in ("W_enc", "W_dec", "b_enc", "b_dec", "threshold"):
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array_header_1_0(
                    member, {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6)}
                )
    with pytest.raises(
        Invalid, match=r"shape \(1000000, 1000000\), which is 4,000,000,000,000 bytes; .* holds 1\d\d\."
    ):
        read_spec(tmp_path / "params.npz")


def test_an_npz_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    file = gemma_scope()(tmp_path).path / "params.npz"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(Invalid, match="cannot be read as npz"):
        read_sae(file)


# ── Names of places ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("site", ["L0.resid_pre", "L3.resid_mid", "L10.resid_post", "L27.attn_out", "L5.mlp_out"])
def test_a_site_and_its_hook_are_one_place(site: str) -> None:
    assert site_of(hook_of(site)) == site


@pytest.mark.parametrize(
    ("hook", "site"),
    [
        ("blocks.10.hook_resid_post", "L10.resid_post"),
        ("layers.7", "L7.resid_post"),
        ("h.3", "L3.resid_post"),
        ("layers.7.mlp", "L7.mlp_out"),
        ("model.layers.12.output", "L12.resid_post"),
        ("model.layers.12.post_attention_layernorm.output", "L12.attn_out"),
        ("resid_post_layer_4", "L4.resid_post"),
        ("blocks.3.attn.hook_z", "blocks.3.attn.hook_z"),
        ("hook_embed", "hook_embed"),
        ("", ""),
    ],
)
def test_names_of_other_projects_become_ours_where_we_read_that_place(hook: str, site: str) -> None:
    assert site_of(hook) == site


# ── Odd values ───────────────────────────────────────────────────────────────────────────────────────────

ODD: dict[str, tuple[Write, str, dict[str, Any], str]] = {
    "a number for an object": (
        llama_scope(),
        "hyperparams.json",
        {"dataset_average_activation_norm": 14.0},
        "dataset_average_activation_norm is 14.0, expected an object",
    ),
    "a norm of 0": (llama_scope(), "hyperparams.json", {"dataset_average_activation_norm": {"in": 0}}, "place is 0,"),
    "text for keywords": (
        lens("topk"),
        "cfg.json",
        {"k": None, "activation_fn_kwargs": "k=3"},
        "activation_fn_kwargs is 'k=3', expected an object",
    ),
    "text for our words": (lens("standard"), "cfg.json", {"microscope": "x"}, "microscope is 'x', expected an object"),
    "text for metadata": (lens("standard"), "cfg.json", {"metadata": "x"}, "metadata is 'x', expected an object"),
    "a list for an architecture": (
        lens("topk"),
        "cfg.json",
        {"architecture": ["topk"]},
        r"architecture is \['topk'\], expected text",
    ),
    "a list for a norm": (
        lens("topk"),
        "cfg.json",
        {"normalize_activations": ["none"]},
        r"normalize_activations is \['none'\], expected text",
    ),
    "a list for a trainer": (
        dictionary_learning("AutoEncoder"),
        "config.json",
        {"trainer": ["dict_class"]},
        r"trainer is \['dict_class'\], expected an object",
    ),
    "a number for a trainer": (
        dictionary_learning("AutoEncoder"),
        "config.json",
        {"trainer": 5},
        "trainer is 5, expected an object",
    ),
    "text for a buffer": (
        dictionary_learning("AutoEncoder"),
        "config.json",
        {"buffer": "x"},
        "buffer is 'x', expected an object",
    ),
    "text for true": (lens("standard"), "cfg.json", {"prepend_bos": "yes"}, "prepend_bos is 'yes', expected true or"),
    "a list for a name": (lens("standard"), "cfg.json", {"model_name": ["x"]}, r"model_name is \['x'\], expected text"),
    "a name for a layer": (
        dictionary_learning("AutoEncoder"),
        "config.json",
        {"trainer": {"dict_class": "AutoEncoder", "layer": "L7", "submodule_name": "resid_post"}},
        "layer is 'L7', expected a whole number",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_a_value_of_another_type_is_told_in_words(name: str, tmp_path: Path) -> None:
    write, file, changes, says = ODD[name]
    case = write(tmp_path)
    path = next(one for one in detect(case.path).configs if one.name == file)
    put(path, {**json.loads(path.read_text()), **changes})
    with pytest.raises(Invalid, match=rf"What stands beside .* cannot be understood as .*{says}"):
        read_spec(case.path)


def test_a_size_of_another_type_is_told_as_it_stands(tmp_path: Path) -> None:
    with pytest.raises(Incompatible, match=rf"says d_in='{D}'; the tensors of .* have {D}\."):
        read_spec(lens("standard", d_in=str(D))(tmp_path).path)


@pytest.mark.parametrize("k", [float("nan"), float("inf"), True, -3, "many"])
def test_a_k_that_is_no_count_is_told_as_it_stands(k: object, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=f"says k={k!r}; expected a count from 1 on"):
        read_spec(lens("topk", k=k)(tmp_path).path)


HALF = "\ud800"
"""Of a character: JSON, YAML and pickles can spell it, UTF-8 cannot."""

HALVES: dict[str, tuple[Write, Callable[[Path], None]]] = {
    "a name in JSON": (lens("standard", model_name=HALF), lambda _path: None),
    "a value that is refused for itself": (lens("standard", context_size=HALF), lambda _path: None),
    "a key in JSON": (lens("standard", **{HALF: 1}), lambda _path: None),
    "YAML": (published_temporal(), lambda path: _add(path.parent / "conf.yaml", 'odd: "\\uD800"\n')),
    "a pickle": (dictionary_learning("AutoEncoder"), lambda path: _add_half(path)),
}


def _add(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


def _add_half(file: Path) -> None:
    torch.save({**torch.load(file), HALF: torch.zeros(1)}, file)


@pytest.mark.parametrize("name", HALVES)
def test_half_a_character_is_refused_in_words_that_can_be_written(name: str, tmp_path: Path) -> None:
    write, change = HALVES[name]
    case = write(tmp_path)
    change(detect(case.path).weights)
    with pytest.raises(Invalid, match=r"it holds half of a character \(U\+D800\), expected valid Unicode") as refused:
        read_spec(case.path)
    assert refused.value.error.encode()


def test_values_without_end_are_told_in_words(tmp_path: Path) -> None:
    case = lens("standard")(tmp_path)
    (case.path / "cfg.json").write_text('{"metadata": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(Invalid, match="cannot be read as JSON"):
        read_spec(case.path)


@pytest.mark.parametrize("activation", ["foo", "relu", ["topk"], None])
def test_an_activation_that_sparsify_does_not_write_is_refused(activation: object, tmp_path: Path) -> None:
    case = sparsify()(tmp_path)
    config = json.loads((case.path / "cfg.json").read_text())
    put(case.path / "cfg.json", {**config, "activation": activation})
    with pytest.raises(Unsupported, match=r"activation .* is not read; expected topk or groupmax"):
        read_spec(case.path)
    del config["activation"]
    put(case.path / "cfg.json", config)
    assert read_spec(case.path).architecture == TopK(k=K)


Json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**400) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["in", "k", "x"]), inner, max_size=2),
    max_leaves=4,
)


def places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Of everything in a JSON value, itself included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, one in inner for place in places(one, (*at, key)))]


def with_value(whole: Any, place: tuple[str | int, ...], value: object) -> Any:
    if not place:
        return value
    keys = range(len(whole)) if isinstance(whole, list) else whole.keys()
    changed = {key: with_value(whole[key], place[1:], value) if key == place[0] else whole[key] for key in keys}
    return list(changed.values()) if isinstance(whole, list) else changed


ALONE = ("Gemma Scope", "Goodfire", "OpenAI ", "bare ")
CONFIGURED = [name for name in CASES if not (name.startswith(ALONE) or name.endswith("alone")) or "Scope 2" in name]


@pytest.mark.parametrize("name", CONFIGURED)
def test_whatever_a_configuration_says_it_is_read_or_refused_in_words(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    case = CASES[name].write(tmp_path_factory.mktemp("it"))
    configs = [(path, yaml.safe_load(path.read_text())) for path in detect(case.path).configs]
    spots = [(path, config, place) for path, config in configs for place in places(config)]

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(st.sampled_from(spots), Json)
    def check(spot: tuple[Path, Any, tuple[str | int, ...]], value: object) -> None:
        path, config, place = spot
        path.write_text(json.dumps(with_value(config, place, value)))
        with suppress(Invalid, Unsupported):
            read_sae(case.path)
        path.write_text(json.dumps(config))

    check()
