from __future__ import annotations

import torch

from microscope.bundled import forward
from microscope.bundled.train import new_model

torch.set_num_threads(1)


def test_the_training_forward_pass_is_the_saved_model():
    model = new_model(0, n_layers=2, d_model=32, n_heads=4)
    # Longer than a span, so that the attention is put together from two.
    ids = torch.randint(0, 4096, (2, forward.SPAN + 60))
    with torch.no_grad():
        expected = model(input_ids=ids).logits.flatten(0, 1)
        assert (forward.logits(model, ids, torch.float32) - expected).abs().max() < 1e-5


def test_gradients_are_the_saved_models():
    model = new_model(0, n_layers=2, d_model=32, n_heads=4)
    ids = torch.randint(0, 4096, (2, 50))
    targets = torch.cat([ids[:, 1:], torch.full((2, 1), -100)], 1)
    forward.loss(model, ids, targets, torch.float32).backward()
    mine = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    model(input_ids=ids, labels=ids).loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.allclose(mine[name], parameter.grad, atol=1e-5), name
