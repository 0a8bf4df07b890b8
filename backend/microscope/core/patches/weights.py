"""Members that are edits of weights, composed into one change of each matrix they meet.

    scale      W_k = (I + s d dᵀ) W_{k−1}        b_k = (I + s d dᵀ) b_{k−1}
    adapter    W_k = W_{k−1} + s B A             b_k = b_{k−1} + s b_B

in the order of the set, W_0 the weights as they stand. With W_k = W_0 + B_k A_k a scale adds the column s d to B and
the row dᵀ W_{k−1} = dᵀ W_0 + (dᵀ B_{k−1}) A_{k−1} to A: the change is a LoRA, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from microscope.core.patches.base import Member, Place
from microscope.core.patches.edits import LowRank, Project, Rows
from microscope.core.patches.scope import Everywhere
from microscope.errors import Invalid, Unsupported

WeightEdits = Sequence[Project | LowRank | Rows]
"""Of one matrix, in their order."""


class Change(NamedTuple):
    """W_n − W_0 = B A, and b_n − b_0."""

    down: Float[Tensor, "rank d_in"]
    """A."""

    up: Float[Tensor, "d_out rank"]
    """B."""

    bias: Float[Tensor, " d_out"]
    """0 where neither the weights nor an adapter have one."""


def weight_edits(members: Sequence[Member], place: Place) -> Mapping[str, WeightEdits]:
    """By the path of the module that is edited, in the order of the set.

    Raises:
        Unsupported: members that no weights express; says which.
        Invalid: nothing is left to express.
        Incompatible: as `Patch.compile` says.
    """
    in_force = [member for member in members if member.strength]
    if others := [member for member in in_force if _why(member)]:
        raise Unsupported(
            f"No weights can express {'; nor '.join(map(_why, others))}.", next=_instead(others, len(in_force))
        )
    found: dict[str, list[Project | LowRank | Rows]] = {}
    for member in in_force:
        for edit in member.patch.compile(member.strength, place):
            assert isinstance(edit, Project | LowRank | Rows), "what edits weights is one of these"
            assert isinstance(edit.at, str), "it acts at a module"
            found.setdefault(edit.at, []).append(edit)
    if not found:
        raise Invalid("Every member has strength 0: nothing is changed.", next="Give one a strength.")
    return found


def _why(member: Member) -> str:
    """What no weights express of it; empty where they do."""
    if not member.patch.edits_weights:
        return f"{member.patch.kind} ({member.patch.says(member.strength)})"
    if not isinstance(member.scope, Everywhere):
        return f"a patch that acts at some tokens only ({member.scope.type})"
    return ""


def _instead(others: Sequence[Member], n_in_force: int) -> str:
    """What to do about members that no weights express."""
    if len(others) < n_in_force:
        return "Leave them out of what is written, or put edits of weights at every token (kind scale) in their place."
    if all(one.patch.edits_weights for one in others):
        return "Have it act at every token."
    return (
        "An edit of weights along the same direction is a patch of the kind scale: Scale on a feature's page, or "
        "New patch on the page of patches."
    )


def composed(edits: WeightEdits, weight: Float[Tensor, "d_out d_in"], bias: Float[Tensor, " d_out"] | None) -> Change:
    """The change of one matrix; float32, where the weights are."""
    weight = weight.float()
    change = Change(
        weight.new_zeros(0, weight.shape[1]), weight.new_zeros(len(weight), 0), weight.new_zeros(len(weight))
    )
    base = change.bias if bias is None else bias.float()
    for edit in edits:
        change = _with(change, edit, weight, base)
    return change


def _with(before: Change, edit: Project | LowRank | Rows, weight: Tensor, bias: Tensor) -> Change:
    match edit:
        case Project(unit=unit, amount=amount):
            unit = unit.to(weight.device)
            row = unit @ weight + (unit @ before.up) @ before.down
            moved = amount * (unit @ (bias + before.bias)) * unit
            return Change(
                torch.cat([before.down, row[None]]),
                torch.cat([before.up, amount * unit[:, None]], 1),
                before.bias + moved,
            )
        case LowRank(down=down, up=up):
            added = 0.0 if edit.bias is None else edit.bias.to(weight.device)
            return Change(
                torch.cat([before.down, down.to(weight.device)]),
                torch.cat([before.up, up.to(weight.device)], 1),
                before.bias + added,
            )
        case Rows(table=table, up=own, amount=amount):
            up = torch.eye(len(weight)) if own is None else own
            down = torch.cat([before.down, amount * table.T.to(weight.device)])
            return before._replace(down=down, up=torch.cat([before.up, up.to(weight.device)], 1))
