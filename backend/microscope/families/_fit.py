"""Whether an SAE fits the model or the recording that a run names, before the run is queued; headers alone are read."""

from __future__ import annotations

from pathlib import Path

from microscope.core.saes.base import Sae, Spec
from microscope.core.sites import Site
from microscope.engine.hooks import check_sites
from microscope.engine.loading import sizes
from microscope.engine.sae_fit import Reader, check_model
from microscope.errors import Incompatible
from microscope.families.base import ModelWish
from microscope.lab import Lab
from microscope.store.activations import Header
from microscope.store.checkpoints import read_sae, read_spec
from microscope.store.saes import Library


def spec_of(lab: Lab, path: Path, site: str = "") -> Spec:
    """What an SAE is, with what was said of it on import.

    Args:
        site: what it reads, where its files do not say; goes before what was said on import.

    Raises:
        NotFound, Invalid, Unsupported: as `read_sae` says.
    """
    spec = read_spec(path, site=site)
    given = Library(lab.folder, lab.settings.sae_cache_dir).given(path)
    return (given._replace(site="") if site and spec.site == site else given).applied(spec)


def sae_of(lab: Lab, path: Path, site: str = "") -> Sae:
    """As `spec_of`, with its tensors."""
    return Sae(spec_of(lab, path, site), read_sae(path).weights)


def recorded_model(header: Header) -> Reader:
    """The model that was recorded; how many layers it has is not known."""
    return Reader(header.model_name, header.d_model, 0, False, header.weights_sha256, header.adapter_sha256)


def check_before(name: str, spec: Spec, site: Site, wish: ModelWish, lab: Lab) -> None:
    """Against the model's configuration, where it is on this machine.

    Args:
        name: of the SAE, for the sentence.

    Raises:
        NotFound, Invalid, Unsupported: no such model, or it lacks the site.
        Incompatible: another width, or another model by name.
    """
    model = wish.full_name(lab.settings.model)
    found = sizes(model, wish.revision)
    if found is None:
        return
    check_sites((site,), found.n_layers, found.parallel)
    if spec.d_in != found.d_model:
        trained_on = f": it was trained on {spec.model_name}" if spec.model_name else ""
        raise Incompatible(
            f"SAE {name!r} reads d_in={spec.d_in}; {model} has d_model={found.d_model}.",
            next=f"Name a model with d_model={spec.d_in}{trained_on}.",
        )
    check_model(name, spec, Reader.sized(model, found))
