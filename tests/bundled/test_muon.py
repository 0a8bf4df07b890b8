from __future__ import annotations

import torch

from microscope.bundled.muon import Muon, Share, orthogonalise


def test_orthogonalising_keeps_singular_vectors_and_levels_the_values():
    torch.manual_seed(0)
    matrices = torch.randn(3, 16, 40)
    u, _, vh = torch.linalg.svd(matrices, full_matrices=False)
    steps = orthogonalise(matrices)
    values = torch.linalg.svdvals(steps)
    assert values.min() > 0.5
    assert values.max() < 1.3
    assert ((u @ vh - steps).norm() / (u @ vh).norm()) < 0.35


def _stepped(share: Share | None) -> list[torch.nn.Parameter]:
    torch.manual_seed(0)
    shapes = ((8, 24), (8, 8), (8, 32), (32, 8))
    matrices = [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]
    for matrix in matrices:
        matrix.grad = torch.randn(matrix.shape)
    muon = Muon(matrices, lr=0.1) if share is None else Muon(matrices, lr=0.1, share=share)
    muon.step()
    return matrices


def test_workers_parts_sum_to_the_whole_step():
    whole = _stepped(None)
    parts: list[list[torch.Tensor]] = []
    for rank in range(2):
        found: list[torch.Tensor] = []
        _stepped(Share(rank, 2, lambda tensor, found=found: found.append(tensor.clone())))
        parts.append(found)
    sums = [sum(pair) for pair in zip(*parts, strict=True)]
    total = iter(sums)
    together = _stepped(Share(0, 2, lambda tensor: tensor.copy_(next(total))))
    for left, right in zip(whole, together, strict=True):
        assert torch.allclose(left, right, atol=1e-6)


def test_the_fused_matrix_is_stepped_as_three():
    torch.manual_seed(0)
    fused = torch.nn.Parameter(torch.zeros(8, 24))
    fused.grad = torch.randn(8, 24)
    alone = [torch.nn.Parameter(torch.zeros(8, 8)) for _ in range(3)]
    for matrix, grad in zip(alone, fused.grad.chunk(3, 1), strict=True):
        matrix.grad = grad.clone()
    Muon([fused], lr=0.1).step()
    Muon(alone, lr=0.1).step()
    assert torch.allclose(fused, torch.cat([*alone], 1), atol=1e-6)


def test_a_repeated_step_lowers_a_quadratic():
    torch.manual_seed(0)
    goal = torch.randn(8, 32)
    matrix = torch.nn.Parameter(torch.zeros(8, 32))
    muon = Muon([matrix], lr=0.05, decay=0.0)
    losses: list[float] = []
    for _ in range(60):
        loss = (matrix - goal).square().mean()
        muon.zero_grad()
        loss.backward()
        muon.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]
