"""Tuned lenses on disk: our own safetensors, and the tuned-lens project's folders.

Ours is one file, `tuned_lens.safetensors`: `weight` (n_layers, d_model, d_model) and `bias` (n_layers, d_model), so
that the reading is h + W h + b and zero is the logit lens. Its metadata says its `format`, for which weights it was
fitted (`weights_sha256`), how, and the held-out divergence of every layer (`logit_kl`, `tuned_kl`, JSON). It is looked
for in `<home>/lenses/<first 16 digits of the weights' SHA-256>/` and then in the model's own folder; one for other
weights is refused.

Theirs is a folder with `params.pt` (`{i}.weight`, `{i}.bias`; read with weights_only, never unpickled) and
`config.json`. Their translator i reads `L{i}.resid_pre`, which is our row i.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from microscope.core.lens import TunedLens
from microscope.errors import Incompatible, Invalid, Unsupported
from microscope.store.files import Folder

FILE = "tuned_lens.safetensors"
FORMAT = "microscope-tuned-lens-1"
FIT = "microscope fit-lens --model MODEL --text FILE"

_AFFINE = "linear_tuned_lens"
_DOWNLOAD = "Download the folder again."
_OTHER_MODEL = "Load the model that it was fitted to: --model MODEL"


class Lenses:
    """The tuned lenses below a home folder, by the hash of the weights that they were fitted to."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def here(self, weights_sha256: str) -> Path:
        """Where `write` keeps the lens for these weights."""
        return self._folder.path(_name(weights_sha256))

    def find(self, weights_sha256: str, model_folder: Path | None = None) -> Path | None:
        """Where the lens for these weights would be: one fitted here, else what lies beside the model. `check` it."""
        here = self.here(weights_sha256)
        beside = model_folder / FILE if model_folder else None
        return here if here.is_file() else beside if beside and beside.is_file() else None

    def fitting(
        self, weights_sha256: str, n_layers: int, d_model: int, model_folder: Path | None = None
    ) -> Description | None:
        """The lens that these weights are read with; None where none is there that fits: `read` says what is wrong."""
        path = self.find(weights_sha256, model_folder)
        if path is None:
            return None
        try:
            check(path, weights_sha256, n_layers, d_model)
        except Invalid:
            return None
        return describe(path)

    def write(self, weights_sha256: str, lens: TunedLens, about: dict[str, str] | None = None) -> Path:
        """Keep a lens for these weights; one that was there is replaced.

        Args:
            about: further metadata, such as how it was fitted.
        """
        metadata = {**(about or {}), "format": FORMAT, "weights_sha256": weights_sha256}
        content = save({"weight": lens.weight.contiguous(), "bias": lens.bias.contiguous()}, metadata)
        return self._folder.write(_name(weights_sha256), content)


class Stamp(NamedTuple):
    """Tells a file from the one that takes its place."""

    path: Path
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        return cls(path, path.stat().st_mtime_ns)


class Description(NamedTuple):
    """Which lens it is, so that two under the name "tuned" are told apart."""

    path: Path
    sha256: str
    """Of the file."""

    says: str
    """How it was made and what it is worth, as far as its file says so."""


def describe(path: Path) -> Description:
    """
    Raises:
        Invalid: the file is no lens.
    """
    with _opened(path) as file:
        metadata: dict[str, str] = file.metadata() or {}
    return Description(path, _sha256(Stamp.of(path)), _says(metadata))


@lru_cache
def _sha256(file: Stamp) -> str:
    """Kept, since every description of a model asks for it: a large model's lens is gigabytes."""
    with file.path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _says(metadata: dict[str, str]) -> str:
    try:
        tokens, steps = int(metadata["training_tokens"]), int(metadata["steps"])
        tuned, logit = (fmean(json.loads(metadata[name])) for name in ("tuned_kl", "logit_kl"))
    except (KeyError, TypeError, ValueError):  # Another program's file, or an imported lens.
        source = metadata.get("imported_from")
        return f"imported from {source}" if source else "of which its file says no more"
    return (
        f"fitted on {tokens:,} tokens in {steps:,} steps; "
        f"held-out KL {tuned:.2f} nats per token (logit lens {logit:.2f}), mean over layers"
    )


def check(path: Path, weights_sha256: str, n_layers: int, d_model: int) -> None:
    """Whether this is a lens for these weights, from the file's header alone.

    Raises:
        Invalid: the file is no lens.
        Incompatible: a lens of another format, for other weights, or for a model of another size.
    """
    with _opened(path) as file:
        metadata: dict[str, str] = file.metadata() or {}
        shapes = tuple(tuple(file.get_slice(name).get_shape()) for name in ("weight", "bias"))
    if metadata.get("format") != FORMAT:
        raise Incompatible(
            f"{path} has the format {metadata.get('format')!r}; expected {FORMAT!r}.",
            next=f"Remove it, or fit one: {FIT}",
        )
    if metadata.get("weights_sha256") != weights_sha256:
        raise Incompatible(
            f"The lens in {path} was fitted to weights {metadata.get('weights_sha256')}; "
            f"the loaded model has weights {weights_sha256}.",
            next=f"Load the model that it was fitted to, or fit one to this model: {FIT}",
        )
    _check_shapes(path, shapes, n_layers, d_model)


def read(path: Path, weights_sha256: str, n_layers: int, d_model: int) -> TunedLens:
    """
    Raises:
        Invalid, Incompatible: as `check` says.
    """
    check(path, weights_sha256, n_layers, d_model)
    with _opened(path) as file:
        return TunedLens(file.get_tensor("weight"), file.get_tensor("bias"))


@contextmanager
def _opened(path: Path) -> Generator[safe_open]:
    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise Invalid(f"{path} cannot be read as a tuned lens: {error}.", next=f"Fit one: {FIT}") from error


class Import(NamedTuple):
    """A foreign lens, and what its own description says."""

    lens: TunedLens
    model_name: str
    """The model that it was fitted to."""

    unembed_hash: str
    """Of that model's W_U, by `unembed_hash`; empty where it was not recorded."""


def read_tuned_lens_project(folder: Path, n_layers: int, d_model: int) -> Import:
    """A folder as the tuned-lens project writes it.

    Raises:
        Invalid: files that are missing or are not what they should be.
        Incompatible: a lens for a model of another size.
        Unsupported: a lens that is not affine.
    """
    config = _config(folder)
    if config["num_hidden_layers"] != n_layers:
        raise Incompatible(
            f"The lens in {folder} has {config['num_hidden_layers']} translators, the loaded model {n_layers} layers.",
            next=_OTHER_MODEL,
        )
    if (kind := config.get("lens_type", _AFFINE)) != _AFFINE:
        raise Unsupported(f"The lens in {folder} is a {kind}; expected a {_AFFINE}.", next=f"Fit an affine one: {FIT}")
    shapes: dict[str, tuple[int, ...]] = {f"{index}.weight": (d_model, d_model) for index in range(n_layers)}
    if config.get("bias", True):
        shapes |= {f"{index}.bias": (d_model,) for index in range(n_layers)}
    state = _params(folder, shapes)
    weight = torch.stack([state[f"{index}.weight"] for index in range(n_layers)])
    zeros = torch.zeros(d_model, dtype=weight.dtype)
    bias = torch.stack([state.get(f"{index}.bias", zeros) for index in range(n_layers)])
    return Import(
        TunedLens(weight, bias), str(config.get("base_model_name_or_path", "")), str(config.get("unembed_hash") or "")
    )


def unembed_hash(w_u: Float[Tensor, "d_vocab d_model"]) -> str:
    """The tuned-lens project's fingerprint of W_U: SHA-256 of numpy's abbreviated print at one decimal."""
    printed = np.array_str(w_u.detach().cpu().float().numpy(), precision=1)
    return hashlib.sha256(printed.encode()).hexdigest()


def _name(weights_sha256: str) -> str:
    return f"lenses/{weights_sha256[:16]}/{FILE}"


def _check_shapes(path: Path, got: tuple[tuple[int, ...], ...], n_layers: int, d_model: int) -> None:
    expected = (n_layers, d_model, d_model), (n_layers, d_model)
    if got != expected:
        raise Incompatible(
            f"The lens in {path} has weight {got[0]} and bias {got[1]}; expected {expected[0]} and {expected[1]}.",
            next=f"Fit one for this model: {FIT}",
        )


def _params(folder: Path, shapes: dict[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """The tensors of params.pt, which are these and no others."""
    try:
        state = torch.load(folder / "params.pt", map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise Invalid(
            f"params.pt in {folder} cannot be read: {error}", next="Expected tensors only; download it again."
        ) from error
    if not isinstance(state, dict) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise Invalid(f"params.pt in {folder} holds no tensors by name.", next=_DOWNLOAD)
    if odd := sorted(state.keys() ^ shapes.keys()):
        says = "lacks" if odd[0] in shapes else "has, beside what was expected,"
        raise Invalid(
            f"params.pt in {folder} {says} {odd[0]}; its config.json promises {len(shapes)} tensors.", next=_DOWNLOAD
        )
    for name, shape in shapes.items():
        if tuple(state[name].shape) != shape:
            raise Incompatible(
                f"{name} of the lens in {folder} is {tuple(state[name].shape)}; the loaded model wants {shape}.",
                next=_OTHER_MODEL,
            )
    return state


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text())
        if not isinstance(config, dict) or not isinstance(config.get("num_hidden_layers"), int):
            raise ValueError("it names no num_hidden_layers")
    except (OSError, ValueError) as error:
        raise Invalid(
            f"config.json in {folder} cannot be read: {error}.",
            next="Expected a folder with params.pt and config.json, as the tuned-lens project writes it.",
        ) from error
    return config
