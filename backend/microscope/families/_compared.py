"""SAEs that are compared by their directions: which ones are meant, whether they can be, and which features live.

A feature is live that fired at least once where somebody counted: in the recording that is given, else in the table
of the run that made the SAE, else in its harvest.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor

from microscope.core.saes.base import Sae, Spec
from microscope.engine.memory import pick_device
from microscope.errors import Incompatible, Invalid, NotFound
from microscope.families._inputs import of_recordings, of_sae
from microscope.families._recorded import normalized_rows, open_recorded
from microscope.families.base import Event, Progress, Reads
from microscope.lab import Lab
from microscope.paths import expanded
from microscope.store import runs
from microscope.store.activity import Reader, place_of
from microscope.store.checkpoints import read_sae, read_spec, resolve
from microscope.store.previews import table_window
from microscope.store.run_folder import MADE, RunFolder
from microscope.store.sae_names import is_path
from microscope.store.saes import Library

LIVE_ROWS = 20_000
"""Held-out rows of a recording, at most, in which features may fire."""

BIN = 0.02
"""Width of a histogram's bars, in cosine."""


class Meant(NamedTuple):
    """An SAE as a spec names it, found."""

    name: str
    """A slug, a path or a run's id."""

    path: Path
    run: str
    """Id of the run that made it; empty where that was not given."""


class Compared(NamedTuple):
    """What of an SAE is compared."""

    name: str
    features: Int[Tensor, " feature"]
    """Indices in the SAE: all of them, or those that live."""

    decoder: Float[Tensor, "feature d_out"]
    encoder: Float[Tensor, "feature d_in"]


def meant(lab: Lab, names: Sequence[str]) -> list[Meant]:
    """
    Raises:
        NotFound: there is no such SAE, or a run that made none.
        Invalid: two names mean the same files.
    """
    found = [named(lab, name) for name in names]
    for index, one in enumerate(found):
        for other in found[:index]:
            if one.path.resolve() == other.path.resolve():
                raise Invalid(
                    f"{other.name} and {one.name} are the same files: {one.path}.",
                    next="Give each SAE once; where runs wrote into the same folder the last one stayed: give them "
                    "folders of their own (out).",
                )
    return found


def named(lab: Lab, name: str, layer: int | None = None) -> Meant:
    """The one that a slug, a folder or file, or the id of the run that made it means.

    Args:
        layer: of a folder of several, the one that is meant.

    Raises:
        NotFound: there is no such SAE, or a run that made none.
    """
    library = Library(lab.folder, lab.settings.sae_cache_dir)
    if is_path(name, library):
        return Meant(name, resolve(expanded(name), layer), "")
    if runs.find(lab.database, name) is None:
        return Meant(name, library.get(name).path, "")
    made = RunFolder(lab.folder, name).read_json(MADE) or []
    paths = [Path(one["path"]) for one in made if one["what"] == "sae"]
    if len(paths) != 1:
        raise NotFound(f"Run {name} made {len(paths)} SAEs; expected one.", next=f"Look: microscope run-show {name}")
    return Meant(name, resolve(paths[0]), name)


def check_alike(specs: Mapping[str, Spec]) -> None:
    """Directions can be compared in the same space only.

    Raises:
        Incompatible: other widths, models or sites.
    """
    (first, own), *others = specs.items()
    for name, spec in others:
        for what, mine, theirs in (
            ("reads d_in", own.d_in, spec.d_in),
            ("writes d_out", own.d_out, spec.d_out),
            ("was trained on the model", *_models(own, spec)),
            ("reads the site", own.site, spec.site),
            ("writes at the site", own.site_out, spec.site_out),
        ):
            if mine != theirs and mine and theirs:
                raise Incompatible(
                    f"{first} {what} {mine}, {name} {what} {theirs}: their directions are of different spaces.",
                    next="Compare SAEs of one model and one site.",
                )


def specs_of(found: Sequence[Meant]) -> dict[str, Spec]:
    """By name, alike.

    Raises:
        Incompatible: as `check_alike` says.
    """
    specs = {one.name: read_spec(one.path) for one in found}
    check_alike(specs)
    return specs


def compared(
    lab: Lab, found: Sequence[Meant], live_only: bool, activations: Path | None, seed: int
) -> Generator[Event, None, list[Compared]]:
    """
    Raises:
        NotFound: nobody has counted which features live.
        Invalid: none of them does.
        Incompatible: the SAEs, or the recording, are of different spaces.
    """
    specs_of(found)
    ready: list[Compared] = []
    for one in found:
        sae = read_sae(one.path)
        yield Reads({one.name: of_sae(sae)})
        live = torch.ones(sae.spec.d_sae, dtype=torch.bool)
        if live_only:
            live = (yield from _fired(lab, sae, activations, seed)) if activations else _counted(lab, one, sae.spec)
        features = live.nonzero()[:, 0]
        if not len(features):
            raise Invalid(f"No feature of {one.name} lives.", next="Compare all features: live_only=false")
        decoder, encoder = sae.weights["W_dec"].float(), sae.weights["W_enc"].float().T
        ready.append(Compared(one.name, features, decoder[features], encoder[features]))
        yield Progress(len(ready), len(found), "SAEs", "reading")
    return ready


def histogram(cosine: Float[Tensor, " pair"], name: str) -> dict[str, Sequence[Any] | NDArray[Any]]:
    """Columns `cosine` (a bar's lower edge), `share` and `of`; from the first bar that is not empty to 1."""
    counts, edges = np.histogram(cosine.clamp(-1, 1).numpy(), np.linspace(-1, 1, round(2 / BIN) + 1))
    first = int(np.argmax(counts > 0))
    shares = counts[first:] / max(1, counts.sum())
    return {"cosine": edges[first:-1].round(4), "share": shares, "of": [name] * len(shares)}


def _models(own: Spec, other: Spec) -> tuple[str, str]:
    """What tells their models apart: weights where both name them, else names."""
    if own.weights_sha256 and other.weights_sha256:
        hashes = own.weights_sha256, other.weights_sha256
        return (hashes[0][:12], hashes[1][:12]) if hashes[0] != hashes[1] else ("", "")
    return own.model_name, other.model_name


def _counted(lab: Lab, one: Meant, spec: Spec) -> Bool[Tensor, " feature"]:
    table = RunFolder(lab.folder, one.run).path / "tables" / "features.parquet" if one.run else None
    if table is not None and table.is_file():
        window = table_window(table, 0, spec.d_sae)
        density = [float(row[window.columns.index("density")]) for row in window.rows]
    else:
        density = _harvested(lab, one).tolist()
    if len(density) != spec.d_sae:
        raise Incompatible(
            f"{one.name} has {spec.d_sae:,} features; its densities are of {len(density):,}.",
            next="It was replaced since: harvest it, or give a recording (activations).",
        )
    return torch.tensor(density) > 0


def _harvested(lab: Lab, one: Meant) -> np.ndarray:
    known = Library(lab.folder, lab.settings.sae_cache_dir).find(one.path)
    place = place_of(lab.folder, known.slug if known else one.path.name)
    try:
        return Reader(place).column("count")
    except NotFound as missing:
        raise NotFound(
            f"Nobody has counted which features of {one.name} live.",
            next="Give a recording of its site (activations=activations.parquet), name the run that made it, harvest "
            "it, or compare all features (live_only=false).",
        ) from missing


def _fired(lab: Lab, sae: Sae, activations: Path, seed: int) -> Generator[Event, None, Bool[Tensor, " feature"]]:
    """Which fire in held-out rows."""
    recorded = open_recorded([activations], sae.spec.site)
    yield Reads(of_recordings(recorded.recordings))
    header = recorded.plain.header
    if header.d_model != sae.spec.d_in:
        raise Incompatible(
            f"{activations} has d_model={header.d_model}; the SAEs read d_in={sae.spec.d_in}.",
            next="Give a recording of the model that they were trained on.",
        )
    device = pick_device(lab.settings.device)
    sae = sae.to("cuda" if device == "balanced" else device)
    live, done = torch.zeros(sae.spec.d_sae, dtype=torch.bool), 0
    batch = max(1, min(2_048, 2**22 // sae.spec.d_sae))
    for x, given in normalized_rows(sae, recorded, "held_out", LIVE_ROWS, batch, seed):
        with torch.no_grad():
            live |= (sae.acts(given()) > 0).any(0).cpu()
        done += len(x)
        yield Progress(done, min(LIVE_ROWS, sum(recorded.usable_rows("held_out"))), "rows", "counting live features")
    return live
