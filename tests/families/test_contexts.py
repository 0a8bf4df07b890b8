"""What a harvest reads of a recording is what was asked for, to the end of a context."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from microscope.core.sites import Site
from microscope.families._contexts import from_recording, share_of
from microscope.store.activations import open_recording

from .synthetic import record, sums


@pytest.mark.parametrize("most", [1, 100, 1_000, 10**9])
def test_so_many_tokens_as_were_asked_for_and_the_last_context_whole(tmp_path: Path, most: int) -> None:
    recording = open_recording(record(tmp_path / "activations.parquet", sums(2_048)))
    site = Site(1, "resid_post")
    parts = list(from_recording(recording, site, most, skip=0))
    for held_out in (False, True):
        lengths = np.concatenate([part.lengths[part.held_out == held_out] for part in parts])
        allowed = share_of(recording, site, "held_out" if held_out else "train", most)
        assert allowed <= lengths.sum() < allowed + lengths[-1]
