"""Arrays on the wire: safetensors buffers."""

from __future__ import annotations

import numpy as np
from safetensors.numpy import save

from microscope.wire.base import Wire


def index_dtype(count: int) -> type[np.uint16] | type[np.uint32]:
    """Of the numbers below `count`, such as ids below d_vocab."""
    return np.uint16 if count <= 1 << 16 else np.uint32


def pack(arrays: dict[str, np.ndarray], message: Wire | None = None) -> bytes:
    """One safetensors buffer; `message` travels as JSON in its metadata."""
    metadata = None if message is None else {"message": message.model_dump_json()}
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata=metadata)
