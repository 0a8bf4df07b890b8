from __future__ import annotations

import pytest
import torch

from microscope.engine.sampling import Sampling, sample
from microscope.errors import Invalid

LOGITS = torch.tensor([0.0, 2.0, 1.0, -1.0, 3.0])


def frequencies(sampling: Sampling, draws: int = 4_000) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    drawn = torch.tensor([sample(LOGITS, sampling, generator) for _ in range(draws)])
    return drawn.bincount(minlength=len(LOGITS)) / draws


def test_temperature_zero_is_the_likeliest_token() -> None:
    assert sample(LOGITS, Sampling(), torch.Generator()) == 4


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_tokens_are_drawn_as_often_as_their_probability_says(temperature: float) -> None:
    expected = (LOGITS / temperature).softmax(-1)
    torch.testing.assert_close(frequencies(Sampling(temperature=temperature)), expected, atol=0.03, rtol=0)


@pytest.mark.parametrize("more", [{}, {"top_k": 2}, {"top_p": 0.5}])
@pytest.mark.parametrize("temperature", [1e-300, 1e-310, 5e-324])
def test_the_tiniest_temperatures_are_greedy(temperature: float, more: dict[str, float]) -> None:
    logits = torch.tensor([1.0, 5.0, 2.0, 0.0])
    sampling = Sampling(temperature=temperature)._replace(**more)
    assert sample(logits, sampling, torch.Generator().manual_seed(0)) == 1


def test_top_k_keeps_the_k_likeliest() -> None:
    expected = torch.tensor([-torch.inf, 2.0, -torch.inf, -torch.inf, 3.0]).softmax(-1)
    torch.testing.assert_close(frequencies(Sampling(temperature=1, top_k=2)), expected, atol=0.03, rtol=0)


def test_top_p_keeps_the_fewest_that_reach_p() -> None:
    """Probabilities are 0.64, 0.23, 0.09, 0.03, 0.01: 0.7 needs two tokens, 0.9 needs three."""
    assert (frequencies(Sampling(temperature=1, top_p=0.7)) > 0).tolist() == [False, True, False, False, True]
    assert (frequencies(Sampling(temperature=1, top_p=0.9)) > 0).tolist() == [False, True, True, False, True]


def test_a_tiny_top_p_is_greedy() -> None:
    assert frequencies(Sampling(temperature=1, top_p=1e-9))[4] == 1


def test_options_that_are_off_change_no_draw() -> None:
    """Sorted and unsorted paths draw other tokens for one seed, but from one distribution."""
    plain = frequencies(Sampling(temperature=1))
    everything = frequencies(Sampling(temperature=1, top_k=5))
    torch.testing.assert_close(plain, everything, atol=0.03, rtol=0)


def test_a_seed_repeats_its_draws() -> None:
    draws = [
        [sample(LOGITS, Sampling(temperature=1), generator) for _ in range(20)]
        for generator in (torch.Generator().manual_seed(seed) for seed in (1, 1, 2))
    ]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(
    "wrong", [Sampling(temperature=-1), Sampling(temperature=float("nan")), Sampling(top_p=0), Sampling(top_k=-1)]
)
def test_settings_out_of_range_are_refused(wrong: Sampling) -> None:
    with pytest.raises(Invalid, match="expected"):
        wrong.check()
