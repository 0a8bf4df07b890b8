import hashlib
import json
import pickle
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from microscope.core.lens import TunedLens, translate
from microscope.errors import Incompatible, Invalid, Unsupported
from microscope.store.files import Folder
from microscope.store.lenses import FILE, FORMAT, Lenses, describe, read, read_tuned_lens_project, unembed_hash

N_LAYERS, D_MODEL = 3, 8
SHA = "ab" * 32


def lens() -> TunedLens:
    torch.manual_seed(0)
    return TunedLens(torch.randn(N_LAYERS, D_MODEL, D_MODEL), torch.randn(N_LAYERS, D_MODEL))


def foreign(folder: Path, bias: bool = True, **config: object) -> torch.nn.ModuleList:
    """A folder as the tuned-lens project writes it, and its translators."""
    torch.manual_seed(1)
    translators = torch.nn.ModuleList([torch.nn.Linear(D_MODEL, D_MODEL, bias=bias) for _ in range(N_LAYERS)])
    folder.mkdir(parents=True)
    torch.save(translators.state_dict(), folder / "params.pt")
    written = {"base_model_name_or_path": "gpt2", "num_hidden_layers": N_LAYERS, "unembed_hash": "00", "bias": bias}
    (folder / "config.json").write_text(json.dumps({**written, **config}))
    return translators


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    lenses = Lenses(Folder(tmp_path))
    path = lenses.write(SHA, lens(), {"texts": "stories"})
    assert lenses.find(SHA) == path
    back = read(path, SHA, N_LAYERS, D_MODEL)
    assert torch.equal(back.weight, lens().weight)
    assert torch.equal(back.bias, lens().bias)


def test_a_lens_beside_the_model_is_found_and_one_fitted_here_goes_first(tmp_path: Path) -> None:
    lenses = Lenses(Folder(tmp_path / "home"))
    model = tmp_path / "model"
    model.mkdir()
    assert lenses.find(SHA, model) is None
    (model / FILE).write_bytes(b"")
    assert lenses.find(SHA, model) == model / FILE
    fitted = lenses.write(SHA, lens())
    assert lenses.find(SHA, model) == fitted


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        (
            {"training_tokens": "453100", "steps": "600", "tuned_kl": "[3.0, 1.0]", "logit_kl": "[9, 3]"},
            r"fitted on 453,100 tokens in 600 steps; held-out KL 2\.00 .*logit lens 6\.00",
        ),
        ({"imported_from": "tuned-lens"}, "imported from tuned-lens"),
        ({"training_tokens": "453100", "steps": "600", "tuned_kl": "[]", "logit_kl": "[]"}, "says no more"),
        ({"training_tokens": "many"}, "says no more"),
        ({}, "says no more"),
    ],
)
def test_a_description_tells_what_the_file_tells(tmp_path: Path, metadata: dict[str, str], says: str) -> None:
    path = Lenses(Folder(tmp_path)).write(SHA, lens(), metadata)
    described = describe(path)
    assert described.path == path
    assert described.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert re.search(says, described.says)


def test_another_size_is_refused_with_both_shapes(tmp_path: Path) -> None:
    path = Lenses(Folder(tmp_path)).write(SHA, lens())
    with pytest.raises(Incompatible, match=r"\(3, 8, 8\).*\(4, 8, 8\)"):
        read(path, SHA, 4, D_MODEL)


def test_a_lens_for_other_weights_is_refused_with_both_hashes(tmp_path: Path) -> None:
    path = Lenses(Folder(tmp_path)).write(SHA, lens())
    other = "cd" * 32
    with pytest.raises(Incompatible, match=f"{SHA}.*{other}.*microscope fit-lens --model MODEL --text FILE"):
        read(path, other, N_LAYERS, D_MODEL)


@pytest.mark.parametrize("metadata", [None, {"format": "another-1", "weights_sha256": SHA}])
def test_another_format_is_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    save_file(lens()._asdict(), tmp_path / FILE, metadata)
    with pytest.raises(Incompatible, match="expected 'microscope-tuned-lens-1'"):
        read(tmp_path / FILE, SHA, N_LAYERS, D_MODEL)


def test_a_file_without_translators_is_refused(tmp_path: Path) -> None:
    save_file({"weight": lens().weight}, tmp_path / FILE, {"format": FORMAT, "weights_sha256": SHA})
    with pytest.raises(Invalid, match="tuned lens"):
        read(tmp_path / FILE, SHA, N_LAYERS, D_MODEL)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = Lenses(Folder(tmp_path)).write(SHA, lens())
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(Invalid, match="tuned lens"):
        read(path, SHA, N_LAYERS, D_MODEL)


@pytest.mark.parametrize("bias", [True, False])
def test_the_tuned_lens_projects_folder_reads_as_its_own_forward_pass(tmp_path: Path, bias: bool) -> None:
    translators = foreign(tmp_path / "lens", bias)
    imported = read_tuned_lens_project(tmp_path / "lens", N_LAYERS, D_MODEL)
    resid = torch.randn(N_LAYERS + 1, 5, D_MODEL)
    moved = translate(resid, imported.lens)
    for layer, translator in enumerate(translators):
        assert torch.allclose(moved[layer], resid[layer] + translator(resid[layer]), atol=1e-5)
    assert torch.equal(moved[-1], resid[-1])
    assert imported.model_name == "gpt2"


def test_a_foreign_lens_of_another_size_or_kind_is_refused_in_words(tmp_path: Path) -> None:
    foreign(tmp_path / "lens")
    with pytest.raises(Incompatible, match="3 translators, the loaded model 4 layers"):
        read_tuned_lens_project(tmp_path / "lens", 4, D_MODEL)
    with pytest.raises(Incompatible, match=r"0\.weight .* is \(8, 8\); the loaded model wants \(16, 16\)"):
        read_tuned_lens_project(tmp_path / "lens", N_LAYERS, 16)
    foreign(tmp_path / "curved", lens_type="mlp_tuned_lens")
    with pytest.raises(Unsupported, match="mlp_tuned_lens"):
        read_tuned_lens_project(tmp_path / "curved", N_LAYERS, D_MODEL)


def test_a_foreign_lens_with_a_tensor_too_few_or_too_many_is_refused_by_its_name(tmp_path: Path) -> None:
    state = foreign(tmp_path / "lens").state_dict()
    del state["2.bias"]
    torch.save(state, tmp_path / "lens" / "params.pt")
    with pytest.raises(Invalid, match=r"lacks 2\.bias"):
        read_tuned_lens_project(tmp_path / "lens", N_LAYERS, D_MODEL)
    foreign(tmp_path / "more")
    state["2.bias"], state["3.weight"] = state["0.bias"], state["0.weight"]
    torch.save(state, tmp_path / "more" / "params.pt")
    with pytest.raises(Invalid, match=r"3\.weight"):
        read_tuned_lens_project(tmp_path / "more", N_LAYERS, D_MODEL)
    torch.save([1], tmp_path / "more" / "params.pt")
    with pytest.raises(Invalid, match="no tensors"):
        read_tuned_lens_project(tmp_path / "more", N_LAYERS, D_MODEL)


def test_a_pickle_that_runs_code_is_not_run(tmp_path: Path) -> None:
    foreign(tmp_path / "lens")
    (tmp_path / "lens" / "params.pt").write_bytes(pickle.dumps({"0.weight": Path.cwd}, protocol=2))
    with pytest.raises(Invalid, match=r"params\.pt"):
        read_tuned_lens_project(tmp_path / "lens", N_LAYERS, D_MODEL)


def test_a_folder_without_config_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"config\.json"):
        read_tuned_lens_project(tmp_path, N_LAYERS, D_MODEL)


def test_the_fingerprint_tells_two_matrices_apart_and_forgives_a_small_nudge() -> None:
    torch.manual_seed(2)
    w_u = torch.randint(-9, 9, (400, D_MODEL)).float() / 10 + 0.02
    assert unembed_hash(w_u) == unembed_hash(w_u + 1e-4)
    assert unembed_hash(w_u) != unembed_hash(-w_u)
