"""GroupMax against a loop over groups."""

import torch

from microscope.core.saes.groupmax import GroupMax


def test_the_largest_of_each_group_fires_where_it_is_above_zero() -> None:
    draw = torch.Generator().manual_seed(0)
    weights = {"W_enc": torch.randn(6, 20, generator=draw), "b_enc": torch.randn(20, generator=draw) - 0.5}
    c = torch.randn(30, 6, generator=draw)
    acts = GroupMax(k=4).encode(weights, c)
    pre = c @ weights["W_enc"] + weights["b_enc"]
    expected = torch.zeros_like(pre)
    for row in range(30):
        for group in range(4):
            best = max(range(group * 5, group * 5 + 5), key=lambda feature: pre[row, feature].item())
            expected[row, best] = max(pre[row, best].item(), 0.0)
    assert torch.equal(acts, expected)
    assert (acts > 0).sum(-1).max() == 4
    assert (acts > 0).sum(-1).min() < 4
