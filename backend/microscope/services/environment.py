"""Where a run happened: what somebody needs to make it happen again."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from re import split

import torch
from pydantic import JsonValue

from microscope import __version__
from microscope.engine.model import Model
from microscope.families.base import Family, ModelWish, Seeded

PACKAGE = Path(__file__).parent.parent


def environment(family: Family, models: Mapping[ModelWish, Model]) -> dict[str, JsonValue]:
    """Of this process and this run."""
    return {
        "microscope": __version__,
        "git": git(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "devices": devices(),
        "threads": torch.get_num_threads(),
        "seeds": {"seed": family.seed} if isinstance(family, Seeded) else {},
        "models": [_model(wish, model) for wish, model in models.items()],
        "data": {},
        "packages": dict(packages()),
    }


@cache
def git() -> dict[str, JsonValue]:
    """The commit that is checked out, and whether files differ from it; empty where this is no checkout."""
    return commit_of(PACKAGE)


def commit_of(package: Path) -> dict[str, JsonValue]:
    """Empty also where a repository merely holds the environment into which the package is installed."""
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return {}
    commit = _git(package, "rev-parse", "HEAD")
    if commit is None:
        return {}
    return {"commit": commit, "dirty": bool(_git(package, "status", "--porcelain", "--untracked-files=no"))}


@cache
def packages() -> Mapping[str, str]:
    """Versions of what this program depends on."""
    names = [split(r"[\[<>=!~; ]", wanted)[0] for wanted in requires("microscope") or () if "extra ==" not in wanted]
    return {name: found for name in sorted(names) if (found := _version(name))}


def devices() -> list[JsonValue]:
    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())] or ["cpu"]


def _model(wish: ModelWish, model: Model) -> dict[str, JsonValue]:
    info = model.info
    name = Path(info.name).name if Path(info.name).is_absolute() else info.name
    return {
        "name": name,
        "revision": info.revision or wish.revision,
        "weights_sha256": info.weights_sha256,
        "adapter": info.adapter,
        "adapter_sha256": info.adapter_sha256,
        "dtype": info.dtype,
        "device": info.device,
    }


def _git(package: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(package), *words], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
