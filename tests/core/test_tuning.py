import torch

from microscope.core.lens import TunedLens, Unembed, summary
from microscope.core.tuning import divergence, identity, losses, step

N_LAYERS, D_MODEL, D_VOCAB, POSITIONS = 3, 8, 24, 40


def unembed() -> Unembed:
    torch.manual_seed(0)
    norm = torch.nn.LayerNorm(D_MODEL).requires_grad_(False)
    return Unembed(norm, torch.randn(D_VOCAB, D_MODEL))


def resid() -> torch.Tensor:
    """Layers that differ from the last by a rotation, which a translator can undo."""
    torch.manual_seed(1)
    last = torch.randn(POSITIONS, D_MODEL)
    turns = [torch.linalg.qr(torch.randn(D_MODEL, D_MODEL))[0] for _ in range(N_LAYERS)]
    return torch.stack([last @ turn for turn in turns] + [last])


def test_the_identity_reads_exactly_as_the_logit_lens() -> None:
    plain = summary(resid(), unembed(), k=5)
    tuned = summary(resid(), unembed(), k=5, lens=identity(N_LAYERS, D_MODEL))
    assert torch.equal(plain.ids, tuned.ids)
    assert torch.equal(plain.probabilities, tuned.probabilities)


def test_the_loss_is_the_divergence_written_out() -> None:
    torch.manual_seed(2)
    lens = TunedLens(0.3 * torch.randn(N_LAYERS, D_MODEL, D_MODEL), torch.randn(N_LAYERS, D_MODEL))
    head, rows = unembed(), resid()
    p = head(rows[-1]).softmax(-1)
    for layer, loss in enumerate(losses(rows, head, lens)):
        q = head(rows[layer] + rows[layer] @ lens.weight[layer].T + lens.bias[layer]).softmax(-1)
        assert torch.allclose(loss, (p * (p / q).log()).sum(-1).mean(), atol=1e-5)


def test_gradients_agree_with_finite_differences() -> None:
    rows, head = resid().double(), unembed()
    head = head._replace(norm=head.norm, weight=head.weight.double())
    torch.nn.Module.double(head.norm)  # pyright: ignore[reportArgumentType]
    lens = identity(N_LAYERS, D_MODEL)
    lens = TunedLens(lens.weight.double().requires_grad_(), lens.bias.double().requires_grad_())
    sum(losses(rows, head, lens), torch.zeros(())).backward()
    assert lens.bias.grad is not None
    nudge = 1e-3
    moved = lens.bias.detach().clone()
    moved[1, 2] += nudge
    up = divergence(rows, head, TunedLens(lens.weight.detach(), moved))[1]
    moved[1, 2] -= 2 * nudge
    down = divergence(rows, head, TunedLens(lens.weight.detach(), moved))[1]
    assert torch.allclose((up - down).double() / (2 * nudge), lens.bias.grad[1, 2], atol=1e-3)


def test_steps_bring_every_layer_closer_to_the_models_own_prediction() -> None:
    lens = identity(N_LAYERS, D_MODEL)
    parameters = [lens.weight.requires_grad_(), lens.bias.requires_grad_()]
    optimizer = torch.optim.Adam(parameters, lr=1e-2)
    before = divergence(resid(), unembed(), lens)
    first = torch.stack(list(step(resid(), unembed(), lens, optimizer)))
    for _ in range(200):
        list(step(resid(), unembed(), lens, optimizer))
    after = divergence(resid(), unembed(), lens)
    assert torch.allclose(first, before)
    assert (after < 0.2 * before).all()
