"""Room for one more model: which resident ones go, and what is said where even that would not do.

Decides from sizes; loads and evicts nothing. Two limits hold: the weights of all resident models stay within their
budget, and what the new one needs fits on its device.
"""

from __future__ import annotations

from collections.abc import Sequence

from microscope.engine.memory import Need, free_bytes, gigabytes, ran_out
from microscope.errors import NoRoom
from microscope.lab import Lab, Loaded


def out_of_memory(wrong: Exception) -> NoRoom | None:
    """What is told of a request that ran out of it; None of what failed otherwise."""
    if not ran_out(wrong):
        return None
    return NoRoom(
        "The server ran out of memory; what was asked for was not done.",
        next="Ask for less at once, or unload a model or an SAE that is not needed.",
    )


def idle_models(lab: Lab) -> list[Loaded]:
    """Models that nothing is being computed with, the least recently used first."""
    return [loaded for loaded in lab.resident if not lab.models.is_pinned(loaded.slug)]


def size_of(loaded: Loaded) -> int:
    return loaded.model.info.bytes


def bytes_in_use(lab: Lab) -> int:
    """Bytes of the models that something is being computed with."""
    return lab.models.n_bytes - sum(map(size_of, idle_models(lab)))


def is_on(loaded: Loaded, device: str) -> bool:
    """Whether evicting it gives memory back to what `--device` calls so."""
    return {"balanced": "cuda", "cuda": "cuda:0"}.get(device, device) in loaded.model.info.device


def check_budget(name: str, need: Need, budget: int, in_use: int) -> None:
    """
    Args:
        in_use: bytes of the resident models that cannot go.

    Raises:
        NoRoom: not even evicting all others would bring the weights into the budget.
    """
    if need.weights > budget - in_use:
        busy = f", {gigabytes(in_use)} of it taken by models that are in use" if in_use else ""
        raise NoRoom(
            f"The weights of {name} need {gigabytes(need.weights)}; the budget of resident models, "
            f"MICROSCOPE_MODEL_BUDGET_BYTES, is {gigabytes(budget)}{busy}.",
            next="Raise MICROSCOPE_MODEL_BUDGET_BYTES, load it with --dtype bfloat16, or use a smaller model.",
        )


def to_evict(lab: Lab, need: Need, device: str) -> list[str]:
    """Slugs of the models that must go: the least recently used first, and no more than it takes."""
    over = lab.models.n_bytes + need.weights - lab.models.budget_bytes
    short = need.total - free_bytes(device)
    return chosen([(one.slug, size_of(one), is_on(one, device)) for one in idle_models(lab)], over, short)


def chosen(idle: Sequence[tuple[str, int, bool]], over: int, short: int) -> list[str]:
    """
    Args:
        idle: slug, bytes, and whether it lies on the device that is short.
        over: bytes over the budget, which any model gives back.
        short: bytes that the device lacks.
    """
    slugs: list[str] = []
    for slug, n_bytes, on_device in idle:
        if over > 0 or (short > 0 and on_device):
            slugs.append(slug)
            over -= n_bytes
            short -= n_bytes if on_device else 0
    return slugs
