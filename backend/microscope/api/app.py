"""The application: gate, routes, socket, pages. `create_app(lab)` and nothing at module level."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

from microscope import __version__
from microscope.api import errors
from microscope.api.bodies import usable
from microscope.api.errors import problem_of
from microscope.api.gate import Gate
from microscope.api.routes import (
    artifacts,
    conversations,
    features,
    labels,
    models,
    patch_files,
    patches,
    runs,
    saes,
    scripts,
    status,
    sweeps,
    traces,
    views,
)
from microscope.api.ws import Sockets
from microscope.errors import NotFound
from microscope.lab import Lab
from microscope.services import Services, open_services
from microscope.services.hub import EVERYONE, Outgoing
from microscope.services.models import load_aloud
from microscope.wire.line import Failed
from microscope.wire.models import LoadModel
from microscope.wire.status import Problem

log = logging.getLogger("microscope")

WITHOUT = "The pages are up without a model: choose one at the top left of any of them."
"""Said in the log after why the first one was not loaded."""

STATIC = Path(__file__).parent.parent / "static"
"""The built frontend; `make install` writes it there."""

ROUTERS = (
    status.router,
    models.router,
    conversations.router,
    traces.router,
    scripts.router,
    views.router,
    runs.router,
    sweeps.router,
    artifacts.router,
    labels.router,
    features.router,
    patches.router,
    patch_files.router,
    saes.router,
)

NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>Microscope</title>
<body style="font:16px/1.5 system-ui;max-width:40em;margin:4em auto">
<h1>The pages are not built yet</h1>
<p>The server is running and its API is described in <a href="/openapi.json">/openapi.json</a>. To build the pages:</p>
<pre>make install</pre>"""


def create_app(lab: Lab, *, static: Path = STATIC) -> FastAPI:
    """A server over one lab; it loads `lab.settings.model` in the background as it starts, and closes the lab."""
    services = open_services(lab)
    app = FastAPI(
        title="Microscope",
        version=__version__,
        summary="A live laboratory for what happens inside a language model.",
        description="Nouns over HTTP; what is live over the socket `/api/ws`: `ClientMessage`, `ServerMessage`.",
        docs_url=None,  # Ours is built with the frontend: FastAPI's comes from another's server.
        redoc_url=None,
        lifespan=lambda _: _lifespan(services),
        separate_input_output_schemas=False,
        responses={"default": {"model": Problem, "description": "What was expected, what was got, what to do next."}},
    )
    app.state.services = services
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/api", dependencies=[Depends(usable)])
    app.include_router(_socket(services))
    app.include_router(_pages(static))
    app.add_middleware(Gate, settings=lab.settings)
    return app


@asynccontextmanager
async def _lifespan(services: Services) -> AsyncGenerator[None]:
    loading = asyncio.create_task(_load_first(services))
    services.newsroom.start()
    if services.lab.settings.run_worker:
        services.runner.start()
    yield
    loading.cancel()
    await services.runner.close()
    await services.newsroom.close()
    await services.conversations.close()
    await services.lab.close()


async def _load_first(services: Services) -> None:
    """The pages are up while the model loads; what goes wrong is told to whoever is there, and logged."""
    settings = services.lab.settings
    request = LoadModel.model_validate(
        {name: getattr(settings, name) for name in ("model", "revision", "dtype", "device")}
    )
    try:
        await load_aloud(services.models, services.hub, request)
    except Exception as wrong:
        problem = problem_of(wrong)
        log.error("%s %s %s", problem.error, problem.next, WITHOUT)
        failed = Failed(id=None, error=problem.error, next=problem.next, status=problem.status)
        services.hub.publish(EVERYONE, Outgoing(failed))


def _socket(services: Services) -> APIRouter:
    router, sockets = APIRouter(), Sockets(services)

    @router.websocket("/api/ws")
    async def serve(websocket: WebSocket) -> None:  # pyright: ignore[reportUnusedFunction]
        await sockets.serve(websocket)

    return router


def _pages(static: Path) -> APIRouter:
    """Files of the frontend; every other address is the application itself, which reads it."""
    router = APIRouter(include_in_schema=False)
    root = static.resolve()

    @router.get("/{path:path}")
    def page(path: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404, f"There is no /{path}.")
        index = root / ("docs.html" if path == "docs" else "index.html")
        if not index.is_file():
            return HTMLResponse(NOT_BUILT, status_code=503)
        if file := _built(root, path):
            # Built files carry a hash in their names; the page that names them does not.
            cache = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
            return FileResponse(file, headers={"Cache-Control": cache})
        if path.startswith("assets/"):
            # A page of an earlier build asks for its own files: the application in their place would be no script.
            raise NotFound(f"There is no /{path}.", next="Reload the page: the server may have been updated.")
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    return router


def _built(root: Path, path: str) -> Path | None:
    """A file of the frontend; None where there is none of that name, or where it can be no name."""
    try:
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):  # Longer than a name may be, or with a zero byte in it.
        return None
