"""Things to click on the first page: what the bundled model knows."""

from __future__ import annotations

from microscope.wire import Example


def examples(model: str) -> tuple[Example, ...]:
    """
    Args:
        model: slug.

    Returns:
        Empty for every model but the bundled one.
    """
    raise NotImplementedError
