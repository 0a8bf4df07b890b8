"""The lens against the most obvious way: all logits at once, softmax, sort."""

import pytest
import torch
from torch import Tensor

from microscope.core.lens import TunedLens, Unembed, grid, read, summary, translate

ROWS, POSITIONS, D_MODEL, D_VOCAB = 5, 7, 16, 101


def unembed_of(bias: bool = False, scale: float = 1.0, softcap: float | None = None) -> Unembed:
    torch.manual_seed(1)
    norm = torch.nn.LayerNorm(D_MODEL).requires_grad_(False)
    return Unembed(norm, torch.randn(D_VOCAB, D_MODEL), torch.randn(D_VOCAB) if bias else None, scale, softcap)


def residual(outlier: float = 1.0) -> Tensor:
    """(row, position, d_model); with an outlier, one dimension dwarfs the others as in large models."""
    torch.manual_seed(2)
    resid = torch.randn(ROWS, POSITIONS, D_MODEL) * 3
    resid[..., 3] *= outlier
    return resid


HEADS = [
    pytest.param(unembed_of(), id="plain"),
    pytest.param(unembed_of(bias=True, scale=0.5), id="bias and scale"),
    pytest.param(unembed_of(softcap=5.0), id="softcap"),
]


@pytest.mark.parametrize("unembed", HEADS)
@pytest.mark.parametrize("outlier", [1.0, 1000.0])
def test_a_summary_is_what_softmax_and_sort_give(unembed: Unembed, outlier: float) -> None:
    resid, chosen = residual(outlier), torch.arange(POSITIONS) * 3
    got = summary(resid, unembed, chosen, k=4)
    probabilities = unembed(resid).softmax(-1)
    expected = probabilities.sort(-1, descending=True)
    assert torch.equal(got.ids, expected.indices[..., :4])
    torch.testing.assert_close(got.probabilities, expected.values[..., :4])
    torch.testing.assert_close(got.entropy, torch.special.entr(probabilities).sum(-1))
    torch.testing.assert_close(got.chosen, probabilities[:, torch.arange(POSITIONS), chosen])


@pytest.mark.parametrize("outlier", [1.0, 100.0])
@pytest.mark.parametrize("common", [0.0, 1.0])
def test_a_summary_of_a_large_head_is_that_of_float64(outlier: float, common: float) -> None:
    """Residuals with one dimension that dwarfs the others, rows of W_U that share a direction: as in real models."""
    torch.manual_seed(3)
    resid = torch.randn(13, 256)
    resid[:, 5] *= outlier
    direction = torch.randn(256)
    weight = 0.05 * torch.randn(4_096, 256) + 0.2 * common * direction
    unembed = Unembed(lambda rows: torch.nn.functional.layer_norm(rows, (256,)) + common * direction, weight)
    got = summary(resid, unembed, torch.tensor(7))
    exact = torch.nn.functional.linear(unembed.norm(resid.double()), weight.double()).softmax(-1)
    expected = exact.sort(-1, descending=True)
    assert torch.equal(got.ids, expected.indices[:, :10])
    torch.testing.assert_close(got.probabilities, expected.values[:, :10].float(), atol=1e-6, rtol=2e-4)
    torch.testing.assert_close(got.entropy, torch.special.entr(exact).sum(-1).float(), atol=1e-4, rtol=0)
    torch.testing.assert_close(got.chosen, exact[:, 7].float(), atol=1e-6, rtol=2e-4)


def test_where_nothing_was_chosen_its_probability_is_nan() -> None:
    assert summary(residual(), unembed_of()).chosen.isnan().all()


@pytest.mark.parametrize("unembed", HEADS)
def test_a_reading_is_what_softmax_and_sort_give(unembed: Unembed) -> None:
    resid = residual()[:, 0]
    got = read(resid, unembed, last=resid[-1], actual=17, k=3)
    probabilities = unembed(resid).softmax(-1)
    torch.testing.assert_close(got.logprob.exp(), probabilities[:, 17])
    assert got.rank.tolist() == [int((row > row[17]).sum()) for row in probabilities]
    by_hand = (probabilities[-1] * (probabilities[-1] / probabilities).log()).sum(-1)
    torch.testing.assert_close(got.kl_to_last, by_hand, atol=1e-5, rtol=1e-4)
    assert 0 <= got.kl_to_last[-1] < 1e-6


def test_a_reading_about_no_token_has_no_rank() -> None:
    resid = residual()[:, 0]
    got = read(resid, unembed_of(), last=resid[-1], actual=None)
    assert got.logprob.isnan().all()
    assert got.rank.tolist() == [-1] * ROWS


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_where_a_logit_is_not_finite_there_is_no_rank_and_every_number_is_nan(value: float) -> None:
    resid = residual()
    resid[2:, 1, 0] = value
    one = read(resid[:, 1], unembed_of(), last=resid[-1, 1], actual=17)
    assert [rank >= 0 for rank in one.rank.tolist()] == [True, True, False, False, False]
    assert one.logprob.isnan().tolist() == one.entropy.isnan().tolist() == [False, False, True, True, True]
    assert one.kl_to_last.isnan().all()
    for chunk in (17, 1_000):
        every = grid(resid, unembed_of(), resid[-1], torch.full((POSITIONS,), 17), chunk=chunk)
        assert torch.equal(every.ranks[:, 1], one.rank)
        assert every.target_logprobs[:, 1].isnan().tolist() == one.logprob.isnan().tolist()
        assert (every.ranks[:, 2] >= 0).all()


@pytest.mark.parametrize("unembed", HEADS)
@pytest.mark.parametrize(("chunk", "positions"), [(1_000, 64), (17, 3), (1, 1)])
@pytest.mark.parametrize("outlier", [1.0, 1000.0])
def test_a_grid_is_a_reading_at_every_position_however_it_is_cut(
    unembed: Unembed, chunk: int, positions: int, outlier: float
) -> None:
    resid = residual(outlier)
    targets = torch.tensor([0, 5, -1, 100, 50, 3, 3])
    got = grid(resid, unembed, resid[-1], targets, chunk=chunk, positions_at_once=positions)
    for position, target in enumerate(targets.tolist()):
        one = read(resid[:, position], unembed, resid[-1, position], None if target < 0 else target)
        assert torch.equal(got.top_ids[:, position], one.ids[:, 0])
        assert torch.equal(got.ranks[:, position], one.rank)
        for whole, single in [
            (got.top_logprobs, one.logprobs[:, 0]),
            (got.entropy, one.entropy),
            (got.target_logprobs, one.logprob),
            (got.kl_to_last, one.kl_to_last),
        ]:
            torch.testing.assert_close(whole[:, position], single, atol=5e-5, rtol=1e-4, equal_nan=True)


SIXTEEN_BITS = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])


@SIXTEEN_BITS
def test_in_16_bits_a_grid_has_the_ranks_and_probabilities_of_a_reading(dtype: torch.dtype) -> None:
    """Numbers of few bits, whose float32 sums are exact in any order: a logit is rounded once, and has equals."""
    torch.manual_seed(4)
    weight = (torch.randint(-128, 128, (3_000, 64)) / 64).to(dtype)
    resid = (torch.randint(-64, 64, (ROWS, 40, 64)) / 16).to(dtype)
    targets = torch.randint(3_000, (40,))
    unembed = Unembed(torch.nn.Identity(), weight)
    got = grid(resid, unembed, resid[-1], targets, chunk=700)
    for position, target in enumerate(targets.tolist()):
        one = read(resid[:, position], unembed, resid[-1, position], target)
        assert torch.equal(got.ranks[:, position], one.rank)
        torch.testing.assert_close(got.target_logprobs[:, position], one.logprob, atol=1e-5, rtol=1e-6)


@SIXTEEN_BITS
@pytest.mark.parametrize("confidence", [0.0, 4.0, 16.0])
@pytest.mark.parametrize(("bias", "scale", "softcap"), [(False, 1.0, None), (True, 0.5, None), (False, 1.0, 30.0)])
def test_in_16_bits_no_probability_of_a_grid_exceeds_1_and_rank_0_is_the_peak(
    dtype: torch.dtype, confidence: float, bias: bool, scale: float, softcap: float | None
) -> None:
    torch.manual_seed(5)
    weight = (torch.randn(5_000, 256) / 16).to(dtype)
    unembed = Unembed(torch.nn.Identity(), weight, torch.randn(5_000).to(dtype) if bias else None, scale, softcap)
    targets = torch.randint(5_000, (40,))
    resid = (torch.randn(ROWS, 40, 256) + confidence * weight[targets].float()).to(dtype)
    got = grid(resid, unembed, resid[-1], targets, chunk=1_500)
    assert (got.target_logprobs.exp() <= 1 + 1e-6).all()
    assert torch.equal(got.ranks == 0, got.target_logprobs == got.top_logprobs)

    ends = zip(resid.unbind(1), resid[-1], targets.tolist(), strict=True)
    readings = [read(rows, unembed, last, target) for rows, last, target in ends]
    # Sums in another order may fall on the other side of a rounding: the target's, and the likeliest in the softmax.
    step = torch.finfo(dtype).eps * 2 ** unembed(resid).abs().amax(-1).log2().floor()
    assert ((got.target_logprobs - torch.stack([one.logprob for one in readings], 1)).abs() <= 2 * step).all()
    assert (got.ranks == torch.stack([one.rank for one in readings], 1)).float().mean() > 0.95


def test_the_identity_translator_is_the_logit_lens() -> None:
    resid = residual()
    identity = TunedLens(torch.zeros(ROWS - 1, D_MODEL, D_MODEL), torch.zeros(ROWS - 1, D_MODEL))
    assert torch.equal(translate(resid, identity), resid)


def test_translator_i_moves_row_i_and_leaves_the_last_row() -> None:
    resid = residual()
    lens = TunedLens(torch.randn(ROWS - 1, D_MODEL, D_MODEL), torch.randn(ROWS - 1, D_MODEL))
    moved = translate(resid, lens)
    for layer in range(ROWS - 1):
        expected = resid[layer] + resid[layer] @ lens.weight[layer].T + lens.bias[layer]
        torch.testing.assert_close(moved[layer], expected, atol=1e-4, rtol=1e-5)
    assert torch.equal(moved[-1], resid[-1])
    torch.testing.assert_close(translate(resid[:, 0], lens), moved[:, 0], atol=1e-4, rtol=1e-5)


def test_bf16_weights_are_read_in_bf16_and_summed_in_float32() -> None:
    plain = unembed_of()
    halved = Unembed(torch.nn.Identity(), plain.weight.bfloat16())
    got = halved(residual().bfloat16())
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, torch.nn.functional.linear(residual().bfloat16(), halved.weight).float())
