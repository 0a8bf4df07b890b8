"""Attention patterns and the scales of norms held as they are, so that a gradient asks only what is written.

    queries and keys   no gradient goes back through them: a head looks where it looked
    norms              norm(x) = γ ⊙ (x − x̄) · s + β with s as measured: without it ⟨x, ∇norm⟩ is 0, since a norm's
                       output does not change with x's length

Values, output matrices and MLPs are differentiated as they are, MLPs at their present slope. As in Ameisen et al. 2025
("Circuit Tracing", transformer-circuits.pub), where MLPs are replaced besides. Outputs keep their bits.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from microscope.core.directions import gain_of
from microscope.engine.layouts import Layout

Hook = Callable[[nn.Module, tuple[Any, ...], Any], Tensor]


@contextmanager
def held(blocks: Iterable[nn.Module], layout: Layout, d_model: int, d_value: int) -> Generator[None]:
    """While the context is open, forward passes with gradients are of this kind.

    Args:
        d_value: width of all heads' values together where `layout.fused` is `values_last`, of one head's where it is
            `by_head`.
    """
    with ExitStack() as stack:
        for block in blocks:
            for path in layout.query_key:
                hook = _looking_held(layout, d_value)
                stack.callback(block.get_submodule(path).register_forward_hook(hook).remove)
            for module in block.modules():
                if (weight := _norm_weight(module, d_model)) is not None:
                    # Before the hook that captures: on Gemma 2 the norm's output is attn_out.
                    hook = _scale_held(module, weight)
                    stack.callback(module.register_forward_hook(hook, prepend=True).remove)
        yield


def _norm_weight(module: nn.Module, d_model: int) -> Tensor | None:
    """Of a norm of the residual stream; None of all else, and of norms of one head's queries or keys."""
    weight = getattr(module, "weight", None)
    return weight if type(module).__name__.endswith("Norm") and weight is not None and len(weight) == d_model else None


def _looking_held(layout: Layout, d_value: int) -> Hook:
    def hook(_module: nn.Module, _args: tuple[Any, ...], output: Tensor) -> Tensor:
        match layout.fused:
            case None:
                return output.detach()
            case "values_last":
                looking = output.shape[-1] - d_value
                return torch.cat([output[..., :looking].detach(), output[..., looking:]], -1)
            case "by_head":
                # Every head has its queries, its keys and its values beside each other, equally wide.
                query, key, value = output.unflatten(-1, (-1, 3, d_value)).unbind(-2)
                return torch.stack([query.detach(), key.detach(), value], -2).flatten(-3)

    return hook


def _scale_held(norm: nn.Module, weight: Tensor) -> Hook:
    with torch.no_grad():
        # Probed with its bare forward: hooks that are there already must not run.
        gain = gain_of(norm.forward, len(weight), weight)
        bias = norm.forward(torch.zeros_like(weight)[None, None])[0, 0]

    def hook(_module: nn.Module, args: tuple[Any, ...], output: Tensor) -> Tensor:
        with torch.no_grad():
            direct = gain(args[0].float())
            scale = ((output.float() - bias) * direct).sum(-1, keepdim=True) / direct.square().sum(-1, keepdim=True)
        linear = (gain(args[0].float()) * scale).to(output.dtype)
        return output.detach() + (linear - linear.detach())

    return hook
