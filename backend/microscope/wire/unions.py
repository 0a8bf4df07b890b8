"""Every message between browser and server, once.

**HTTP** carries nouns as JSON, and arrays as safetensors files (`GET …/grid`, `GET …/vocab`) with an `ETag`.
**The socket** `/api/ws` carries whatever is live: text frames are JSON of the unions below; binary frames are
one safetensors buffer each, whose `__metadata__["message"]` is the JSON of the message that they belong to.

Token texts never cross the socket: a browser fetches the model's vocabulary once (`GET /api/models/{model}/vocab`)
and every message speaks in token ids. Layers are counted from 0; `"embed"` is what enters the first block.
Probabilities are 0 to 1, log-probabilities and entropies in nats, positions 0-based.

A reading is taken *for* a token (by the position before it; the first token has none) or *after* it.

The life of a socket:

    server  welcome
    client  watch {conversation, from_position}      → snapshot, then tokens as they come (also after a drop)
    client  send | generate | stop                   → turn_started, tokens …, turn_ended
    client  read_lens                                → lens_rows
    client  load_model                               → load_progress …, model_loaded
    client  try_feature                              → tried_feature
    client  read_features | color_by_feature         → position_features | feature_activations
    client  trace_feature | test_link                → feature_traced | link_tested
    client  try_patches | continue_patched           → patches_tried | patches_continued
    client  dose_patches                             → patches_dosed
    client  preview_patch                            → patch_progress …, patch_previewed
    client  ping                                     → pong
    server  status, changed                            whenever something that a page shows has changed
    server  failed                                     for the message with the same `id`; the socket lives on
"""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field, TypeAdapter

from microscope.wire.feature_links import FeatureTraced, LinkTested, TestLink, TraceFeature
from microscope.wire.feature_readings import (
    ColorByFeature,
    FeatureActivations,
    PositionFeatures,
    ReadFeatures,
    TriedFeature,
    TryFeature,
)
from microscope.wire.generation import (
    Generate,
    PatchesSwitched,
    Send,
    Snapshot,
    Stop,
    SwitchPatches,
    Tokens,
    TurnEnded,
    TurnStarted,
    Unwatch,
    Watch,
)
from microscope.wire.lenses import LensRows, ReadLens
from microscope.wire.line import Changed, Done, Failed, Ping, Pong, Status, Welcome
from microscope.wire.models import LoadModelLive, LoadProgress, ModelLoaded
from microscope.wire.patch_doses import DosePatches, PatchesDosed
from microscope.wire.patch_library import PatchPreviewed, PatchProgress, PreviewPatch
from microscope.wire.patch_trials import ContinuePatched, PatchesContinued, PatchesTried, TryPatches
from microscope.wire.runs import FollowRun, RunNews, UnfollowRun

ClientMessage = Annotated[
    Watch
    | Unwatch
    | Send
    | Generate
    | SwitchPatches
    | Stop
    | ReadLens
    | LoadModelLive
    | FollowRun
    | UnfollowRun
    | TryFeature
    | ReadFeatures
    | ColorByFeature
    | TraceFeature
    | TestLink
    | TryPatches
    | ContinuePatched
    | DosePatches
    | PreviewPatch
    | Ping,
    Field(discriminator="type", description="What a browser asks for."),
]

ServerMessage = Annotated[
    Welcome
    | Snapshot
    | TurnStarted
    | Tokens
    | PatchesSwitched
    | TurnEnded
    | LensRows
    | LoadProgress
    | ModelLoaded
    | RunNews
    | TriedFeature
    | PositionFeatures
    | FeatureActivations
    | FeatureTraced
    | LinkTested
    | PatchesTried
    | PatchesContinued
    | PatchesDosed
    | PatchProgress
    | PatchPreviewed
    | Status
    | Changed
    | Done
    | Failed
    | Pong,
    Field(discriminator="type", description="What the server says."),
]

CLIENT: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
SERVER: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)


def unpack_message(buffer: bytes) -> ServerMessage:
    """The message in a binary frame's metadata: what `pack` put there."""
    length = int.from_bytes(buffer[:8], "little")
    header = json.loads(buffer[8 : 8 + length])
    return SERVER.validate_json(header["__metadata__"]["message"])
