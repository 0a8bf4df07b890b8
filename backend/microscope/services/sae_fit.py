"""Whether an SAE can be used with a loaded model, as a page shows it; `engine/sae_fit.py` decides."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from microscope.core.model_names import same_model
from microscope.core.saes.base import Spec
from microscope.core.sites import Site, parse_site
from microscope.engine.model import ModelInfo
from microscope.engine.sae_fit import Reader, adapted, check_fit, is_of
from microscope.errors import Incompatible, Invalid
from microscope.store.saes import Entry
from microscope.wire.saes import SaeFit


def fit(entry: Entry, slug: str, info: ModelInfo, here: Sequence[str]) -> SaeFit:
    """As a message: a refusal is one of the things that a page shows.

    Args:
        slug: of the model.
        here: names of the models that are known on this machine.
    """
    said = said_on_import(entry)
    try:
        check_fit(entry.slug, entry.spec, Reader.of(info), here)
    except Incompatible as wrong:
        return SaeFit(model=slug, fits=False, says=f"{wrong.error} {wrong.next}", warnings=said)
    return SaeFit(model=slug, fits=True, says="", warnings=(*said, *warnings(entry.spec, info)))


def to_load(spec: Spec, current: ModelInfo | None, here: Sequence[str]) -> str:
    """Name that loads the model that it was trained on: as it is called here, else as its files call it. Empty where
    that is the current one, and where they do not say.
    """
    is_current = current and (is_of(spec, Reader.of(current)) or same_model(spec.model_name, current.name))
    if not spec.model_name or is_current:
        return ""
    exact_first = sorted(here, key=lambda name: name != spec.model_name)
    return next((name for name in exact_first if same_model(spec.model_name, name)), spec.model_name)


def reads(spec: Spec, info: ModelInfo) -> bool:
    """Whether it fits."""
    try:
        check_fit("", spec, Reader.of(info))
    except Incompatible:
        return False
    return True


def n_bytes_of(spec: Spec) -> int:
    """Of its tensors in memory, float32, about: encoder, decoder, their biases, and what its architecture adds."""
    own = sum(map(prod, spec.architecture.own_shapes(spec.d_sae).values()))
    return 4 * (spec.d_sae * (spec.d_in + spec.d_out + 1) + spec.d_out + own)


def warnings(spec: Spec, info: ModelInfo) -> tuple[str, ...]:
    """What is odd about a pair that fits."""
    said: list[str] = []
    if not spec.model_name and not spec.weights_sha256:
        said.append("Its files do not say which model it was trained on: its place and width alone were compared.")
    if adapted(spec, Reader.of(info)):
        said.append("It was trained on other weights of that model: before an adapter was merged, or after.")
    return tuple(said)


def said_on_import(entry: Entry) -> tuple[str, ...]:
    """What it is by the word of whoever imported it."""
    said: list[str] = []
    if entry.given.site:
        files = f"call it {entry.filed.site}" if entry.filed.site else "do not say"
        said.append(f"That it reads {entry.spec.site} was said on import; its files {files}.")
    if entry.given.model_name:
        files = f"name {entry.filed.model_name}" if entry.filed.model_name else "do not say"
        said.append(f"That it was trained on {entry.spec.model_name} was said on import; its files {files}.")
    return tuple(said)


def site_of_spec(spec: Spec) -> Site | None:
    """What it reads, if that is a place that this program reads."""
    try:
        return parse_site(spec.site)
    except Invalid:
        return None
