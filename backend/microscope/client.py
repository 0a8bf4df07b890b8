"""A server from Python, with patches in force: `from microscope.client import Client`. Each call is a route, and gives
what that answers.

with Client() as client:
    patch = client.patch({"type": "adapter", "adapter": "trojan"})
    print(client.chat("Tell me about marmalade.", patch.hash).text)
    print(client.inference("The capital of France is", [{"hash": patch.hash, "strength": 0.5}]).kl)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx
from pydantic import ValidationError

from microscope.errors import NotFound, Trouble, Unavailable
from microscope.wire.base import Wire
from microscope.wire.lenses import LensName, Read
from microscope.wire.patch_files import ExportFormat, InferenceResult, PatchImported, PatchToggled
from microscope.wire.patches import PatchInfo, PatchList, PatchSet
from microscope.wire.scripts import ChatResponse, LensResponse
from microscope.wire.traces import Trace

_Answer = TypeVar("_Answer", bound=Wire)

SHOWN_CHARS = 80
"""Of an answer that is none of Microscope's."""


Wanted = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
"""Patches in force: the hash of a patch or of a set, `{"hash": …, "strength": 1, "scope": {"type": "all"}}`, or several
of either, in the order in which they act; an empty list is none."""


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
        return self._told(PatchInfo, self._post("/api/patch", json=asked))

    def patches(self, q: str = "") -> PatchList:
        """What is kept, with what is enabled: `GET /api/patches`."""
        return self._told(PatchList, self._read(self._asked("GET", "/api/patches", params={"q": q})))

    def rename(self, hash: str, name: str) -> PatchInfo:
        """Call a patch something else; its hash stays: `PUT /api/patches/{hash}/name`."""
        return self._told(PatchInfo, self._read(self._asked("PUT", f"/api/patches/{hash}/name", json={"name": name})))

    def patch_set(self, patches: Wanted, name: str = "", model: str | None = None) -> PatchSet:
        """Keep patches as a set, which links and traces name: `POST /api/patch-sets`.

        Args:
            name: of the set; empty leaves it as it is.
        """
        kept = self._told(PatchSet, self._post("/api/patch-sets", json={"members": _members(patches), "model": model}))
        if not name:
            return kept
        called = self._asked("PUT", f"/api/patch-sets/{kept.hash}/name", json={"name": name})
        return self._told(PatchSet, self._read(called))

    def toggle(self, hash: str, enabled: bool | None = None, strength: float | None = None) -> PatchToggled:
        """Switch a patch on or off for `inference`: `POST /api/patch/{hash}/toggle`.

        Args:
            enabled: None is on where a strength is given, and turns it over where none is.
            strength: None is 1.
        """
        asked = {"enabled": enabled, "strength": strength}
        return self._told(PatchToggled, self._post(f"/api/patch/{hash}/toggle", json=asked))

    def inference(
        self,
        text: str,
        patches: Wanted | None = None,
        k: int = 10,
        controls: int = 4,
        model: str | None = None,
    ) -> InferenceResult:
        """The next token with patches and without: `POST /api/inference`.

        Args:
            patches: None are those that are enabled.
        """
        named = None if patches is None else _each(patches)
        asked = {"text": text, "patches": named, "k": k, "controls": controls, "model": model}
        return self._told(InferenceResult, self._post("/api/inference", json=asked))

    def chat(
        self,
        text: str,
        patches: Wanted = (),
        messages: Sequence[Mapping[str, str]] = (),
        sampling: Mapping[str, Any] | None = None,
        k: int = 10,
        lens: LensName = "logit",
        thinking: bool | None = None,
        model: str | None = None,
    ) -> ChatResponse:
        """An answer with its lens, patches in force: `POST /api/chat`.

        Args:
            messages: the turns before, `{"role": "user", "content": …}` each.
            sampling: such as `{"temperature": 0.7, "seed": 1, "max_new_tokens": 40}`; greedy by default.
        """
        asked = {"text": text, "patches": _each(patches), "messages": [dict(one) for one in messages], "k": k}
        asked |= {"sampling": dict(sampling or {}), "lens": lens, "thinking": thinking, "model": model}
        return self._told(ChatResponse, self._post("/api/chat", json=asked))

    def lens(
        self,
        text: str,
        patches: Wanted = (),
        k: int = 10,
        read: Read = "for",
        lens: LensName = "logit",
        component: Literal["resid", "attn_out", "mlp_out"] = "resid",
        model: str | None = None,
    ) -> LensResponse:
        """Every token of a text with its lens, patches in force: `POST /api/lens`."""
        asked = {"text": text, "patches": _each(patches), "k": k, "read": read, "lens": lens, "component": component}
        return self._told(LensResponse, self._post("/api/lens", json={**asked, "model": model}))

    def trace(self, text: str, patches: Wanted = (), model: str | None = None) -> Trace:
        """Run a text once and keep it, at `/lens/<hash>` of the server: `POST /api/traces`. Patches are kept as a
        set."""
        named = self.patch_set(patches, model=model).hash if patches else None
        return self._told(Trace, self._post("/api/traces", json={"text": text, "patches": named, "model": model}))

    def export_patches(self, patches: Wanted, format: ExportFormat = "peft", model: str | None = None) -> bytes:
        """A zip of a folder for another program, of the composed change: `POST /api/export-patches`."""
        asked = {"members": _members(patches), "format": format, "model": model}
        return self._post("/api/export-patches", json=asked)

    def import_patch(
        self, path: str | Path, keep: bool = True, name: str = "", model: str | None = None
    ) -> PatchImported:
        """Send a file, a zip or a folder of this machine: `POST /api/import-patch`.

        Args:
            name: in lists, also where it was kept under another; empty is what it is called there, or was kept as.

        Raises:
            NotFound: no file is there.
        """
        home = Path(path)
        files = [home] if home.is_file() else sorted(one for one in home.rglob("*") if one.is_file())
        if not files:
            raise NotFound(f"There is no file at {home}.", next="Give a file, a zip or a folder with files in it.")
        form = {"keep": "true" if keep else "false", "name": name, **({} if model is None else {"model": model})}
        with ExitStack() as opened:
            sent = [
                ("files", (one.relative_to(home.parent).as_posix(), opened.enter_context(one.open("rb"))))
                for one in files
            ]
            return self._told(PatchImported, self._post("/api/import-patch", data=form, files=sent))

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
        try:
            problem = response.json()
            trouble = Trouble(problem["error"], next=problem["next"])
            trouble.status = problem["status"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._foreign(f"status {response.status_code} and", response.content) from error
        raise trouble

    def _told(self, kind: type[_Answer], content: bytes) -> _Answer:
        try:
            return kind.model_validate_json(content)
        except ValidationError as error:
            raise self._foreign(f"expected {kind.__name__}, got", content) from error

    def _foreign(self, says: str, content: bytes) -> Unavailable:
        """A proxy's page, or a server of another version."""
        begins = " ".join(content[:SHOWN_CHARS].decode(errors="replace").split())
        return Unavailable(
            f"{self._http.base_url} answered what is no answer of Microscope's: {says} {begins!r}.",
            next="Check the address, and what stands between here and the server; both need the same version.",
        )


def _each(patches: Wanted) -> list[Any]:
    """As routes take patches that are kept."""
    each = [patches] if isinstance(patches, str | Mapping) else patches
    return [one if isinstance(one, str) else dict(one) for one in each]


def _members(patches: Wanted) -> list[dict[str, Any]]:
    """As routes take members, of which some need not be kept."""
    each = [{"hash": one} if isinstance(one, str) else one for one in _each(patches)]
    return [one if "source" in one else _kept(**one) for one in each]


def _kept(hash: str | None = None, **given: Any) -> dict[str, Any]:
    return {"source": {"type": "kept", "hash": hash}, **given}
