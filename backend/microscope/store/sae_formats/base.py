"""What every layout of sparse autoencoders is asked for: is this file yours, what is it, its tensors under our names.

A format sees a file through `Tensors`: names and shapes from the header, a tensor only when it is asked for, so that a
library of SAEs is listed without reading any. Pickles are read with `weights_only`, which runs nothing.
"""

from __future__ import annotations

import json
import math
import pickle
import warnings
import zipfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import yaml
from safetensors import SafetensorError, safe_open
from torch import Tensor

from microscope.core.saes.base import Architecture, Spec
from microscope.errors import Incompatible, Invalid, Unsupported
from microscope.store.sae_formats.values import AGAIN, Odd, check_characters, shown

PICKLES = (".pt", ".pth")
SUFFIXES = (".safetensors", ".npz", *PICKLES)

_DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


class Found(NamedTuple):
    """An SAE on disk."""

    format: str
    """Whose layout it has."""

    weights: Path
    configs: tuple[Path, ...] = ()
    """What stands beside the tensors and was read with them."""

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.weights, *self.configs)


class Tensors(NamedTuple):
    """A file of tensors, looked at by name."""

    path: Path
    shapes: Mapping[str, tuple[int, ...]]
    read: Callable[[str], Tensor]
    says: Mapping[str, Any]
    """What the file holds beside tensors: metadata, numbers, words."""

    dtypes: Mapping[str, str]
    """As torch names them."""

    def get(self, name: str) -> Tensor:
        """A tensor in float32.

        Raises:
            Invalid: there is none of that name.
        """
        self.need(name)
        return self.read(name).float()

    def need(self, *names: str) -> None:
        if missing := [name for name in names if name not in self.shapes]:
            raise Invalid(
                f"{self.path.name} lacks the tensors {', '.join(missing)}; it has {', '.join(self.shapes) or 'none'}.",
                next=AGAIN,
            )

    def size(self, name: str, axis: int) -> int:
        """
        Raises:
            Invalid: no such tensor, or it has too few axes.
        """
        self.need(name)
        shape = self.shapes[name]
        if axis >= len(shape):
            raise Invalid(f"{name} of {self.path.name} has the shape {shape}; expected a matrix.", next=AGAIN)
        return shape[axis]


class Format(NamedTuple):
    """One layout of files. Its functions raise Invalid or Unsupported in words."""

    name: str

    claims: Callable[[Tensors], tuple[Path, ...] | None]
    """The files beside the weights that belong to it, where the weights are of this format; else None."""

    spec: Callable[[Found, Tensors], Spec]
    """From headers, small tensors and configuration."""

    weights: Callable[[Found, Spec, Tensors], dict[str, Tensor]]
    """The tensors under our names, in our shapes, float32."""


@contextmanager
def opened(path: Path) -> Generator[Tensors]:
    """
    Raises:
        Invalid: cut short, or not what its name says.
        Unsupported: a pickle that wants to run code.
    """
    if path.suffix in (*PICKLES, ".bin"):  # One that is named itself: in a folder, many things end in .bin.
        yield _pickle(path)
    elif path.suffix == ".npz":
        with _npz(path) as tensors:
            yield tensors
    else:
        with _safetensors(path) as tensors:
            yield tensors


@contextmanager
def _safetensors(path: Path) -> Generator[Tensors]:
    try:
        file = safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise Invalid(f"{path} cannot be read as safetensors: {error}.", next=AGAIN) from error
    with file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        stored: dict[str, str] = {name: str(file.get_slice(name).get_dtype()) for name in shapes}
        dtypes = {name: _DTYPES.get(dtype, dtype) for name, dtype in stored.items()}
        yield Tensors(path, shapes, file.get_tensor, file.metadata() or {}, dtypes)


@contextmanager
def _npz(path: Path) -> Generator[Tensors]:
    try:
        with zipfile.ZipFile(path) as archive:
            heads = {name.removesuffix(".npy"): _npy_head(archive, name) for name in archive.namelist()}
        file = np.load(path, allow_pickle=False)
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise Invalid(f"{path} cannot be read as npz: {error}.", next=AGAIN) from error

    def read(name: str) -> Tensor:
        try:
            return torch.from_numpy(file[name])
        except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
            raise Invalid(f"{name} of {path} cannot be read: {error}.", next=AGAIN) from error

    shapes = {name: shape for name, (shape, _) in heads.items()}
    with file:
        yield Tensors(path, shapes, read, {}, {name: dtype for name, (_, dtype) in heads.items()})


def _npy_head(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], str]:
    """Shape and dtype."""
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = header(member)
    need, held = math.prod(shape) * dtype.itemsize, archive.getinfo(name).file_size
    if need > held and not dtype.hasobject:  # Objects are refused where they are read.
        raise Odd(f"{name} has the shape {shape}, which is {need:,} bytes; the file holds {held:,}")
    return shape, str(dtype)


def _pickle(path: Path) -> Tensors:
    """A torch file; mapped where it can be, so that its tensors are read as they are asked for."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of other pickle protocols; what comes of them is told below.
            held = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise Unsupported(
            f"{path} is a pickle that holds more than tensors, and reading it would run code.",
            next="Save its state_dict alone, as safetensors, where you trust it.",
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        raise Invalid(f"{path} cannot be read as a torch file: {error}.", next=AGAIN) from error
    if not isinstance(held, Mapping):
        raise Invalid(f"{path} holds a {type(held).__name__}; expected tensors by name.", next=AGAIN)
    # torch.compile puts a prefix before every name.
    named = {str(name).removeprefix("_orig_mod."): value for name, value in held.items()}
    tensors = {name: value for name, value in named.items() if isinstance(value, Tensor)}
    says = {name: value for name, value in named.items() if not isinstance(value, Tensor)}
    try:
        check_characters([*tensors, says])
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} cannot be read as a torch file: {error}.", next=AGAIN) from error
    for name, value in tensors.items():
        _check_stored(path, name, value)
    shapes = {name: tuple(value.shape) for name, value in tensors.items()}
    dtypes = {name: str(value.dtype).removeprefix("torch.") for name, value in tensors.items()}
    return Tensors(path, shapes, tensors.__getitem__, says, dtypes)


def _check_stored(path: Path, name: str, value: Tensor) -> None:
    """A view may name more entries than there are: a small file would fill the memory as soon as it is copied.

    Raises:
        Invalid: it does, or its entries do not lie one by one in the file.
    """
    if value.layout != torch.strided or value.device.type != "cpu":
        kind = "no entries" if value.device.type != "cpu" else f"the layout {value.layout}"
        raise Invalid(f"{name} of {path} has {kind}; expected a dense tensor.", next="Save it dense, on the CPU.")
    need, held = value.numel() * value.itemsize, value.untyped_storage().nbytes()
    if need > held:
        raise Invalid(
            f"{name} of {path} has the shape {tuple(value.shape)}, which is {need:,} bytes; the file holds {held:,}.",
            next="Save it whole: tensor.contiguous().",
        )


def stored_dtype(found: Found) -> str:
    """In which the matrices are stored, such as `float32`.

    Raises:
        Invalid, Unsupported: as `opened` says.
    """
    with opened(found.weights) as tensors:
        kinds = {tensors.dtypes[name] for name, shape in tensors.shapes.items() if len(shape) > 1}
    return ", ".join(sorted(kinds))


def read_json(path: Path) -> dict[str, Any]:
    """
    Raises:
        Invalid: no such file, or no JSON object.
    """
    try:
        value = json.loads(path.read_text())
        check_characters(value)
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid(f"{path} cannot be read as JSON: {error}.", next=AGAIN) from error
    if not isinstance(value, dict):
        raise Invalid(f"{path} holds no JSON object.", next=AGAIN)
    return value


def read_yaml(path: Path) -> dict[str, Any]:
    """Empty where it holds no mapping.

    Raises:
        Invalid: no such file, or no YAML.
    """
    try:
        value = yaml.safe_load(path.read_text())
        check_characters(value)
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise Invalid(f"{path} cannot be read as YAML: {error}.", next=AGAIN) from error
    return value if isinstance(value, dict) else {}


def beside(path: Path, *names: str) -> Path | None:
    """The first of these files that lies in the same folder."""
    return next((file for name in names if (file := path.parent / name).is_file()), None)


def make_spec(found: Found, architecture: Architecture, d_in: int, d_sae: int, d_out: int, **given: Any) -> Spec:
    """A spec of what was found; the trainer's own words go into `training`.

    Raises:
        Invalid: an architecture that cannot have so many features.
    """
    architecture.own_shapes(d_sae)
    sizes = {"d_in": d_in, "d_sae": d_sae, "d_out": d_out}
    return Spec.model_validate({"architecture": architecture, **sizes, "format": found.format, **given})


def plain(config: Mapping[str, Any], leave: Iterable[str] = ()) -> dict[str, Any]:
    """What of a configuration is worth keeping: numbers, words and short lists that are set."""
    kept = {name: value for name, value in config.items() if name not in frozenset(leave)}
    return {name: value for name, value in kept.items() if isinstance(value, (str, int, float, bool)) and value != ""}


def check_sizes(found: Found, config: Mapping[str, Any], tensors: Mapping[str, int]) -> None:
    """Whether a configuration is one of these tensors; a size that it leaves out is not missed.

    Args:
        tensors: sizes by the configuration's own names.

    Raises:
        Incompatible: it says another size.
    """
    for name, size in tensors.items():
        said = config.get(name)
        if said is not None and said != size:
            raise Incompatible(
                f"{found.configs[0]} says {name}={shown(said)}; the tensors of {found.weights.name} have {size}.",
                next=f"One of the two is another SAE's. {AGAIN}",
            )


def check_shapes(found: Found, spec: Spec, weights: Mapping[str, Tensor]) -> None:
    """
    Raises:
        Incompatible: tensors that do not fit together, or are not what the configuration says.
        Invalid: numbers that are not finite.
    """
    expected = {
        "W_enc": (spec.d_in, spec.d_sae),
        "W_dec": (spec.d_sae, spec.d_out),
        "b_enc": (spec.d_sae,),
        "b_dec": (spec.d_out,),
        "b_gate": (spec.d_sae,),
        "b_mag": (spec.d_sae,),
        "r_mag": (spec.d_sae,),
        "W_skip": (spec.d_out, spec.d_in),
        **spec.architecture.own_shapes(spec.d_sae),
    }
    for name, value in weights.items():
        shape = tuple(value.shape)
        if name in expected and shape != expected[name]:
            raise Incompatible(
                f"{name} of {found.weights} is {shape}; expected {expected[name]} by what stands beside it.", next=AGAIN
            )
        if name == "threshold" and shape not in ((), (spec.d_sae,)):
            raise Incompatible(f"threshold of {found.weights} is {shape}; expected ({spec.d_sae},).", next=AGAIN)
        if not value.isfinite().all():
            raise Invalid(
                f"{name} of {found.weights} has entries that are not finite: its training diverged, or it is damaged.",
                next="Train it again, or take an earlier checkpoint.",
            )
