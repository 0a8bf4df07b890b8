"""The import law (docs/architecture.md): who may import whom inside the package."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "backend" / "microscope"

MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "engine": {"core", "wire"},
    "store": {"core"},
    "lab": {"core", "engine", "store"},
    "bundled": {"core"},
    "families": {"core", "engine", "store", "lab", "wire", "bundled"},
    "wire": {"core"},
    "services": {"core", "engine", "store", "lab", "families", "wire", "bundled"},
    "api": {"services", "wire", "lab"},
    "client": {"wire"},
    "cli": {"core", "engine", "services", "families", "lab", "api", "wire"},
}
ANYONE = {"errors", "paths", "settings", "__version__"}
ONLY_HERE = {
    "transformers": {"engine", "bundled"},
    "fastapi": {"api"},
    "sqlalchemy": {"store", "services"},
    "pyarrow": {"store"},
    "duckdb": {"store"},
    "datasets": {"store"},
    "uvicorn": {"api", "cli"},
    "typer": {"cli", "bundled"},
}


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names if node.module == "microscope")
    return names


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = [path for path in PACKAGE.rglob("*.py") if room(path) not in {"__init__", "__main__", "static"}]


def test_an_arrow_never_points_up() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        for name in imports(path)
        if name.startswith("microscope.")
        and name.split(".")[1] not in {room(path), *MAY_IMPORT.get(room(path), set()), *ANYONE}
    ]
    assert not wrong


def test_every_room_has_its_line_in_the_law() -> None:
    assert {room(path) for path in FILES} - ANYONE <= set(MAY_IMPORT)


def test_a_library_is_used_in_its_room_only() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        for name in imports(path)
        if (allowed := ONLY_HERE.get(name.split(".")[0])) and room(path) not in allowed
    ]
    assert not wrong
