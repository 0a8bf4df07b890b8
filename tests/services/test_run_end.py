from __future__ import annotations

import pytest
import torch

from microscope.errors import (
    Busy,
    Denied,
    Incompatible,
    Invalid,
    NoRoom,
    NotFound,
    TooLarge,
    Unavailable,
    Unsupported,
)
from microscope.services.run_end import may_pass


@pytest.mark.parametrize("kind", [Invalid, Incompatible, NotFound, Unsupported, TooLarge, Denied])
def test_what_was_asked_for_wrongly_is_as_wrong_the_next_time(kind: type[Invalid]) -> None:
    assert not may_pass(kind("Wrong.", next="Ask otherwise."))


@pytest.mark.parametrize(
    "wrong",
    [
        NoRoom("The disk is full.", next="Free some."),
        Unavailable("No network.", next="Check it."),
        Busy("Somebody writes it.", next="Wait."),
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        ZeroDivisionError("a fault of ours, which may be mended"),
    ],
)
def test_what_lies_elsewhere_may_pass(wrong: Exception) -> None:
    assert may_pass(wrong)
