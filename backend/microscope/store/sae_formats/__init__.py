"""Layouts of sparse autoencoders on disk, one per file; each is tried on a file, and at most one knows it."""

from __future__ import annotations

from microscope.store.sae_formats import (
    bare,
    circuit_tracer,
    dictionary_learning,
    gemma_scope,
    gemma_scope_2,
    goodfire,
    llama_scope,
    older,
    openai,
    saelens,
    sparsify,
    temporal_features,
)
from microscope.store.sae_formats.base import Format

FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (
        saelens,
        sparsify,
        dictionary_learning,
        gemma_scope,
        gemma_scope_2,
        llama_scope,
        goodfire,
        openai,
        circuit_tracer,
        temporal_features,
        older,
        bare,
    )
}
