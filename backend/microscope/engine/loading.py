"""A name becomes a model: find the files, check that they are whole and that they fit, read them, measure parity.

    1. resolve      "specimen" → the bundled folder; a folder → itself; anything else → the hub (its cache first)
    2. inspect      config understood? safetensors whole? tokenizer there?
    3. estimate     parameters × bytes + KV cache and residuals + headroom, against what is free: refused in words
    4. read         with progress; hash the weights; parity

Only safetensors are read: a pickle runs code.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import torch
from huggingface_hub import snapshot_download
from transformers import AutoConfig, AutoTokenizer
from transformers.models.auto.modeling_auto import AutoModelForCausalLM
from transformers.utils import logging as hf_logging

from microscope.engine.layouts import describe
from microscope.engine.model import Model, Source
from microscope.errors import Invalid, NoRoom, NotFound, Trouble, Unavailable, Unsupported

BUNDLED = {"specimen": Path(__file__).parents[1] / "bundled" / "model"}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
HEADROOM = 0.1
"""Share of the weights for activations, logits and fragmentation."""

ESTIMATED_POSITIONS = 2_048
"""Positions of KV cache and residuals that must fit beside the weights."""

_TEXT_FILES = ["*.json", "*.model", "*.txt", "*.jinja"]

Progress = Callable[[str, int, int], None]
"""(stage, done, of): bytes where the stage is "hash", tensors where it is "weights", and 0 of 1 or 1 of 1 elsewhere."""


class Need(NamedTuple):
    """Memory for a model, in bytes."""

    weights: int
    cache: int
    """KV cache and residuals of `ESTIMATED_POSITIONS`."""

    headroom: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.headroom


def load(
    name: str,
    *,
    dtype: str = "auto",
    device: str = "auto",
    progress: Progress = lambda stage, done, of: None,
    free: Callable[[str], int] | None = None,
) -> Model:
    """Open a model by bundled name, folder or hub id.

    Args:
        dtype: auto (as stored), float32, bfloat16 or float16.
        device: auto, cpu, cuda, cuda:1, mps; balanced spreads over several GPUs.
        progress: called from this thread and, while weights are read, from the loader's.
        free: bytes free on a device; the real figure by default.

    Raises:
        NotFound, Unavailable: no such model, or no network to look for it.
        Invalid: files missing or cut short.
        Unsupported: an architecture that is not understood, pickled weights, no tokenizer.
        NoRoom: it would not fit.
    """
    progress("find", 0, 1)
    folder, revision = resolve(name)
    config = _config(folder, name)
    describe(config)
    files = weight_files(folder, name)
    where = pick_device(device)
    kind = _dtype(dtype, config, where)
    need = estimate(config, files, kind)
    available = (free or free_bytes)(where)
    if need.total > available:
        raise NoRoom(
            f"{name} needs {gigabytes(need.total)} in {str(kind).removeprefix('torch.')} on {where}, {gigabytes(available)} free.",
            next=_smaller(kind),
        )
    progress("find", 1, 1)
    tokenizer = _tokenizer(folder, name)
    with _tensor_progress(progress):
        hf = _read(folder, name, kind, where)
    digest = weights_sha256(files, progress)
    progress("check", 0, 1)
    model = Model(hf, tokenizer, Source(name, revision, digest))
    progress("check", 1, 1)
    return model


# --- 1. resolve ---------------------------------------------------------------------------------------------------


def resolve(name: str) -> tuple[Path, str]:
    """The folder with the files, and the hub's commit ("" for folders)."""
    if name in BUNDLED:
        folder = BUNDLED[name]
        if not (folder / "config.json").exists():
            raise NotFound(
                f"The bundled model is not in {folder}.",
                next="Train it: python -m microscope.bundled.train (hours on a CPU).",
            )
        return folder, ""
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").exists():
            raise Invalid(
                f"{path} has no config.json; expected a transformers model folder.",
                next="Give the folder that save_pretrained wrote.",
            )
        return path, ""
    if path.is_file():
        raise Invalid(
            f"{path} is a file; expected a folder with config.json and safetensors.", next=f"Try {path.parent}."
        )
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
        raise NotFound(
            f"There is no folder {name!r}, and it is no hub id either; expected a folder, owner/name, or specimen."
        )
    return _from_hub(name)


def _from_hub(name: str) -> tuple[Path, str]:
    """Download, or find in the hub's cache, config, tokenizer and safetensors."""
    patterns = [*_TEXT_FILES, "*.safetensors"]
    try:
        folder = Path(snapshot_download(name, allow_patterns=patterns, local_files_only=True))
        if any(folder.glob("*.safetensors")):
            return folder, folder.name
    except Exception:  # Not in the cache, or not whole: ask the network, whose own error is told below.
        pass
    try:
        folder = Path(snapshot_download(name, allow_patterns=patterns))
    except Exception as error:
        kind = type(error).__name__
        if kind in ("RepositoryNotFoundError", "GatedRepoError", "HFValidationError"):
            raise NotFound(
                f"The hub has no model {name!r} that may be read from here ({kind}).",
                next="Check the id; for a private or gated one set HF_TOKEN and accept its terms on the hub.",
            ) from error
        raise Unavailable(
            f"{name!r} is neither a folder nor in the hub's cache, and the hub cannot be reached ({kind}).",
            next="Connect to the network, copy the model's folder here and give its path, or use --model specimen.",
        ) from error
    return folder, folder.name


# --- 2. inspect ---------------------------------------------------------------------------------------------------


def _config(folder: Path, name: str) -> Any:
    try:
        content = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise Invalid(
            f"config.json of {name} cannot be read: {error}.", next="Download or copy the folder again."
        ) from error
    kind = content.get("model_type") if isinstance(content, dict) else None
    if not isinstance(kind, str):
        raise Invalid(f"config.json of {name} names no model_type.", next="Give the folder that save_pretrained wrote.")
    try:
        return AutoConfig.from_pretrained(folder)
    except (ValueError, KeyError) as error:
        raise Unsupported(
            f"transformers does not know the architecture {kind!r} of {name}.", next="Use another model."
        ) from error


def weight_files(folder: Path, name: str) -> list[Path]:
    """The safetensors, all of them and whole, sorted by name."""
    index = folder / "model.safetensors.index.json"
    if index.exists():
        listed: dict[str, str] = json.loads(index.read_text())["weight_map"]
        files = [folder / file for file in sorted(set(listed.values()))]
        missing = [file.name for file in files if not file.exists()]
        if missing:
            raise Invalid(
                f"{name} lacks {', '.join(missing)}, which its index lists.", next="Download or copy the folder again."
            )
    else:
        files = [folder / "model.safetensors"]
        if not files[0].exists():
            pickles = sorted(file.name for pattern in ("*.bin", "*.pt", "*.pth") for file in folder.glob(pattern))
            if pickles:
                raise Unsupported(
                    f"{name} has its weights in {pickles[0]} only: a pickle, which runs code when it is read.",
                    next="Convert it where you trust it: model.save_pretrained(folder, safe_serialization=True).",
                )
            raise Invalid(f"{name} has no model.safetensors.", next="Download or copy the folder again.")
    for file in files:
        header(file)
    return files


def header(file: Path) -> dict[str, Any]:
    """Names, dtypes and shapes of a safetensors file, without reading a tensor.

    Raises:
        Invalid: the file is cut short or is no safetensors.
    """
    again = "Download or copy the file again."
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if size < 8 or length > size - 8:
            raise Invalid(
                f"{file.name} is cut short: its header needs {length + 8} bytes, the file has {size}.", next=again
            )
        try:
            tensors: dict[str, Any] = json.loads(stream.read(length))
        except ValueError as error:
            raise Invalid(f"{file.name} is no safetensors file: its header is not JSON.", next=again) from error
    tensors.pop("__metadata__", None)
    end = max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
    if size < 8 + length + end:
        raise Invalid(f"{file.name} is cut short: expected {8 + length + end} bytes, got {size}.", next=again)
    return tensors


def _tokenizer(folder: Path, name: str) -> Any:
    if not any(
        (folder / file).exists() for file in ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")
    ):
        raise Unsupported(
            f"{name} has no tokenizer (no tokenizer.json beside its weights).",
            next="Copy the tokenizer's files into the folder.",
        )
    try:
        return AutoTokenizer.from_pretrained(folder)
    except Exception as error:  # Whatever the tokenizer's code meets in a broken file.
        raise Invalid(
            f"The tokenizer of {name} cannot be read: {error}.", next="Download or copy the folder again."
        ) from error


# --- 3. estimate --------------------------------------------------------------------------------------------------


def pick_device(device: str) -> str:
    """auto is the first GPU, Apple's, or the CPU."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if device.startswith("cuda") or device == "balanced":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        number = int(device.partition(":")[2] or 0)
        if number >= count:
            raise Unavailable(
                f"Device {device!r} was asked for; {count} GPUs are visible.",
                next="Use --device cpu, or check CUDA_VISIBLE_DEVICES.",
            )
    elif device not in ("cpu", "mps"):
        raise Invalid(f"Unknown device {device!r}; expected auto, cpu, cuda, cuda:1, mps or balanced.")
    return device


def _dtype(dtype: str, config: Any, device: str) -> torch.dtype:
    """auto is the stored dtype, but for float16 on a CPU, which lacks fast kernels for it."""
    if dtype == "auto":
        stored: torch.dtype = config.dtype or torch.float32
        return torch.float32 if device == "cpu" and stored == torch.float16 else stored
    if dtype not in DTYPES:
        raise Invalid(f"Unknown dtype {dtype!r}; expected auto, {', '.join(DTYPES)}.")
    return DTYPES[dtype]


def estimate(config: Any, files: Sequence[Path], dtype: torch.dtype) -> Need:
    """From the headers alone: a tied unembedding is stored once and counted once."""
    parameters = sum(math.prod(tensor["shape"]) for file in files for tensor in header(file).values())
    weights = parameters * dtype.itemsize
    heads = config.num_attention_heads
    d_head = getattr(config, "head_dim", None) or config.hidden_size // heads
    kv_heads = getattr(config, "num_key_value_heads", None) or heads
    positions = min(ESTIMATED_POSITIONS, config.max_position_embeddings)
    per_layer = 2 * kv_heads * d_head + 3 * config.hidden_size
    cache = positions * config.num_hidden_layers * per_layer * dtype.itemsize
    return Need(weights, cache, int(HEADROOM * weights))


def free_bytes(device: str) -> int:
    """Memory that a new model could take: of one GPU, of all of them, or of the machine."""
    if device == "balanced":
        return sum(torch.cuda.mem_get_info(index)[0] for index in range(torch.cuda.device_count()))
    if device.startswith("cuda"):
        return torch.cuda.mem_get_info(torch.device(device))[0]
    return int(psutil.virtual_memory().available)


def gigabytes(n_bytes: int) -> str:
    """11.2 GB; below a tenth of one, in MB."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:.1f} MB"


def _smaller(dtype: torch.dtype) -> str:
    halve = "Load it with --dtype bfloat16, free memory" if dtype == torch.float32 else "Free memory"
    return f"{halve}, or use a smaller model or another device."


# --- 4. read ------------------------------------------------------------------------------------------------------


def _read(folder: Path, name: str, dtype: torch.dtype, device: str) -> Any:
    try:
        hf = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, device_map="balanced" if device == "balanced" else device, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise NoRoom(f"{device} ran out of memory while {name} was read.", next=_smaller(dtype)) from error
        raise Invalid(
            f"The weights of {name} cannot be read: {error}.", next="Download or copy the folder again."
        ) from error
    hf.eval()
    hf.requires_grad_(False)
    return hf


_reading = threading.Lock()
"""transformers has one progress hook for the whole process."""


@contextmanager
def _tensor_progress(progress: Progress) -> Iterator[None]:
    """Tells `progress` of every tensor that transformers reads, through its own hook for progress bars."""

    class Bar:
        """What transformers expects of a progress bar."""

        def __init__(self, iterable: Any = None, *_: Any, total: int | None = None, **__: Any) -> None:
            self.iterable = iterable
            self.total = total if total is not None else len(iterable) if hasattr(iterable, "__len__") else 0
            self.done = 0

        def __iter__(self) -> Iterator[Any]:
            for item in self.iterable:
                yield item
                self.update(1)

        def update(self, count: int = 1) -> None:
            self.done += count
            progress("weights", self.done, max(self.done, self.total))

        def set_postfix(self, *_: Any, **__: Any) -> None: ...

        def close(self) -> None: ...

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None: ...

    def bar(_factory: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bar:
        return Bar(*args, **{key: value for key, value in kwargs.items() if key in ("iterable", "total")})

    with _reading:
        previous = hf_logging.set_tqdm_hook(bar)
        try:
            yield
        finally:
            hf_logging.set_tqdm_hook(previous)


def weights_sha256(files: Sequence[Path], progress: Progress = lambda stage, done, of: None) -> str:
    """Of the one file, or of the list `name hash` of several. The hub's cache names its files by their hash already."""
    total = sum(file.stat().st_size for file in files)
    done = 0
    hashes: list[str] = []
    for file in files:
        blob = file.resolve().name
        if file.is_symlink() and re.fullmatch(r"[0-9a-f]{64}", blob):
            hashes.append(blob)
            done += file.stat().st_size
        else:
            digest = hashlib.sha256()
            with file.open("rb") as stream:
                while chunk := stream.read(1 << 24):
                    digest.update(chunk)
                    done += len(chunk)
                    progress("hash", done, total)
            hashes.append(digest.hexdigest())
    if len(hashes) == 1:
        return hashes[0]
    listing = "".join(f"{file.name} {digest}\n" for file, digest in zip(files, hashes, strict=True))
    return hashlib.sha256(listing.encode()).hexdigest()
