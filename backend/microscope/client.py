"""A server's patches from Python: `from microscope.client import Client`. What a route answers, as its message.

with Client() as client:
    patch = client.patch({"type": "adapter", "adapter": "trojan"})
    client.toggle(patch.hash)
    print(client.inference("The capital of France is").kl)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from microscope.errors import Trouble, Unavailable
from microscope.wire.patch_files import ExportFormat, InferenceResult, PatchImported, PatchToggled
from microscope.wire.patches import PatchInfo, PatchList


class Client:
    """One server. Close it, or use it in a `with`."""

    def __init__(self, url: str = "http://127.0.0.1:8000", token: str = "", timeout_s: float = 600.0) -> None:
        """
        Args:
            token: that the server wants, if any.
            timeout_s: for one answer; the first may wait for a model that is being loaded.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)

    def patch(self, source: Mapping[str, Any], name: str = "", model: str | None = None) -> PatchInfo:
        """Keep a patch: `POST /api/patch`.

        Args:
            source: as `NewPatch.source`, such as `{"type": "feature", "sae": …, "feature": 42, "kind": "scale"}`.

        Raises:
            Trouble: what the server says is wrong, in its words; of every method here.
        """
        asked = {"source": dict(source), "name": name, "model": model}
        return PatchInfo.model_validate_json(self._post("/api/patch", json=asked))

    def patches(self, q: str = "") -> PatchList:
        """What is kept, with what is enabled: `GET /api/patches`."""
        return PatchList.model_validate_json(self._read(self._asked("GET", "/api/patches", params={"q": q})))

    def toggle(self, hash: str, enabled: bool | None = None, strength: float = 1.0) -> PatchToggled:
        """Switch a patch on or off for `inference`: `POST /api/patch/{hash}/toggle`.

        Args:
            enabled: None turns it over.
        """
        asked = {"enabled": enabled, "strength": strength}
        return PatchToggled.model_validate_json(self._post(f"/api/patch/{hash}/toggle", json=asked))

    def inference(
        self,
        text: str,
        patches: Sequence[Mapping[str, Any]] | None = None,
        set: str | None = None,
        k: int = 10,
        controls: int = 4,
        model: str | None = None,
    ) -> InferenceResult:
        """The next token with patches and without: `POST /api/inference`.

        Args:
            patches: `{"hash": …, "strength": 1}` each, in order; None and no set are those that are enabled.
            set: hash of a set of patches.
        """
        named = None if patches is None else [dict(one) for one in patches]
        asked = {"text": text, "patches": named, "set": set, "k": k, "controls": controls, "model": model}
        return InferenceResult.model_validate_json(self._post("/api/inference", json=asked))

    def export_patches(
        self,
        members: Sequence[Mapping[str, Any]] = (),
        set: str | None = None,
        format: ExportFormat = "peft",
        model: str | None = None,
    ) -> bytes:
        """A zip of a folder for another program: `POST /api/export-patches`.

        Args:
            members: `{"source": {"type": "kept", "hash": …}, "strength": -1}` each, in order.
        """
        asked = {"members": [dict(one) for one in members], "set": set, "format": format, "model": model}
        return self._post("/api/export-patches", json=asked)

    def import_patch(
        self, path: str | Path, keep: bool = True, name: str = "", model: str | None = None
    ) -> PatchImported:
        """Send a file, a zip or a folder of this machine: `POST /api/import-patch`."""
        home = Path(path)
        files = [home] if home.is_file() else sorted(one for one in home.rglob("*") if one.is_file())
        form = {"keep": "true" if keep else "false", "name": name, **({} if model is None else {"model": model})}
        with ExitStack() as opened:
            sent = [
                ("files", (one.relative_to(home.parent).as_posix(), opened.enter_context(one.open("rb"))))
                for one in files
            ]
            return PatchImported.model_validate_json(self._post("/api/import-patch", data=form, files=sent))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _post(self, path: str, **sent: Any) -> bytes:
        return self._read(self._asked("POST", path, **sent))

    def _asked(self, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **sent)
        except httpx.TransportError as error:
            raise Unavailable(
                f"{self._http.base_url} does not answer: {error}.", next="Start it: microscope ui"
            ) from error

    def _read(self, response: httpx.Response) -> bytes:
        if response.is_success:
            return response.content
        problem = response.json()
        trouble = Trouble(problem["error"], next=problem["next"])
        trouble.status = problem["status"]
        raise trouble
