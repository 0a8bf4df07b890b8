from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from microscope.engine.edits import UNCHANGED
from microscope.engine.generate import Request, Step, generate
from microscope.engine.model import Model
from microscope.engine.state import Recipe, State, common_prefix, in_chunks, prefill, rebuild
from microscope.errors import TooLarge

LoadTiny = Callable[..., Model]
TEXT = "The capital of France is Paris. The cat sat on the mat and the dog ran after the cat."

TOLERANCE = {"float32": 5e-5, "bfloat16": 0.25}
"""Of tensors with entries around 1."""


def tolerance(dtype: str, theirs: Tensor) -> float:
    """Of a trained model's residuals, which grow to a thousand: roundings of the largest entry, two or three in each of
    twelve blocks (measured: 15 in float32)."""
    return max(TOLERANCE[dtype], 32 * torch.finfo(getattr(torch, dtype)).eps * theirs.abs().max().item())


"""Residuals, computed token by token against in one pass, kernels being different. Measured over all shapes: 1.6e-5
and 0.16 with residuals up to 13, and 6e-6 and 0.04 in the logits."""


def filled(model: Model, ids: Sequence[int], chunk: int = 512) -> State:
    state = State(model)
    for _ in prefill(state, ids, chunk):
        pass
    return state


def generated(state: State, ids: Sequence[int], count: int) -> list[int]:
    return [
        event.token_id
        for event in generate(state, Request(tuple(ids), max_new_tokens=count))
        if isinstance(event, Step)
    ]


def computed(model: Model, work: Callable[[], object]) -> tuple[int, int]:
    """Forward passes and positions that this took."""
    forwards, positions = model.counts.forwards, model.counts.positions_computed
    work()
    return model.counts.forwards - forwards, model.counts.positions_computed - positions


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_token_by_token_is_one_pass(tiny_model: LoadTiny, shape: str, dtype: str) -> None:
    """Sliding windows of 8 positions included: the cache keeps what the mask hides."""
    model = tiny_model(shape, dtype)
    ids = model.encode(TEXT)
    streamed, whole = filled(model, ids, chunk=1), model.trace(ids, logits="last")
    for ours, theirs in (
        (streamed.resid, whole.resid),
        (streamed.attn_out, whole.attn_out),
        (streamed.mlp_out, whole.mlp_out),
    ):
        assert ours.dtype == theirs.dtype
        torch.testing.assert_close(ours, theirs, atol=tolerance(dtype, theirs), rtol=0)
    assert whole.logits is not None
    logits = whole.logits[0].float()
    torch.testing.assert_close(streamed.logits(), logits, atol=tolerance(dtype, logits), rtol=0)


def test_one_chunk_is_bit_equal_to_a_plain_pass(tiny_model: LoadTiny, main_shape: str) -> None:
    model = tiny_model(main_shape)
    ids = model.encode(TEXT)
    assert torch.equal(filled(model, ids).resid, model.trace(ids).resid)


def test_a_click_runs_no_forward_pass(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    state = filled(model, model.encode(TEXT))
    assert computed(model, lambda: (state.resid[:, 3], state.attn_out[:, 3], state.logits())) == (0, 0)


def test_the_next_turn_computes_only_its_new_tokens(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    ids = model.encode(TEXT)
    state = State(model)
    reply = generated(state, ids, 6)
    longer = [*ids, *reply, *model.encode(" The dog")]
    progress = list(prefill(state, longer))
    assert progress[0].reused == len(ids) + 5, "the last sampled token was never computed"
    again = filled(model, longer)
    forwards, positions = computed(model, lambda: filled(model, longer))
    assert (forwards, positions) == (1, len(longer))
    shorter = again.fork(progress[0].reused)
    assert computed(model, lambda: list(prefill(shorter, longer))) == (1, len(longer) - progress[0].reused)


def test_a_branch_reuses_its_prefix(tiny_model: LoadTiny) -> None:
    model = tiny_model("qwen3")
    ids = model.encode(TEXT)
    state = filled(model, ids)
    branch = state.fork(10)
    assert computed(model, lambda: list(prefill(branch, [*ids[:10], 7, 8]))) == (1, 2)
    assert state.ids == ids
    torch.testing.assert_close(branch.resid, model.trace([*ids[:10], 7, 8]).resid, atol=5e-5, rtol=0)


def test_cropping_asks_the_kept_residual_for_its_prediction(tiny_model: LoadTiny, main_shape: str) -> None:
    model = tiny_model(main_shape)
    ids = model.encode(TEXT)
    state, shorter = filled(model, ids), filled(model, ids[:10])
    state.crop(10)
    assert computed(model, state.logits) == (0, 0)
    torch.testing.assert_close(state.logits(), shorter.logits(), atol=1e-4, rtol=0)


def test_a_pass_without_the_head_predicts_the_same(tiny_model: LoadTiny, main_shape: str) -> None:
    model = tiny_model(main_shape)
    ids = model.encode(TEXT)
    without = State(model)
    without.extend(ids, head=False)
    assert torch.equal(without.logits(), filled(model, ids).logits())


def test_a_crop_forgets_and_can_grow_again(tiny_model: LoadTiny) -> None:
    model = tiny_model("mistral")
    ids = model.encode(TEXT)
    state = filled(model, ids)
    state.crop(12)
    state.extend(ids[12:])
    torch.testing.assert_close(state.resid, model.trace(ids).resid, atol=5e-5, rtol=0)


def test_the_same_shapes_rebuild_the_same_bits(tiny_model: LoadTiny, main_shape: str) -> None:
    for dtype in ("float32", "bfloat16"):
        model = tiny_model(main_shape, dtype)
        state = State(model)
        generated(state, model.encode(TEXT), 12)
        recipe = state.recipe
        assert recipe.exact
        again = rebuilt(model, recipe)
        assert torch.equal(again.resid, state.resid)
        assert torch.equal(again.attn_out, state.attn_out)
        assert torch.equal(again.logits(), state.logits())
        assert again.original(0, len(again))
        assert again.recipe == recipe


def test_other_shapes_are_close_and_say_so(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    ids = model.encode(TEXT)
    state = filled(model, ids)
    state.crop(9)
    state.extend(ids[9:])
    assert not state.recipe.exact
    assert state.original(0, len(state))
    again = rebuilt(model, state.recipe)
    assert not again.original(0, 1)
    assert not rebuilt(model, again.recipe).original(0, 1), "evicted once more, it still says so"
    torch.testing.assert_close(again.resid, state.resid, atol=5e-5, rtol=0)


def test_every_position_knows_whether_it_is_what_was_computed_first(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    ids = model.encode(TEXT)
    state = filled(model, ids[:8], chunk=4)
    for _ in prefill(state, ids[:12]):
        pass
    state.crop(10)
    again = rebuilt(model, state.recipe)
    again.extend(ids[10:])
    assert [again.original(at, at + 1) for at in (0, 3, 4, 7, 8, 9, 10, len(ids) - 1)] == [
        *(True, True, True, True),
        *(False, False),
        *(True, True),
    ]
    assert again.original(0, 8)
    assert not again.original(7, 9)
    assert again.fork(8).original(0, 8)
    assert torch.equal(again.resid[:, :8], state.resid[:, :8])


def test_what_nobody_knows_is_read_in_chunks_and_is_not_original(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt2")
    ids = tuple(model.encode(TEXT))
    assert not Recipe(ids, ()).exact
    again = rebuilt(model, Recipe(ids, ()))
    assert not any(again.original(at, at + 1) for at in range(len(ids)))
    assert torch.equal(again.resid, filled(model, ids).resid)
    assert in_chunks(ids) == filled(model, ids).recipe
    assert in_chunks(ids, 8) == filled(model, ids, 8).recipe


def test_a_recipe_makes_as_much_as_agrees(tiny_model: LoadTiny) -> None:
    recipe = filled(tiny_model("gpt2"), [5] * 20, chunk=8).recipe
    assert [step.length for step in recipe.agreeing([5] * 16, UNCHANGED).passes] == [8, 8]
    assert recipe.agreeing([5] * 16, UNCHANGED).exact
    assert [step.exact for step in recipe.agreeing([5] * 9 + [6], UNCHANGED).passes] == [True, False]
    assert recipe.agreeing([5] * 30, UNCHANGED) == recipe


def rebuilt(model: Model, recipe: Recipe) -> State:
    state = State(model)
    for _ in rebuild(state, recipe):
        pass
    return state


def test_a_rebuild_can_be_broken_off_between_passes_and_goes_on(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    recipe = filled(model, model.encode(TEXT), chunk=8).recipe
    assert [step.length for step in recipe.passes] == [8, 8, 5]
    assert [progress.done for progress in rebuild(State(model), recipe)] == [8, 16, 21]
    whole = rebuilt(model, recipe)
    for broken in (1, 2):
        state = State(model)
        for _ in zip(range(broken), rebuild(state, recipe), strict=False):
            pass
        assert len(state) == 8 * broken
        for _ in rebuild(state, recipe):
            pass
        assert torch.equal(state.resid, whole.resid)
        assert state.recipe == recipe


def test_a_pass_that_fails_leaves_the_state_as_it_was(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    ids = model.encode(TEXT)
    state = filled(model, ids[:10])
    block = model._hf.base_model.layers[1]  # pyright: ignore[reportPrivateUsage]

    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    handle = block.register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        state.extend(ids[10:12])
    handle.remove()
    state.extend(ids[10:])
    torch.testing.assert_close(state.resid, model.trace(ids).resid, atol=5e-5, rtol=0)


def test_bytes_grow_with_the_text_and_a_fork_holds_only_its_prefix(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    ids = model.encode(TEXT) * 3
    state = filled(model, ids)
    per_position = (10 * 64 + 3 * 2 * 2 * 16) * 4
    assert state.n_bytes >= len(ids) * per_position
    assert state.fork(10).n_bytes < state.n_bytes
    assert State(model).n_bytes == 0


def test_common_prefix() -> None:
    assert common_prefix([1, 2, 3], [1, 2, 4]) == 2
    assert common_prefix([1, 2], [1, 2, 4]) == 2
    assert common_prefix([], [1]) == 0


def test_nothing_is_computed_past_the_last_position(tiny_model: LoadTiny) -> None:
    state = filled(tiny_model("gpt2"), [5] * 256)
    with pytest.raises(TooLarge, match="256 tokens and 1 more do not fit into n_ctx=256"):
        state.extend([5])
