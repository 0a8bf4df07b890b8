"""SAEs ⇄ files: any layout is read, told by what lies there; ours is SAELens' and is written.

    sae_checkpoints/sae_layer_10/cfg.json                  what it is; our own words under metadata.microscope
                                 sae_weights.safetensors   W_enc, b_enc, W_dec, b_dec and the architecture's own
                                 metrics.json              what it was measured to be worth, where it was

Knows files; knows no model and no device.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from pydantic import JsonValue
from safetensors.torch import save

from microscope.core.saes.base import Sae, Spec
from microscope.errors import Invalid, NoRoom, NotFound
from microscope.paths import expanded
from microscope.store.files import Folder
from microscope.store.sae_export import saelens_config, saelens_tensors
from microscope.store.sae_formats import FORMATS
from microscope.store.sae_formats.base import SUFFIXES, Found, check_shapes, opened
from microscope.store.sae_formats.saelens import CONFIG, WEIGHTS
from microscope.store.sae_formats.values import check_characters, understood
from microscope.store.staging import Staging

METRICS = "metrics.json"
OF = "sae_sha256"
"""In that file: the hash of the file of weights that was measured. Older ones lack it."""

SHOWN = 8
"""SAEs of a folder that an error lists by their paths."""

Dtype = Literal["float32", "float16"]

_EXTRAS = re.compile(
    r"sparsity|activations_store_state|trainer_state|state|optimizer(_\d+)?|lr_scheduler(_\d+)?|rank_\d+_state"
)
"""What trainers leave beside the weights."""

_KNOWN = (
    "SAELens, sparsify, dictionary_learning, Gemma Scope, Llama Scope, Goodfire, OpenAI, circuit-tracer, "
    "temporal features"
)


def detect(path: Path) -> Found:
    """Whose SAE lies here: a folder, or a file of tensors.

    Raises:
        NotFound: nothing is there.
        Invalid: no SAE, or several, or of several formats, or damaged.
        Unsupported: a pickle that wants to run code.
    """
    files = candidates(path)
    found = [one for file in files for one in _claimed(file)]
    if not found:
        there = ", ".join(file.name for file in files) or "no tensors"
        raise Invalid(
            f"{path} holds {there}, in none of the known layouts.",
            next=f"Give an SAE of one of these: {_KNOWN}.",
        )
    formats = sorted({one.format for one in found})
    if len(formats) > 1:
        lying = " and ".join(f"{one.weights.name} ({one.format})" for one in found)
        raise Invalid(f"{path} holds SAEs of {len(formats)} formats: {lying}.", next="Give the file that is meant.")
    if len(found) > 1:
        raise Invalid(
            f"{path} holds {len(found)} SAEs: {', '.join(one.weights.name for one in found)}.",
            next=f"Give the file that is meant, such as {found[0].weights}.",
        )
    return found[0]


def read_spec(path: Path, *, site: str = "") -> Spec:
    """What an SAE is, from headers and configuration: no tensors but the smallest are read.

    Args:
        site: what it reads, where its files do not say.

    Raises:
        NotFound, Invalid, Unsupported: as `read_sae` says.
    """
    return describe(detect(path), site=site)


def describe(found: Found, *, site: str = "") -> Spec:
    """As `read_spec`, of what was detected."""
    with opened(found.weights) as tensors, understood(found.weights, found.format):
        spec = FORMATS[found.format].spec(found, tensors)
    return spec if spec.site or not site else spec.model_copy(update={"site": site})


def read_sae(path: Path, *, site: str = "") -> Sae:
    """An SAE with its tensors on the CPU in float32.

    Args:
        path: a folder, or a file of tensors.
        site: what it reads, where its files do not say.

    Raises:
        NotFound: nothing is there.
        Invalid: no SAE, several, of several formats, damaged, or with numbers that are not finite.
        Incompatible: tensors whose shapes do not fit together.
        Unsupported: an architecture that is not read here, or a pickle that wants to run code.
    """
    found = detect(path)
    spec = describe(found, site=site)
    with opened(found.weights) as tensors, understood(found.weights, found.format):
        weights = FORMATS[found.format].weights(found, spec, tensors)
    check_shapes(found, spec, weights)
    return Sae(spec, weights)


def write_sae(
    folder: Path, sae: Sae, *, metrics: Mapping[str, JsonValue] | None = None, dtype: Dtype = "float32"
) -> Path:
    """Keep an SAE as a folder that SAELens reads, all of it or nothing; one that was there is replaced.

    A `scale` of the inputs is folded into the weights (W_enc · s, W_dec / s, b_dec / s), since the layout has no place
    for it; the rest of an equal SAE is read back bit for bit. Other files in the folder stay.

    Args:
        metrics: what it was measured to be worth.
        dtype: of the tensors in the file.

    Raises:
        Unsupported: SAELens has no architecture for it.
        Invalid: numbers that the dtype cannot hold.
        NoRoom: the disk is full.
    """
    content = sae_files(sae, metrics, dtype)
    try:
        staging = Staging(folder)
        try:
            _keep_others(folder, staging.path)
            for name, value in content.items():
                Folder(staging.path).write(name, value)
            staging.take_place()
        finally:
            staging.discard()
    except OSError as trouble:
        raise NoRoom(f"Could not write {folder}: {trouble.strerror}.", next="Choose another folder.") from trouble
    return folder


def sae_files(sae: Sae, metrics: Mapping[str, JsonValue] | None = None, dtype: Dtype = "float32") -> dict[str, bytes]:
    """The files of SAELens' layout by name, and what it was measured to be worth beside them.

    Raises:
        Unsupported, Invalid: as `write_sae` says.
    """
    kind = torch.float16 if dtype == "float16" else torch.float32
    tensors = {name: value.to(kind).contiguous() for name, value in saelens_tensors(sae).items()}
    for name, value in tensors.items():
        if not value.isfinite().all():
            raise Invalid(f"{name} has entries that {dtype} cannot hold.", next="Keep it in float32.")
    content = save(tensors)
    measured = {} if metrics is None else {METRICS: {**metrics, OF: hashlib.sha256(content).hexdigest()}}
    said = {CONFIG: saelens_config(sae, dtype), **measured}
    return {WEIGHTS: content, **{name: _written(value) for name, value in said.items()}}


def _written(value: Mapping[str, JsonValue]) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode()


def sha256(path: Path) -> str:
    """Of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


class Metrics(NamedTuple):
    """What an SAE was measured to be worth."""

    own: dict[str, JsonValue]
    """By name; empty where nobody measured these weights and wrote it down."""

    says: str = ""
    """Why there are none, though a file of them lies beside the SAE."""


def read_metrics(path: Path, hashed: Callable[[Path], str] = sha256) -> Metrics:
    """What is written beside an SAE: its own where the file names these weights, or, as older ones do, none.

    Args:
        hashed: the SHA-256 of a file of weights; asked for only where there is one to compare it with.
    """
    file = (path if path.is_dir() else path.parent) / METRICS
    try:
        value = json.loads(file.read_text())
        check_characters(value)
    except FileNotFoundError:
        return Metrics({})
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid(f"{file} cannot be read: {error}.", next="Evaluate the SAE again: microscope eval") from error
    own = value if isinstance(value, dict) else {}
    measured = own.pop(OF, None)
    if measured is None or measured == hashed(detect(path).weights):
        return Metrics(own)
    return Metrics(
        {}, f"Its {METRICS} is of other weights ({str(measured)[:12]}): measure these with microscope eval --keep."
    )


def write_metrics(folder: Path, metrics: Mapping[str, JsonValue], measured: str) -> Path:
    """Keep, beside an SAE, what it was measured to be worth; what stood there is replaced.

    Args:
        measured: SHA-256 of the file of weights, as it was when they were read.
    """
    return Folder(folder).write(METRICS, _written({**metrics, OF: measured}))


def resolve(path: Path, layer: int | None = None) -> Path:
    """Which SAE a path means: itself, the one of a layer in a folder of several, or the folder of a file's name.

    `sae_checkpoints/` with layer 10, and `sae_checkpoints/sae_layer_10.safetensors`, are both
    `sae_checkpoints/sae_layer_10`, which training wrote.

    Raises:
        NotFound: there is none; says what there is.
    """
    path = expanded(path)
    if path.is_file():
        return path
    if path.is_dir():
        return _inside(path, layer)
    if path.suffix in SUFFIXES and path.with_suffix("").is_dir():
        return path.with_suffix("")
    raise NotFound(f"There is no {path}.", next="Give the path of an SAE: a folder or a file. List: microscope saes")


def _inside(folder: Path, layer: int | None) -> Path:
    """An SAE among those that lie in a folder."""
    files = candidates(folder)
    if files and (layer is None or len(files) == 1):
        return folder
    there = files or sorted(child for child in folder.iterdir() if child.is_dir() and candidates(child))
    if layer is not None:
        names = (f"sae_layer_{layer}", f"layers.{layer}", f"layer_{layer}")
        mine = [child for child in there if child.name.removesuffix(".safetensors") in names]
        # Where none is of the block's output: one of its parts, such as `layers.3.mlp`, `sae_layer_3_mlp_out`.
        parts = tuple(f"{name}{mark}" for name in names for mark in "._")
        mine = mine or [child for child in there if child.name.startswith(parts) and child.is_dir()]
    else:
        mine = there
    if len(mine) == 1:
        return mine[0]
    wanted = "" if layer is None else f" of layer {layer}"
    shown = ", ".join(child.name for child in there) or "none"
    raise NotFound(
        f"{folder} holds {'no' if not mine else len(mine)} SAE{'' if len(mine) == 1 else 's'}{wanted}; it has {shown}.",
        next=_one_of(mine or there),
    )


def _one_of(there: list[Path]) -> str:
    """What to write instead of the folder."""
    if not there:
        return "Give the folder of one SAE."
    more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
    return f"Give one of them, or its layer: {', '.join(map(str, there[:SHOWN]))}{more}."


def candidates(path: Path) -> list[Path]:
    """Files that may hold an SAE's weights.

    Raises:
        NotFound: nothing is there.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotFound(f"There is no {path}.", next="Give the path of an SAE: a folder or a file.")
    files = [file for file in path.iterdir() if file.suffix in SUFFIXES and not _EXTRAS.fullmatch(file.stem)]
    if (path / "hyperparams.json").is_file() and (inner := path / "checkpoints" / "final.safetensors").is_file():
        files.append(inner)
    return sorted(file for file in files if file.is_file() and not file.name.startswith("."))


def _claimed(file: Path) -> list[Found]:
    claims: dict[str, tuple[Path, ...] | None] = {}
    with opened(file) as tensors:
        for name, one in FORMATS.items():
            with understood(file, name):
                claims[name] = one.claims(tensors)
    return [Found(name, file, configs) for name, configs in claims.items() if configs is not None]


def _keep_others(folder: Path, staging: Path) -> None:
    """Copies of what lies in the old folder beside an SAE: it is whole until the new one has taken its place."""
    for file in folder.iterdir() if folder.exists() else ():
        if file.name not in (METRICS, CONFIG, WEIGHTS):
            copy = shutil.copytree if file.is_dir() else shutil.copy2
            copy(file, staging / file.name)
