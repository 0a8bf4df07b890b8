"""Which SAE it is, whatever its file's layout, name and place: the hash of its tensors, and of the rule beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import torch
from torch import Tensor

from microscope.core.saes.base import Spec


def content_sha256(weights: Mapping[str, Tensor]) -> str:
    """Hash of all tensors in float32, by name: an exported SAE that is imported again has the same one."""
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().to("cpu", torch.float32).contiguous().numpy().data)
    return digest.hexdigest()


def rule_sha256(spec: Spec) -> str:
    """Hash of all that computes and is no tensor: the architecture with its k, normalisation, scale."""
    rule = spec.model_dump(mode="json", include={"architecture", "apply_b_dec_to_input", "normalize", "scale"})
    return hashlib.sha256(json.dumps(rule, sort_keys=True).encode()).hexdigest()


def computes_sha256(content: str, spec: Spec) -> str:
    """Two that have it in common give the same activations for the same inputs.

    Args:
        content: `content_sha256` of its tensors.
    """
    return hashlib.sha256(f"{content} {rule_sha256(spec)}".encode()).hexdigest()
