"""Saved views, and bundles: what makes a link open on another machine."""

from __future__ import annotations

from microscope.lab import Lab
from microscope.services.conversations import Conversations
from microscope.services.models import Models
from microscope.services.traces import Traces
from microscope.wire import Bundle, Imported, SavedView, ViewName


class Views:
    def __init__(self, lab: Lab, models: Models, conversations: Conversations, traces: Traces) -> None: ...

    def save(self, view: SavedView) -> ViewName:
        raise NotImplementedError

    def open(self, hash: str) -> SavedView:
        """
        Raises:
            NotFound: no such view is kept here.
        """
        raise NotImplementedError

    def export_conversation(self, id: str, view: SavedView | None = None) -> Bundle:
        """
        Args:
            view: what to open after the import; by default the conversation's own page.
        """
        raise NotImplementedError

    def export_trace(self, hash: str, view: SavedView | None = None) -> Bundle:
        raise NotImplementedError

    def import_bundle(self, bundle: Bundle) -> Imported:
        """Keep what a bundle holds. A conversation whose id is taken by another content gets a new id.

        Raises:
            Invalid: ids that do not fit the model, turns that do not fit the ids, a trace under a wrong hash.
        """
        raise NotImplementedError
