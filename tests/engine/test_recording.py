from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from microscope.core.sites import Site
from microscope.engine import recording
from microscope.engine.model import Model

TEXTS = ("The cat sat on the mat.", "One", "Mary and John went to the store, and John gave a drink to Mary. " * 3, "Я")


def test_vectors_are_those_of_each_context_alone(tiny_model: Callable[..., Model], shape: str) -> None:
    model = tiny_model(shape)
    sites = (Site(0, "resid_pre"), Site(1, "attn_out"), Site(1, "resid_post"))
    batch = [model.encode(text) for text in TEXTS]
    together = recording.record(model, batch, sites)
    alone = torch.cat([model.trace(ids, sites, "none").stacked for ids in batch], dim=1)
    assert together.shape == alone.shape
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4 * alone.abs().max().item())


def test_nothing_behind_the_last_layer_is_computed(tiny_model: Callable[..., Model]) -> None:
    model = tiny_model("gpt2")
    ran: list[int] = []
    blocks = model._base.get_submodule(model.layout.blocks)  # pyright: ignore[reportPrivateUsage]
    handles = [block.register_forward_pre_hook(lambda *_, at=at: ran.append(at)) for at, block in enumerate(blocks)]
    try:
        recording.record(model, [[5, 6, 7]], [Site(1, "resid_post")])
    finally:
        for handle in handles:
            handle.remove()
    assert ran == [0, 1]


def test_contexts_are_the_document_cut_and_begun_anew() -> None:
    ids = list(range(10, 30))
    cut = list(recording.contexts(ids, [0], 8))
    assert [one[0] for one in cut] == [0, 0, 0]
    assert [one for context in cut for one in context[1:]] == ids
    assert max(map(len, cut)) == 8
    assert list(recording.contexts(ids, [], 20)) == [ids]
    assert list(recording.contexts([], [0], 8)) == []
    assert list(recording.contexts([4], [0], 8)) == [[0, 4]]


@pytest.mark.parametrize("tokens", [1, 10, 37, 1_000])
def test_batches_hold_every_context_once_and_keep_to_the_limit(tokens: int) -> None:
    lengths = [3, 9, 1, 9, 2, 30, 4, 4, 1]
    made = recording.batches(lengths, tokens)
    assert sorted(index for batch in made for index in batch) == list(range(len(lengths)))
    for batch in made:
        padded = len(batch) * max(lengths[index] for index in batch)
        assert padded <= tokens or len(batch) == 1


def test_batches_are_smaller_for_larger_models(tiny_model: Callable[..., Model]) -> None:
    small = recording.batch_tokens(tiny_model("gpt2"))
    model = tiny_model("qwen3")
    n = model.info.n_parameters
    assert small * tiny_model("gpt2").info.n_parameters <= 1e10
    assert abs(recording.batch_tokens(model) * n - 1e10) < n


def test_what_a_dtype_cannot_hold_is_found_where_it_is() -> None:
    vectors = torch.ones(2, 5, 3)
    assert recording.first_wrong(vectors, vectors.half()) is None
    vectors[1, 3, 2] = -70_000
    assert recording.first_wrong(vectors, vectors.half()) == (1, 3, 70_000)
    assert recording.first_wrong(vectors, vectors) is None
    vectors[0, 2, 0] = torch.inf
    assert recording.first_wrong(vectors, vectors) == (0, 2, torch.inf)
