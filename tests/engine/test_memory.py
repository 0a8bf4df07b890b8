from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig

from microscope.engine.memory import estimate, free_bytes, gigabytes, n_parameters, pick_device
from microscope.engine.model import Model
from microscope.engine.state import State, prefill
from microscope.engine.weights import weight_files
from microscope.errors import Invalid, Unavailable


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_estimate_of_weights_is_what_they_take(
    tiny_folder: Callable[[str], Path], tiny_model: Callable[..., Model], shape: str, dtype: str
) -> None:
    folder = tiny_folder(shape)
    kind = {"float32": torch.float32, "bfloat16": torch.bfloat16}[dtype]
    need = estimate(AutoConfig.from_pretrained(folder), n_parameters(weight_files(folder, shape)), kind)
    assert need.weights == tiny_model(shape, dtype).info.bytes
    assert need.total > need.weights + need.cache


def test_the_estimate_of_a_conversation_is_what_it_takes(
    tiny_folder: Callable[[str], Path], tiny_model: Callable[..., Model], main_shape: str
) -> None:
    model = tiny_model(main_shape)
    need = estimate(AutoConfig.from_pretrained(tiny_folder(main_shape)), 0, torch.float32)
    state = State(model)
    for _ in prefill(state, [5] * model.n_ctx, chunk=256):
        pass
    assert need.cache == pytest.approx(state.n_bytes, rel=0.1)


def test_sizes_are_read_by_people() -> None:
    assert gigabytes(11_200_000_000) == "11.2 GB"
    assert gigabytes(19_400_000) == "19.4 MB"


def test_the_cpu_is_always_there() -> None:
    assert pick_device("cpu") == "cpu"
    assert free_bytes("cpu") > 0


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cuda:-1", "cuda:", "cuda1", "balanced:1", ""])
def test_an_unknown_device_is_refused_by_its_name(device: str) -> None:
    with pytest.raises(Invalid, match=f"Unknown device '{device}'; expected auto, cpu, cuda"):
        pick_device(device)


def test_a_gpu_beyond_those_there_are_is_refused_with_their_number() -> None:
    with pytest.raises(Unavailable, match=r"'cuda:63' was asked for; \d+ GPUs are visible") as caught:
        pick_device("cuda:63")
    assert "CUDA_VISIBLE_DEVICES" in caught.value.next


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for what this machine has")
@pytest.mark.parametrize("device", ["cuda", "cuda:0", "balanced"])
def test_without_a_gpu_none_is_promised(device: str) -> None:
    assert pick_device("auto") != "cuda"
    with pytest.raises(Unavailable, match=f"'{device}' was asked for; 0 GPUs are visible"):
        pick_device(device)


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="asks for what this machine has")
def test_apples_device_is_refused_elsewhere() -> None:
    with pytest.raises(Unavailable, match="'mps' was asked for; this machine has none"):
        pick_device("mps")
