"""Whether an SAE can be used with a model: its place, its width, its model. A refusal says what fits.

1. the place: one that this program reads, and that the model has
2. the width of what it reads and writes
3. the model by name (`core/model_names.py`), and by the hash of its weights where the SAE's file says it

An adapter leaves a model the same: an SAE of the plain model reads the merged one, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from microscope.core.model_names import same_model
from microscope.core.saes.base import Spec
from microscope.core.sites import ORDER, Site, parse_site
from microscope.engine.loading import Sizes
from microscope.engine.model import ModelInfo
from microscope.engine.weights import with_adapter
from microscope.errors import Incompatible, Invalid


class Reader(NamedTuple):
    """What must be known of a model; before it is loaded that is not its hash."""

    name: str
    d_model: int
    n_layers: int
    parallel: bool
    weights_sha256: str = ""
    adapter_sha256: str = ""

    @classmethod
    def of(cls, info: ModelInfo) -> Reader:
        return cls(info.name, info.d_model, info.n_layers, info.parallel, info.weights_sha256, info.adapter_sha256)

    @classmethod
    def sized(cls, name: str, sizes: Sizes) -> Reader:
        """By its configuration alone."""
        return cls(name, sizes.d_model, sizes.n_layers, sizes.parallel)


def check_fit(name: str, spec: Spec, model: Reader, here: Sequence[str] = ()) -> None:
    """
    Args:
        name: of the SAE, for the sentence.
        here: names of models that are known on this machine.

    Raises:
        Incompatible: a place that is not read or that the model lacks, another width, or another model.
    """
    for site in places(name, spec):
        if site.layer >= model.n_layers:
            last = f"{model.n_layers} layers, L0 to L{model.n_layers - 1}"
            raise Incompatible(
                f"SAE {name!r} reads {site}; {model.name} has {last}.", next=_what_fits(spec, model, here)
            )
        if site.name == "resid_mid" and model.parallel:
            raise Incompatible(
                f"SAE {name!r} reads {site}, which {model.name} lacks: its attention and MLP read the same resid_pre.",
                next=_what_fits(spec, model, here),
            )
    for width, what in ((spec.d_in, "reads d_in"), (spec.d_out, "writes d_out")):
        if width != model.d_model:
            raise Incompatible(
                f"SAE {name!r} {what}={width}; {model.name} has d_model={model.d_model}.",
                next=_what_fits(spec, model, here),
            )
    check_model(name, spec, model, here)


def places(name: str, spec: Spec) -> tuple[Site, ...]:
    """What it reads, and what it writes where that is another place.

    Raises:
        Incompatible: its files do not say, or it is no place that this program reads.
    """
    if not spec.site:
        raise Incompatible(
            f"The files of SAE {name!r} do not say what it reads.",
            next="Import it again with its site, such as: microscope import-sae SOURCE --site L5.resid_post",
        )
    try:
        return tuple(parse_site(one) for one in dict.fromkeys((spec.site, spec.site_out or spec.site)))
    except Invalid as wrong:
        there = " → ".join(filter(None, (spec.site, spec.site_out)))
        raise Incompatible(
            f"SAE {name!r} reads {there}, a place that this program does not read; it reads {', '.join(ORDER)} of any "
            "layer.",
            next="Take an SAE of one of these; if it is one under another name, import it again: --site L5.attn_out",
        ) from wrong


def is_of(spec: Spec, model: Reader) -> bool:
    """Whether its files do not say that it is another model's: by name, or by the hash of the weights."""
    if spec.weights_sha256 and model.weights_sha256 and _same_weights(spec, model):
        return True
    if spec.model_name and not same_model(spec.model_name, model.name):
        return False
    return not (spec.weights_sha256 and model.weights_sha256) or bool(spec.training.get("adapters"))


def adapted(spec: Spec, model: Reader) -> bool:
    """It is of this model, with other weights: before an adapter was merged, or after."""
    both = bool(spec.weights_sha256 and model.weights_sha256)
    return both and is_of(spec, model) and spec.weights_sha256 != model.weights_sha256


def _same_weights(spec: Spec, model: Reader) -> bool:
    merged = with_adapter(spec.weights_sha256, model.adapter_sha256) if model.adapter_sha256 else spec.weights_sha256
    return model.weights_sha256 in (spec.weights_sha256, merged)


def check_model(name: str, spec: Spec, model: Reader, here: Sequence[str] = ()) -> None:
    """Its names and hashes alone.

    Raises:
        Incompatible: its files say that it is another model's.
    """
    if is_of(spec, model):
        return
    if spec.model_name and not same_model(spec.model_name, model.name):
        raise Incompatible(
            f"SAE {name!r} was trained on {spec.model_name}; this model is {model.name}.",
            next=f"{_load(spec, here)} {_or_say_so(model)}",
        )
    raise Incompatible(
        f"SAE {name!r} was trained on {spec.model_name or 'a model'} with the weights {spec.weights_sha256[:16]}…; "
        f"{model.name} has {model.weights_sha256[:16]}….",
        next=f"Load the model with those weights. {_or_say_so(model)}",
    )


def _what_fits(spec: Spec, model: Reader, here: Sequence[str]) -> str:
    """In sizes; and by name, where that tells more than the name of the model that does not fit."""
    layers = max(site.layer for site in places("", spec)) + 1
    sizes = f"It fits models with d_model={spec.d_in} and {layers} layers or more"
    if spec.model_name and not same_model(spec.model_name, model.name):
        return f"{sizes}. {_load(spec, here)}"
    called = f", which is not what is called {model.name} here" if spec.model_name else ""
    return f"{sizes}{called}."


def _load(spec: Spec, here: Sequence[str]) -> str:
    """The model that it was trained on, under the name that it has here."""
    known = next((one for one in here if same_model(spec.model_name, one)), None)
    if known is not None:
        return f"Load the model that it was trained on, which is here: --model {known}"
    there = f" (here: {', '.join(here)})" if here else ""
    return f"Load the model that it was trained on: --model {spec.model_name}{there}."


def _or_say_so(model: Reader) -> str:
    return (
        f"Where that is the same model as {model.name}, import the SAE again and say so: "
        f"microscope import-sae SOURCE --model-name {model.name}"
    )
