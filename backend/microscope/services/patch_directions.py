"""Directions that no feature writes: of a neuron, tokens, two sets of prompts, a span of a text, a file.

    neuron        W_out[:, i]                                      at the MLP's output
    unembedding   P (γ ⊙ (W_U[t] − W_U[u]))                        see `core.directions`
    means         mean x over some prompts − mean x over others    x at one site, read by the model as it is
    span          mean x over a span − mean x over the rest        of one text

Refusal as a difference of means: Arditi et al. 2024, arXiv 2406.11717, §2.3. Belongs to the event loop's thread;
tensors stay on the device's.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.directions import mean_difference, read_by
from microscope.core.sites import Site
from microscope.engine.device import Priority
from microscope.engine.model import Model
from microscope.engine.tokenizer import Message
from microscope.errors import Incompatible, Invalid, Unsupported
from microscope.lab import Lab, Loaded
from microscope.paths import expanded
from microscope.services.feature_reading import SKIPPED
from microscope.services.given import encoded
from microscope.services.patch_making import Pointing, usual_length
from microscope.store.directions import direction_in, keep_file, tensors_in
from microscope.wire.patch_sources import (
    DirectionFile,
    DirectionTensor,
    FromFile,
    FromMeans,
    FromNeuron,
    FromSpan,
    FromUnembedding,
    OfDirection,
)
from microscope.wire.patches import Origin

REMEMBERED = 8
"""Differences of means that are kept: what was previewed is kept as a patch without its prompts being read again."""

T = TypeVar("T")

Heard = Callable[[int, int], None]
"""Told how many prompts were read, and of how many."""


def unheard(done: int, total: int) -> None:
    """Nobody waits for news."""


class PatchDirections:
    """See the head of this file."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._means: OrderedDict[tuple[str, str], Tensor] = OrderedDict()
        """By weights and prompts; the newest last."""

    async def of(self, source: OfDirection, loaded: Loaded, heard: Heard = unheard) -> Pointing:
        """Pin the model.

        Raises:
            Invalid: a direction of norm 0; prompts, a span or a file that make none.
            NotFound: no such file or tensor.
            Incompatible: a layer, neuron, token, site or width that the model lacks.
            Unsupported: a neuron behind whose matrix stands a norm; turns for a model without a chat template.
            TooLarge: a prompt that the model cannot read.
        """
        model = loaded.model
        site = _site(source, model)
        match source:
            case FromNeuron():
                direction, own = await self._do(lambda: _neuron(model, source)), False
            case FromUnembedding():
                direction, own = await self._do(lambda: _unembedding(model, source)), False
            case FromMeans():
                direction, own = await self._of_means(source, loaded, site, heard), True
            case FromSpan():
                model.check_ids(source.ids)
                direction, own = await self._do(lambda: _span(model, source, site)), True
            case FromFile():
                direction, own = await asyncio.to_thread(direction_in, expanded(source.path), source.tensor), True
                model.place().fits(len(direction))
        length = float(direction.norm())
        if not math.isfinite(length):
            raise Invalid("The direction holds what is no finite number.", next="Choose another one.")
        if not length:
            raise Invalid(_nowhere(source), next="Choose another one.")
        return Pointing(direction, site, source.scale or (length if own else await self.usual(model, site)))

    async def usual(self, model: Model, site: Site) -> float:
        """How long what passes a site is, on average over a fixed text."""
        return await self._do(lambda: usual_length(model, site))

    def file(self, path: str) -> DirectionFile:
        """What lies in a file on this machine. Reads the disk.

        Raises:
            NotFound, Invalid: as `tensors_in` says.
        """
        whole = expanded(path).absolute()
        tensors = tuple(DirectionTensor(name=one.name, shape=one.shape) for one in tensors_in(whole))
        return DirectionFile(path=str(whole), tensors=tensors)

    def upload(self, content: bytes) -> DirectionFile:
        """Keep a file, by what is in it. Writes to the disk.

        Raises:
            Invalid: it is no safetensors file.
        """
        return self.file(str(keep_file(self._lab.folder, content)))

    async def _do(self, job: Callable[[], T]) -> T:
        return await self._lab.device.do(Priority.CLICK, job)

    async def _of_means(self, source: FromMeans, loaded: Loaded, site: Site, heard: Heard) -> Tensor:
        read = {"toward", "away", "read_as", "position", "site"}
        key = (loaded.model.info.weights_sha256 + loaded.slug, source.model_dump_json(include=read))
        if key not in self._means:
            prompts = [await self._prompt(source, one, loaded.model) for one in (*source.toward, *source.away)]
            rows: list[Tensor] = []
            reading = _read(loaded.model, prompts, site, source.position == "mean")
            async for row in self._lab.device.stream(Priority.CLICK, reading):
                rows.append(row)
                heard(len(rows), len(prompts))
            n = len(source.toward)
            self._means[key] = mean_difference(torch.stack(rows[:n]), torch.stack(rows[n:]))
            while len(self._means) > REMEMBERED:
                self._means.popitem(last=False)
        self._means.move_to_end(key)
        return self._means[key]

    async def _prompt(self, source: FromMeans, text: str, model: Model) -> Sequence[int]:
        if source.read_as == "text":
            ids = await encoded(self._lab.settings, model, text)
        else:
            ids = (await asyncio.to_thread(model.chat_ids, [Message("user", text)])).ids
        model.check_ids(ids)
        if source.position == "mean" and len(ids) <= SKIPPED:
            raise Invalid(
                f"The prompt {text[:60]!r} is one token; a mean leaves out the first.",
                next="Give a longer prompt, or read its last token.",
            )
        return ids


def lasting(source: Origin) -> Origin:
    """As it is written down: a file by its whole path, wherever the server is started."""
    if not isinstance(source, FromFile):
        return source
    return source.model_copy(update={"path": str(expanded(source.path).absolute())})


def called(source: OfDirection, model: Model) -> str:
    """A name for what nobody named."""
    match source:
        case FromNeuron():
            return f"neuron {source.neuron} of L{source.layer}"
        case FromUnembedding():
            against = "" if source.minus is None else f" against {_token(model, source.minus)}"
            return f"token {_token(model, source.token)}{against}"
        case FromMeans():
            return f"{len(source.toward)} prompts against {len(source.away)} at {source.site}"
        case FromSpan():
            return f"tokens {source.start} to {source.end - 1} against the rest at {source.site}"
        case FromFile():
            return f"{Path(source.path).name}{source.tensor and f' {source.tensor}'}"


def _token(model: Model, token: int) -> str:
    return repr(model.tokenizer.decode([token]).decode(errors="replace"))


def _site(source: OfDirection, model: Model) -> Site:
    if not isinstance(source, FromNeuron):
        return model.place().site(source.site)
    site = model.place().site(str(Site(source.layer, "mlp_out")))
    if model.layout.post_norm:
        raise Unsupported(
            f"What the MLPs of {model.name} write passes a norm before it is added to the residual stream, so that a "
            "neuron writes no one direction of it.",
            next="Choose a difference of means at the layer's resid_post.",
        )
    return site


def _neuron(model: Model, source: FromNeuron) -> Float[Tensor, " d_model"]:
    w_out = model.w_out(source.layer)
    if source.neuron >= len(w_out):
        raise Incompatible(
            f"There is no neuron {source.neuron}: the MLPs of {model.name} have {len(w_out)}, counted from 0.",
            next="Choose another one.",
        )
    return w_out[source.neuron].float().cpu()


def _unembedding(model: Model, source: FromUnembedding) -> Float[Tensor, " d_model"]:
    for token in (source.token, source.minus):
        if token is not None and token >= model.d_vocab:
            raise Incompatible(
                f"Token {token} is outside the vocabulary of {model.d_vocab} of {model.name}.",
                next=f"Give an id from 0 to {model.d_vocab - 1}.",
            )
    return read_by(model.unembed, source.token, source.minus).cpu()


@torch.no_grad()
def _span(model: Model, source: FromSpan, site: Site) -> Float[Tensor, " d_model"]:
    positions = torch.arange(len(source.ids))
    inside = (positions >= source.start) & (positions < source.end)
    counted = positions >= SKIPPED
    if not (inside & counted).any() or not (~inside & counted).any():
        raise Invalid(
            f"The span {source.start}:{source.end} of {len(source.ids)} tokens leaves nothing to compare: expected at "
            "least one token in it and one outside of it, the first token aside.",
            next="Choose another span.",
        )
    rows = model.trace(source.ids, [site], logits="none").stacked[0].float().cpu()
    return mean_difference(rows[inside & counted], rows[~inside & counted])


def _read(model: Model, prompts: Sequence[Sequence[int]], site: Site, mean: bool) -> Iterator[Tensor]:
    """One prompt between two yields: what is read of it, (d_model,) float32."""
    for ids in prompts:
        rows = model.trace(ids, [site], logits="none").stacked[0].float()
        yield (rows[SKIPPED:].mean(0) if mean else rows[-1]).cpu()


def _nowhere(source: OfDirection) -> str:
    match source:
        case FromMeans() | FromSpan():
            return f"The two means at {source.site} are the same; expected a difference."
        case FromFile():
            return "The direction in the file has norm 0; it points nowhere."
        case FromUnembedding():
            return "The two tokens have the same row in W_U; expected a difference."
        case FromNeuron():
            return f"Neuron {source.neuron} of layer {source.layer} writes nothing: its column of W_out is 0."
