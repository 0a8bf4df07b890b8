"""The first documents of a data set, as a model reads them."""

from __future__ import annotations

from collections.abc import Generator

from microscope.engine.model import Model
from microscope.errors import Invalid
from microscope.families.base import Event, Progress
from microscope.store.datasets import Dataset


def first_texts(model: Model, data: Dataset, documents: int, context: int) -> Generator[Event, None, list[list[int]]]:
    """Documents of two tokens and more, each cut to what is read of it.

    Raises:
        Invalid: there is none.
    """
    texts: list[list[int]] = []
    for text in data.read():
        if len(texts) == documents:
            break
        if len(ids := model.encode(text)[: min(context, model.n_ctx)]) > 1:
            texts.append(ids)
        yield Progress(len(texts), documents, "documents", "reading texts")
    if not texts:
        raise Invalid(
            f"{data.name} has no document of two tokens.", next="Give a text of which tokens can be predicted."
        )
    return texts
