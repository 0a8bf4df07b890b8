"""A real browser on a real server; a page with an error in its console fails its test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect
from transformers.models.auto.modeling_auto import AutoModelForCausalLM

from microscope.engine.weights import BUNDLED
from tests.conftest import SPECIAL, tiny_configs, tiny_tokenizer
from tests.e2e import browser as chromium
from tests.e2e.library import Library
from tests.e2e.runs_made import MadeRuns, make_runs
from tests.e2e.serving import Server
from tests.e2e.stocked import stock

ROOT = Path(__file__).parents[2]
WAIT_MS = 30_000

SCRIPT_TOKEN = "<script>window.ran=1</script>"
"""One token of the walks' model."""

expect.set_options(timeout=WAIT_MS)

Visit = Callable[..., Page]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "complains(pattern): the console may say this, since something is refused")


MADE_ONCE = ("stocked", "library", "second_server")
"""What takes longest to make; the tests that need it stand side by side."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order of `MADE_ONCE`, file by file: of two processes that share the tests from their two ends, one makes
    all of it. What is no walk stays in front.
    """
    needs: dict[Path, set[str]] = {}
    for item in items:
        needs.setdefault(item.path, set()).update(getattr(item, "fixturenames", ()))

    def place(item: pytest.Item) -> int:
        if item.path.parent != Path(__file__).parent:
            return -1
        return next((at for at, name in enumerate(MADE_ONCE) if name in needs[item.path]), len(MADE_ONCE))

    items.sort(key=place)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """One path for all machines."""
    path = chromium.find()
    assert path, "No Chromium: python tests/e2e/browser.py --install"
    args = [*browser_type_launch_args.get("args", []), *chromium.flags()]
    return {**browser_type_launch_args, "executable_path": path, "args": args}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1440, "height": 900},
        "color_scheme": "dark",
        "reduced_motion": "reduce",
        "locale": "en-GB",
        "timezone_id": "UTC",
        "permissions": ["clipboard-read", "clipboard-write"],
    }


@pytest.fixture(scope="session")
def walk_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """GPT-2-shaped, tiny and random, with room for long turns; it never ends a turn by itself."""
    folder = tmp_path_factory.mktemp("models") / "walk"
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens([SCRIPT_TOKEN])
    config = tiny_configs(len(tokenizer))["gpt2"]
    config.n_positions, config.n_layer = 2048, 6
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        # A logit of 0 is never among the highest: control tokens, the end's too, do not come by themselves.
        model.transformer.wte.weight[: len(SPECIAL)] = 0
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def server(walk_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The one that all walks share."""
    assert (ROOT / "backend/microscope/static/index.html").is_file(), "The pages are not built: make install"
    running = Server(tmp_path_factory.mktemp("server") / "home", walk_model)
    yield running
    running.end()


@pytest.fixture(scope="session")
def second_server(walk_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A colleague's: it imports what the first exports, and it may be killed and started again."""
    running = Server(tmp_path_factory.mktemp("second") / "home", walk_model)
    yield running
    running.end()


@pytest.fixture(scope="session")
def stocked(walk_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with ten thousand runs and a dictionary of a million features, where the walks make more of both."""
    home = tmp_path_factory.mktemp("stocked") / "home"
    stock(home)
    running = Server(home, walk_model)
    yield running
    running.end()


@pytest.fixture(scope="session")
def made_runs(stocked: Server, tmp_path_factory: pytest.TempPathFactory) -> MadeRuns:
    """A recording, a training on it and one that failed, on the stocked server."""
    return make_runs(stocked, tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def library(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """SAEs of the walks' model, one of them with a dictionary."""
    return Library.made(server, tmp_path_factory.mktemp("texts"))


@pytest.fixture
def bundled(server: Server) -> Iterator[str]:
    """The bundled model is the current one, where it is there; its slug."""
    if not (BUNDLED["specimen"] / "config.json").is_file():
        pytest.skip("no bundled model")
    slug = server.post("/api/load-model", model="specimen")["slug"]
    yield slug
    server.post("/api/load-model", model=str(server.model))


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    return server.url


@pytest.fixture
def complaints(request: pytest.FixtureRequest) -> Iterator[Callable[[BrowserContext], None]]:
    """Watches the consoles of a context's pages; at the end only what the test announced may stand there."""
    heard: list[str] = []
    allowed = [re.compile(pattern) for mark in request.node.iter_markers("complains") for pattern in mark.args]

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(f"{message.text} ({message.location.get('url', '')})")

    def watch(context: BrowserContext) -> None:
        context.on("console", said)
        context.on("weberror", lambda error: heard.append(str(error.error)))

    yield watch
    assert not [text for text in heard if not any(pattern.search(text) for pattern in allowed)]


@pytest.fixture
def visit(new_context: Callable[..., BrowserContext], complaints: Callable[[BrowserContext], None]) -> Visit:
    """`visit("/chat")` is a page in a browser of its own, as a colleague's; keywords are the context's."""

    def open_at(path: str = "/", **context_args: Any) -> Page:
        context = new_context(**context_args)
        complaints(context)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.goto(path)
        return page

    return open_at


@pytest.fixture
def page(visit: Visit) -> Page:
    """A tab with nothing in it yet; a path opens on the server that all walks share."""
    return visit("about:blank")
