"""What stands where a training would write: an autoencoder is not overwritten unasked, but for the run's own."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import NamedTuple

from microscope.core.saes.base import Sae
from microscope.errors import Trouble
from microscope.store.checkpoints import candidates, read_spec
from microscope.store.sae_formats.saelens import WEIGHTS
from microscope.store.sae_register import RUN
from microscope.store.sae_shelves import is_shipped


class Standing(NamedTuple):
    """An SAE in a folder, or whatever else would be in the way."""

    says: str
    """Such as `4,096 features (topk) of L3.resid_post, specimen`."""

    run: str
    """That made it; empty where its files do not say."""

    whole: bool
    """Writing an SAE there replaces all of it."""


def standing(folder: Path) -> Standing | None:
    """None where no SAE's weights lie; other files are not in the way."""
    if folder.is_file():
        return Standing("which is a file", "", whole=False)
    files = candidates(folder) if folder.is_dir() else []
    if not files:
        return None
    whole = [file.name for file in files] == [WEIGHTS]
    try:
        spec = read_spec(folder)
    except Trouble as trouble:
        return Standing(f"which cannot be read ({trouble.error.rstrip('.')})", "", whole)
    place = ", ".join(filter(None, [f"of {spec.site}" if spec.site else "", spec.model_name]))
    says = f"{spec.d_sae:,} features ({spec.architecture.kind}) {place}".strip()
    says += ", which came with the program" if is_shipped(folder) else ""
    return Standing(says if whole else f"{says}, in {files[0].name}", str(spec.training.get(RUN, "")), whole)


def beside(folder: Path) -> Path:
    """The same folder below the first of `<out>-2`, `<out>-3`, … in which nothing has its name yet."""
    outs = (Path(f"{folder.parent.resolve()}-{number}") for number in count(2))
    return next(free for out in outs if not (free := out / folder.name).exists())


def made_by(run: str, sae: Sae) -> Sae:
    """The same, which says what run it is of."""
    return Sae(sae.spec.model_copy(update={"training": {**sae.spec.training, RUN: run}}), sae.weights)
