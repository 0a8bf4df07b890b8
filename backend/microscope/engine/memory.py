"""Will it fit? What a model needs, from its headers alone, against what a device has free."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import torch

from microscope.engine.cgroups import CGROUP, OWN, Group, groups
from microscope.engine.layouts import n_ctx
from microscope.errors import Invalid, Unavailable

HEADROOM = 0.1
"""Share of the weights for activations, logits and fragmentation."""

ESTIMATED_POSITIONS = 2_048
"""Positions of KV cache and residuals that must fit beside the weights."""


class Need(NamedTuple):
    """Memory for a model, in bytes."""

    weights: int
    cache: int
    """KV cache and residuals of `ESTIMATED_POSITIONS`."""

    headroom: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.headroom


class Memory(NamedTuple):
    """Of a device, in bytes."""

    free: int
    total: int

    @property
    def used(self) -> int:
        return self.total - self.free


def pick_device(device: str) -> str:
    """auto is the first GPU, Apple's, or the CPU."""
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    gpu = re.fullmatch(r"balanced|cuda(?::(\d{1,3}))?", device)
    if gpu:
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if int(gpu[1] or 0) >= count:
            raise Unavailable(
                f"Device {device!r} was asked for; {count} GPUs are visible.",
                next="Use --device cpu, or check CUDA_VISIBLE_DEVICES.",
            )
    elif device == "mps":
        if not torch.backends.mps.is_available():
            raise Unavailable("Device 'mps' was asked for; this machine has none.", next="Use --device cpu.")
    elif device != "cpu":
        raise Invalid(
            f"Unknown device {device!r}; expected auto, cpu, cuda, cuda:1, mps or balanced.", next="Use --device auto."
        )
    return device


def estimate(config: Any, parameters: int, dtype: torch.dtype) -> Need:
    """What so many parameters of this configuration will take."""
    weights = parameters * dtype.itemsize
    positions = min(ESTIMATED_POSITIONS, n_ctx(config))
    config = config.get_text_config()
    heads = config.num_attention_heads
    d_head = getattr(config, "head_dim", None) or config.hidden_size // heads
    kv_heads = getattr(config, "num_key_value_heads", None) or heads
    per_layer = 2 * kv_heads * d_head + 3 * config.hidden_size
    cache = positions * config.num_hidden_layers * per_layer * dtype.itemsize
    return Need(weights, cache, int(HEADROOM * weights))


def free_bytes(device: str) -> int:
    """Memory that a new model could take: of one GPU, of all of them, or of the machine."""
    if device == "balanced":
        return sum(torch.cuda.mem_get_info(index)[0] for index in range(torch.cuda.device_count()))
    if device.startswith("cuda"):
        return torch.cuda.mem_get_info(torch.device(device))[0]
    return machine().free


def give_back() -> None:
    """Let the system have what was freed: glibc keeps whatever lies below a block that is still in use, for each thread
    apart, which after a run is most of what that took. Tens of milliseconds; other C libraries have no such call.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def ran_out(error: Exception) -> bool:
    """Of memory; the CPU's allocator raises a plain RuntimeError."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def machine(cgroup: Path = CGROUP, own: Path = OWN) -> Memory:
    """Of the machine, or of the part of it that a container or a service may take."""
    whole = psutil.virtual_memory()
    limited = [memory for group in groups("memory", cgroup, own) if (memory := _of_group(group)) is not None]
    every = [Memory(int(whole.available), int(whole.total)), *limited]
    return Memory(min(memory.free for memory in every), min(memory.total for memory in every))


def _of_group(group: Group) -> Memory | None:
    """None without a limit; version 1 says it by one that is larger than any machine."""
    names = ("max", "current") if group.version == 2 else ("limit_in_bytes", "usage_in_bytes")
    try:
        limit, used = group.numbers(*(f"memory.{name}" for name in names))
    except (OSError, ValueError):
        return None
    return Memory(max(0, limit - max(0, used - _cached_files(group))), limit)


def _cached_files(group: Group) -> int:
    """Bytes of files that are counted as used, and given back when memory is short."""
    try:
        lines = (group.folder / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    sizes = dict(line.split(maxsplit=1) for line in lines)
    of_all_below = "total_" if group.version == 1 else ""
    return sum(int(sizes.get(f"{of_all_below}{kind}_file", 0)) for kind in ("active", "inactive"))


def gigabytes(n_bytes: int) -> str:
    """11.2 GB; below a tenth of one, in MB."""
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:.1f} MB"
