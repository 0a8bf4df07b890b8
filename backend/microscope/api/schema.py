"""The OpenAPI document, with the socket's messages added: what the TypeScript types are made of."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import TypeAdapter

from microscope.wire.lenses import GridHead
from microscope.wire.patch_files import ImportPatch
from microscope.wire.unions import CLIENT, SERVER

REFERENCE = "#/components/schemas/{model}"

PLAIN = {"JsonValue": "Whatever JSON can hold: what other programs and later versions put there."}
"""Schemas that pydantic names and does not describe."""


def document(app: FastAPI) -> dict[str, object]:
    """OpenAPI 3.1 of every route; the socket's unions stand beside the routes' schemas as
    `ClientMessage` and `ServerMessage`, a heat map's metadata as `GridHead`.
    """
    described = app.openapi()
    schemas = described["components"]["schemas"]
    # One route takes JSON or a form, so that it names its message itself.
    named = {"GridHead": TypeAdapter(GridHead), "ImportPatch": TypeAdapter(ImportPatch)}
    for name, union in {"ClientMessage": CLIENT, "ServerMessage": SERVER, **named}.items():
        schema = union.json_schema(mode="serialization", ref_template=REFERENCE)
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    for name, description in PLAIN.items():
        schemas[name] = {**schemas.get(name, {}), "description": description}
    return described
