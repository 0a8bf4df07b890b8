"""Features: dictionaries, their tables, single features. What is live of them goes over the socket; what people say of
them: `labels.py`."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import Field, JsonValue

from microscope.api.desk import Desk
from microscope.api.routes.labels import TOLD
from microscope.services.feature_table import Which
from microscope.services.features import Format
from microscope.wire.dictionaries import Dictionary, FeatureHistograms, FeaturePage, FeaturePlace
from microscope.wire.features import Feature, FeatureName, FeatureNeighbours
from microscope.wire.labels import Explained, ExplainFeatures
from microscope.wire.neuronpedia import ExplanationsImported, NeuronpediaBatch

router = APIRouter(tags=["features"])

Slug = Annotated[str, Path(description="Slug of an SAE.")]
Index = Annotated[int, Path(ge=0, description="Of the feature, from 0.")]

TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet", "jsonl": "application/jsonl"}


class TableQuery(Which):
    """Which features a page shows."""

    sae: str | None = Field(default=None, description="Slug; may be left out where one dictionary is there.")
    offset: int = Field(default=0, ge=0, le=1_000_000_000, description="Rows to skip.")
    limit: int = Field(default=100, ge=1, le=200, description="Rows at most.")

    @property
    def which(self) -> Which:
        return Which(**{name: getattr(self, name) for name in Which.model_fields})


class FilterQuery(Which):
    """Which features are meant, of which SAE."""

    sae: str | None = Field(default=None, description="Slug; may be left out where one dictionary is there.")

    @property
    def which(self) -> Which:
        return Which(**{name: getattr(self, name) for name in Which.model_fields})


class ExportQuery(FilterQuery):
    """Which features a file holds."""

    format: Format = Field(default="csv", description="Of the file.")
    indices: str = Field(
        default="",
        max_length=50_000,
        pattern=r"^(\d{1,9}(,\d{1,9})*)?$",
        description="Comma-joined: of what the filters let through these features alone.",
    )


class RandomQuery(FilterQuery):
    """Among which features one is drawn."""

    seed: int | None = Field(default=None, ge=0, description="The same one again; by default another each time.")


@router.get("/features")
def page(query: Annotated[TableQuery, Query()], desk: Desk) -> FeaturePage:
    """A window of a dictionary's table; equal values are ordered by index."""
    return desk.features.page(desk.features.chosen(query.sae), query.which, query.offset, query.limit)


@router.get("/features/dictionaries")
def dictionaries(desk: Desk) -> tuple[Dictionary, ...]:
    """What was harvested here, by slug."""
    return desk.features.dictionaries()


@router.get("/features/histograms")
def histograms(query: Annotated[FilterQuery, Query()], desk: Desk) -> FeatureHistograms:
    """How the live features are spread, to brush a range: those that all filters but this range let through."""
    return desk.features.histograms(desk.features.chosen(query.sae), query.which)


@router.get("/features/random")
def random(query: Annotated[RandomQuery, Query()], desk: Desk) -> FeatureName:
    """Any of those that the filters let through."""
    seed = secrets.randbits(32) if query.seed is None else query.seed
    return desk.features.random(desk.features.chosen(query.sae), query.which, seed)


@router.get(
    "/features/export", response_class=Response, responses={200: {"content": {kind: {} for kind in TYPES.values()}}}
)
def export(query: Annotated[ExportQuery, Query()], desk: Desk) -> Response:
    """The table as a file, filtered and sorted in the same way."""
    sae = desk.features.chosen(query.sae)
    indices = [int(index) for index in query.indices.split(",") if index]
    content = desk.features.export(sae, query.which, query.format, indices)
    name = f'attachment; filename="{sae}-features.{query.format}"'
    return Response(content, media_type=TYPES[query.format], headers={"Content-Disposition": name})


@router.get("/features/{sae}/neuronpedia")
def neuronpedia(
    sae: Slug,
    desk: Desk,
    answer: Response,
    indices: Annotated[str, Query(description="Features, comma-joined; at most 128.")],
) -> NeuronpediaBatch:
    """Features as Neuronpedia's upload takes them; the header `Left-Out` says how many never fired and are left out."""
    names = [desk.features.named(f"{sae}/{index.strip()}") for index in indices.split(",")]
    batch = desk.neuronpedia.batch(sae, [name.index for name in names])
    answer.headers["Left-Out"] = str(len(names) - len(batch.features))
    return batch


@router.post("/features/{sae}/neuronpedia", dependencies=TOLD)
def from_neuronpedia(sae: Slug, content: Annotated[JsonValue, Body()], desk: Desk) -> ExplanationsImported:
    """Keep as labels what an upload, rows of the bulk export, a feature's page, an explanation or a list of any say."""
    return desk.neuronpedia.take_in(sae, content)


@router.post("/features/{sae}/explain", dependencies=TOLD)
async def explain(sae: Slug, request: ExplainFeatures, desk: Desk) -> Explained:
    """Have features labelled by a rule, or by the model that the settings name."""
    return await desk.explaining.explain(sae, request)


@router.get("/features/{sae}/{index}")
def feature(sae: Slug, index: Index, desk: Desk) -> Feature:
    """Everything about a feature."""
    return desk.features.feature(sae, index)


@router.get("/features/{sae}/{index}/place")
def place(sae: Slug, index: Index, query: Annotated[Which, Query()], desk: Desk) -> FeaturePlace:
    """Its row in the table, filtered and sorted in the same way, and the features before and behind it."""
    return desk.features.place(sae, index, query)


@router.get("/features/{sae}/{index}/neighbours")
def neighbours(sae: Slug, index: Index, desk: Desk) -> FeatureNeighbours:
    """By decoder row, and by the positions at which they fire."""
    return desk.features.neighbours(sae, index)


@router.get("/feature/{id:path}/details")
def details(
    id: Annotated[str, Path(description="`<sae>/<index>`, or `layer_{L}_feature_{F}`.")], desk: Desk
) -> Feature:
    """As `GET /api/features/{sae}/{index}`, by either name."""
    name = desk.features.named(id)
    return desk.features.feature(name.sae, name.index)
