"""A name becomes a model: find the files, check that they are whole and that they fit, read them, measure parity.

1. resolve      "specimen" → the bundled folder; a folder → itself; anything else → the hub (its cache first)
2. inspect      config understood? safetensors whole? tokenizer there?
3. estimate     weights + KV cache and residuals + headroom, against what is free: refused in words
4. read         with progress; merge the adapter of `specimen+trojan`; hash the weights; parity
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jinja2 import TemplateSyntaxError
from transformers import AutoConfig, AutoTokenizer
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import AutoModelForCausalLM
from transformers.utils import logging as hf_logging

from microscope.engine.adapter_merge import merge
from microscope.engine.adapters import Adapter, read_adapter
from microscope.engine.default_dtype import keep_to_threads
from microscope.engine.layouts import describe, n_ctx
from microscope.engine.memory import Need, estimate, free_bytes, gigabytes, pick_device
from microscope.engine.model import Model, Source
from microscope.engine.weights import (
    Progress,
    cached,
    parted,
    resolve,
    silent,
    stored,
    weight_files,
    weights_sha256,
    with_adapter,
)
from microscope.errors import Invalid, NoRoom, Unsupported

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_STORED = {"F64": torch.float64, "F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}
_AGAIN = "Download or copy the folder again."

keep_to_threads()  # Models are loaded while others are computed with.


class Found(NamedTuple):
    """A model that is whole, understood and fits; none of its weights are in memory yet."""

    name: str
    folder: Path
    commit: str
    """Of the hub; empty for a folder."""

    files: Sequence[Path]
    tokenizer: Any
    dtype: torch.dtype
    device: str
    need: Need
    adapter: Adapter | None = None
    """To be merged into the weights."""


class Sizes(NamedTuple):
    """What a configuration says of a model."""

    n_layers: int
    d_model: int
    n_ctx: int
    parallel: bool


def sizes(name: str, revision: str = "") -> Sizes | None:
    """Of a model on this machine, by its configuration alone; None where only the hub has it.

    Raises:
        NotFound, Invalid, Unsupported: as `find` says.
    """
    folder = cached(name, revision)
    if folder is None:
        return None
    config = _config(folder, name)
    text = config.get_text_config()
    return Sizes(text.num_hidden_layers, text.hidden_size, n_ctx(config), describe(config).parallel)


def unlimited(_: Need) -> None:
    """No limit but the device's."""


def load(
    name: str,
    *,
    dtype: str = "auto",
    device: str = "auto",
    revision: str = "",
    progress: Progress = silent,
    free: Callable[[str], int] = free_bytes,
) -> Model:
    """`find` a model and `read` it."""
    return read(find(name, dtype=dtype, device=device, revision=revision, progress=progress, free=free), progress)


def find(
    name: str,
    *,
    dtype: str = "auto",
    device: str = "auto",
    revision: str = "",
    progress: Progress = silent,
    free: Callable[[str], int] = free_bytes,
    limit: Callable[[Need], None] = unlimited,
) -> Found:
    """A model by bundled name, folder or hub id: everything that can be said about it before its weights are read.

    `specimen+trojan` is the model `specimen` with its adapter `trojan` merged into its weights; so is a folder's path
    behind the plus.

    Args:
        dtype: auto (as stored), float32, bfloat16 or float16.
        device: auto, cpu, cuda, cuda:1, mps; balanced spreads over several GPUs.
        revision: of a hub id: branch, tag or commit; "" is its main branch.
        progress: called from this thread and, while weights are read, from the loader's.
        free: bytes free on a device; the real figure by default.
        limit: raises NoRoom where the caller has less room for it.

    Raises:
        NotFound, Unavailable: no such model, adapter or revision, or no network to look for it.
        Invalid: files missing or cut short.
        Unsupported: an architecture that is not understood, pickled or quantised weights, no tokenizer, Python code
            that would have to be run.
        NoRoom: it would not fit; of a hub id this is said before its weights are downloaded.
    """
    progress("find", 0, 1)
    where = pick_device(device)

    def admit(folder: Path, dtypes: Mapping[str, int]) -> tuple[torch.dtype, Need]:
        """The dtype to load it in and what that takes, if it is understood and fits."""
        config = _config(folder, name)
        describe(config)
        _check_layers(config, sum(dtypes.values()), name)
        kind = _dtype(dtype, config, dtypes, where)
        need = estimate(config, _n_parameters(config, name), kind)
        limit(need)
        _check_room(name, need.total, free(where), kind, where)
        return kind, need

    folder, commit = resolve(name, progress, revision, admit)
    describe(_config(folder, name))
    files = weight_files(folder, name)
    kind, need = admit(folder, stored(files))
    tokenizer = _tokenizer(folder, name)
    adapter = parted(name)[1]
    merged = read_adapter(adapter, folder) if adapter else None
    progress("find", 1, 1)
    return Found(name, folder, commit, files, tokenizer, kind, where, need, merged)


def read(found: Found, progress: Progress = silent) -> Model:
    """Its weights into memory, their hash, and its parity.

    Raises:
        Invalid: tensors missing, or files that cannot be read.
        Incompatible, Unsupported: an adapter that does not fit, or cannot be merged.
        NoRoom: the device ran out of memory.
    """
    with _tensor_progress(progress):
        hf = _read(found.folder, found.name, found.dtype, found.device)
    digest = weights_sha256(found.files, progress)
    source = Source(found.name, found.commit, digest)
    if found.adapter is not None:
        merge(hf, found.adapter)
        both = with_adapter(digest, found.adapter.sha256)
        source = Source(found.name, found.commit, both, found.adapter.name, found.adapter.sha256)
    progress("check", 0, 1)
    model = Model(hf, found.tokenizer, source)
    progress("check", 1, 1)
    return model


def _check_room(name: str, needed: int, available: int, dtype: torch.dtype, device: str) -> None:
    if needed > available:
        kind = str(dtype).removeprefix("torch.")
        raise NoRoom(
            f"{name} needs {gigabytes(needed)} in {kind}, {gigabytes(available)} free on {device}.",
            next=_smaller(dtype),
        )


def _config(folder: Path, name: str) -> Any:
    try:
        content = json.loads((folder / "config.json").read_text())
    except (OSError, ValueError) as error:
        raise Invalid(f"config.json of {name} cannot be read: {error}.", next=_AGAIN) from error
    kind = content.get("model_type") if isinstance(content, dict) else None
    if not isinstance(kind, str):
        raise Invalid(f"config.json of {name} names no model_type.", next="Give the folder that save_pretrained wrote.")
    if kind not in CONFIG_MAPPING:
        if "auto_map" in content:
            raise _own_code(name, "architecture")
        raise Unsupported(f"transformers does not know the architecture {kind!r} of {name}.", next="Use another model.")
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # Whatever the configuration's code meets in a broken file.
        raise Invalid(f"config.json of {name} cannot be read: {error}.", next=_AGAIN) from error
    if quantised := getattr(config, "quantization_config", None):
        method = quantised.get("quant_method", "quantization_config") if isinstance(quantised, dict) else quantised
        raise Unsupported(
            f"The weights of {name} are quantised ({method}); quantised weights are not read.",
            next="Use the unquantised model that they were made from.",
        )
    return config


def _own_code(name: str, what: str) -> Unsupported:
    return Unsupported(
        f"The {what} of {name} is Python code that comes with its files (auto_map); it is not run.",
        next="Use a model that transformers itself knows.",
    )


def _check_layers(config: Any, n_stored: int, name: str) -> None:
    """No more layers than the numbers in the files could fill, or building even the empty ones would take for ever."""
    text = config.get_text_config()
    if n_stored and text.num_hidden_layers * text.hidden_size > n_stored:
        raise Invalid(
            f"config.json of {name} has {text.num_hidden_layers:,} layers of width {text.hidden_size:,}; "
            f"its weights are {n_stored:,} numbers.",
            next="Give the weights the config.json that they were saved with.",
        )


def _n_parameters(config: Any, name: str) -> int:
    """Of the model in memory, tied ones once; its files may hold masks and copies that are never loaded."""
    try:
        with torch.device("meta"):
            skeleton: Any = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except Exception as error:  # Whatever the model's code meets in sizes that do not go together.
        raise Invalid(f"config.json of {name} describes no model: {error}.", next=_AGAIN) from error
    return sum(parameter.numel() for parameter in skeleton.parameters())


def _tokenizer(folder: Path, name: str) -> Any:
    if not any(
        (folder / file).exists() for file in ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")
    ):
        raise Unsupported(
            f"{name} has no tokenizer (no tokenizer.json beside its weights).",
            next="Copy the tokenizer's files into the folder.",
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # Whatever the tokenizer's code meets in a broken file.
        if "trust_remote_code" in str(error):
            raise _own_code(name, "tokenizer") from error
        raise Invalid(f"The tokenizer of {name} cannot be read: {error}.", next=_AGAIN) from error
    _check_template(tokenizer, name)
    return tokenizer


def _check_template(tokenizer: Any, name: str) -> None:
    if not tokenizer.chat_template:
        return
    try:
        tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False)
    except TemplateSyntaxError as error:
        raise Invalid(
            f"The chat template of {name} is broken at line {error.lineno}: {error.message}.",
            next="Correct it, or take it out of the folder to read plain text.",
        ) from error
    except Exception:  # A template may refuse a lone turn; that is said when one is sent.
        return


def _dtype(dtype: str, config: Any, dtypes: Mapping[str, int], device: str) -> torch.dtype:
    """auto is the stored dtype, by the configuration or else of most weights.

    It is float32 for what is not computed in, as float64, and for float16 on a CPU, which lacks fast kernels for it.
    """
    if dtype == "auto":
        most = max(_STORED, key=lambda kind: dtypes.get(kind, 0))
        kind: torch.dtype = config.dtype or _STORED[most]
        slow = device == "cpu" and kind == torch.float16
        return kind if kind in DTYPES.values() and not slow else torch.float32
    if dtype not in DTYPES:
        raise Invalid(f"Unknown dtype {dtype!r}; expected auto, {', '.join(DTYPES)}.", next="Use --dtype auto.")
    return DTYPES[dtype]


def _smaller(dtype: torch.dtype) -> str:
    halve = "Load it with --dtype bfloat16, free memory" if dtype == torch.float32 else "Free memory"
    return f"{halve}, or use a smaller model or another device."


def _read(folder: Path, name: str, dtype: torch.dtype, device: str) -> Any:
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            trust_remote_code=False,
            dtype=dtype,
            device_map=device,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # The report names them, and they are refused below.
        )
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise NoRoom(f"{device} ran out of memory while {name} was read.", next=_smaller(dtype)) from error
        raise Invalid(f"The weights of {name} cannot be read: {error}.", next=_AGAIN) from error
    hf, report = loaded
    if report["missing_keys"]:
        # transformers would fill them with random numbers and go on.
        missing = ", ".join(sorted(report["missing_keys"])[:3])
        raise Invalid(f"{name} lacks {len(report['missing_keys'])} of its tensors: {missing}.", next=_AGAIN)
    for tensor, kept, expected in sorted(report["mismatched_keys"])[:1]:
        raise Invalid(
            f"{tensor} of {name} has the shape {tuple(kept)}; config.json asks for {tuple(expected)}.",
            next="Give the weights the config.json that they were saved with.",
        )
    text = hf.config.get_text_config()
    n_layers = text.num_hidden_layers
    for tensor in sorted(report["unexpected_keys"]):
        if (block := re.search(r"\.(\d+)\.", tensor)) and int(block[1]) >= n_layers:
            raise Invalid(
                f"config.json of {name} has {n_layers} layers; its weights have more, {tensor} for one.",
                next="Give the weights the config.json that they were saved with.",
            )
    # Who pads brings a mask along; by this id transformers would only warn, at every text that begins with it.
    text.pad_token_id = None
    hf.eval()
    hf.requires_grad_(False)
    return hf


_reading = threading.Lock()
"""transformers has one progress hook for the whole process."""


@contextmanager
def _tensor_progress(progress: Progress) -> Generator[None]:
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
