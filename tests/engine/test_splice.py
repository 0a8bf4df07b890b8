from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from microscope.core.sites import ORDER, Site
from microscope.engine import splice
from microscope.engine.model import Model
from microscope.engine.splice import Losses, Rows, constant, lay_out, losses, spliced, zero
from microscope.errors import Invalid

LoadTiny = Callable[..., Model]
SHAPES = ("gpt2", "llama", "qwen3", "gemma2", "opt", "gpt_neox", "specimen")


@pytest.fixture(params=SHAPES)
def model(request: pytest.FixtureRequest, tiny_model: LoadTiny) -> Model:
    return tiny_model(request.param)


def rows_of(model: Model) -> list[list[int]]:
    """Of different lengths."""
    texts = ("The cat sat on the mat and the dog ran.", "Mary and John", "The capital of France is Paris.")
    return [model.encode(text) for text in texts]


def sites(model: Model) -> list[Site]:
    every = [site for name in ORDER for site in (model.sites(name)[0], model.sites(name)[-1])]
    return [site for site in every if site.name != "resid_mid" or not model.layout.parallel]


def clean(model: Model, rows: Rows) -> Tensor:
    return model.trace_rows(rows.ids, [Site(model.n_layers - 1, "resid_post")])[0]


def only(found: list[Losses | None]) -> Losses:
    whole = [one for one in found if one is not None]
    assert len(whole) == 1
    return whole[0]


def test_putting_back_what_was_there_changes_no_bit(model: Model) -> None:
    rows = lay_out(model, rows_of(model), everywhere=True)
    before = model.unembed(clean(model, rows))
    for site in sites(model):
        assert torch.equal(model.unembed(spliced(model, rows, site, lambda value: value)), before), site


def test_another_texts_values_at_every_position_give_its_predictions(model: Model) -> None:
    """Activation patching of a whole layer: nothing of the own text is left."""
    given = model.encode("The dog ran after the cat and John")
    own = [(7 * token_id + 5) % model.d_vocab for token_id in given]
    rows, others = lay_out(model, [own], everywhere=True), lay_out(model, [given], everywhere=True)
    assert not torch.equal(clean(model, rows), clean(model, others))
    for site in sites(model):
        if site.name in ("resid_pre", "resid_post"):
            values = model.trace_rows(others.ids, [site])[0, 0]
            restored = spliced(model, rows, site, lambda _, values=values: values)
            torch.testing.assert_close(model.unembed(restored), model.unembed(clean(model, others)), atol=1e-5, rtol=0)


def test_a_capture_sees_what_took_the_place(model: Model) -> None:
    ids = lay_out(model, rows_of(model)).ids
    for site in sites(model):
        found = model.trace_rows(ids, [site], [(site, lambda value: torch.full_like(value, 2.5))])[0]
        torch.testing.assert_close(found, torch.full_like(found, 2.5), atol=1e-5, rtol=0)


def test_only_the_chosen_positions_are_replaced(model: Model) -> None:
    rows = lay_out(model, rows_of(model))
    site = Site(1, "resid_post")

    def change(value: Tensor) -> Tensor:
        seen.append(value)
        return zero(value)

    seen: list[Tensor] = []
    spliced(model, rows, site, change)
    assert torch.equal(seen[0], model.trace_rows(rows.ids, [site])[0][rows.chosen])
    first = spliced(model, rows, Site(model.n_layers - 1, "resid_post"), zero)
    assert first[rows.chosen].abs().max() == 0
    assert torch.equal(first[:, 0], clean(model, rows)[:, 0])


def test_position_0_bos_and_padding_are_left_out(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    (bos,) = model.tokenizer.begin_ids
    rows = lay_out(model, [[5, 6, bos, 7], [8, 9]])
    assert rows.chosen.tolist() == [[False, True, False, True], [False, True, False, False]]
    assert rows.predicts.tolist() == [[False, True, False, False], [False, False, False, False]]
    assert lay_out(model, [[5, bos]], everywhere=True).chosen.all()


def test_losses_are_those_of_one_text_at_a_time(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the model's own logits, one row, one position at a time; however batches and chunks are cut."""
    rows = rows_of(model)
    site = Site(1, "resid_post")
    mean = torch.randn(model.d_model, generator=torch.Generator().manual_seed(0)).to(model.dtype)
    expected = [_slowly(model, row, site, mean) for row in sorted(rows, key=len)]
    for positions, entries in ((1, model.d_vocab), (10_000, 2**24)):
        monkeypatch.setattr(splice, "LOGITS", entries)
        found = [
            one
            for one in losses(model, rows, site, {"mean": constant(mean)}, batch_positions=positions)
            if one is not None
        ]
        assert len(found) == (sum(map(len, rows)) - 2 * len(rows) if positions == 1 else 1)
        for index, parts in enumerate(
            (
                [one.clean for one in found],
                [one.spliced["mean"] for one in found],
                [one.kl["mean"] for one in found],
            )
        ):
            wanted = torch.cat([one[index] for one in expected])
            torch.testing.assert_close(torch.cat(parts), wanted, atol=2e-4, rtol=0)


def _slowly(model: Model, row: list[int], site: Site, mean: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    laid = lay_out(model, [row])
    trace = model.trace(row, logits="all")
    assert trace.logits is not None
    changed = spliced(model, laid, site, constant(mean))[0]
    clean_ce, ce, kl = [], [], []
    for position in range(len(row) - 1):
        if not laid.chosen[0, position]:
            continue
        p, q = trace.logits[position].softmax(-1).double(), model.unembed(changed[position]).softmax(-1).double()
        clean_ce.append(-math.log(p[row[position + 1]]))
        ce.append(-math.log(q[row[position + 1]]))
        kl.append(float((p * (p / q).log()).sum()))
    return torch.tensor(clean_ce), torch.tensor(ce), torch.tensor(kl)


def test_a_replacement_that_changes_nothing_loses_nothing(model: Model) -> None:
    found = only(list(losses(model, rows_of(model), Site(0, "mlp_out"), {"same": lambda value: value, "zero": zero})))
    assert torch.equal(found.spliced["same"], found.clean)
    assert not found.kl["same"].any()
    assert found.kl["zero"].min() > 0


def test_a_sum_that_does_not_exist_is_refused(tiny_model: LoadTiny) -> None:
    model = tiny_model("gpt_neox")
    with pytest.raises(Invalid, match="resid_mid does not exist"):
        spliced(model, lay_out(model, [[1, 2, 3]]), Site(0, "resid_mid"), zero)


def test_after_an_error_the_model_is_as_it_was(tiny_model: LoadTiny) -> None:
    model = tiny_model("llama")
    rows = lay_out(model, rows_of(model))
    before = clean(model, rows)

    def breaks(_value: Tensor) -> Tensor:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        spliced(model, rows, Site(1, "resid_mid"), breaks)
    assert torch.equal(clean(model, rows), before)


def test_half_precision_stays_what_it_is(tiny_model: LoadTiny) -> None:
    """A reconstruction in float32 is rounded to the model's dtype."""
    model = tiny_model("qwen3", "bfloat16")
    rows = lay_out(model, rows_of(model))
    same = spliced(model, rows, Site(1, "resid_post"), lambda value: value.float())
    assert same.dtype == torch.bfloat16
    assert torch.equal(same, clean(model, rows))
