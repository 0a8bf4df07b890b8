"""The hash by which an SAE is known."""

from __future__ import annotations

import torch

from microscope.core.saes.identity import content_sha256


def test_order_and_storage_change_nothing_and_a_number_changes_all() -> None:
    one = {"W_enc": torch.arange(12.0).reshape(3, 4), "b_enc": torch.zeros(4)}
    same = {"b_enc": torch.zeros(4, dtype=torch.float16), "W_enc": one["W_enc"].T.contiguous().T}
    assert content_sha256(one) == content_sha256(same)
    assert content_sha256(one) != content_sha256({**one, "b_enc": torch.tensor([0.0, 0, 0, 1])})
    assert content_sha256(one) != content_sha256({**one, "W_enc": one["W_enc"].reshape(4, 3)})
