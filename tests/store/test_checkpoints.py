"""SAEs written as SAELens' folders and read back; what is refused, and in which words."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from microscope.core.saes.base import Architecture, Normalize, Sae, Spec
from microscope.core.saes.batch_topk import BatchTopK
from microscope.core.saes.gated import Gated
from microscope.core.saes.groupmax import GroupMax
from microscope.core.saes.jumprelu import JumpRelu
from microscope.core.saes.matching_pursuit import MatchingPursuit
from microscope.core.saes.relu import Relu
from microscope.core.saes.temporal import Temporal
from microscope.core.saes.topk import TopK
from microscope.errors import Invalid, NotFound, Unsupported
from microscope.store.checkpoints import (
    detect,
    read_metrics,
    read_sae,
    read_spec,
    resolve,
    sha256,
    write_metrics,
    write_sae,
)

D, F, K = 12, 40, 5

TRAINED = (Relu(), TopK(k=K), TopK(k=K, rescale_acts_by_decoder_norm=True), BatchTopK(k=K), JumpRelu(), Gated())


def make(architecture: Architecture, seed: int = 0, **spec: Any) -> Sae:
    """Random tensors of the names and shapes that this architecture has."""
    draw = torch.Generator().manual_seed(seed)
    sizes: dict[str, tuple[int, ...]] = {"W_enc": (D, F), "W_dec": (F, D), "b_dec": (D,)}
    names = ("b_gate", "b_mag", "r_mag") if isinstance(architecture, Gated) else ("b_enc",)
    sizes |= dict.fromkeys(names, (F,))
    weights = {name: torch.randn(size, generator=draw) * 0.3 for name, size in sizes.items()}
    if isinstance(architecture, JumpRelu):
        weights["threshold"] = torch.rand(F, generator=draw) * 0.5
    if isinstance(architecture, BatchTopK):
        weights["threshold"] = torch.tensor(0.37)
    return Sae(Spec(architecture=architecture, d_in=D, d_sae=F, d_out=D, **spec), weights)


def rows(n: int = 64, seed: int = 1) -> Tensor:
    return torch.randn(n, D, generator=torch.Generator().manual_seed(seed))


def saelens_forward(folder: Path, x: Tensor) -> tuple[Tensor, Tensor]:
    """SAELens' own rule, from the files alone: activations and reconstruction."""
    config: dict[str, Any] = json.loads((folder / "cfg.json").read_text())
    w = load_file(folder / "sae_weights.safetensors")
    mean, std, coefficient = 0.0, 1.0, 1.0
    if config["normalize_activations"] == "layer_norm":
        mean = x.mean(-1, keepdim=True)
        x = x - mean
        std = x.std(-1, keepdim=True)
        x = x / (std + 1e-5)
    elif config["normalize_activations"] == "constant_norm_rescale":
        coefficient = config["d_in"] ** 0.5 / x.norm(dim=-1, keepdim=True)
        x = x * coefficient
    sae_in = x - w["b_dec"] * config["apply_b_dec_to_input"]
    match config["architecture"]:
        case "standard":
            acts = torch.relu(sae_in @ w["W_enc"] + w["b_enc"])
        case "topk":
            pre = sae_in @ w["W_enc"] + w["b_enc"]
            if config["rescale_acts_by_decoder_norm"]:
                pre = pre * w["W_dec"].norm(dim=-1)
            top = pre.topk(config["k"], dim=-1)
            acts = torch.zeros_like(pre).scatter_(-1, top.indices, top.values.relu())
        case "jumprelu":
            pre = sae_in @ w["W_enc"] + w["b_enc"]
            acts = torch.relu(pre) * (pre > w["threshold"])
        case _:
            gate = (sae_in @ w["W_enc"] + w["b_gate"] > 0).float()
            acts = gate * torch.relu(sae_in @ (w["W_enc"] * w["r_mag"].exp()) + w["b_mag"])
    weighed = acts
    if config.get("rescale_acts_by_decoder_norm"):
        weighed = acts * (1 / w["W_dec"].norm(dim=-1))
    out = weighed @ w["W_dec"] + w["b_dec"]
    return acts, out / coefficient if config["normalize_activations"] == "constant_norm_rescale" else out * std + mean


@pytest.mark.parametrize("architecture", TRAINED, ids=lambda one: one.kind)
@pytest.mark.parametrize("normalize", ["none", "layer_norm", "constant_norm"])
def test_what_is_written_is_read_back_bit_for_bit(
    architecture: Architecture, normalize: Normalize, tmp_path: Path
) -> None:
    sae = make(
        architecture,
        normalize=normalize,
        site="L10.resid_post",
        model_name="specimen",
        weights_sha256="ab" * 32,
        prepend_bos=True,
        context_size=256,
        dataset="stories",
        training={"steps": 100, "lr": 1e-3, "seed": 7},
    )
    again = read_sae(write_sae(tmp_path / "sae_layer_10", sae))
    assert again.spec == sae.spec
    assert again.weights.keys() == sae.weights.keys()
    assert all(torch.equal(again.weights[name], value) for name, value in sae.weights.items())
    assert read_spec(tmp_path / "sae_layer_10") == sae.spec


@pytest.mark.parametrize("architecture", TRAINED, ids=lambda one: one.kind)
@pytest.mark.parametrize("normalize", ["none", "layer_norm", "constant_norm"])
def test_saelens_own_rule_gives_the_same_on_what_is_exported(
    architecture: Architecture, normalize: Normalize, tmp_path: Path
) -> None:
    sae, x = make(architecture, normalize=normalize), rows()
    acts, out = saelens_forward(write_sae(tmp_path / "sae", sae), x)
    # Products taken in another order differ in the last bits: a gated SAE's magnitudes, a rescaled TopK's decoder, a
    # division by the norm.
    reordered = isinstance(architecture, Gated) or getattr(architecture, "rescale_acts_by_decoder_norm", False)
    exact = not reordered and normalize != "constant_norm"
    assert (sae.encode(x) - acts).abs().max() <= (0 if exact else 2e-6)
    assert (sae.reconstruct(x) - out).abs().max() <= (0 if exact else 2e-6)
    assert (acts != 0).any()


def test_the_scale_of_inputs_is_folded_into_all_that_it_touches(tmp_path: Path) -> None:
    sae, x = make(JumpRelu(), normalize="scale", scale=0.13), rows() * 10
    acts, out = saelens_forward(write_sae(tmp_path / "sae", sae), x)
    assert (sae.encode(x) - acts).abs().max() < 2e-6
    assert (sae.reconstruct(x) - out).abs().max() < 2e-5
    again = read_sae(tmp_path / "sae")
    assert again.spec.normalize == "none"
    assert again.spec.training == {"normalize": "scale", "scale": 0.13}
    assert (again.reconstruct(x) - sae.reconstruct(x)).abs().max() < 2e-5


@pytest.mark.parametrize(
    ("site", "hook", "head", "reshape"),
    [
        ("blocks.3.attn.hook_z", "blocks.3.attn.hook_z", None, "hook_z"),
        ("blocks.3.attn.hook_z head 5", "blocks.3.attn.hook_z", 5, "none"),
        ("L3.attn_out", "blocks.3.hook_attn_out", None, "none"),
    ],
)
def test_heads_that_are_read_as_one_vector_are_reshaped_by_whoever_reads_the_export(
    site: str, hook: str, head: int | None, reshape: str, tmp_path: Path
) -> None:
    folder = write_sae(tmp_path / "sae", make(Relu(), site=site))
    config = json.loads((folder / "cfg.json").read_text())
    assert config["reshape_activations"] == reshape
    assert (config["metadata"]["hook_name"], config["metadata"].get("hook_head_index")) == (hook, head)
    assert read_spec(folder).site == site
    del config["metadata"]["microscope"]
    (folder / "cfg.json").write_text(json.dumps(config))
    assert read_spec(folder).site == site


def test_half_precision_keeps_what_sixteen_bits_hold(tmp_path: Path) -> None:
    sae = make(TopK(k=K))
    again = read_sae(write_sae(tmp_path / "sae", sae, dtype="float16"))
    assert torch.equal(again.weights["W_enc"], sae.weights["W_enc"].half().float())
    sae.weights["W_dec"][0, 0] = 1e5
    with pytest.raises(Invalid, match="float16 cannot hold"):
        write_sae(tmp_path / "other", sae, dtype="float16")
    assert not (tmp_path / "other").exists()


def test_a_matching_pursuit_goes_out_as_the_one_matrix_that_it_is(tmp_path: Path) -> None:
    rule = MatchingPursuit(residual_threshold=0.3, max_iterations=4, stop_on_duplicate_support=False)
    plain = make(rule, normalize="layer_norm", site="L3.mlp_out")
    w_dec, b_dec = plain.weights["W_dec"], plain.weights["b_dec"]
    sae = Sae(plain.spec, {"W_enc": w_dec.T, "W_dec": w_dec, "b_dec": b_dec})
    folder = write_sae(tmp_path / "sae", sae)
    assert load_file(folder / "sae_weights.safetensors").keys() == {"W_dec", "b_dec"}
    config = json.loads((folder / "cfg.json").read_text())
    assert config["architecture"] == "matching_pursuit"
    assert {name: config[name] for name in ("residual_threshold", "max_iterations", "stop_on_duplicate_support")} == {
        "residual_threshold": 0.3,
        "max_iterations": 4,
        "stop_on_duplicate_support": False,
    }
    again = read_sae(folder)
    assert again.spec == sae.spec
    assert all(torch.equal(again.weights[name], value) for name, value in sae.weights.items())
    scaled = Sae(sae.spec.model_copy(update={"normalize": "scale", "scale": 0.5}), sae.weights)
    with pytest.raises(Unsupported, match=r"multiplied by 0\.5, which cannot be folded"):
        write_sae(tmp_path / "other", scaled)


@pytest.mark.parametrize("tied", [True, False])
def test_a_temporal_one_goes_out_with_its_scale_beside_its_tensors(tied: bool, tmp_path: Path) -> None:
    rule = Temporal(n_heads=2, bottleneck_factor=4, kval_topk=K, tied_weights=tied)
    plain = make(rule, normalize="scale", scale=0.125, site="L3.mlp_out")
    own = {name: torch.randn(shape) for name, shape in rule.own_shapes(F).items()}
    shared = {name: plain.weights[name] for name in ("W_enc", "W_dec", "b_dec")} | own
    sae = Sae(plain.spec, shared | ({"W_enc": shared["W_dec"].T} if tied else {}))
    folder = write_sae(tmp_path / "sae", sae)
    config = json.loads((folder / "cfg.json").read_text())
    assert (config["architecture"], config["tied_weights"], config["kval_topk"]) == ("temporal", tied, K)
    assert config["normalize_activations"] == "constant_scalar_rescale"
    assert config["activation_normalization_factor"] == 0.125
    assert ("W_enc" in load_file(folder / "sae_weights.safetensors")) is not tied
    again, x = read_sae(folder), rows()
    assert again.spec == sae.spec
    assert again.weights.keys() == sae.weights.keys()
    assert all(torch.equal(again.weights[name], value) for name, value in sae.weights.items())
    assert torch.equal(again.reconstruct(x, (len(x),)), sae.reconstruct(x, (len(x),)))


def test_what_saelens_has_no_word_for_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="groupmax"):
        write_sae(tmp_path / "sae", make(GroupMax(k=K)))
    with pytest.raises(Unsupported, match="transcoder"):
        write_sae(tmp_path / "sae", make(TopK(k=K), site="L0.resid_mid", site_out="L0.mlp_out"))
    assert list(tmp_path.iterdir()) == []


def test_a_new_one_takes_the_place_of_the_old_and_leaves_strangers_alone(tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "sae", make(Relu()), metrics={"fvu": 0.5})
    (folder / "notes.txt").write_text("mine")
    write_sae(folder, make(Gated(), seed=3))
    assert sorted(file.name for file in folder.iterdir()) == ["cfg.json", "notes.txt", "sae_weights.safetensors"]
    assert isinstance(read_sae(folder).spec.architecture, Gated)
    assert read_metrics(folder).own == {}
    assert [child.name for child in tmp_path.iterdir()] == ["sae"]


def test_metrics_travel_with_it(tmp_path: Path) -> None:
    write_sae(tmp_path / "sae", make(Relu()), metrics={"fvu": 0.12, "l0": 30})
    assert read_metrics(tmp_path / "sae") == ({"fvu": 0.12, "l0": 30}, "")


def test_metrics_are_of_the_weights_that_they_name(tmp_path: Path) -> None:
    one, other = (write_sae(tmp_path / str(seed), make(Relu(), seed=seed), metrics={"fvu": seed}) for seed in (1, 2))
    shutil.copy(one / "metrics.json", other)
    own, says = read_metrics(other)
    assert own == {}
    assert sha256(one / "sae_weights.safetensors")[:12] in says
    assert "microscope eval --keep" in says
    write_metrics(other, {"fvu": 0.5}, sha256(other / "sae_weights.safetensors"))
    assert read_metrics(other) == ({"fvu": 0.5}, "")
    (other / "metrics.json").write_text('{"fvu": 0.25}')  # As they were written before they named any.
    assert read_metrics(other) == ({"fvu": 0.25}, "")


def test_metrics_with_half_a_character_are_refused_in_words(tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "sae", make(Relu()))
    for content in ('{"\\ud800": 1}', '{"note": "\\ud800"}'):
        (folder / "metrics.json").write_text(content)
        with pytest.raises(Invalid, match=r"metrics\.json cannot be read: it holds half of a character \(U\+D800\)"):
            read_metrics(folder)


def test_a_layer_and_a_files_name_mean_the_folder_that_training_wrote(tmp_path: Path) -> None:
    for layer in (2, 10):
        write_sae(tmp_path / f"sae_layer_{layer}", make(Relu()))
    assert resolve(tmp_path, 10) == tmp_path / "sae_layer_10"
    assert resolve(tmp_path / "sae_layer_10.safetensors") == tmp_path / "sae_layer_10"
    assert resolve(tmp_path / "sae_layer_10", 10) == tmp_path / "sae_layer_10"
    with pytest.raises(NotFound, match=r"no SAEs of layer 1; it has sae_layer_10, sae_layer_2"):
        resolve(tmp_path, 1)
    with pytest.raises(NotFound, match="holds 2 SAEs") as several:
        resolve(tmp_path)
    assert f"{tmp_path / 'sae_layer_10'}, {tmp_path / 'sae_layer_2'}." in several.value.next
    with pytest.raises(NotFound, match="There is no"):
        resolve(tmp_path / "elsewhere", 1)


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_layer_means_a_part_of_it_where_that_is_all_there_is(tmp_path: Path) -> None:
    for name in ("layers.3.mlp", "layers.30", "layers.4"):
        write_sae(tmp_path / name, make(TopK(k=3)))
    assert resolve(tmp_path, 3) == tmp_path / "layers.3.mlp"
    write_sae(tmp_path / "layers.3.attn", make(TopK(k=3)))
    with pytest.raises(NotFound, match="2 SAEs of layer 3"):
        resolve(tmp_path, 3)


def test_a_folder_with_two_formats_is_refused_by_both_names(tmp_path: Path) -> None:
    write_sae(tmp_path / "sae", make(Relu()))
    save_file({"encoder.weight": torch.zeros(F, D), "W_dec": torch.zeros(F, D)}, tmp_path / "sae" / "sae.safetensors")
    with pytest.raises(Invalid, match=r"2 formats: sae\.safetensors \(sparsify\) and sae_weights\.safetensors \(SAEL"):
        detect(tmp_path / "sae")


def test_nothing_and_something_else_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no"):
        read_sae(tmp_path / "nothing")
    with pytest.raises(Invalid, match="no tensors, in none of the known layouts"):
        read_sae(tmp_path)
    save_file({"lm_head.weight": torch.zeros(2, 2)}, tmp_path / "model.safetensors")
    with pytest.raises(Invalid, match=r"holds model\.safetensors, in none of the known layouts"):
        read_sae(tmp_path)


@pytest.mark.parametrize("keep", [5, 60, 2000, -1])
def test_a_file_that_is_cut_short_is_refused(keep: int, tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "sae", make(Relu()))
    file = folder / "sae_weights.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(Invalid, match="cannot be read as safetensors"):
        read_sae(folder)


def test_a_damaged_configuration_is_refused(tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "sae", make(Relu()))
    (folder / "cfg.json").write_text('{"architecture": "stand')
    with pytest.raises(Invalid, match=r"cfg\.json cannot be read as JSON"):
        read_sae(folder)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "sae", make(Relu()))
    tensors = load_file(folder / "sae_weights.safetensors")
    tensors["b_enc"][3] = torch.nan
    save_file(tensors, folder / "sae_weights.safetensors")
    with pytest.raises(Invalid, match=r"b_enc .* not finite"):
        read_sae(folder)


def test_tensors_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "sae", make(Relu()))
    tensors = load_file(folder / "sae_weights.safetensors")
    save_file({**tensors, "b_enc": torch.zeros(F + 1)}, folder / "sae_weights.safetensors")
    with pytest.raises(Invalid, match=rf"b_enc .* is \({F + 1},\); expected \({F},\)"):
        read_sae(folder)
    del tensors["b_dec"]
    save_file(tensors, folder / "sae_weights.safetensors")
    with pytest.raises(Invalid, match="lacks the tensors b_dec"):
        read_sae(folder)


class Bomb:
    """Unpickled, it would leave a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.mark,)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_would_run_code_is_refused_and_nothing_runs(zipped: bool, tmp_path: Path) -> None:
    mark, file = tmp_path / "ran", tmp_path / "ae.pt"
    torch.save({"encoder.weight": torch.zeros(F, D), "x": Bomb(mark)}, file, _use_new_zipfile_serialization=zipped)
    with pytest.raises(Unsupported, match="would run code"):
        read_sae(file)
    file.write_bytes(pickle.dumps(Bomb(mark), protocol=2))
    with pytest.raises((Unsupported, Invalid)):
        read_sae(file)
    assert not mark.exists()


def test_a_pickle_of_more_entries_than_its_file_holds_is_refused_before_it_is_copied(tmp_path: Path) -> None:
    wide = torch.zeros(1).expand(10**6, 10**6)
    bias = torch.zeros(1).expand(10**6)
    tensors = {"encoder.weight": wide, "encoder.bias": bias, "decoder.weight": wide.T, "bias": bias}
    torch.save(tensors, tmp_path / "ae.pt")
    assert (tmp_path / "ae.pt").stat().st_size < 10_000
    for read in (read_spec, read_sae):
        with pytest.raises(Invalid, match=r"which is 4,000,000,000,000 bytes; the file holds 4\."):
            read(tmp_path)
    torch.save({**tensors, "encoder.weight": torch.zeros(3, 3, device="meta")}, tmp_path / "ae.pt")
    with pytest.raises(Invalid, match=r"encoder\.weight of .* has no entries; expected a dense tensor"):
        read_spec(tmp_path)
    torch.save({**tensors, "encoder.weight": torch.eye(3).to_sparse()}, tmp_path / "ae.pt")
    with pytest.raises(Invalid, match=r"has the layout torch\.sparse_coo; expected a dense tensor"):
        read_spec(tmp_path)


def test_a_pickle_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ae.pt").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises((Invalid, Unsupported), match=r"ae\.pt"):
        read_sae(tmp_path)
    torch.save([1, 2, 3], tmp_path / "ae.pt")
    with pytest.raises(Invalid, match="holds a list"):
        read_sae(tmp_path)
