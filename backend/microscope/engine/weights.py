"""Files of a model: where they are, whether they are whole, and the hash that results are stored under.

Only safetensors are read: a pickle runs code. Headers tell names, dtypes and shapes without reading a tensor.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, hf_hub_download, is_offline_mode, snapshot_download
from huggingface_hub import logging as hub_logging
from huggingface_hub.errors import NotASafetensorsRepoError
from tqdm.auto import tqdm

from microscope.errors import Invalid, NotFound, Trouble, Unavailable, Unsupported
from microscope.paths import expanded

BUNDLED = {"specimen": Path(__file__).parents[1] / "bundled" / "model"}

Progress = Callable[[str, int, int], None]
"""(stage, done, of): bytes of "download" and "hash", tensors of "weights"; "find" and "check" go from 0 to 1 of 1."""

_HUB_FILES = ["*.json", "*.model", "*.txt", "*.jinja", "model*.safetensors"]
_AGAIN = "Download or copy the folder again."
_CONVERT = (
    "Convert them where you trust them, with transformers: model.save_pretrained(folder, safe_serialization=True), "
    "tokenizer.save_pretrained(folder); then give that folder."
)


def silent(_stage: str, _done: int, _of: int) -> None:
    """Nobody watches."""


Admit = Callable[[Path, Mapping[str, int]], object]
"""(folder with config.json, `stored`): raises where the model could not be used, before its weights are fetched."""


def admit_all(_folder: Path, _stored: Mapping[str, int]) -> None:
    """Everything may be downloaded."""


def resolve(name: str, progress: Progress = silent, revision: str = "", admit: Admit = admit_all) -> tuple[Path, str]:
    """The folder with the files, and the hub's commit ("" for folders); of `specimen+trojan`, those of `specimen`.

    Args:
        revision: of a hub id: branch, tag or commit; "" is its main branch.
        admit: asked before weights are downloaded.
    """
    name = parted(name)[0]
    folder = local(name, revision)
    return _from_hub(name, progress, revision or None, admit) if folder is None else (folder, "")


def parted(name: str) -> tuple[str, str]:
    """`specimen+trojan` → (`specimen`, `trojan`), a model and an adapter to merge into it; without one, "".

    A folder whose name has a plus is taken as it stands.
    """
    with suppress(OSError, Invalid):  # No permission, what no path can be: `local` says so.
        if expanded(name).is_dir():
            return name, ""
    model, _, adapter = name.partition("+")
    return model, adapter


def with_adapter(weights_sha256: str, adapter_sha256: str) -> str:
    """What stands for the hash of weights into which an adapter has been merged."""
    return hashlib.sha256(f"{weights_sha256}+{adapter_sha256}".encode()).hexdigest()


def portable(name: str) -> str:
    """A model's name as other machines may know it: of a folder, without the path to it."""
    return Path(name).name if Path(name).is_absolute() else name


def local(name: str, revision: str = "") -> Path | None:
    """The folder of a bundled name or of a path; None for what only the hub can know. An adapter is left aside.

    Raises:
        NotFound: no such folder, and no hub id.
        Invalid: a path that holds no model, or a revision of a folder.
    """
    name = parted(name)[0]
    try:
        path = BUNDLED.get(name) or expanded(name)
        is_folder, is_file, is_model = path.is_dir(), path.is_file(), (path / "config.json").is_file()
    except OSError as error:  # No permission.
        raise Invalid(
            f"{name:.200} cannot be looked at: {error.strerror or error}.",
            next="Check the path and its permissions.",
        ) from error
    if revision and (is_folder or is_file):
        raise Invalid(
            f"{name} is a folder, which has no revision {revision!r}; only a hub id has revisions.",
            next="Leave the revision out, or give the hub id.",
        )
    if is_model:
        return path
    if name in BUNDLED:
        raise NotFound(
            f"The bundled model is not in {path}.",
            next="Train it: python -m microscope.bundled.train (hours on a CPU).",
        )
    if is_folder:
        raise Invalid(
            f"{path} has no config.json; expected a transformers model folder.",
            next="Give the folder that save_pretrained wrote.",
        )
    if is_file:
        raise Invalid(
            f"{path} is a file; expected a folder with config.json and safetensors.", next=f"Try {path.parent}."
        )
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
        raise NotFound(
            f"There is no folder {name!r}, and it is no hub id either; expected a folder, owner/name, or specimen.",
            next="Give the folder's full path, or an id as the hub writes it: Qwen/Qwen3-0.6B.",
        )
    return None


def cached(name: str, revision: str = "") -> Path | None:
    """The folder of a model that needs no download; None where only the hub has it whole.

    Raises:
        NotFound, Invalid: as `local` says.
    """
    return local(name, revision) or _in_cache(parted(name)[0], revision or None)


def _in_cache(name: str, revision: str | None) -> Path | None:
    with suppress(Exception):  # Not in the cache, or not whole.
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=_HUB_FILES, local_files_only=True))
        weight_files(folder, name)
        return folder
    return None


def _from_hub(name: str, progress: Progress, revision: str | None, admit: Admit) -> tuple[Path, str]:
    """Find config, tokenizer and safetensors in the hub's cache, or download them: the configuration first."""
    if found := _in_cache(name, revision):
        return found, found.name
    bar = _byte_bar(progress)
    hub_logging.set_verbosity_error()  # It would warn of every try; what came of them is told below.
    try:
        config = Path(hf_hub_download(name, "config.json", revision=revision))
        # Without safetensors there is nothing large to fetch, and what is missing is said when they are read.
        with suppress(NotASafetensorsRepoError):
            weights = HfApi().get_safetensors_metadata(name, revision=revision)
            admit(config.parent, {str(kind): count for kind, count in weights.parameter_count.items()})
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=_HUB_FILES, tqdm_class=bar))
    except Trouble:
        raise
    except Exception as error:
        kind = type(error).__name__
        if kind == "RevisionNotFoundError":
            raise NotFound(
                f"{name} has no revision {revision!r} on the hub.",
                next=f"Its branches, tags and commits: https://huggingface.co/{name}/commits/main",
            ) from error
        if kind == "RemoteEntryNotFoundError":
            raise Invalid(
                f"{name} has no config.json on the hub; expected a transformers model.", next="Use another model."
            ) from error
        if kind in ("RepositoryNotFoundError", "GatedRepoError", "HFValidationError"):
            raise NotFound(
                f"The hub has no model {name!r} that may be read from here ({kind}).",
                next="Check the id; for a private or gated one set HF_TOKEN and accept its terms on the hub.",
            ) from error
        asked = f"{name!r} at revision {revision!r}" if revision else repr(name)
        why = "HF_HUB_OFFLINE forbids to ask the hub" if is_offline_mode() else f"the hub cannot be reached ({kind})"
        raise Unavailable(
            f"{asked} is neither a folder nor in the hub's cache, and {why}.",
            next="Connect to the network, copy the model's folder here and give its path, or use --model specimen.",
        ) from error
    return folder, folder.name


def _byte_bar(progress: Progress) -> type:
    """A progress bar that shows nothing and tells `progress` of the bytes written."""

    class Bar(tqdm):  # pyright: ignore[reportMissingTypeArgument] - subscriptable in its stubs only
        def display(self, msg: str | None = None, pos: int | None = None) -> None: ...

        def update(self, n: float | None = 1) -> bool | None:
            shown = super().update(n)
            # The hub's library has a bar for files, one for bytes received and one for bytes written.
            if self.unit == "B" and (self.desc or "").startswith("Reconstruct"):
                progress("download", int(self.n), int(max(self.n, self.total or 0)))
            return shown

    return Bar


def weight_files(folder: Path, name: str) -> list[Path]:
    """The safetensors, all of them and whole, sorted by name."""
    index = folder / "model.safetensors.index.json"
    if index.exists():
        listed: dict[str, str] = json.loads(index.read_text())["weight_map"]
        files = [folder / file for file in sorted(set(listed.values()))]
        missing = [file.name for file in files if not file.exists()]
        if missing:
            raise Invalid(f"{name} lacks {', '.join(missing)}, which its index lists.", next=_AGAIN)
    else:
        files = [folder / "model.safetensors"]
        if not files[0].exists():
            pickles = sorted(file.name for pattern in ("*.bin", "*.pt", "*.pth") for file in folder.glob(pattern))
            if pickles:
                raise Unsupported(
                    f"{name} has its weights in {pickles[0]} only: a pickle, which runs code when it is read.",
                    next=_CONVERT,
                )
            raise Invalid(f"{name} has no model.safetensors; weights in other formats are not read.", next=_CONVERT)
    for file in files:
        header(file)
    return files


def header(file: Path) -> dict[str, Any]:
    """Names, dtypes and shapes of a safetensors file, without reading a tensor.

    Raises:
        Invalid: the file is cut short or is no safetensors.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if size < 8 or length > size - 8:
            raise Invalid(
                f"{file.name} is cut short: its header needs {length + 8} bytes, the file has {size}.", next=_AGAIN
            )
        try:
            tensors: dict[str, Any] = json.loads(stream.read(length))
        except ValueError as error:
            raise Invalid(f"{file.name} is no safetensors file: its header is not JSON.", next=_AGAIN) from error
    tensors.pop("__metadata__", None)
    end = max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
    if size < 8 + length + end:
        raise Invalid(f"{file.name} is cut short: expected {8 + length + end} bytes, got {size}.", next=_AGAIN)
    return tensors


def stored(files: Sequence[Path]) -> Mapping[str, int]:
    """Numbers stored in each dtype, as safetensors calls them: F32, BF16; from the headers alone."""
    count: Counter[str] = Counter()
    for file in files:
        for tensor in header(file).values():
            count[tensor["dtype"]] += math.prod(tensor["shape"])
    return count


def weights_sha256(files: Sequence[Path], progress: Progress = silent) -> str:
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
