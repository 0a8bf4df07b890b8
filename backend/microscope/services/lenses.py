"""Fit a tuned lens to a model, and say how much better than the logit lens it reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from microscope.lab import Lab
from microscope.services.models import Models


class Fit(NamedTuple):
    """What came of it."""

    path: Path
    """The file, in `<home>/lenses/`; the model uses it from now on."""

    logit_kl: tuple[float, ...]
    """Held-out KL(p_last ‖ p_lens) in nats per token, row by row from "embed": the logit lens."""

    tuned_kl: tuple[float, ...]
    n_training_tokens: int
    n_held_out_tokens: int


class Lenses:
    def __init__(self, lab: Lab, models: Models) -> None: ...

    async def fit(
        self,
        slug: str,
        texts: list[str],
        *,
        steps: int = 250,
        seed: int = 0,
        progress: Callable[[int, int, float], None] | None = None,
    ) -> Fit:
        """Fit affine translators on these documents; a tenth of them is held out.

        Args:
            progress: (step, of, training KL), on the event loop's thread.

        Raises:
            Invalid: fewer than two documents, or too little text for one batch.
        """
        raise NotImplementedError
