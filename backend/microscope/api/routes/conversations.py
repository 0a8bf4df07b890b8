"""Conversations as nouns; what is said in them goes over the socket."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status

from microscope.api.desk import ASK_AGAIN, BINARY, Desk, Heatmap, Search, parsed, safetensors, unchanged
from microscope.wire.conversations import Branch, Conversation, ConversationPage, NewConversation, Rename
from microscope.wire.patch_acts import Acted
from microscope.wire.views import Bundle

router = APIRouter(prefix="/conversations", tags=["conversations"])

Id = Annotated[str, Path(description="Id of a conversation.")]


@router.get("")
async def list_conversations(
    desk: Desk,
    q: Annotated[str, Query(description="Looked for in titles, whatever the case; empty matches all.")] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000_000, description="Rows to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200, description="Rows at most.")] = 50,
) -> ConversationPage:
    """Newest first; `q` is looked for in titles."""
    return desk.conversations.list(q, offset, limit)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create(new: NewConversation, desk: Desk) -> Conversation:
    """An empty conversation; `send` on the socket speaks in it."""
    return await desk.conversations.create(new)


@router.get("/{id}")
async def get(id: Id, desk: Desk) -> Conversation:
    """Turns and ids as they stand."""
    return desk.conversations.get(id)


@router.patch("/{id}")
async def rename(id: Id, request: Rename, desk: Desk) -> Conversation:
    """Give it another title."""
    return desk.conversations.rename(id, request.title)


@router.delete("/{id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete(id: Id, desk: Desk) -> None:
    """Put it away; `restore` brings it back."""
    await desk.conversations.delete(id)


@router.post("/{id}/restore")
async def restore(id: Id, desk: Desk) -> Conversation:
    """Undo a deletion."""
    return desk.conversations.restore(id)


@router.post("/{id}/branch", status_code=status.HTTP_201_CREATED)
async def branch(id: Id, request: Branch, desk: Desk) -> Conversation:
    """A new conversation that shares everything before a position, its computed state included."""
    return await desk.conversations.branch(id, request)


@router.get("/{id}/export")
async def export(id: Id, desk: Desk, search: Search = "") -> Bundle:
    """A bundle that `POST /api/import` of another server opens at the same address, what `vs` names included."""
    return await desk.views.export_conversation(id, parsed(search))


@router.get("/{id}/acted")
async def acted(id: Id, desk: Desk) -> Acted:
    """At which tokens the patches of its turns acted: those that do not act at every token."""
    return await desk.patch_acts.of_conversation(id)


@router.get("/{id}/grid", response_class=Response, responses={200: {"content": {BINARY: {}}}})
async def grid(id: Id, query: Heatmap, request: Request, desk: Desk) -> Response:
    """The heat map of a span as safetensors; `GridHead` in its metadata says what is in it."""
    if known := unchanged(request, await desk.conversations.etag(id, query), ASK_AGAIN):
        return known
    content, etag = await desk.conversations.grid(id, query)
    return safetensors(content, etag, ASK_AGAIN, f"{id}-{query.lens}-lens")
