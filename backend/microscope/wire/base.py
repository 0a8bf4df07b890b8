"""What every message is made of. Knows no message."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def _describe_tag(schema: dict[str, Any]) -> None:
    """A union's tag is described once for all messages."""
    if tag := schema["properties"].get("type"):
        tag["description"] = "Which message this is."


class Wire(BaseModel):
    """Base of all that crosses the wire: immutable, and unknown fields are an error.

    What stands below a field describes it in OpenAPI and in TypeScript too.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_serialization_defaults_required=True,
        use_attribute_docstrings=True,
        json_schema_extra=_describe_tag,
    )


class Ask(Wire):
    """Base of what a browser sends; the answer, or `failed`, carries the same `id`."""

    id: int = Field(ge=0, lt=2**53)
    """Chosen by the browser, to tell the answers apart."""
