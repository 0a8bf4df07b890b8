"""The types on both sides are one: what the Python types say is what is written down for TypeScript."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from microscope.api.app import create_app
from microscope.api.schema import document
from microscope.lab import Lab
from microscope.settings import Settings
from microscope.wire import scripts

ROOT = Path(__file__).parent.parent
NEXT = "run `make schema` and commit what it wrote"


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    lab = Lab.open(Settings(home=tmp_path_factory.mktemp("home")))
    return json.loads(json.dumps(document(create_app(lab))))


def test_the_openapi_document_is_current(described: dict[str, Any]) -> None:
    assert json.loads((ROOT / "openapi.json").read_text()) == described, NEXT


def test_the_typescript_types_are_current(tmp_path: Path) -> None:
    """Made anew by the generator itself."""
    made = tmp_path / "schema.gen.ts"
    generator = ROOT / "frontend/node_modules/.bin/openapi-typescript"
    subprocess.run([str(generator), str(ROOT / "openapi.json"), "--output", str(made)], check=True, capture_output=True)
    assert made.read_text() == (ROOT / "frontend/src/api/schema.gen.ts").read_text(), NEXT


def test_every_message_has_its_type(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    for union in ("ClientMessage", "ServerMessage"):
        kinds = schemas[union]["discriminator"]["mapping"]
        assert all(reference.removeprefix("#/components/schemas/") in schemas for reference in kinds.values())
    assert "GridHead" in schemas


def test_a_tag_is_never_optional(described: dict[str, Any]) -> None:
    """An optional tag stops TypeScript from narrowing a union."""
    schemas = described["components"]["schemas"]
    untagged = [
        name
        for name, schema in schemas.items()
        if "type" in schema.get("properties", {}) and "type" not in schema.get("required", [])
    ]
    assert not untagged


# ── Everything is described ──────────────────────────────────────────────────────────────────────────────


def operations(described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


def test_every_schema_and_field_is_described(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    fields = {f"{name}.{field}": of for name, one in schemas.items() for field, of in one.get("properties", {}).items()}
    assert len(fields) > 200
    assert [name for name, field in fields.items() if not field.get("description")] == []


def test_every_route_and_parameter_is_described(described: dict[str, Any]) -> None:
    routes = operations(described)
    assert [name for name, route in routes.items() if not route.get("description")] == []
    parameters = [(name, one) for name, route in routes.items() for one in route.get("parameters", ())]
    assert len(parameters) > 20
    assert [(name, one["name"]) for name, one in parameters if not one.get("description")] == []


@pytest.mark.parametrize("route", ["POST /api/chat", "POST /api/lens"])
def test_what_scripts_ask_for_and_get_has_examples_that_are_valid(described: dict[str, Any], route: str) -> None:
    operation = operations(described)[route]
    for side in (operation["requestBody"], operation["responses"]["200"]):
        content = side["content"]["application/json"]
        kind = getattr(scripts, content["schema"]["$ref"].rpartition("/")[2])
        assert content["examples"]
        for example in content["examples"].values():
            kind.model_validate_json(json.dumps(example["value"]))
