"""How a sparse autoencoder is trained: what a person chooses."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from microscope.core.defaults import BATCH_ROWS, LEARNING_RATE, STEPS


class Plan(BaseModel, frozen=True):
    """How a sparse autoencoder is trained; the defaults suit a few million rows of a small model on a CPU."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    steps: int = Field(default=STEPS, gt=0)
    """Batches in all."""

    batch_rows: int = Field(default=BATCH_ROWS, gt=0)
    """Rows of a batch."""

    learning_rate: float = Field(default=LEARNING_RATE, gt=0)
    """Of Adam, between warm-up and decay. Wide dictionaries want less: Gao et al. 2024 lower it with √d_sae."""

    warmup_steps: int = Field(default=100, ge=0)
    """The learning rate rises from 0 over so many steps."""

    decay: float = Field(default=0.3, ge=0, le=1)
    """Share of the steps, at the end, over which the learning rate falls to 0."""

    sparsity: float | None = Field(default=None, ge=0)
    """λ of the architectures with a penalty, for inputs of mean norm 1; null is the architecture's own."""

    sparsity_warmup_steps: int = Field(default=500, ge=0)
    """λ rises from 0 over so many steps."""

    aux: float = Field(default=1 / 32, ge=0)
    """α of the auxiliary loss for dead features, where the architecture has one."""

    k_aux: int | None = Field(default=None, gt=0)
    """Dead features at most that it lets reconstruct the error; null is half of d_in."""

    dead_after_rows: int = Field(default=100_000, gt=0)
    """A feature is dead that has fired in none of so many rows."""

    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the large products; weights, moments and kept activations are always float32."""

    seed: int = 0
    """Of the first decoder rows, and of what dead features begin anew with."""

    def rate_at(self, step: int) -> float:
        """Learning rate of a step, counted from 0: up over the warm-up, level, down to 0 over the last `decay`."""
        left = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.learning_rate * min(1.0, (step + 1) / max(1, self.warmup_steps), max(0.0, left))

    def sparsity_at(self, step: int, usual: float) -> float:
        """λ of a step.

        Args:
            usual: the architecture's own.
        """
        full = usual if self.sparsity is None else self.sparsity
        return full * min(1.0, (step + 1) / max(1, self.sparsity_warmup_steps))
