"""Take in a tuned lens that another program fitted. Fitting one is an experiment: `families/tuned_lens.py`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

from microscope.engine.device import Priority
from microscope.engine.weights import portable
from microscope.errors import Incompatible
from microscope.families.tuned_lens import Target, displaced
from microscope.lab import Lab
from microscope.services.models import Models
from microscope.store.lenses import Description, Import, describe, read_tuned_lens_project, unembed_hash


class Taken(NamedTuple):
    """A lens that the tuned-lens project fitted, now this model's own."""

    now: Description
    """Its file is in `<home>/lenses/`: what "tuned" names from now on."""

    before: Description | None
    """What was read until now: gone if it was the same file, else it counts again once the new file is deleted."""

    n_layers: int
    d_model: int
    fitted_to: str
    """The model's name, as the project wrote it."""

    same_unembed: bool
    """Its W_U has the fingerprint that was recorded; False where none was, and the names were compared instead."""


class Lenses:
    """Belongs to the event loop's thread."""

    def __init__(self, lab: Lab, models: Models) -> None:
        self._lab = lab
        self._models = models

    async def take(self, slug: str, folder: Path, *, replace: bool = False) -> Taken:
        """Keep a lens that lies in a folder as the tuned-lens project writes it.

        Args:
            replace: read with it where there is one for these weights already.

        Raises:
            Invalid, Unsupported: the folder is not as the project writes it, or a lens that may not be replaced.
            Incompatible: it was fitted to another model, by its sizes, the fingerprint of its W_U or, where none was
                recorded, its name.
        """
        loaded = await self._models.resident(slug)
        model, info = loaded.model, loaded.model.info
        with self._lab.models.pinned(loaded.slug):
            before = await asyncio.to_thread(displaced, self._lab, Target.of(self._lab, model), replace=replace)
            theirs = await asyncio.to_thread(read_tuned_lens_project, folder, model.n_layers, model.d_model)
            own = await self._lab.device.do(Priority.RUN, lambda: unembed_hash(model.unembed.weight))
        _check_model(folder, theirs, own, info.name)
        about = {"model": portable(info.name), "imported_from": "tuned-lens", "fitted_to": theirs.model_name}
        path = self._lab.lenses.write(info.weights_sha256, theirs.lens, about)
        known = bool(theirs.unembed_hash)
        return Taken(describe(path), before, model.n_layers, model.d_model, theirs.model_name, known)


def _check_model(folder: Path, theirs: Import, own_hash: str, name: str) -> None:
    """
    Raises:
        Incompatible: another W_U; where its fingerprint was not recorded, another name.
    """
    if theirs.unembed_hash and theirs.unembed_hash != own_hash:
        raise Incompatible(
            f"The lens in {folder} was fitted to {theirs.model_name} with unembed_hash {theirs.unembed_hash}; "
            f"the loaded {name} has {own_hash}.",
            next="Load the weights that it was fitted to, in the dtype of then: --model MODEL --dtype float32",
        )
    theirs_short, short = (one.rstrip("/").rsplit("/", 1)[-1].lower() for one in (theirs.model_name, name))
    if not theirs.unembed_hash and theirs_short != short:
        raise Incompatible(
            f"The lens in {folder} was fitted to {theirs.model_name!r}; the loaded model is {name!r}, and no "
            "unembed_hash tells that they are the same.",
            next=f"Load the model that it was fitted to: --model {theirs.model_name}",
        )
