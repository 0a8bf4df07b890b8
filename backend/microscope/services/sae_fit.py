"""Whether an SAE can be used with a model: its width, its place, its model. Says what it fits."""

from __future__ import annotations

from microscope.core.saes.base import Spec
from microscope.core.sites import Site, parse_site
from microscope.engine.model import ModelInfo
from microscope.errors import Incompatible, Invalid
from microscope.services.models import portable
from microscope.wire.saes import SaeFit


def fit(name: str, spec: Spec, slug: str, info: ModelInfo) -> SaeFit:
    """As a message: a refusal is one of the things that a page shows."""
    try:
        check_fit(name, spec, info)
    except Incompatible as wrong:
        return SaeFit(model=slug, fits=False, says=f"{wrong.error} {wrong.next}", warnings=())
    return SaeFit(model=slug, fits=True, says="", warnings=warnings(spec, info))


def check_fit(name: str, spec: Spec, info: ModelInfo) -> None:
    """
    Raises:
        Incompatible: another width, a site that the model lacks, or another model's weights by hash and by name.
    """
    if not _same_name(spec, info) and _other_weights(spec, info):
        raise Incompatible(
            f"SAE {name!r} was trained on the weights {spec.weights_sha256[:16]}… of {spec.model_name or 'a model'}; "
            f"{info.name} has {info.weights_sha256[:16]}….",
            next=_elsewhere(spec),
        )
    site = site_of_spec(spec)
    for width, what in ((spec.d_in, "reads d_in"), (spec.d_out, "writes d_out")):
        if site and width != info.d_model:
            raise Incompatible(
                f"SAE {name!r} {what}={width}; {info.name} has d_model={info.d_model}.", next=_elsewhere(spec)
            )
    if site and site.layer >= info.n_layers:
        raise Incompatible(
            f"SAE {name!r} reads {site}; {info.name} has {info.n_layers} layers, L0 to L{info.n_layers - 1}.",
            next=_elsewhere(spec),
        )
    if site and site.name == "resid_mid" and info.parallel:
        raise Incompatible(
            f"SAE {name!r} reads {site}, which {info.name} lacks: its attention and MLP read the same resid_pre.",
            next=_elsewhere(spec),
        )
    if site is None and spec.d_in != info.d_model and not spec.site:
        raise Incompatible(
            f"SAE {name!r} reads d_in={spec.d_in}; {info.name} has d_model={info.d_model}.", next=_elsewhere(spec)
        )


def reads(spec: Spec, info: ModelInfo, *, named: bool = True) -> bool:
    """Whether it fits and reads and writes places of this program.

    Args:
        named: and it is of this model by name or weights, where its files say of which; a width alone proves little.
    """
    try:
        check_fit("", spec, info)
        places = [parse_site(one) for one in (spec.site, spec.site_out or spec.site)]
    except (Incompatible, Invalid):
        return False
    stranger = bool(spec.model_name) and not _same_name(spec, info) and spec.weights_sha256 != info.weights_sha256
    return all(place.layer < info.n_layers for place in places) and not (named and stranger)


def n_bytes_of(spec: Spec) -> int:
    """Of its tensors in memory, float32, about: encoder, decoder, their biases."""
    return 4 * (spec.d_sae * (spec.d_in + spec.d_out + 1) + spec.d_out)


def warnings(spec: Spec, info: ModelInfo) -> tuple[str, ...]:
    """What is odd about a pair that fits by its sizes."""
    said: list[str] = []
    if not spec.site:
        said.append("Its files do not say what it reads: its width alone was compared.")
    elif site_of_spec(spec) is None:
        said.append(f"It reads {spec.site}, a place that this program does not read.")
    if spec.model_name and not _same_name(spec, info):
        said.append(f"It was trained on {spec.model_name}, and the loaded model is called {info.name}.")
    elif _other_weights(spec, info):
        said.append("It was trained on other weights of that model: before an adapter was merged, or after.")
    return tuple(said)


def site_of_spec(spec: Spec) -> Site | None:
    """What it reads, if that is a place that this program reads."""
    try:
        return parse_site(spec.site)
    except Invalid:
        return None


def _other_weights(spec: Spec, info: ModelInfo) -> bool:
    return bool(spec.weights_sha256) and spec.weights_sha256 != info.weights_sha256


def _same_name(spec: Spec, info: ModelInfo) -> bool:
    """By the last part of a hub id or path, without adapters."""
    theirs, ours = (portable(one).split("+")[0].rstrip("/").rsplit("/", 1)[-1].lower() for one in _names(spec, info))
    return theirs == ours


def _names(spec: Spec, info: ModelInfo) -> tuple[str, str]:
    return spec.model_name, info.name


def _elsewhere(spec: Spec) -> str:
    if spec.model_name:
        return f"Load the model that it was trained on: --model {spec.model_name}"
    return f"Load the model that it was trained on: one with d_model={spec.d_in}."
