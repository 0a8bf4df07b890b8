"""What a harvest gathers: the same whatever the batches were, in memory that the text does not change."""

import pytest
import torch
from tests.benchmarks.harness import on_cores, peak_extra_bytes

from microscope.core.activity import Firings, firings
from microscope.core.gathering import Contexts, Gathering, Wanted, bytes_needed

D_VOCAB = 50
TEXT = 20
"""Tokens of a document."""


def some_texts(acts: torch.Tensor, first: int) -> Contexts:
    rows = torch.arange(first, first + len(acts))
    return Contexts(rows * 7 % D_VOCAB, rows // TEXT, rows // TEXT % 3 == 0, rows % TEXT > 0, first)


def gathered(acts: torch.Tensor, rows: int, wanted: Wanted) -> Gathering:
    gathering = Gathering(acts.shape[1], D_VOCAB, wanted)
    for first in range(0, len(acts), rows):
        part = acts[first : first + rows]
        gathering.add(some_texts(part, first), firings(part))
    gathering.settle()
    return gathering


def some_acts() -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    return torch.rand(20 * TEXT, 30, generator=draw) * (torch.rand(20 * TEXT, 30, generator=draw) < 0.2)


@pytest.mark.parametrize(("rows", "waiting"), [(TEXT, 1), (3 * TEXT, 300), (20 * TEXT, 10**6)])
def test_what_is_gathered_does_not_depend_on_batches(rows: int, waiting: int) -> None:
    wanted = Wanted(top=5, held_out=3, sample=6, context=2, pair_share=0.5)
    whole = gathered(some_acts(), 20 * TEXT, wanted).tensors()
    parts = gathered(some_acts(), rows, wanted._replace(waiting=waiting)).tensors()
    for name, value in whole.items():
        if not name.endswith(("slots", "windows")):  # A slot is whichever was free.
            torch.testing.assert_close(parts[name], value)


def test_tokens_and_pairs_are_those_of_dense_products() -> None:
    acts = some_acts()
    gathering = gathered(acts, 4 * TEXT, Wanted(waiting=100))
    texts = some_texts(acts, 0)
    fires = (acts > 0).double() * texts.counted[:, None]
    on = torch.nn.functional.one_hot(texts.ids, D_VOCAB).double()
    for counts, dense in ((gathering.on_token, fires.T @ on), (gathering.pairs, (fires.T @ fires).triu(1))):
        keys, times = counts.counted()
        found = torch.zeros_like(dense)
        found.view(-1)[keys] = times.double()
        assert torch.equal(found, dense)
    assert gathering.single.tolist() == fires.sum(0).tolist()
    assert gathering.tokens.tolist() == on[texts.counted].sum(0).tolist()


def test_what_was_kept_is_gone_on_with() -> None:
    acts, wanted = some_acts(), Wanted(top=5, sample=6, context=2)
    whole = gathered(acts, 4 * TEXT, wanted).tensors()
    before = gathered(acts[: 8 * TEXT], 4 * TEXT, wanted)
    after = Gathering(acts.shape[1], D_VOCAB, wanted)
    after.restore(before.tensors())
    for first in range(8 * TEXT, len(acts), 4 * TEXT):
        part = acts[first : first + 4 * TEXT]
        after.add(some_texts(part, first), firings(part))
    for name, value in after.tensors().items():
        if not name.endswith(("slots", "windows")):
            torch.testing.assert_close(value, whole[name])


MANY = 65_536
FEW = Wanted(top=4, held_out=2, sample=8, context=4, capacity=400_000, waiting=1 << 17)
"""Of each feature; more kinds of pairs than there is room for."""

FIRING_BYTES = 8 + 8 + 4
"""A row, a feature and a value."""


def peak(n_batches: int) -> int | None:
    """Bytes that a gathering of random firings takes at most."""
    draw = torch.Generator().manual_seed(0)

    def gather() -> None:
        gathering = Gathering(MANY, 5_000, FEW)
        for first in range(0, n_batches * 2_048, 2_048):
            rows = torch.arange(first, first + 2_048)
            feature = torch.randint(MANY, (2_048, 32), generator=draw).sort(-1).values.flatten()
            found = Firings(
                (rows - first).repeat_interleave(32), feature, torch.rand(len(feature), generator=draw) + 0.1
            )
            gathering.add(Contexts(rows * 7 % 5_000, rows // 128, rows // 128 % 10 == 0, rows % 128 > 0, first), found)
        gathering.settle()

    return peak_extra_bytes(gather)


def test_memory_for_65_thousand_features_is_what_was_announced_and_does_not_grow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Measured in processes of their own, where large blocks go back to the system: else the peak varies by a tenth."""
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", str(1 << 20))
    short, long = on_cores(1, peak, 8), on_cores(1, peak, 48)
    if short is None or long is None:
        pytest.skip("this system does not tell a process's peak memory")
    assert long <= 1.2 * bytes_needed(MANY, FEW)
    passed = 40 * 2_048 * 32 * FIRING_BYTES
    assert long - short <= passed / 2
