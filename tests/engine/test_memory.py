from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig

from microscope.engine.memory import estimate, free_bytes, gigabytes, machine, pick_device
from microscope.engine.model import Model
from microscope.engine.state import State, prefill
from microscope.errors import Invalid, Unavailable


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


NAMES = {2: ("max", "current", ""), 1: ("limit_in_bytes", "usage_in_bytes", "total_")}


def limited(tree: Path, version: int, group: str, limit: object, used: int = 0, cached: int = 0) -> None:
    """A group as the kernel shows it."""
    folder = tree / group if version == 2 else tree / "memory" / group
    folder.mkdir(parents=True, exist_ok=True)
    limit_name, used_name, prefix = NAMES[version]
    (folder / f"memory.{limit_name}").write_text(f"{limit}\n")
    (folder / f"memory.{used_name}").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(
        f"anon 1\n{prefix}active_file {cached // 2}\n{prefix}inactive_file {cached // 2}\n"
    )


@pytest.mark.parametrize("version", [1, 2])
def test_a_containers_limit_is_all_the_memory_there_is(tmp_path: Path, version: int) -> None:
    limited(tmp_path, version, "", 50_000_000, used=20_000_000)
    memory = machine(tmp_path, tmp_path / "nothing")
    assert memory == (30_000_000, 50_000_000)
    assert memory.used == 20_000_000
    limited(tmp_path, version, "", 50_000_000, used=60_000_000)
    assert machine(tmp_path, tmp_path / "nothing").free == 0


@pytest.mark.parametrize("version", [1, 2])
def test_cached_files_are_given_back_when_memory_is_short(tmp_path: Path, version: int) -> None:
    limited(tmp_path, version, "", 50_000_000, used=20_000_000, cached=8_000_000)
    assert machine(tmp_path, tmp_path / "nothing").free == 38_000_000


@pytest.mark.parametrize(("version", "line"), [(1, "4:hugetlb,memory:/outer/own"), (2, "0::/outer/own")])
def test_the_tightest_limit_of_the_groups_above_holds(tmp_path: Path, version: int, line: str) -> None:
    own = tmp_path / "own-cgroup"
    own.write_text(f"9:pids:/elsewhere\n{line}\n")
    limited(tmp_path, version, "outer/own", 80_000_000, used=10_000_000)
    limited(tmp_path, version, "outer", 90_000_000, used=70_000_000)
    limited(tmp_path, version, "elsewhere", 1_000)
    assert machine(tmp_path, own) == (20_000_000, 80_000_000)


@pytest.mark.parametrize(("version", "limit"), [(1, 9_223_372_036_854_771_712), (2, "max"), (2, "")])
def test_a_group_without_a_limit_has_the_whole_machine(tmp_path: Path, version: int, limit: object) -> None:
    limited(tmp_path, version, "", limit, used=20_000_000)
    limits = machine(tmp_path, tmp_path / "nothing")
    whole = machine(tmp_path / "no groups", tmp_path / "nothing")
    assert limits.total == whole.total
    assert limits.free == pytest.approx(whole.free, rel=0.2)


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
