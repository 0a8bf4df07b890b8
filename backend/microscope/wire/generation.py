"""A turn as it is written: who watches, sends and stops, and the tokens that come."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from microscope.wire.base import Ask, Wire
from microscope.wire.conversations import Conversation, Role, Sampling, Turn


class Watch(Ask):
    """Follow a conversation; also the way back in after a drop."""

    type: Literal["watch"] = "watch"
    conversation: str
    """Id of the conversation."""

    from_position: int = Field(default=0, ge=0)
    """Tokens before it are not sent again."""


class Unwatch(Ask):
    """Follow a conversation no longer; answered with `done`."""

    type: Literal["unwatch"] = "unwatch"
    conversation: str
    """Id of the conversation."""


class Send(Ask):
    """A new user turn, then the model's answer. In `text` mode: text appended, then continued."""

    type: Literal["send"] = "send"
    conversation: str
    """Id of the conversation."""

    text: str
    """What is said, or appended."""

    sampling: Sampling = Sampling()
    """How the answer is drawn; greedy by default."""

    patches: str | None = None
    """Hash of the set of patches that is in force, at the tokens before it, too; null is the model as it is."""

    thinking: bool | None = None
    """Switches a template's thinking on or off; null leaves it as the template has it."""


class Generate(Ask):
    """Go on from the last token: after a stop, a branch or an edit."""

    type: Literal["generate"] = "generate"
    conversation: str
    """Id of the conversation."""

    sampling: Sampling = Sampling()
    """How the next tokens are drawn; greedy by default."""

    patches: str | None = None
    """Hash of the set of patches that is in force, at the tokens before it, too; null is the model as it is."""


class SwitchPatches(Ask):
    """Put other patches in force in the turn that is generated, from its next token on; `patches_switched` says where.

    Answered with `done`; nothing happens where no turn runs, since the next one names its own.
    """

    type: Literal["switch_patches"] = "switch_patches"
    conversation: str
    """Id of the conversation."""

    patches: str | None
    """Hash of the set; null takes all patches out."""


class Stop(Ask):
    """End the turn that is being generated; the device is free within one token."""

    type: Literal["stop"] = "stop"
    conversation: str
    """Id of the conversation."""


class Snapshot(Wire):
    """Answer to `watch`: the conversation as it stands; `ids` are all of them."""

    type: Literal["snapshot"] = "snapshot"
    id: int
    """Of the `watch`."""

    conversation: Conversation
    """All of it, whatever `from_position` was."""


class TurnStarted(Wire):
    """A turn begins to be generated, and what its prompt cost."""

    type: Literal["turn_started"] = "turn_started"
    conversation: str
    """Id of the conversation."""

    turn: Turn
    """As it begins."""

    reused: int
    """Positions whose state was there already."""

    computed: int
    """Positions that the prompt cost."""


class Tokens(Wire):
    """One or more consecutive tokens; several when a reader fell behind.

    A binary frame with the arrays `ids` (n); and, for generated tokens (`lens` is true), read *for* each token:
    `top_ids` (n, row, k), `top_probabilities` F32 (n, row, k), `entropy` F32 (n, row), `chosen` F32 (n, row).
    Ids are U16 where d_vocab ≤ 65,536, else U32. Row 0 is "embed", row i + 1 is block i.
    """

    type: Literal["tokens"] = "tokens"
    conversation: str
    """Id of the conversation."""

    start: int
    """Position of the first."""

    role: Role
    """Whose tokens they are."""

    lens: bool
    """Whether the arrays of the lens are there: generated tokens have them."""


class PatchesSwitched(Wire):
    """Other patches are in force in the turn that is generated."""

    type: Literal["patches_switched"] = "patches_switched"
    conversation: str
    """Id of the conversation."""

    start: int
    """The first position that is computed with them: the first token that they may change is the one behind."""

    set: str | None
    """Hash of the set; null where patches were taken out."""


class TurnEnded(Wire):
    """A turn is complete, or was cut off."""

    type: Literal["turn_ended"] = "turn_ended"
    conversation: str
    """Id of the conversation."""

    turn: Turn
    """As it ended, with its `reason`."""

    tokens_per_s: float
    """Of the generated tokens, their lens included."""
