"""A model of halves is loaded in one thread; in all others a tensor is what it was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, modeling_utils

from microscope.engine.default_dtype import default_dtype
from microscope.engine.loading import load


@contextmanager
def of_the_process(dtype: torch.dtype, _: str | None = None) -> Generator[None]:
    """What transformers does by itself."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def test_another_thread_does_not_see_it() -> None:
    inside, done = threading.Event(), threading.Event()

    def hold() -> list[torch.dtype]:
        with default_dtype(torch.bfloat16):
            inside.set()
            assert done.wait(60)
            made = torch.zeros(2), torch.tensor([0.5]), torch.arange(2), torch.ones(1, dtype=torch.float64)
            return [one.dtype for one in made]

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        assert inside.wait(60)
        here = torch.eye(2).dtype, torch.get_default_dtype()
        done.set()
        assert held.result() == [torch.bfloat16, torch.bfloat16, torch.int64, torch.float64]
    assert here == (torch.float32, torch.float32)
    assert torch.zeros(1).dtype == torch.float32


def test_a_model_of_halves_is_read_without_touching_the_default(
    tiny_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.dtype] = []
    made = torch.nn.Embedding.__init__

    def spy(*args: Any, **kwargs: Any) -> None:
        seen.append(torch.get_default_dtype())
        made(*args, **kwargs)

    monkeypatch.setattr(torch.nn.Embedding, "__init__", spy)
    model = load(str(tiny_folder("gpt2")), dtype="bfloat16", device="cpu")
    assert model.dtype == torch.bfloat16
    assert set(seen) == {torch.float32}


def test_what_is_read_is_what_transformers_reads_by_itself(
    shape: str, tiny_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> dict[str, torch.Tensor]:
        loaded: Any = AutoModelForCausalLM.from_pretrained(tiny_folder(shape), dtype=torch.bfloat16)
        return {**dict(loaded.named_parameters()), **dict(loaded.named_buffers())}

    assert modeling_utils.local_torch_dtype is default_dtype
    ours = read()
    monkeypatch.setattr(modeling_utils, "local_torch_dtype", of_the_process)
    theirs = read()
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        assert ours[name].dtype == tensor.dtype, name
        assert torch.equal(ours[name], tensor), name


def test_no_dtype_of_whole_numbers() -> None:
    with pytest.raises(ValueError, match="no floating-point"), default_dtype(torch.int64):
        pass
