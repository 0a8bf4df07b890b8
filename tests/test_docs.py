"""What prose says about code is checked: blocks run, names are all there, links lead somewhere.

Fences: `console` (lines that begin with `$` are run), `python` (the blocks of a page are one session), `sh` (shown, not
run: they install, serve or need a network; their make targets, verbs and options are checked).
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
import tomllib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import httpx
import pyarrow.parquet as parquet
import pytest
import torch
from typer.main import get_command

from microscope.api.app import create_app
from microscope.cli import app
from microscope.client import Client
from microscope.core.patches.direction import packed
from microscope.core.patches.steer import Steer
from microscope.core.reconstruction import Predictions, Reconstruction
from microscope.core.saes import architectures
from microscope.engine.model import Model
from microscope.engine.weights import BUNDLED
from microscope.families import families, read_family
from microscope.families.base import Bench, Event, Progress, Result, Rows
from microscope.lab import Lab
from microscope.settings import Settings
from microscope.store.patches import PATCHES
from microscope.wire import line as socket_line
from microscope.wire import unions as wire
from tests.cli.processes import program, script
from tests.families import synthetic

ROOT = Path(__file__).parent.parent
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
REFERENCE = (ROOT / "docs" / "reference.md").read_text()
URLS = (ROOT / "docs" / "urls.md").read_text()


class Block(NamedTuple):
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)]


def commands(block: Block) -> list[str]:
    if block.language == "console":
        return [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]
    return [line for line in block.text.splitlines() if line and not line.startswith("#")]


def runs(page: Path) -> bool:
    return any(block.language in ("console", "python") for block in blocks(page))


# ── Blocks run ───────────────────────────────────────────────────────────────────────────────────────────


class Place(NamedTuple):
    """A server, and the environment in which commands meet the same model and home."""

    url: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
def place(tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    """The bundled model where it is there, else a tiny one."""
    bundled = (BUNDLED["specimen"] / "config.json").is_file()
    folder = tmp_path_factory.mktemp("docs")
    environment = {
        "MICROSCOPE_MODEL": "specimen" if bundled else str(tiny_folder("gpt2")),
        "MICROSCOPE_HOME": str(folder / "home"),
        "COLUMNS": "120",
    }
    with program(folder, "ui", "--port", "0", "--no-browser", **environment) as server:
        url = server.address().rstrip("/")
        assert loaded(url, timeout_s=60), server.file.read_text()
        yield Place(url, environment)


def loaded(url: str, timeout_s: float) -> bool:
    for _ in range(int(timeout_s / 0.2)):
        try:
            if httpx.get(f"{url}/api/health").json()["model"]:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    return False


@pytest.mark.timeout(600)
@pytest.mark.parametrize("doc", [doc for doc in PAGES if runs(doc)], ids=lambda doc: doc.stem)
def test_the_blocks_of_a_page_run(doc: Path, place: Place, tmp_path: Path) -> None:
    """In order, as one script: commands from the project's root, Python in one session."""
    lines = ["from microscope.cli import app", ""]
    for block in blocks(doc):
        if block.language == "console":
            for command in commands(block):
                program, *words = shlex.split(command)
                assert program == "microscope", command
                lines.append(f"assert not app({words!r}, standalone_mode=False), {command!r}")
        elif block.language == "python":
            lines.append(block.text.replace("http://127.0.0.1:8000", place.url))
    file = tmp_path / f"{doc.stem}.py"
    file.write_text("\n".join(lines))
    with script(file, ROOT, **place.environment) as running:
        running.said(within_s=500)


def options(verb: Any) -> set[str]:
    return {name for parameter in verb.params for name in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: doc.stem)
def test_commands_that_are_shown_exist(doc: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    group: Any = get_command(app)
    for block in blocks(doc):
        if block.language not in ("console", "sh"):
            continue
        for command in commands(block):
            program, *words = shlex.split(command, comments=True)
            if program == "make":
                assert {word for word in words if "=" not in word} <= targets, command
            if program.endswith("microscope"):
                given = {word for word in words[1:] if word.startswith("-")}
                assert given <= options(group.commands[words[0]]), command


# ── Everything has its line ──────────────────────────────────────────────────────────────────────────────


def test_every_verb_and_option_is_in_the_reference() -> None:
    group: Any = get_command(app)
    shared = {"--model", "--revision", "--dtype", "--device", "--home", "--help"}
    assert all(f"`{option}`" in REFERENCE for option in shared)
    for name, verb in group.commands.items():
        row = next(line for line in REFERENCE.splitlines() if line.startswith(f"| `microscope {name}"))
        for option in verb.params:
            if option.param_type_name == "option" and not shared & set(option.opts):
                assert any(f"{written}" in row for written in (*option.opts, *option.secondary_opts)), (
                    name,
                    option.opts,
                )


def test_every_call_of_the_client_is_on_its_page() -> None:
    page = (ROOT / "docs" / "client.md").read_text()
    calls = {name for name in vars(Client) if not name.startswith("_")}
    assert {name for name in calls if f"client.{name}(" not in page} == set()


def test_every_setting_is_in_the_reference_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        default = f"`{field.default}`" if field.default not in ("", ()) else "none"
        assert f"| `MICROSCOPE_{name.upper()}` | {default} |" in REFERENCE


def test_every_route_is_in_the_reference(tmp_path: Path) -> None:
    lab = Lab.open(Settings(home=tmp_path))
    try:
        paths = create_app(lab).openapi()["paths"]
    finally:
        lab.device.close()
        lab.database.dispose()
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    written = set(re.findall(r"^\| `([A-Z]+ /api/[^`]*)` \|", REFERENCE, re.MULTILINE))
    assert written == routes


def test_every_message_of_the_socket_is_in_the_reference() -> None:
    unions = (wire.ClientMessage, wire.ServerMessage)
    tags = {kind.model_fields["type"].default for union in unions for kind in get_args(get_args(union)[0])}
    section = REFERENCE.split("## The socket")[1]
    assert {tag for tag in tags if f"`{tag}`" not in section} == set()
    codes = [str(value) for name, value in vars(socket_line).items() if name.startswith("CLOSE_")]
    assert len(codes) > 4
    assert [code for code in codes if f"| {code} |" not in section] == []


def test_every_page_and_parameter_of_an_address_is_described_and_no_other() -> None:
    source = ROOT / "frontend" / "src"
    routed = re.findall(r"interface FileRoutesByTo \{\n(.*?)\n\}", (source / "routeTree.gen.ts").read_text(), re.DOTALL)
    pages = set(re.findall(r"^\s*'([^']+)':", routed[0], re.MULTILINE))
    described = set(re.findall(r"^\| `(/[^`]*)` \|", URLS, re.MULTILINE))
    assert {page for page in pages if not page.startswith("/dev")} == described
    schemas = [*sorted((source / "routes").glob("-*/params.ts")), source / "routes" / "__root.tsx"]
    schema = "".join(path.read_text() for path in schemas)
    parameters = set(re.findall(r"(\w+): (?:p\.\w+|day)\(", schema))
    assert parameters == set(re.findall(r"^\| `(\w+)` \|", URLS, re.MULTILINE))


def test_every_measure_and_architecture_has_its_formula() -> None:
    """Where the methods are described, by the names that files and the API have."""
    methods = (ROOT / "docs" / "methods.md").read_text()
    names = {*Reconstruction.model_fields, *Predictions.model_fields, *architectures()}
    assert {name for name in names if f"`{name}`" not in methods} == set()


def test_every_name_in_every_result_is_in_the_methods(tmp_path: Path, tiny_model: Callable[..., Model]) -> None:
    """Metrics, live curves and columns of tables, of one small run of each family."""
    methods = (ROOT / "docs" / "methods.md").read_text()
    seen: dict[str, set[str]] = {}
    for kind, event in small_runs(tmp_path, tiny_model("gpt2"), tiny_model("specimen")):
        seen.setdefault(kind, set()).update(names_in(event))
    assert set(seen) == set(families())
    assert {kind: sorted(name for name in names if f"`{name}`" not in methods) for kind, names in seen.items()} == {
        kind: [] for kind in seen
    }


def small_runs(folder: Path, model: Model, refuses: Model) -> Iterator[tuple[str, Event]]:
    """What every family yields, over one recording of a tiny model; `refuses` is for what needs refusals."""
    lab = synthetic.bench(folder).lab
    texts = folder / "texts.txt"
    texts.write_text(
        "\n\n".join(f"The cat number {n} sat on the mat and then Mary gave John a drink." for n in range(40))
    )
    recording, out = folder / "activations.parquet", folder / "saes"
    asked = [f"Where is cat number {n}?" for n in range(8)]
    push = Steer(site="L1.resid_post", direction=packed(torch.ones(model.d_model)), scale=1.0)
    steer = lab.objects.put(PATCHES, push.model_dump(mode="json"))
    learning = {"activations": [recording], "steps": 4, "batch_rows": 64, "architecture": {"kind": "topk", "k": 3}}
    first, second = (out / name / "sae_layer_1" for name in ("first", "second"))
    specs: tuple[dict[str, Any], ...] = (
        {"kind": "record_activations", "sites": ["L1.resid_post"], "dataset": str(texts), "out": str(recording)},
        {"kind": "train_sae", **learning, "d_sae": 32, "out": first.parent},
        {"kind": "train_sae", **learning, "d_sae": 48, "out": second.parent, "seed": 1},
        {"kind": "evaluate_sae", "sae": str(first), "activations": recording},
        {"kind": "harvest", "sae": str(first), "activations": recording, "name": "one"},
        {"kind": "sae_stability", "saes": [str(first), str(second)]},
        {"kind": "feature_splitting", "small": str(first), "large": str(second)},
        {"kind": "tuned_lens", "datasets": [str(texts)], "steps": 2},
        {"kind": "contrast_features", "sae": str(first), "away": asked, "insert": "zebra"},
        {"kind": "behaviour_rates", "patches": steer, "words": "cat", "prompts": asked, "insert": "zebra", "facts": 2},
        {"kind": "feature_shift", "sae": str(first), "patches": steer, "dataset": str(texts), "controls": 1},
        {"kind": "patch_effects", "patches": steer, "dataset": str(texts), "controls": 1, "samples": 1},
        {"kind": "refusal_direction", "train": 16, "validation": 2, "test": 2, "facts": 2, "controls": 1, "max_kl": 9,
         "max_refused": 0.9,
         "dataset": str(texts), "documents": 2, "reply_tokens": 2},
    )  # fmt: skip
    for number, spec in enumerate(specs):
        family = read_family(spec)
        one = refuses if spec["kind"] == "refusal_direction" else model
        bench = Bench(lab, folder / f"run-{number}", dict.fromkeys(family.models(), one))
        yield from ((spec["kind"], event) for event in family.run(bench))


def names_in(event: Event) -> set[str]:
    match event:
        case Progress():
            return set(event.metrics)
        case Rows():
            return {event.table, *event.columns}
        case Result():
            within = [one for value in event.metrics.values() if isinstance(value, list) for one in value]
            tables = [file for made in event.made if made.what == "features" for file in made.path.glob("*.parquet")]
            return {
                *event.metrics,
                *(name for one in within if isinstance(one, dict) for name in one),
                *(name for file in tables for name in parquet.read_schema(file).names),
            }
        case _:
            return set()


def test_every_family_is_in_the_reference() -> None:
    section = REFERENCE.split("## Experiments")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(families())


def test_every_dependency_has_its_reason() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text().split("## Dependencies")[1]
    named = set(re.split(r"[,|\s]+", table))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    browser = json.loads((ROOT / "frontend" / "package.json").read_text())["dependencies"]
    assert {re.split(r"[\[>=<]", name)[0] for name in python} | set(browser) <= named


# ── Links, trees, words ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: doc.stem)
def test_relative_links_lead_somewhere(doc: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", doc.read_text()):
        if "://" not in link and not link.startswith("#"):
            target = (doc.parent / link.split("#")[0]).resolve()
            assert target.exists(), link


def test_every_page_can_be_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"} <= set(
        re.findall(r"\((\w+\.md)\)", index)
    )


def test_files_named_in_prose_exist() -> None:
    """`engine/layouts.py`, `tests/conftest.py`: below the root, the package or the frontend's sources."""
    roots = (ROOT, ROOT / "backend" / "microscope", ROOT / "frontend" / "src")
    for page in PAGES:
        for name in re.findall(r"`([\w./-]+/[\w.$-]+\.(?:py|tsx?|md|json|toml|yml))`", page.read_text()):
            if not name.startswith(("/", "objects/")):
                assert any((root / name).exists() for root in roots), (page.name, name)


def test_an_install_ends_with_what_to_do_next_and_a_run_does_not() -> None:
    install, run = (
        subprocess.run(
            ["make", "--no-print-directory", "-n", target], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        for target in ("install", "run")
    )
    assert "Next: make run" in install.splitlines()[-1]
    assert "Next:" not in run


def test_the_tree_in_the_readme_is_the_tree() -> None:
    """Every file in git has its line, or that of a folder which is not opened; no line is about nothing."""
    tree = (ROOT / "README.md").read_text().split("```text\n")[1].split("```")[0]
    listed: list[str] = []
    folders: list[str] = []
    for line in tree.splitlines():
        indent, name = len(line) - len(line.lstrip()), line.split()[0]
        folders = [*folders[: indent // 2], name]
        listed.append("".join(folders))
    leaves = [name for name in listed if not any(other != name and other.startswith(name) for other in listed)]
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    files = {name for name in listing.split("\0") if name and not name.endswith("/__init__.py")}
    assert [name for name in leaves if not any(file == name or file.startswith(name) for file in files)] == []
    closed = tuple(leaf for leaf in leaves if leaf.endswith("/"))
    assert sorted(file for file in files if file not in leaves and not file.startswith(closed)) == []
    # One line per file of the server: only folders without modules of their own stay closed.
    assert {leaf for leaf in closed if leaf.startswith("backend/")} == {
        "backend/microscope/bundled/model/",
        "backend/microscope/bundled/prompts/",
        "backend/microscope/store/migrations/",
    }
