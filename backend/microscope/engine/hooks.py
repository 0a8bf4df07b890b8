"""Captures: forward hooks that live for one forward pass and keep what passes their site.

A block's resid_pre is the resid_post of the block before it, and resid_mid is a sum; only what no other hook can give
is hooked. Knows modules and sites; knows no tokens and no cache.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from microscope.core.sites import Site, forward_order
from microscope.engine.layouts import Layout
from microscope.errors import Invalid

Tape = dict[Site, Tensor]
"""What one pass left at the hooked sites, as the model goes on to use it."""


class EnoughCaptured(Exception):  # noqa: N818 - no error: it leaves a forward pass whose rest nobody needs
    """The last site that was asked for has been captured."""


def check(sites: Sequence[Site], n_layers: int, parallel: bool) -> None:
    """Raises Invalid for sites that a model does not have."""
    for site in sites:
        if not 0 <= site.layer < n_layers:
            raise Invalid(f"{site} is not in {n_layers} layers; expected L0 to L{n_layers - 1}.")
        if site.name == "resid_mid" and parallel:
            raise Invalid(f"{site} does not exist: attention and MLP of this architecture read the same resid_pre.")


def to_hook(sites: Sequence[Site]) -> tuple[Site, ...]:
    """What must be hooked to know these sites, in the order in which a pass reaches it."""
    needed: set[Site] = set()
    for site in sites:
        match site.name:
            case "resid_pre":
                needed.add(_entering(site))
            case "resid_mid":
                needed |= {_entering(site), Site(site.layer, "attn_out")}
            case "attn_out" | "mlp_out" | "resid_post":
                needed.add(site)
    return tuple(sorted(needed, key=forward_order))


def _entering(site: Site) -> Site:
    """Where what enters this site's block is hooked."""
    return Site(site.layer - 1, "resid_post") if site.layer else Site(0, "resid_pre")


def stack(tape: Tape, sites: Sequence[Site], device: torch.device) -> Float[Tensor, "site row position d_model"]:
    """The sites in this order, copied, so that nothing kept is a view of what the model goes on to use."""
    shape = next(iter(tape.values())).shape
    # OPT flattens rows and positions inside its MLP; the first thing hooked never is.
    return torch.stack([_at(tape, site, shape).to(device) for site in sites])


def _at(tape: Tape, site: Site, shape: torch.Size) -> Tensor:
    match site.name:
        case "resid_pre":
            return tape[_entering(site)]
        case "resid_mid":
            return tape[_entering(site)] + tape[Site(site.layer, "attn_out")].view(shape)
        case "attn_out" | "mlp_out" | "resid_post":
            return tape[site].view(shape)


@contextmanager
def capture(
    blocks: Sequence[nn.Module], layout: Layout, sites: Sequence[Site], last: Site | None = None
) -> Generator[Tape]:
    """Hooks on these sites for as long as the context is open; reaching `last` raises `EnoughCaptured`."""
    tape: Tape = {}

    def keep(site: Site, value: Any) -> None:
        tape[site] = value[0] if isinstance(value, tuple) else value
        if site == last:
            raise EnoughCaptured

    handles = [_hook(blocks[site.layer], layout, site, keep) for site in sites]
    try:
        yield tape
    finally:
        for handle in handles:
            handle.remove()


def _hook(block: nn.Module, layout: Layout, site: Site, keep: Callable[[Site, Any], None]) -> RemovableHandle:
    def before(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        keep(site, args[0] if args else kwargs["hidden_states"])

    def after(_module: nn.Module, _args: Any, output: Any) -> None:
        keep(site, output)

    match site.name:
        case "resid_pre":
            return block.register_forward_pre_hook(before, with_kwargs=True)
        case "resid_post":
            return block.register_forward_hook(after)
        case "attn_out":
            return block.get_submodule(layout.attn_out).register_forward_hook(after)
        case "mlp_out":
            return block.get_submodule(layout.mlp_out).register_forward_hook(after)
        case "resid_mid":
            raise AssertionError("resid_mid is a sum, not the output of a module")
