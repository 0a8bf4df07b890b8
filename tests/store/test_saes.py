"""The library: what lies where, under which name, and how it leaves again; zips and hub ids."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from pydantic import JsonValue

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.errors import Incompatible, Invalid, NotFound, TooLarge, Unavailable
from microscope.store import sae_register, sae_sources
from microscope.store.archives import unpack
from microscope.store.checkpoints import read_sae, read_spec, write_sae
from microscope.store.files import Folder
from microscope.store.run_folder import RunFolder
from microscope.store.sae_register import TAKEN_BACK, Given
from microscope.store.sae_shelves import shipped_in
from microscope.store.sae_sources import from_hub, is_hub_id
from microscope.store.saes import Library, slug_of

D, F = 8, 24


def make(seed: int = 0, k: int = 3) -> Sae:
    draw = torch.Generator().manual_seed(seed)
    shapes = {"W_enc": (D, F), "W_dec": (F, D), "b_enc": (F,), "b_dec": (D,)}
    weights = {name: torch.randn(shape, generator=draw) for name, shape in shapes.items()}
    return Sae(Spec(architecture=TopK(k=k), d_in=D, d_sae=F, d_out=D, site="L1.resid_post"), weights)


def ship(shelf: Path, name: str) -> None:
    sha256 = hashlib.sha256((shelf / name / "sae_weights.safetensors").read_bytes()).hexdigest()
    (shelf / "shipped.json").write_text(json.dumps({name: sha256}))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    write_sae(tmp_path / "shipped" / "sae_layer_1", make(), metrics={"fvu": 0.1})
    ship(tmp_path / "shipped", "sae_layer_1")
    return Library(Folder(tmp_path / "home"), shipped=(tmp_path / "nowhere", tmp_path / "shipped"))


def test_shipped_own_and_imported_ones_are_listed_with_what_they_are(library: Library, tmp_path: Path) -> None:
    write_sae(library.own / "mine", make(1))
    write_sae(tmp_path / "elsewhere" / "theirs", make(2))
    library.register(tmp_path / "elsewhere" / "theirs", "elsewhere/theirs")
    listing = library.list()
    assert {slug: one.where for slug, one in listing.entries.items()} == {
        "sae_layer_1": "shipped",
        "mine": "own",
        "theirs": "imported",
    }
    assert listing.broken == ()
    entry = listing.entries["sae_layer_1"]
    assert entry.metrics == {"fvu": 0.1}
    assert entry.spec == make().spec
    assert entry.n_bytes == sum(file.stat().st_size for file in entry.path.iterdir() if file.name != "metrics.json")
    assert library.get("theirs").source == "elsewhere/theirs"


def test_layers_sites_and_names_order_the_list_wherever_they_lie(library: Library) -> None:
    sites = {"b": "L3.resid_post", "a": "L11.resid_post", "z": "L3.attn_out", "0": "elsewhere", "c": "L3.resid_post"}
    for slug, site in sites.items():
        write_sae(library.own / slug, Sae(make().spec.model_copy(update={"site": site}), make().weights))
    assert list(library.list().entries) == ["sae_layer_1", "z", "b", "c", "a", "0"]


def test_a_listing_reads_no_tensors(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("microscope.store.sae_formats.base.Tensors.get", None)
    assert list(library.list().entries) == ["sae_layer_1"]


def test_a_cache_folder_is_looked_into_and_written_to(tmp_path: Path) -> None:
    home = Folder(tmp_path / "home")
    write_sae(home.path("saes") / "old", make())
    write_sae(tmp_path / "cache" / "new", make())
    library = Library(home, str(tmp_path / "cache"), shipped=())
    assert sorted(library.list().entries) == ["new", "old"]
    assert library.place("a b") == tmp_path / "cache" / "a-b"


def test_a_name_that_is_told_before_it_is_written_is_the_name_that_it_has(library: Library, tmp_path: Path) -> None:
    places = (library.own / "sae_layer_1", library.own / "sae_layer_2", tmp_path / "away" / "sae_layer_1")
    for number, place in enumerate(places):
        name = library.name_at(place)
        write_sae(place, make(number))
        library.register(place, str(place))
        assert library.get(name).path == place
        assert library.name_at(place) == name
    assert library.name_at(library.own / "sae_layer_2") == "sae_layer_2"
    assert library.name_at(library.own / "sae_layer_1") != "sae_layer_1", "the shipped one has it"


def test_two_of_one_name_are_told_apart_and_the_shipped_one_keeps_it(library: Library, tmp_path: Path) -> None:
    own = write_sae(library.own / "sae_layer_1", make(1))
    theirs = write_sae(tmp_path / "elsewhere" / "sae_layer_1", make(2))
    slug = library.register(theirs, str(theirs)).slug
    entries = library.list().entries
    assert entries["sae_layer_1"].where == "shipped"
    assert len(entries) == 3
    assert entries[slug].path == theirs
    other = next(name for name, one in entries.items() if one.path == own)
    assert other.startswith("sae_layer_1-")
    assert list(library.list().entries) == list(entries)


def test_what_is_registered_twice_is_there_once(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "elsewhere" / "theirs", make(2))
    assert library.register(theirs, "a") == library.register(theirs, "b")
    assert library.register(library.list().entries["sae_layer_1"].path, "c").where == "shipped"


SILENT = {"site": "", "model_name": "", "weights_sha256": ""}


def silent(**says: str) -> Sae:
    """One whose files say no more than this."""
    return Sae(make().spec.model_copy(update={**SILENT, **says}), make().weights)


def test_what_files_do_not_say_can_be_said_on_import(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", silent())
    assert library.register(theirs, "a").spec.site == ""
    entry = library.register(theirs, "a", given=Given("L5.mlp_out", "gpt2"))
    assert (entry.slug, entry.spec.site, entry.spec.model_name, entry.filed.site) == (
        "theirs",
        "L5.mlp_out",
        "gpt2",
        "",
    )
    assert library.sae(entry).spec == entry.spec
    assert read_sae(theirs).spec.site == ""
    again = Library(Folder(library.own.parent), shipped=())
    assert again.given(theirs) == Given("L5.mlp_out", "gpt2")


def test_what_was_said_stays_until_it_is_said_otherwise(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", silent())
    library.register(theirs, "a", given=Given(site="L5.mlp_out"))
    assert library.register(theirs, "a", "mine", Given(model_name="gpt2")).spec.site == "L5.mlp_out"
    entry = library.register(theirs, "a", given=Given(site="L6.mlp_out"))
    assert (entry.slug, entry.spec.site, entry.spec.model_name) == ("mine", "L6.mlp_out", "gpt2")


def test_whoever_names_the_model_means_its_weights(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", silent(site="L1.mlp_out", model_name="other", weights_sha256="ab" * 32))
    entry = library.register(theirs, "a", given=Given(model_name="gpt2"))
    assert (entry.spec.model_name, entry.spec.weights_sha256) == ("gpt2", "")
    assert (entry.filed.model_name, entry.filed.weights_sha256) == ("other", "ab" * 32)


def test_another_site_than_its_files_name_is_refused(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", silent(site="L1.mlp_out"))
    with pytest.raises(Incompatible, match=r"say that it reads L1.mlp_out; L5.mlp_out was given"):
        library.register(theirs, "a", given=Given(site="L5.mlp_out"))
    with pytest.raises(Invalid, match="'block 5' is no site"):
        library.register(theirs, "a", given=Given(site="block 5"))
    assert "theirs" not in library.list().entries
    assert library.register(theirs, "a", given=Given(site="L1.mlp_out")).spec.site == "L1.mlp_out"
    odd = write_sae(tmp_path / "odd", silent(site="my.place.5"))
    assert library.register(odd, "a", given=Given(site="L5.mlp_out")).spec.site == "L5.mlp_out"


def test_what_was_said_of_an_own_one_goes_with_it(library: Library) -> None:
    mine = write_sae(library.own / "mine", silent())
    assert library.register(mine, "a", given=Given(site="L5.mlp_out")).where == "own"
    assert library.list().entries["mine"].spec.site == "L5.mlp_out"
    library.remove("mine")
    write_sae(mine, silent())
    assert library.list().entries["mine"].spec.site == ""


def test_what_was_said_is_of_the_weights_that_lay_there(library: Library) -> None:
    mine = write_sae(library.own / "mine", silent(model_name="specimen"))
    library.register(mine, "", given=Given(model_name="nobody"))
    os.utime(mine / "sae_weights.safetensors")
    assert library.get("mine").spec.model_name == "nobody", "the same weights, copied"
    write_sae(mine, Sae(silent(model_name="specimen").spec, make(5).weights))
    assert library.get("mine").spec.model_name == "specimen"
    assert library.given(mine) == Given()
    assert library.register(mine, "", given=Given(site="L5.mlp_out")).given == Given("L5.mlp_out", "")


def test_what_was_said_can_be_taken_back(library: Library) -> None:
    shipped = library.get("sae_layer_1")
    library.register(shipped.path, "", given=Given(model_name="twin"))
    assert library.get("sae_layer_1").spec.model_name == "twin"
    assert library.register(shipped.path, "", given=TAKEN_BACK).spec == shipped.spec
    mine = write_sae(library.own / "mine", silent(site="L1.mlp_out", model_name="gpt2", weights_sha256="ab" * 32))
    library.register(mine, "", given=Given("L1.mlp_out", "twin"))
    entry = library.register(mine, "", given=Given(model_name="gpt2"))
    assert (entry.given, entry.spec) == (Given(), entry.filed), "its files' own word is no claim"
    assert entry.spec.weights_sha256 == "ab" * 32


def test_a_hooks_name_is_a_site_on_import_as_it_is_in_files(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", silent())
    entry = library.register(theirs, "a", given=Given(site="blocks.7.hook_resid_post"))
    assert entry.spec.site == "L7.resid_post"


def test_a_folder_of_saes_on_a_shelf_is_what_lies_in_it(library: Library) -> None:
    children = [library.own / "swept" / f"train-sae-{n}" / "sae_layer_1" for n in range(2)]
    for number, child in enumerate(children):
        write_sae(child, make(number))
    (library.own / "swept" / "notes.txt").write_text("of both")
    (library.own / "nothing" / "in" / "it").mkdir(parents=True)
    listing = library.list()
    assert listing.broken == ()
    mine = {one.path: slug for slug, one in listing.entries.items() if one.where == "own"}
    assert set(mine) == set(children)
    (library.own / "text").mkdir()
    (library.own / "text" / "notes.txt").write_text("no SAE")
    assert [one.path for one in library.list().broken] == [library.own / "text"]
    library.remove(mine[children[0]])
    assert not children[0].parent.exists()
    assert [one.path for one in library.list().entries.values() if one.where == "own"] == children[1:]


def test_only_what_is_named_as_shipped_is_part_of_the_program(library: Library, tmp_path: Path) -> None:
    trained = write_sae(tmp_path / "shipped" / "sae_layer_2", make(1))
    assert list(library.list().entries) == ["sae_layer_1"]
    entry = library.register(trained, str(trained))
    assert (entry.slug, entry.where) == ("sae_layer_2", "imported")
    library.remove("sae_layer_2")
    assert trained.exists()


def test_what_takes_the_place_of_a_shipped_one_is_its_users(library: Library, tmp_path: Path) -> None:
    place = tmp_path / "shipped" / "sae_layer_1"
    assert library.get("sae_layer_1").where == "shipped"
    write_sae(place, make(1))
    assert library.list().entries == {}
    entry = library.register(place, str(place), run="run-1")
    assert (entry.slug, entry.where, entry.run) == ("sae_layer_1", "imported", "run-1")
    library.forget("sae_layer_1")
    write_sae(place, make())
    assert library.get("sae_layer_1").where == "shipped"
    (place / "sae_weights.safetensors").unlink()
    assert [one.path for one in library.list().broken] == [place]


def test_a_name_that_was_given_stays_whatever_comes_later(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "elsewhere" / "mine", make(1))
    library.register(theirs, "theirs")
    later = write_sae(library.own / "mine", make(2))
    assert library.get("mine").path == theirs
    cached = Library(Folder(tmp_path / "home"), str(tmp_path / "cache"), shipped=())
    slug = next(slug for slug, one in cached.list().entries.items() if one.path == later)
    cached.remove("mine")
    write_sae(tmp_path / "cache" / "mine", make(3))
    write_sae(tmp_path / "cache" / slug, make(4))
    assert cached.get(slug).path == later


def test_an_imported_one_whose_files_are_gone_can_be_forgotten(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", make(1))
    library.register(theirs, "theirs", "old")
    shutil.rmtree(theirs)
    assert [(one.slug, one.path) for one in library.list().broken] == [("old", theirs)]
    library.forget("old")
    assert library.list().broken == ()
    with pytest.raises(NotFound, match="no SAE 'old'"):
        library.forget("old")
    write_sae(library.own / "mine", make(2))
    with pytest.raises(Invalid, match="mine was not imported: it is your own"):
        library.forget("mine")


def test_what_ships_is_named_and_nothing_else_in_its_folder_is_kept_by_git() -> None:
    root = Path(__file__).parents[2]
    shelf = root / "sae_checkpoints"
    names = json.loads((shelf / "shipped.json").read_text())
    assert shipped_in(shelf) == tuple(shelf / name for name in names), "their weights have other hashes"
    kept = {f"!/sae_checkpoints/{one}" for one in ("README.md", "shipped.json", *(f"{name}/" for name in names))}
    lines = (root / ".gitignore").read_text().splitlines()
    assert {line for line in lines if "sae_checkpoints" in line} == {"/sae_checkpoints/*", *kept}
    assert all(read_spec(shelf / name).model_name == "specimen" for name in names)


REGISTERING = get_context("forkserver")
REGISTERING.set_forkserver_preload(["tests.store.test_saes"])


def register_all(home: Path, folder: Path, begin: Any) -> None:
    library = Library(Folder(home), shipped=())
    begin.wait()
    for path in sorted(folder.iterdir()):
        library.register(path, str(path))


def test_of_what_two_processes_register_at_once_nothing_is_lost(tmp_path: Path) -> None:
    for place in ("a", "b"):
        for number in range(8):
            write_sae(tmp_path / place / f"{place}{number}", make(number))
    begin = REGISTERING.Barrier(2)
    both = [REGISTERING.Process(target=register_all, args=(tmp_path, tmp_path / place, begin)) for place in ("a", "b")]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    assert set(Library(Folder(tmp_path), shipped=()).list().entries) == {f"{p}{n}" for p in "ab" for n in range(8)}


def test_an_imported_one_takes_the_name_that_is_asked_for(library: Library, tmp_path: Path) -> None:
    """A run has put what it trained into the library before anybody names it."""
    theirs = write_sae(tmp_path / "theirs", make(1))
    assert library.register(theirs, "a").slug == "theirs"
    named = library.register(theirs, "a", "mine")
    assert (named.slug, named.path) == ("mine", theirs)
    assert library.register(theirs, "a", "mine") == library.register(theirs, "a") == named
    assert set(library.list().entries) == {"sae_layer_1", "mine"}
    with pytest.raises(Invalid, match="sae_layer_1 is part of the program and keeps its name; 'other' was given"):
        library.register(library.list().entries["sae_layer_1"].path, "c", "other")


def test_a_name_made_of_a_path_is_nobody_elses(library: Library, tmp_path: Path) -> None:
    """Whoever has it keeps it: imported, on a shelf, and under the same words again."""
    folder = tmp_path / "elsewhere" / "sae_layer_1"
    write_sae(folder, make(1))
    made = library.register(folder, "first").slug
    assert made.startswith("sae_layer_1-")
    library.forget(made)
    write_sae(tmp_path / "other", make(2))
    library.register(tmp_path / "other", "other", made)
    again = library.register(folder, "again")
    assert (library.get(made).path, again.path) == (tmp_path / "other", folder)
    assert again.slug.startswith(made)
    assert library.register(folder, "again", "sae_layer_1").slug == again.slug
    library.forget(again.slug)
    write_sae(library.own / "sae_layer_1", make(3))
    there = library.list().entries
    assert there[made].path == tmp_path / "other"
    assert len(there) == 3


def test_a_file_that_changes_is_described_anew(library: Library) -> None:
    folder = write_sae(library.own / "mine", make(1))
    assert library.get("mine").spec.architecture == TopK(k=3)
    before = library.get("mine").stamp
    write_sae(folder, make(1, k=5), metrics={"l0": 5})
    assert library.get("mine").spec.architecture == TopK(k=5)
    assert library.get("mine").metrics == {"l0": 5}
    assert library.get("mine").stamp != before


def test_figures_that_were_copied_from_another_are_not_its_own(library: Library) -> None:
    mine, theirs = (write_sae(library.own / name, make(seed), metrics={"l0": seed}) for seed, name in enumerate("ab"))
    assert library.get("b").metrics == {"l0": 1}
    shutil.copy(mine / "metrics.json", theirs)
    entry = library.get("b")
    assert entry.metrics == {}
    assert entry.metrics_say.startswith("Its metrics.json is of other weights")
    assert (library.get("a").metrics, library.get("a").metrics_say) == ({"l0": 0}, "")


def test_a_registered_files_hash_is_not_taken_again_to_know_its_figures(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = write_sae(tmp_path / "theirs", make(2), metrics={"l0": 2})
    library.register(theirs, str(theirs))
    monkeypatch.setattr(sae_register, "_hashed", None)
    assert Library(Folder(tmp_path / "home"), shipped=()).get("theirs").metrics == {"l0": 2}


def test_what_a_run_of_this_home_wrote_is_known_by_its_manifest(library: Library, tmp_path: Path) -> None:
    """In a register that does not name the run yet."""
    home = Folder(tmp_path / "home")

    def trained(folder: Path, seed: int, run: str) -> Path:
        sae = make(seed)
        return write_sae(folder, Sae(sae.spec.model_copy(update={"training": {"run": run}}), sae.weights))

    folder = trained(library.own / "mine", 1, "train-1")
    weights = folder / "sae_weights.safetensors"
    rows: dict[str, JsonValue] = {str(weights): {"bytes": 1, "sha256": sae_register.weights_sha256(weights)}}
    RunFolder(home, "train-1").seal(made=rows)
    RunFolder(home, "train-2").write_json("manifest.json", {"files": {}})  # Of before they had such rows.
    for name, run in (("elsewhere", "train-0"), ("older", "train-2"), ("odd", "../../run")):
        trained(library.own / name, 1, run)
    library.register(shutil.copytree(folder, tmp_path / "copy"), "copy")
    made = {slug: one.run for slug, one in library.list().entries.items() if one.run}
    assert made == {"mine": "train-1"}
    trained(folder, 2, "train-1")
    assert library.get("mine").run == ""


def test_a_damaged_manifest_spoils_no_sae_of_its_run(library: Library, tmp_path: Path) -> None:
    sae = make(1)
    write_sae(library.own / "mine", Sae(sae.spec.model_copy(update={"training": {"run": "train-1"}}), sae.weights))
    RunFolder(Folder(tmp_path / "home"), "train-1").write_json("manifest.json", {"made": None})
    assert library.get("mine").run == ""
    assert library.list().broken == ()


def test_one_that_cannot_be_read_spoils_none_of_the_others(library: Library, tmp_path: Path) -> None:
    folder = write_sae(library.own / "mine", make(1))
    (folder / "sae_weights.safetensors").write_bytes(b"short")
    theirs = write_sae(tmp_path / "elsewhere" / "theirs", make(2))
    library.register(theirs, "theirs")
    (theirs / "sae_weights.safetensors").unlink()
    (theirs / "cfg.json").unlink()
    theirs.rmdir()
    listing = library.list()
    assert list(listing.entries) == ["sae_layer_1"]
    assert [one.path for one in listing.broken] == [folder, theirs]
    with pytest.raises(NotFound, match="There is no SAE 'mine' here; there are sae_layer_1"):
        library.get("mine")


def test_odd_files_on_a_shelf_spoil_none_of_the_others(library: Library) -> None:
    odd = write_sae(library.own / "odd", make(1))
    config = json.loads((odd / "cfg.json").read_text())
    (odd / "cfg.json").write_text(json.dumps({**config, "metadata": {"microscope": "x"}}))
    linked = write_sae(library.own / "linked", make(1))
    (linked / "notes.txt").symlink_to(linked / "gone.txt")
    deep = write_sae(library.own / "measured", make(1))
    (deep / "metrics.json").write_text("[" * 100_000)
    half = write_sae(library.own / "half", make(1))
    (half / "cfg.json").write_text(json.dumps({**config, "metadata": {"model_name": "\ud800"}}))
    unnamed = shutil.copytree(half, library.own / os.fsdecode(b"sae\xff"))
    (unnamed / "cfg.json").write_text(json.dumps(config))
    (unnamed / "sae_weights.safetensors").rename(unnamed / os.fsdecode(b"\xfe.safetensors"))
    listing = library.list()
    assert list(listing.entries) == ["sae_layer_1"]
    assert {one.path for one in listing.broken} == {odd, linked, deep, half, library.own / "sae?"}
    assert all(one.trouble.error.encode() and one.trouble.next.encode() for one in listing.broken)


def test_a_name_that_is_no_text_spoils_none_of_the_others(library: Library) -> None:
    write_sae(library.own / os.fsdecode(b"sae\xff"), make(1))
    arrays = library.own / "arrays"
    arrays.mkdir()
    shapes = {"W_enc": (D, F), "b_enc": (F,), "W_dec": (F, D), "b_dec": (D,), "threshold": (F,)}
    ones: dict[str, Any] = {name: np.ones(shape) for name, shape in shapes.items()}
    np.savez(arrays / "params.npz", **ones)
    assert list(library.list().entries) == ["sae_layer_1", "arrays"]
    (arrays / "params.npz").rename(arrays / os.fsdecode(b"\xfe.npz"))
    listing = library.list()
    assert list(listing.entries) == ["sae_layer_1"]
    assert [one.trouble.error for one in listing.broken] == [
        f"{place} has a name that is no valid Unicode." for place in (arrays / "?.npz", library.own / "sae?")
    ]


def test_own_ones_are_deleted_imported_ones_forgotten_and_shipped_ones_stay(library: Library, tmp_path: Path) -> None:
    own = write_sae(library.own / "mine", make(1))
    theirs = write_sae(tmp_path / "elsewhere" / "theirs", make(2))
    library.register(theirs, "theirs")
    library.remove("mine")
    library.remove("theirs")
    assert not own.exists()
    assert theirs.exists()
    with pytest.raises(Invalid, match="part of the program"):
        library.remove("sae_layer_1")
    assert list(library.list().entries) == ["sae_layer_1"]


def test_names_that_many_have_carry_the_folders_above(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "sae-pythia-70m" / "layers.5"
    write_sae(folder, make())
    assert library.register(folder, "x").slug == "sae-pythia-70m-layers.5"
    assert slug_of(" a/b c ") == "a-b-c"
    with pytest.raises(Invalid, match="no name for an address"):
        slug_of("///")


def test_a_register_that_is_damaged_is_told(library: Library, tmp_path: Path) -> None:
    (tmp_path / "home" / "saes.json").write_text("{")
    with pytest.raises(Invalid, match=r"saes\.json is not JSON"):
        library.list()


# ── Zips ─────────────────────────────────────────────────────────────────────────────────────────────────


def pack(archive: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(archive, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return archive


def test_a_zip_becomes_a_folder_that_is_read(tmp_path: Path) -> None:
    folder = write_sae(tmp_path / "sae", make(4))
    for prefix in ("", "sae/"):
        files = {prefix + file.name: file.read_bytes() for file in folder.iterdir()}
        out = unpack(pack(tmp_path / "sae.zip", files), tmp_path / f"out{len(prefix)}")
        assert torch.equal(read_sae(out).weights["W_enc"], make(4).weights["W_enc"])


@pytest.mark.parametrize("name", ["../evil.safetensors", "/etc/evil", "a/../../evil"])
def test_a_zip_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="leads elsewhere"):
        unpack(pack(tmp_path / "a.zip", {"cfg.json": b"{}", name: b"x"}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("cfg.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        zipped.writestr(link, "/etc/passwd")
    with pytest.raises(Invalid, match="leads elsewhere"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_a_zip_without_bound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="11 bytes"):
        unpack(pack(tmp_path / "a.zip", {"cfg.json": b"x" * 11}), tmp_path / "out", limit=10)
    (tmp_path / "b.zip").write_bytes(b"no zip")
    with pytest.raises(Invalid, match="cannot be unpacked"):
        unpack(tmp_path / "b.zip", tmp_path / "out")


# ── The hub ──────────────────────────────────────────────────────────────────────────────────────────────


def cached_repo(cache: Path, repo: str, folders: dict[str, Sae]) -> None:
    """A download as the hub's library leaves it."""
    root = cache / f"models--{repo.replace('/', '--')}"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text("c0ffee")
    for name, sae in folders.items():
        write_sae(root / "snapshots" / "c0ffee" / name, sae)


def test_a_hub_id_in_the_cache_is_found_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    cached_repo(tmp_path, "someone/saes", {"layers.1": make(1), "layers.2": make(2)})
    path = from_hub("someone/saes/layers.2")
    assert torch.equal(read_sae(path).weights["W_enc"], make(2).weights["W_enc"])


def test_a_hub_id_out_of_reach_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(Unavailable, match="neither a path here nor whole in the hub's cache"):
        from_hub("someone/saes")


def test_which_files_of_a_repository_belong_to_one_sae() -> None:
    files = [
        "README.md",
        "config.json",
        "layers.1/cfg.json",
        "layers.1/sae.safetensors",
        "layers.2/cfg.json",
        "layers.2/sae.safetensors",
        "L8R/hyperparams.json",
        "L8R/checkpoints/final.safetensors",
        "L8R/checkpoints/config.json",
        "l9.pth",
    ]
    wanted = sae_sources._wanted  # pyright: ignore[reportPrivateUsage]
    assert wanted("a/b", "layers.1", files) == ["layers.1/sae.safetensors", "config.json", "layers.1/cfg.json"]
    assert "L8R/hyperparams.json" in wanted("a/b", "L8R", files)
    assert wanted("a/b", "l9.pth", files) == ["l9.pth", "config.json"]
    with pytest.raises(Invalid, match=r"holds SAEs in 2 folders: layers\.1, layers\.2"):
        wanted("a/b", "", files[:6])
    with pytest.raises(NotFound, match="has no SAE in elsewhere"):
        wanted("a/b", "elsewhere", files)


def test_what_can_be_a_hub_id() -> None:
    assert is_hub_id("EleutherAI/sae-pythia-70m-32k/layers.3")
    assert not is_hub_id("sae_layer_10")
    assert not is_hub_id("/home/someone/sae")


def test_an_imported_one_under_another_name_is_found_by_the_one_that_it_had(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", make(1))
    library.register(theirs, "a")
    assert library.register(theirs, "a", "second").formerly == ("theirs",)
    assert library.register(theirs, "a", "third").formerly == ("theirs", "second")
    assert library.list().now_called("theirs") == library.list().now_called("second") == "third"
    with pytest.raises(NotFound, match="The SAE 'theirs' is called 'third' now") as told:
        library.get("theirs")
    assert "/saes/third" in told.value.next
    assert library.register(theirs, "a", "theirs").formerly == ("second", "third")


def test_a_former_name_is_of_the_weights_that_had_it(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", make(1))
    library.register(theirs, "a")
    library.register(theirs, "a", "second")
    other = write_sae(tmp_path / "elsewhere" / "theirs", make(2))
    library.register(other, "b")
    assert library.get("theirs").path == other, "a name leads to what has it now"
    assert library.list().now_called("theirs") == ""
    library.remove("theirs")
    assert library.list().now_called("theirs") == "second"
    write_sae(theirs, make(3))
    assert library.list().now_called("theirs") == "", "these are other weights"
    with pytest.raises(NotFound, match="There is no SAE 'theirs' here; there are"):
        library.get("theirs")


def test_a_folder_that_was_renamed_is_known_by_its_weights(library: Library) -> None:
    old = write_sae(library.own / "old", silent())
    write_sae(library.own / "other", make(2))
    library.register(old, "", given=Given(site="L5.mlp_out"))
    library.list()
    old.rename(library.own / "new")
    assert library.list().now_called("old") == "new"
    entry = library.get("new")
    assert (entry.formerly, entry.spec.site) == (("old",), "L5.mlp_out"), "what was said goes with it"
    assert library.get("other").formerly == ()
    shutil.rmtree(library.own / "new")
    write_sae(library.own / "newer", make(3))
    assert library.list().now_called("old") == "", "another one has come since"


def test_a_renamed_one_of_which_nothing_was_said_is_known_by_its_files_time(library: Library) -> None:
    old = write_sae(library.own / "old", make(1))
    library.list()
    old.rename(library.own / "new")
    assert library.list().now_called("old") == "new"
    shutil.copytree(library.own / "new", library.own / "copy", copy_function=shutil.copy)
    shutil.rmtree(library.own / "new")
    assert library.get("copy").formerly == ("old", "new"), "once a former name hangs on it, its bytes are known"


def test_one_that_was_listed_while_it_was_written_is_known_when_it_is_renamed(library: Library) -> None:
    old = write_sae(library.own / "old", make(1))
    library.list()
    write_sae(old, make(2))
    library.list()
    old.rename(library.own / "new")
    assert library.list().now_called("old") == "new"


def test_imported_files_that_were_moved_keep_their_name(library: Library, tmp_path: Path) -> None:
    theirs = write_sae(tmp_path / "theirs", silent())
    library.register(theirs, "a", given=Given(site="L5.mlp_out"))
    moved = write_sae(tmp_path / "away" / "sae", silent())
    shutil.rmtree(theirs)
    assert [one.slug for one in library.list().broken] == ["theirs"]
    entry = library.register(moved, "b")
    assert (entry.slug, entry.path, entry.spec.site) == ("theirs", moved, "L5.mlp_out")
    assert library.list().broken == ()
    again = write_sae(tmp_path / "again", silent())
    shutil.rmtree(moved)
    assert library.register(again, "c", "mine").formerly == ("theirs",)


def test_the_run_that_made_one_is_of_the_weights_that_it_made(library: Library, tmp_path: Path) -> None:
    mine = write_sae(library.own / "mine", make(1))
    away = write_sae(tmp_path / "away", make(2))
    assert library.register(mine, str(mine), run="train-1").run == "train-1"
    assert library.register(away, str(away), run="train-2").run == "train-2"
    os.utime(mine / "sae_weights.safetensors")
    assert library.get("mine").run == "train-1"
    assert library.register(mine, "", given=Given(model_name="gpt2")).run == "train-1"
    write_sae(mine, make(3))
    assert library.get("mine").run == ""
