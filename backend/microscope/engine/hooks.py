"""Captures: forward hooks that keep what passes their site during one forward pass.

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

from microscope.core.sites import Site, forward_order
from microscope.engine.layouts import Layout
from microscope.errors import Invalid

Tape = dict[Site, Tensor]
"""What one pass left at the hooked sites, as the model goes on to use it."""


class EnoughCaptured(Exception):
    """The last site that was asked for has been captured."""


def check_sites(sites: Sequence[Site], n_layers: int, parallel: bool) -> None:
    """Raises Invalid for sites that a model does not have."""
    for site in sites:
        if not 0 <= site.layer < n_layers:
            raise Invalid(
                f"{site} is not in {n_layers} layers; expected L0 to L{n_layers - 1}.",
                next=f"The last one is L{n_layers - 1}.{site.name}.",
            )
        if site.name == "resid_mid" and parallel:
            raise Invalid(
                f"{site} does not exist: attention and MLP of this architecture read the same resid_pre.",
                next=f"Read L{site.layer}.resid_pre or L{site.layer}.resid_post.",
            )


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


class Hooks:
    """Forward hooks on every site that a module gives, registered once; they keep nothing until a capture is open.

    Registering them for each pass would cost a small model 2 % of every token.
    """

    def __init__(self, blocks: Sequence[nn.Module], layout: Layout) -> None:
        self._tape: Tape | None = None
        self._wanted: frozenset[Site] = frozenset()
        self._last: Site | None = None
        blocks[0].register_forward_pre_hook(self._before(Site(0, "resid_pre")), with_kwargs=True)
        for layer, block in enumerate(blocks):
            block.register_forward_hook(self._after(Site(layer, "resid_post")))
            block.get_submodule(layout.attn_out).register_forward_hook(self._after(Site(layer, "attn_out")))
            block.get_submodule(layout.mlp_out).register_forward_hook(self._after(Site(layer, "mlp_out")))

    @contextmanager
    def capture(self, wanted: frozenset[Site], last: Site | None = None) -> Generator[Tape]:
        """What passes these sites of `to_hook` while the context is open; reaching `last` raises `EnoughCaptured`."""
        assert self._tape is None, "one forward pass at a time"
        self._tape, self._wanted, self._last = {}, wanted, last
        try:
            yield self._tape
        finally:
            self._tape = None

    def _keep(self, site: Site, value: Any) -> None:
        if self._tape is None or site not in self._wanted:
            return
        self._tape[site] = value[0] if isinstance(value, tuple) else value
        if site == self._last:
            raise EnoughCaptured

    def _before(self, site: Site) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]:
        return lambda _module, args, kwargs: self._keep(site, args[0] if args else kwargs["hidden_states"])

    def _after(self, site: Site) -> Callable[[nn.Module, Any, Any], None]:
        return lambda _module, _args, output: self._keep(site, output)


def stack(tape: Tape, sites: Sequence[Site], device: torch.device) -> Float[Tensor, "site row position d_model"]:
    """The sites in this order, copied, so that nothing kept is a view of what the model goes on to use."""
    shape = next(iter(tape.values())).shape
    return torch.stack([_at(tape, site, shape, device) for site in sites])


def _at(tape: Tape, site: Site, shape: torch.Size, device: torch.device) -> Tensor:
    if site.name == "resid_mid":
        return _at(tape, _entering(site), shape, device) + _at(tape, Site(site.layer, "attn_out"), shape, device)
    value = tape[_entering(site) if site.name == "resid_pre" else site]
    # OPT flattens rows and positions inside its MLP; the first thing hooked never is.
    value = value if value.shape == shape else value.view(shape)
    return value if value.device == device else value.to(device)
