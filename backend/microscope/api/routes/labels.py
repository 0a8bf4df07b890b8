"""What people say of features: labels and notes with their history, stars, lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from microscope.api.desk import Desk, tells
from microscope.wire.labels import FeatureLabel, FeatureList, FeatureListChange, LabelChange, NewFeatureList, NewLabel

router = APIRouter(tags=["labels"])

Slug = Annotated[str, Path(description="Slug of an SAE.")]
Index = Annotated[int, Path(ge=0, description="Of the feature, from 0.")]
Entry = Annotated[int, Path(ge=0, lt=2**31, description="Id of a label or note.")]
ListId = Annotated[str, Path(description="Id of a list.")]


TOLD = tells("features")


@router.get("/features/{sae}/{index}/labels")
def labels(sae: Slug, index: Index, desk: Desk) -> tuple[FeatureLabel, ...]:
    """Labels of a feature as they stand, then notes and what is past, the latest first."""
    desk.features.named(f"{sae}/{index}")
    return desk.labels.of(sae, index)


@router.post("/features/{sae}/{index}/labels", status_code=status.HTTP_201_CREATED, dependencies=TOLD)
def add(sae: Slug, index: Index, new: NewLabel, desk: Desk) -> FeatureLabel:
    """A label takes the place of the same author's earlier one; notes pile up."""
    desk.features.named(f"{sae}/{index}")
    return desk.labels.add(sae, index, new)


@router.patch("/labels/{id}", dependencies=TOLD)
def change(id: Entry, request: LabelChange, desk: Desk) -> FeatureLabel:
    """Another text; the old one stays in the history."""
    return desk.labels.change(id, request)


@router.delete("/labels/{id}", dependencies=TOLD)
def withdraw(id: Entry, desk: Desk) -> FeatureLabel:
    """Take it back; it stays in the history."""
    return desk.labels.withdraw(id)


@router.put("/features/{sae}/{index}/star", status_code=status.HTTP_204_NO_CONTENT, dependencies=TOLD)
def star(sae: Slug, index: Index, desk: Desk) -> None:
    """Mark it."""
    desk.features.named(f"{sae}/{index}")
    desk.labels.star(sae, index, True)


@router.delete("/features/{sae}/{index}/star", status_code=status.HTTP_204_NO_CONTENT, dependencies=TOLD)
def unstar(sae: Slug, index: Index, desk: Desk) -> None:
    """Mark it no longer."""
    desk.labels.star(sae, index, False)


@router.get("/feature-lists")
def lists(desk: Desk, sae: Annotated[str, Query(description="Slug of an SAE.")]) -> tuple[FeatureList, ...]:
    """An SAE's lists, the one changed last first."""
    return desk.labels.lists(sae)


@router.post("/feature-lists", status_code=status.HTTP_201_CREATED, dependencies=TOLD)
def add_list(new: NewFeatureList, desk: Desk) -> FeatureList:
    """Keep a selection."""
    for index in (min(new.indices, default=0), max(new.indices, default=0)):
        desk.features.named(f"{new.sae}/{index}")
    return desk.labels.add_list(new)


@router.get("/feature-lists/{id}")
def get_list(id: ListId, desk: Desk) -> FeatureList:
    """A selection that was kept; `GET /api/features?list=…` shows its rows."""
    return desk.labels.get_list(id)


@router.patch("/feature-lists/{id}", dependencies=TOLD)
def change_list(id: ListId, request: FeatureListChange, desk: Desk) -> FeatureList:
    """Another name, more features, or fewer."""
    if request.add:
        desk.features.named(f"{desk.labels.get_list(id).sae}/{max(request.add)}")
    return desk.labels.change_list(id, request)


@router.delete("/feature-lists/{id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=TOLD)
def drop_list(id: ListId, desk: Desk) -> None:
    """Forget it; its features stay."""
    desk.labels.drop_list(id)
