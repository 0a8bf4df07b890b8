"""What goes into a run, in facts that tell it from anything else of the same name; and what a training did not see.

`environment.json` has these facts, and a checkpoint: a run that goes on is refused where they are others.
"""

from __future__ import annotations

from collections.abc import Iterable

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.identity import content_sha256
from microscope.errors import Incompatible
from microscope.families.base import Facts
from microscope.store.activations import Recording
from microscope.store.datasets import Dataset
from microscope.store.run_folder import sha256
from microscope.store.shards import SPLITS

HELD_OUT = "held_out"
"""Among an SAE's own words on its training: the share of the documents that it has not seen."""


def of_sae(sae: Sae) -> Facts:
    """Its weights by their hash, and what they were trained on."""
    spec = sae.spec
    trained = {"site": spec.site, "model_name": spec.model_name, "weights_sha256": spec.weights_sha256}
    return {"content_sha256": content_sha256(sae.weights), **{name: one for name, one in trained.items() if one}}


def of_recordings(recordings: Iterable[Recording]) -> dict[str, Facts]:
    """By path: all of the header that is known, and the number of rows. A table of another origin, which says nothing
    of itself, by its bytes.
    """
    return {str(one.path): _of_recording(one) for one in recordings}


def of_dataset(data: Dataset) -> dict[str, Facts]:
    """By its name."""
    return {data.name: dict(data.identity)}


def check_held_out(spec: Spec, share: float, source: str) -> None:
    """Documents between both shares were trained on, and would be taken for held-out ones.

    Args:
        share: of the documents of `source` that are taken for held-out ones.

    Raises:
        Incompatible: it is larger than the share that the training held out, as far as the SAE's file says.
    """
    trained = spec.training.get(HELD_OUT)
    if isinstance(trained, int | float) and share > trained:
        raise Incompatible(
            f"{source} holds out {share:g} of its documents, the SAE's training held out {trained:g}: most of the "
            "others may have been trained on.",
            next=f"Hold out the same share: --held-out {trained:g}",
        )


def _of_recording(recording: Recording) -> Facts:
    header = recording.header
    known = {name: value for name, value in header.model_dump(mode="json").items() if value not in ("", None)}
    rows = sum(recording.n_rows(recording.sites[0], split) for split in SPLITS)
    of_bytes = {"sha256": sha256(recording.path)} if header.layout == "parquet" else {}
    return {**known, "rows": rows, **of_bytes}
