"""SAEs of the same weights under several names."""

from __future__ import annotations

from pathlib import Path

from tests.services.test_saes import rough

from microscope.core.saes.base import Sae
from microscope.services.twins import all_twins, twins
from microscope.store.checkpoints import write_sae
from microscope.store.files import Folder
from microscope.store.saes import Library


def test_the_same_weights_are_one_group_in_the_order_of_the_library(tmp_path: Path) -> None:
    home = Folder(tmp_path)
    made: dict[str, Sae] = {"a": rough(1), "b": rough(2), "c": rough(1), "d": rough(2, site="L0.resid_post")}
    made |= {"e": rough(3), "f": rough(2), "g": rough(1)}
    for slug, sae in made.items():
        write_sae(home.path(f"saes/{slug}"), sae)
    library = Library(home, shipped=())
    assert all_twins(library) == (("a", "c", "g"), ("b", "f"))
    assert twins(library, "c") == ("a", "g")
    assert twins(library, "e") == twins(library, "d") == ()
    write_sae(home.path("saes/f"), rough(9))
    assert all_twins(library) == (("a", "c", "g"),)
