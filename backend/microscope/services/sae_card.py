"""The report card of an SAE: its files' words in sentences, and figures from one pass over a short text.

The figures are defined in `core/reconstruction.py`; positions are those that autoencoders are trained on, without BOS
and the first one. Works on the device's thread, one piece of work between two yields.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from pydantic import JsonValue

from microscope.core.reconstruction import Meter, loss_recovered
from microscope.core.saes.base import Sae, Spec
from microscope.core.sites import Site, parse_site
from microscope.engine.model import Model
from microscope.engine.splice import Losses, OfTexts, lay_out, losses, zero
from microscope.errors import Invalid
from microscope.wire.saes import SaeMeasure, SaeSetting, SaeTensor

TEXT = (
    "The cat sat on the mat and looked at the dog, who had come in from the rain. The capital of France is Paris, and "
    "the capital of Italy is Rome. One, two, three, four, five. When Mary and John went to the store, John gave a "
    "bottle of milk to Mary. She said that she had seen him in the garden the day before, near the old tree."
)
"""Plain English that every language model has seen the like of."""

MAX_TOKENS = 512
"""Of the text that is read."""


def bos_in_words(spec: Spec) -> str:
    if spec.architecture.sequential:
        return f"It reads a text from its start: what fires depends on the tokens before. {_bos_of_training(spec)}"
    return _bos_of_training(spec)


def _bos_of_training(spec: Spec) -> str:
    match spec.prepend_bos:
        case None:
            return "Its files do not say whether its training texts began with BOS."
        case True:
            return "Its training texts began with BOS; the activation there is far from all others."
        case False:
            return "Its training texts did not begin with BOS."


def normalization_in_words(spec: Spec) -> str:
    match spec.normalize:
        case "scale":
            return f"Inputs are multiplied by {spec.scale:.6g} and outputs divided: not folded into the weights."
        case "layer_norm":
            return "Each input is brought to mean 0 and standard deviation 1, and outputs back."
        case "constant_norm":
            return f"Each input is brought to the length √{spec.d_in}, and outputs back."
        case "none":
            return _folded_in_words(spec)


def _folded_in_words(spec: Spec) -> str:
    """Of one whose inputs need no more: what was done to them in training, as far as its files say."""
    match spec.training:
        case {"normalize": "scale", "scale": float() as scale}:
            return f"Inputs were scaled by {scale:.6g} to mean norm √{spec.d_in}: folded into the weights."
        case {"normalize": "scale"}:
            return f"Inputs were scaled to mean norm √{spec.d_in}: folded into the weights."
        case {"normalize_activations": "expected_average_only_in"}:
            return "None: the average norm of its training data is folded into the weights (expected_average_only_in)."
        case {"normalize": "none"} | {"normalize_activations": "none"}:
            return "None: inputs are read as they are."
        case _ if spec.format == "microscope":
            return "None, or folded into the weights: its files do not say what was done to the inputs in training."
        case _:
            return "None: inputs are read as they are."


def bias_in_words(spec: Spec) -> str:
    if spec.apply_b_dec_to_input:
        return "b_dec is taken from the input before it is encoded."
    if spec.architecture.tied:
        return "b_dec is not used: neither taken from the input nor added to the output."
    return "The input is encoded as it is; b_dec is added to the output alone."


def tensors_of(sae: Sae) -> tuple[SaeTensor, ...]:
    return tuple(
        SaeTensor(name=name, shape=tuple(value.shape), min=value.min().item(), max=value.max().item())
        for name, value in sorted(sae.weights.items())
    )


def range_of(values: torch.Tensor) -> tuple[float, float]:
    """Least and greatest."""
    return values.min().item(), values.max().item()


def k_of(spec: Spec) -> int | None:
    k: JsonValue = spec.architecture.model_dump().get("k")
    return k if isinstance(k, int) else None


def rule_of(spec: Spec) -> tuple[SaeSetting, ...]:
    """Settings of its architecture beside kind and k."""
    values: dict[str, JsonValue] = spec.architecture.model_dump(mode="json")
    fields = type(spec.architecture).model_fields
    return tuple(
        SaeSetting(name=name, value=values[name], says=" ".join((field.description or "").split()))
        for name, field in fields.items()
        if name not in ("kind", "k")
    )


def measure(model: Model, slug: str, sae: Sae, text: str = TEXT) -> Iterator[SaeMeasure | None]:
    """What the SAE is worth on a text, as the last thing that is yielded; None between two pieces of work.

    Raises:
        Invalid: a text without a position to read.
    """
    ids = model.encode(text)[: min(MAX_TOKENS, model.n_ctx)]
    site = parse_site(sae.spec.site)
    transcodes = sae.spec.site_out not in ("", sae.spec.site)
    meter = Meter(sae.spec.d_out, sae.spec.d_sae, sae.device)
    x, y, chosen = _activations(model, ids, [site, parse_site(sae.spec.site_out) if transcodes else site])
    if not chosen.any():
        raise Invalid("The text has no position but BOS and the first one, which are left out.", next="Give more text.")
    yield None
    given = sae.normalized(x, (len(x),)).at(chosen)
    acts = sae.acts(given)
    meter.add(y[chosen], sae.decode(acts, given), acts)
    yield None
    lost: Losses | None = None
    if not transcodes:
        replacements = {"sae": OfTexts(sae.reconstruct) if sae.sequential else sae.reconstruct, "zero": zero}
        for lost in losses(model, [ids], site, replacements):  # noqa: B007 - the last is kept
            yield None
    yield _measured(slug, meter, lost)


def _activations(
    model: Model, ids: Sequence[int], sites: list[Site]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What both sites hold along the text, and which positions are measured."""
    laid = lay_out(model, [ids])
    captured = model.trace(ids, capture=sites, logits="none").stacked.float()
    return captured[0], captured[1], laid.chosen[0].to(captured.device)


def _measured(slug: str, meter: Meter, lost: Losses | None) -> SaeMeasure:
    result = meter.result()
    measured = SaeMeasure(
        model=slug,
        tokens=result.rows,
        fvu=result.fvu,
        l0=result.l0,
        silent_share=result.dead,
        ce_clean=None,
        ce_sae=None,
        ce_zero=None,
        loss_recovered=None,
        kl=None,
    )
    if lost is None or not len(lost.clean):
        return measured
    clean, sae, zeros = (one.mean().item() for one in (lost.clean, lost.spliced["sae"], lost.spliced["zero"]))
    recovered = loss_recovered(clean=clean, sae=sae, zero=zeros)
    found = {"ce_clean": clean, "ce_sae": sae, "ce_zero": zeros, "loss_recovered": recovered}
    return measured.model_copy(update={**found, "kl": lost.kl["sae"].mean().item()})
