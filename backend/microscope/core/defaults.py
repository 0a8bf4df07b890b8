"""What training and judging take where nobody says otherwise: their own defaults, and what `--help` prints.

Imports nothing, since `--help` has no time for torch.
"""

STEPS = 2000
"""Batches in all."""

BATCH_ROWS = 2048
"""Rows of a batch."""

LEARNING_RATE = 3e-3
"""Of Adam."""

K = 32
"""Features that fire, for architectures with a k."""

EXPANSION = 16
"""Features for each dimension."""

JUDGED_ROWS = 100_000
"""Held-out rows that an evaluation reconstructs, at most."""

JUDGED_TOKENS = 20_000
"""Held-out tokens that the model predicts, about."""

HARVESTED_TOKENS = 1_000_000
"""That a dictionary is made of, about."""
