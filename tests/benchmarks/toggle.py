"""A patch is switched on or off: from what the page asks to new logits at the last position of a text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from microscope.core.patches.base import Member, placed
from microscope.core.patches.direction import packed
from microscope.core.patches.steer import Steer
from microscope.core.sites import Site
from microscope.engine.edits import Edits
from microscope.engine.model import Model
from microscope.engine.streams import Streams
from microscope.lab import Lab, Loaded
from microscope.services import open_services
from microscope.services.patch_trials import PatchTrials
from microscope.settings import Settings
from microscope.wire.patch_trials import PatchesTried, TryPatches
from microscope.wire.patches import FromContent, PatchMember
from tests.benchmarks.harness import Line, Rounds, Variant, on_cores, take_turns
from tests.benchmarks.shapes import S, Shape, open_shape, random_ids

MOST = 0.55
FORWARD, WHOLE = "one forward, last position unembedded", "a whole pass with both"
ON, OFF = "a patch of the middle layer switched on beside a later one, answered", "the same switched off, answered"
MOVED = "both on a text whose last token is another, answered"


def measure(shape: Shape = S, rounds: int = 60, n_positions: int = 64) -> list[Line]:
    turns = on_cores(1, toggles, shape, rounds, n_positions)
    targets = {ON: MOST, OFF: MOST, MOVED: None, WHOLE: None}
    return [
        Line(f"{way}, against {FORWARD} ({shape.name})", turns.ratio(way, FORWARD), target)
        for way, target in targets.items()
    ]


@torch.no_grad()
def toggles(shape: Shape, rounds: int, n_positions: int) -> Rounds:
    """Asked of the service that answers the page. Each round begins with another text, whose pass without patches is
    then kept."""
    opened, text = open_shape(shape), [*random_ids(shape, n_positions)]
    model, end = opened.model, Site(shape.n_layers - 1, "resid_post")
    middle, late = (_steer(model, layer) for layer in (shape.n_layers // 2, 3 * shape.n_layers // 4))
    edits = placed([Member(patch=middle), Member(patch=late)], model.place())

    def forward() -> torch.Tensor:
        return opened.hf(input_ids=torch.tensor([text]), logits_to_keep=1, use_cache=False).logits

    def whole() -> torch.Tensor:
        return model.unembed(model.trace_rows(torch.tensor([text]), [end], edits=[Edits(edits)])[0, 0, -1])

    with TemporaryDirectory() as home, asyncio.Runner() as runner:
        lab = runner.run(_opened(Path(home), shape.name, model))
        try:
            ask = _asking(runner, open_services(lab).patch_trials, shape.name)

            def moved() -> PatchesTried:
                text[-1] = (text[-1] + 1) % shape.d_vocab
                return ask(text, [middle, late])

            turns = take_turns(
                [
                    Variant(FORWARD, forward),
                    Variant(MOVED, moved),
                    Variant(WHOLE, whole),
                    Variant(OFF, lambda: ask(text, [late])),
                    Variant(ON, lambda: ask(text, [middle, late])),
                ],
                rounds,
                time.process_time,
            )
        finally:
            runner.run(lab.close())
    said: PatchesTried = turns.result(ON)
    expected = turns.result(WHOLE).softmax(-1)
    assert said.tokens[0].token_id == int(expected.argmax())
    for one in said.tokens:
        torch.testing.assert_close(one.patched, float(expected[one.token_id]), atol=1e-6, rtol=1e-3)
    assert said.kl > 0.01, "the patches change what is said"
    return turns


def _steer(model: Model, layer: int) -> Steer:
    direction = torch.randn(model.d_model, generator=torch.Generator().manual_seed(layer))
    return Steer(site=f"L{layer}.resid_pre", direction=packed(direction), scale=9.0)


async def _opened(home: Path, slug: str, model: Model) -> Lab:
    lab = Lab.open(Settings(home=home, device="cpu", model_budget_bytes=2 * model.info.bytes))
    lab.models.put(slug, Loaded(slug, model, Streams(lab.device, model), home, b"", "", thinking=False))
    return lab


def _asking(
    runner: asyncio.Runner, trials: PatchTrials, slug: str
) -> Callable[[Sequence[int], Sequence[Steer]], PatchesTried]:
    def ask(ids: Sequence[int], patches: Sequence[Steer]) -> PatchesTried:
        members = tuple(PatchMember(source=FromContent(patch=one)) for one in patches)
        query = TryPatches(id=1, model=slug, members=members, ids=tuple(ids), controls=0)
        # Not `runner.run`, which puts a signal's handler in place each time.
        return runner.get_loop().run_until_complete(trials.try_(query))

    return ask
