"""What `_effects.lost` finds, gathered: means over tokens with intervals over documents, by position, by document."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from pydantic import JsonValue
from torch import Tensor

from microscope.core.bootstrap import Mean, mean_over_documents
from microscope.families._effects import Arm, Lost
from microscope.families.base import Rows

LEAST_DOCUMENTS = 5
"""A position that fewer documents reach has no mean worth showing."""


class Of(NamedTuple):
    """One arm, over the whole text."""

    kl: Mean
    loss: Mean
    agreement: Mean

    @property
    def perplexity(self) -> float:
        return math.exp(min(self.loss.value, 700.0))


class Losses:
    """Every next token counts once."""

    def __init__(self, lengths: Sequence[int], sets: Sequence[str], controls: int) -> None:
        """
        Args:
            lengths: tokens of each document.
            sets: names of the sets of patches.
        """
        self._lengths = torch.tensor(lengths)
        shape = (len(lengths), max(lengths) - 1)
        self.arms = tuple(Arm(name, number) for name in sets for number in (None, *range(controls)))
        self._base = torch.zeros(shape)
        self._loss = {arm: torch.zeros(shape) for arm in self.arms}
        self._kl = {arm: torch.zeros(shape) for arm in self.arms}
        self._agrees = {arm: torch.zeros(shape) for arm in self.arms}
        self.done = 0

    @property
    def n_tokens(self) -> int:
        return int(self._counts.sum())

    def add(self, some: Lost) -> None:
        at = (some.document, some.position)
        self._base[at] = some.base
        for arm in self.arms:
            self._loss[arm][at] = some.loss[arm]
            self._kl[arm][at] = some.kl[arm]
            self._agrees[arm][at] = some.agrees[arm].float()
        self.done += len(some.position)

    def of(self, arm: Arm, seed: int) -> Of:
        return Of(*(self._mean(values[arm], seed) for values in (self._kl, self._loss, self._agrees)))

    def base(self, seed: int) -> Mean:
        return self._mean(self._base, seed)

    def metrics(self, name: str, seed: int) -> dict[str, JsonValue]:
        """Of one set, with the mean of its controls."""
        own = self.of(Arm(name), seed)
        base = self.base(seed)
        others = [self.of(arm, seed) for arm in self.arms if arm.name == name and arm.control is not None]
        found: dict[str, JsonValue] = {
            "strength": float(name),
            "kl": own.kl.value,
            "kl_low": own.kl.low,
            "kl_high": own.kl.high,
            "loss_base": base.value,
            "loss": own.loss.value,
            "loss_increase": own.loss.value - base.value,
            "perplexity_base": math.exp(base.value),
            "perplexity": own.perplexity,
            "agreement": own.agreement.value,
            "tokens": self.n_tokens,
            "documents": len(self._lengths),
        }
        if others:
            count = len(others)
            kls = [one.kl.value for one in others]
            found |= {
                "kl_controls": sum(kls) / count,
                "kl_controls_least": min(kls),
                "kl_controls_most": max(kls),
                "loss_controls": sum(one.loss.value for one in others) / count,
                "perplexity_controls": sum(one.perplexity for one in others) / count,
                "agreement_controls": sum(one.agreement.value for one in others) / count,
            }
        return found

    def tables(self, strongest: str, seed: int) -> Iterator[Rows]:
        yield Rows("effects", _columns([self._row(arm, seed) for arm in self.arms]))
        yield Rows(
            "positions",
            _columns([row for arm in self.arms if arm.name == strongest for row in self._by_position(arm, seed)]),
        )
        yield Rows(
            "documents", _columns([row for arm in self.arms if arm.control is None for row in self._by_document(arm)])
        )

    def _row(self, arm: Arm, seed: int) -> dict[str, float | str]:
        of, base = self.of(arm, seed), self.base(seed)
        return {
            "strength": float(arm.name),
            "who": who(arm),
            "kl": of.kl.value,
            "kl_low": of.kl.low,
            "kl_high": of.kl.high,
            "loss": of.loss.value,
            "loss_low": of.loss.low,
            "loss_high": of.loss.high,
            "loss_base": base.value,
            "perplexity": of.perplexity,
            "perplexity_base": math.exp(base.value),
            "agreement": of.agreement.value,
            "agreement_low": of.agreement.low,
            "agreement_high": of.agreement.high,
        }

    def _by_position(self, arm: Arm, seed: int) -> Iterator[dict[str, float | str]]:
        for position in range(self._base.shape[1]):
            there = self._counts > position
            if (count := int(there.sum())) < min(LEAST_DOCUMENTS, len(self._lengths)):
                return
            mean = mean_over_documents(self._kl[arm][there, position], torch.ones(count), seed)
            yield {
                "strength": float(arm.name),
                "who": who(arm),
                "position": position,
                "kl": mean.value,
                "low": mean.low,
                "high": mean.high,
                "documents": count,
            }

    def _by_document(self, arm: Arm) -> Iterator[dict[str, float | str]]:
        values = (self._base, self._loss[arm], self._kl[arm], self._agrees[arm])
        means = torch.stack([value.sum(1) for value in values], dim=1) / self._counts[:, None]
        for document, (base, loss, kl, agreement) in enumerate(means.tolist()):
            yield {
                "strength": float(arm.name),
                "document": document,
                "tokens": int(self._counts[document]),
                "loss_base": base,
                "loss": loss,
                "kl": kl,
                "agreement": agreement,
            }

    @property
    def _counts(self) -> Float[Tensor, " document"]:
        """Next tokens of each document."""
        return self._lengths - 1

    def _mean(self, values: Float[Tensor, "document position"], seed: int) -> Mean:
        return mean_over_documents(values.sum(1, dtype=torch.float64), self._counts, seed)


def who(arm: Arm) -> str:
    return "patches" if arm.control is None else f"random {arm.control + 1}"


def _columns(rows: Sequence[dict[str, float | str]]) -> dict[str, list[float | str]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
