"""Captures and changes: forward hooks that keep, or replace, what passes their site during one forward pass.

A block's resid_pre is the resid_post of the block before it, and resid_mid is a sum; only what no other hook can give
is hooked. Knows modules and sites; knows no tokens and no cache.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from microscope.core.sites import Site, forward_order
from microscope.engine.edits import Change, ModuleChange
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


def to_change(changes: Sequence[tuple[Site, Change]]) -> dict[Site, Change]:
    """What must be changed at which hooked sites, so that these sites' values change; at one site in this order."""
    hooked: dict[Site, Change] = {}
    # What enters a block also leaves the one before, and a sum changes with what is added to it: in this order every
    # change sees those before it.
    for site, change in sorted(changes, key=lambda one: forward_order(one[0])):
        for where, moved in _hooked_change(site, change).items():
            hooked[where] = _both(hooked[where], moved) if where in hooked else moved
    return hooked


def _hooked_change(site: Site, change: Change) -> dict[Site, Change]:
    match site.name:
        case "resid_pre":
            return {_entering(site): change}
        case "resid_mid":
            return _changed_sum(site, change)
        case "attn_out" | "mlp_out" | "resid_post":
            return {site: change}


def _both(first: Change, then: Change) -> Change:
    return lambda value: then(first(value))


def _changed_sum(site: Site, change: Change) -> dict[Site, Change]:
    """resid_mid = resid_pre + attn_out changes with attn_out: by exactly 0 where `change` changes nothing."""
    entered: list[Tensor] = []

    def remember(resid_pre: Tensor) -> Tensor:
        entered[:] = [resid_pre]
        return resid_pre

    def move(attn_out: Tensor) -> Tensor:
        resid_mid = entered.pop().to(attn_out.device) + attn_out
        return attn_out + (change(resid_mid) - resid_mid)

    return {_entering(site): remember, Site(site.layer, "attn_out"): move}


def _entering(site: Site) -> Site:
    """Where what enters this site's block is hooked."""
    return Site(site.layer - 1, "resid_post") if site.layer else Site(0, "resid_pre")


class Hooks:
    """Forward hooks on every site that a module gives, registered once; they do nothing until a context is open.

    Registering them for each pass would cost a small model 2 % of every token.
    """

    def __init__(self, root: nn.Module, blocks: Sequence[nn.Module], layout: Layout) -> None:
        """
        Args:
            root: the whole model, below which modules have their paths.
        """
        self._root = root
        self._modules: Mapping[str, ModuleChange] = {}
        self._hooked_modules: set[str] = set()
        self._tape: Tape | None = None
        self._wanted: frozenset[Site] = frozenset()
        self._last: Site | None = None
        self._changes: Mapping[Site, Change] = {}
        self._last_alone = False
        self.in_a_tuple = False
        """Whether a block gives its output in a tuple; known once one has run."""

        blocks[0].register_forward_pre_hook(self._before(Site(0, "resid_pre")), with_kwargs=True)
        for layer, block in enumerate(blocks):
            block.register_forward_hook(self._after(Site(layer, "resid_post")))
            block.get_submodule(layout.attn_out).register_forward_hook(self._after(Site(layer, "attn_out")))
            block.get_submodule(layout.mlp_out).register_forward_hook(self._after(Site(layer, "mlp_out")))
        if layout.mlp:
            blocks[-1].get_submodule(layout.mlp).register_forward_pre_hook(self._narrow)

    @contextmanager
    def capture(self, wanted: frozenset[Site], last: Site | None = None) -> Generator[Tape]:
        """What passes these sites of `to_hook` while the context is open; reaching `last` raises `EnoughCaptured`."""
        assert self._tape is None, "one forward pass at a time"
        self._tape, self._wanted, self._last = {}, wanted, last
        try:
            yield self._tape
        finally:
            self._tape = None

    @contextmanager
    def changed(self, changes: Mapping[Site, Change], modules: Mapping[str, ModuleChange]) -> Generator[None]:
        """What passes these sites of `to_change`, and what these modules give, is replaced while the context is open;
        captures see the new values."""
        assert not self._changes, "one change at a time"
        for path in modules.keys() - self._hooked_modules:
            # Before the hooks of sites: what one of these modules gives may be what passes a site.
            self._root.get_submodule(path).register_forward_hook(self._of_module(path), prepend=True)
            self._hooked_modules.add(path)
        self._changes, self._modules = changes, modules
        try:
            yield
        finally:
            self._changes, self._modules = {}, {}

    @contextmanager
    def last_alone(self) -> Generator[None]:
        """The last block's MLP computes the last position alone while the context is open: what that block gives at the
        others is no residual. Where an MLP is no module it computes them all."""
        self._last_alone = True
        try:
            yield
        finally:
            self._last_alone = False

    def _narrow(self, _module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
        # What it gives is added to every position's residual, of which one is read.
        return (args[0][:, -1:], *args[1:]) if self._last_alone else None

    def _of_module(self, path: str) -> Callable[[nn.Module, tuple[Any, ...], Any], Any]:
        def hook(module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
            change = self._modules.get(path)
            if change is None:
                return None
            # Embeddings of another class read what is no row of theirs: an edit asks only for what they give.
            plain = type(module) is nn.Embedding or not isinstance(module, nn.Embedding)
            return change(args[0] if plain else output, output)

        return hook

    def _passed(self, site: Site, value: Tensor) -> Tensor | None:
        """What the model is to go on with; None where that is the value itself."""
        change = self._changes.get(site)
        new = None if change is None else change(value)
        if self._tape is not None and site in self._wanted:
            self._tape[site] = value if new is None else new
            if site == self._last:
                raise EnoughCaptured
        return new

    def _before(self, site: Site) -> Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], Any]:
        def hook(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            new = self._passed(site, args[0] if args else kwargs["hidden_states"])
            if new is None:
                return None
            return ((new, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": new})

        return hook

    def _after(self, site: Site) -> Callable[[nn.Module, Any, Any], Any]:
        def hook(_module: nn.Module, _args: Any, output: Any) -> Any:
            if site.name == "resid_post":
                self.in_a_tuple = isinstance(output, tuple)
            if not isinstance(output, tuple):
                return self._passed(site, output)
            new = self._passed(site, output[0])
            return None if new is None else (new, *output[1:])

        return hook


def stack(
    tape: Tape, sites: Sequence[Site], shape: torch.Size, device: torch.device
) -> Float[Tensor, "site row position d_model"]:
    """The sites in this order, copied, so that nothing kept is a view of what the model goes on to use.

    Args:
        shape: rows and positions of the pass, which OPT flattens inside its MLP.
    """
    return torch.stack([_at(tape, site, device).reshape(*shape, -1) for site in sites])


def _at(tape: Tape, site: Site, device: torch.device) -> Tensor:
    if site.name == "resid_mid":
        return _at(tape, _entering(site), device) + _at(tape, Site(site.layer, "attn_out"), device)
    return tape[_entering(site) if site.name == "resid_pre" else site].to(device)
