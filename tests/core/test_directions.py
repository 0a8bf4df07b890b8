"""Directions through norms that are written out."""

import pytest
import torch
from torch import Tensor, nn

from microscope.core.directions import decoder_of, gain_of, nearest, read_by, unit_rows, written_by
from microscope.core.lens import Unembed


class RmsNorm(nn.Module):
    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, x: Tensor) -> Tensor:
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * self.weight


def layer_norm(weight: Tensor) -> nn.Module:
    norm = nn.LayerNorm(len(weight))
    with torch.no_grad():
        norm.weight.copy_(weight)
        norm.bias.normal_()
    return norm.requires_grad_(False)


@pytest.mark.parametrize("d_model", [8, 7])
@pytest.mark.parametrize("centred", [False, True])
def test_a_norms_gain_is_found_whatever_its_bias(d_model: int, centred: bool) -> None:
    torch.manual_seed(0)
    weight = torch.randn(d_model)
    gain = gain_of(layer_norm(weight) if centred else RmsNorm(weight), d_model, weight)
    assert gain.centred == centred
    torch.testing.assert_close(gain.weight, weight, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("centred", [True, False])
def test_what_is_read_behind_a_norm_is_read_before_it_along_another_direction(centred: bool) -> None:
    torch.manual_seed(0)
    weight, read, x = torch.randn(3, 16).unbind()
    gain = gain_of(layer_norm(weight) if centred else RmsNorm(weight), 16, weight)
    torch.testing.assert_close(gain(x[None])[0] @ read, gain.back(read[None])[0] @ x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("centred", [True, False])
def test_a_tokens_own_direction_raises_it_as_the_decoder_says(centred: bool) -> None:
    torch.manual_seed(0)
    weight, w_u = torch.randn(16), torch.randn(9, 16)
    unembed = Unembed(layer_norm(weight) if centred else RmsNorm(weight), w_u)
    direction = read_by(unembed, 3, minus=5)
    written = written_by(unembed, direction)
    assert written[3] - written[5] == pytest.approx(float(direction @ direction), rel=1e-3)
    top = decoder_of(unembed).extremes(direction[None], 9)
    torch.testing.assert_close(written[top.top_ids[0]], top.top[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("centred", [False, True])
def test_logits_are_how_the_models_own_change_per_unit_of_the_direction(centred: bool) -> None:
    """Along the direction the head is linear once the norm's scale is frozen: the derivative says the same."""
    torch.manual_seed(1)
    weight, w_u, direction = torch.randn(8), torch.randn(30, 8), torch.randn(8)
    norm = layer_norm(weight) if centred else RmsNorm(weight)
    unembed = Unembed(norm, w_u)
    found = decoder_of(unembed).extremes(direction[None], 5)
    x = torch.randn(8) * 100
    inner = x - x.mean() if centred else x
    scale = inner.square().mean().sqrt()
    moved = direction - direction.mean() if centred else direction
    frozen = w_u @ ((inner + moved) / scale * weight) - w_u @ (inner / scale * weight)
    torch.testing.assert_close(found.top[0], (frozen * scale).sort(descending=True).values[:5], rtol=1e-3, atol=1e-3)
    assert found.top_ids[0].tolist() == frozen.sort(descending=True).indices[:5].tolist()
    assert found.bottom_ids[0].tolist() == frozen.sort().indices[:5].tolist()


def test_chunks_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(2)
    directions = torch.randn(23, 6)
    unembed = Unembed(RmsNorm(torch.ones(6)), torch.randn(10, 6))
    unit, decoder = unit_rows(directions), decoder_of(unembed)
    near, logits = nearest(unit, range(23), 4), decoder.extremes(directions, 3)
    monkeypatch.setattr("microscope.core.directions.ROOM", 70)
    assert torch.equal(nearest(unit, range(23), 4).other, near.other)
    assert torch.equal(nearest(unit, range(7, 12), 4).other, near.other[7:12])
    assert torch.equal(decoder.extremes(directions, 3).top_ids, logits.top_ids)


def test_neighbours_are_the_rows_of_the_cosine_matrix() -> None:
    torch.manual_seed(3)
    directions = torch.randn(20, 5)
    near = nearest(unit_rows(directions), range(20), 3)
    cosine = torch.nn.functional.cosine_similarity(directions[:, None], directions[None], dim=-1)
    cosine.fill_diagonal_(-2)
    assert near.other.tolist() == cosine.argsort(descending=True)[:, :3].tolist()
    torch.testing.assert_close(near.cosine, cosine.sort(descending=True).values[:, :3])
