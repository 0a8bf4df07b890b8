"""Several files as one zip; equal files are equal bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can have."""


def zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    """
    Args:
        folder: in which they lie in the zip.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}", date_time=_DATE), content)
    return packed.getvalue()
