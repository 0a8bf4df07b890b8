"""Patches of this project's older layout: `patch_metadata.json`, and for each module one safetensors file.

    patch_metadata.json                     {patch id: {rank, strength, module_patches: [id, …], name, …}}
    <patch id>_<module>.safetensors         lora_A (rank, in), lora_B (out, rank); <module> has `_` for every dot

The program that wrote them added α / rank · B A x with α = 32, which no file says, and had the strength in A and B.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from microscope.errors import Invalid, TooLarge
from microscope.store.patch_formats.base import AGAIN, OlderPatch, OlderPatches, read_json, read_tensors

METADATA = "patch_metadata.json"
ALPHA = 32.0
MAX_PATCHES = 64


def read(folder: Path) -> OlderPatches:
    """
    Raises:
        Invalid: files that are missing, or cannot be read.
        TooLarge: over `MAX_PATCHES`.
    """
    metadata = read_json(folder / METADATA)
    if not metadata:
        raise Invalid(f"{METADATA} names no patch.", next=AGAIN)
    if len(metadata) > MAX_PATCHES:
        raise TooLarge(
            f"{METADATA} names {len(metadata):,} patches; at most {MAX_PATCHES} are taken at once.", next="Part it."
        )
    return OlderPatches(tuple(_patch(folder, key, says) for key, says in metadata.items()))


def as_adapter(patch: OlderPatch, paths: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What PEFT would have written of it: its settings and its tensors.

    Args:
        paths: of the model's modules, by their names with `_` for every dot.

    Raises:
        Invalid: a module that the model does not have.
    """
    tensors: dict[str, Tensor] = {}
    for named, (down, up) in patch.modules.items():
        if named not in paths:
            raise Invalid(
                f"{patch.name} changes a module called {named!r}; the model has none of that name.",
                next="Load the model that it was made for.",
            )
        key = f"base_model.model.{paths[named]}"
        tensors |= {f"{key}.lora_A.weight": down, f"{key}.lora_B.weight": up}
    targets = sorted(paths[named] for named in patch.modules)
    return {
        "peft_type": "LORA",
        "r": patch.rank,
        "lora_alpha": ALPHA,
        "target_modules": targets,
    }, tensors


def _patch(folder: Path, key: str, says: Any) -> OlderPatch:
    ids = says.get("module_patches") if isinstance(says, dict) else None
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
        raise Invalid(f"{METADATA} names no module_patches of {key!r}; expected a list of names.", next=AGAIN)
    modules = {one.removeprefix(f"{key}_"): _pair(folder, one) for one in ids}
    ranks = {len(down) for down, _ in modules.values()}
    if len(ranks) != 1:
        raise Invalid(f"The matrices of {key!r} have ranks {sorted(ranks)}; expected one.", next=AGAIN)
    strength = says.get("strength", 1.0)
    if not isinstance(strength, int | float):
        raise Invalid(f"{METADATA} has strength={strength!r} of {key!r}; expected a number.", next=AGAIN)
    name = says.get("name") if isinstance(says.get("name"), str) else ""
    return OlderPatch(name or key, ranks.pop(), float(strength), modules)


def _pair(folder: Path, name: str) -> tuple[Tensor, Tensor]:
    file = folder / f"{name}.safetensors"
    if "/" in name or "\\" in name or not file.is_file():
        raise Invalid(f"{METADATA} names {name!r}; there is no {name[:80]}.safetensors beside it.", next=AGAIN)
    tensors = read_tensors(file)
    if set(tensors) != {"lora_A", "lora_B"}:
        raise Invalid(f"{file.name} holds {', '.join(sorted(tensors))[:200]}; expected lora_A and lora_B.", next=AGAIN)
    down, up = tensors["lora_A"], tensors["lora_B"]
    if not (down.ndim == up.ndim == 2 and len(down) == up.shape[1] and len(down)):
        raise Invalid(
            f"{file.name} has lora_A {tuple(down.shape)} and lora_B {tuple(up.shape)}; expected (rank, in) and "
            "(out, rank).",
            next=AGAIN,
        )
    return down, up
