"""Which SAE it is, whatever its file's layout, name and place: the hash of its tensors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor


def content_sha256(weights: Mapping[str, Tensor]) -> str:
    """Hash of all tensors in float32, by name: an exported SAE that is imported again has the same one."""
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().to("cpu", torch.float32).contiguous().numpy().data)
    return digest.hexdigest()
