from __future__ import annotations

from typing import Any

from rich.console import Console

from microscope.cli.compared import compared

TRAINED: dict[str, Any] = {
    "fvu": 0.1234,
    "l0": 16.0,
    "fvu_random_directions": 0.9,
    "fvu_untrained": 0.99,
    "fvu_pca": 0.3,
    "pca_rank": 16,
}


def lines(metrics: dict[str, Any]) -> list[list[str]]:
    """Cells of a terminal of 80 columns."""
    console = Console(width=80)
    with console.capture() as captured:
        console.print(compared(metrics))
    return [[cell for cell in line.strip().split("  ") if cell] for line in captured.get().splitlines()]


def test_every_null_stands_beside_the_sae() -> None:
    head, fvu, *rest = lines(TRAINED)
    assert [cell.strip() for cell in head[1:]] == ["this SAE", "random directions", "untrained", "PCA, rank 16"]
    assert [cell.strip() for cell in fvu] == ["FVU", "0.123", "0.900", "0.990", "0.300"]
    assert rest == [["FVU: less is better"]]


def test_loss_recovered_where_it_was_measured_and_a_dash_where_not() -> None:
    *_, row, says = lines({**TRAINED, "loss_recovered": 0.95, "loss_recovered_pca": 0.7})
    assert [cell.strip() for cell in row] == ["loss recovered", "0.950", "–", "–", "0.700"]
    assert says == ["FVU: less is better; loss recovered: more is better"]


def test_a_null_that_could_not_be_made_has_no_column() -> None:
    head, *_ = lines({name: value for name, value in TRAINED.items() if name != "fvu_untrained"})
    assert "untrained" not in " ".join(head)


def test_other_results_have_no_such_table() -> None:
    assert compared({"tokens": 12, "fvu": 0.5}) is None
    assert compared({}) is None
