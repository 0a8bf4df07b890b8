"""What a user can do: each class takes the lab, and returns messages of the wire."""

from __future__ import annotations

from typing import NamedTuple

from microscope.lab import Lab
from microscope.services.conversations import Conversations
from microscope.services.hub import Hub
from microscope.services.lenses import Lenses
from microscope.services.models import Models
from microscope.services.scripts import Scripts
from microscope.services.traces import Traces
from microscope.services.views import Views


class Services(NamedTuple):
    """All of them over one lab: what the skins (`api`, `cli`) are given."""

    lab: Lab
    hub: Hub
    models: Models
    conversations: Conversations
    traces: Traces
    views: Views
    scripts: Scripts
    lenses: Lenses


def open_services(lab: Lab) -> Services:
    hub = Hub(lab.settings.outbox_messages)
    models = Models(lab)
    conversations = Conversations(lab, models, hub)
    traces = Traces(lab, models)
    views = Views(lab, models, conversations, traces)
    return Services(lab, hub, models, conversations, traces, views, Scripts(lab, models), Lenses(lab, models))
