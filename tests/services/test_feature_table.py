"""Windows of a million rows against the obvious sort."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as parquet
import pytest
from tests.services.dictionaries import example, generated, keep
from tests.services.test_saes import rough

from microscope.core.saes.identity import content_sha256
from microscope.errors import Invalid, NotFound
from microscope.lab import Lab
from microscope.services.dictionaries import Dictionaries
from microscope.services.explaining import Explaining
from microscope.services.feature_table import Which, bounds_of, histogram
from microscope.services.features import Features
from microscope.services.labels import Labels
from microscope.services.models import Models
from microscope.services.neuronpedia import Neuronpedia
from microscope.settings import Settings
from microscope.store.activity import Lists
from microscope.store.checkpoints import write_sae
from microscope.store.saes import Library
from microscope.wire.dictionaries import Brush
from microscope.wire.labels import ExplainFeatures, FeatureListChange, LabelChange, NewFeatureList, NewLabel
from microscope.wire.neuronpedia import NeuronpediaBatch

MILLION = 1_000_000


class Desk(NamedTuple):
    lab: Lab
    features: Features
    labels: Labels


def opened(home: Path) -> Desk:
    lab = Lab.open(Settings(home=home))
    labels = Labels(lab)
    return Desk(lab, browsed(lab, labels), labels)


def browsed(lab: Lab, labels: Labels) -> Features:
    return Features(lab, Models(lab), labels, Dictionaries(lab.folder, Library(lab.folder, shipped=())))


def shut(desk: Desk) -> None:
    desk.lab.device.close()
    desk.lab.database.dispose()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A dictionary of 200 features."""
    desk = opened(tmp_path / "home")
    shown = [
        example(3, "top", 0, 2.0, "the cat sat"),
        example(3, "held_out", 0, 1.0, "a dog"),
        example(4, "q50", 0, 1.5, ""),
    ]
    keep(desk.lab.folder, "mine", generated(200), shown)
    yield desk
    shut(desk)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, dict[str, Any]]]:
    desk = opened(tmp_path_factory.mktemp("home"))
    columns = generated(MILLION)
    keep(desk.lab.folder, "large", columns)
    yield desk, columns
    shut(desk)


def sorted_by(columns: dict[str, Any], sort: str, desc: bool, shown: np.ndarray) -> list[int]:
    """The features that are shown, in the order of a column and of their index where it is the same."""
    key, index = columns["index" if sort == "id" else sort][shown], np.flatnonzero(shown)
    return index[np.lexsort((index, -key if desc else key))].tolist()


# ── The table ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("sort", "desc"), [("id", True), ("density", False), ("max", True)])
def test_any_window_of_a_million_rows_is_that_of_the_obvious_sort(
    large: tuple[Desk, dict[str, Any]], sort: str, desc: bool
) -> None:
    desk, columns = large
    obvious = sorted_by(columns, sort, desc, columns["count"] > 0)
    which = Which.model_validate({"sort": sort, "desc": desc})
    for offset in (0, 1, 123_456, len(obvious) - 50):
        page = desk.features.page("large", which, offset, 200)
        assert [row.index for row in page.rows] == obvious[offset : offset + 200]
        assert page.total == len(obvious)


@pytest.mark.parametrize(
    ("sort", "desc", "state"), [("id", False, "live"), ("density", True, "all"), ("max", False, "live")]
)
def test_a_place_among_a_million_rows_is_that_of_the_obvious_sort(
    large: tuple[Desk, dict[str, Any]], sort: str, desc: bool, state: str
) -> None:
    desk, columns = large
    obvious = sorted_by(columns, sort, desc, (columns["count"] > 0) | (state == "all"))
    which = Which.model_validate({"sort": sort, "desc": desc, "state": state})
    for row in (0, 1, 123_456, len(obvious) - 1):
        place = desk.features.place("large", obvious[row], which)
        beside = (obvious[row - 1] if row else None, obvious[row + 1] if row + 1 < len(obvious) else None)
        assert (place.row, place.total, place.previous, place.next) == (row, len(obvious), *beside)


def test_a_feature_that_the_filters_leave_out_stands_between_those_that_its_value_would_put_it(desk: Desk) -> None:
    columns = generated(200)
    top = [5, 80, 150]
    for index in top:
        desk.labels.star("mine", index, True)
    which = Which(starred=True, sort="max", desc=True, state="all")
    order = sorted(top, key=lambda index: (-columns["max"][index], index))
    for index in (0, 60, 199):
        value = columns["max"][index]
        before = [one for one in order if (-columns["max"][one], one) < (-value, index)]
        place = desk.features.place("mine", index, which)
        assert (place.row, place.total) == (None, 3)
        assert place.previous == (before[-1] if before else None)
        assert place.next == (order[len(before)] if len(before) < 3 else None)


def test_without_a_table_the_features_beside_one_are_the_live_ones_by_index(desk: Desk) -> None:
    live = np.flatnonzero(generated(200)["count"] > 0).tolist()
    for index in (0, 100, 199):
        shown = desk.features.feature("mine", index)
        assert shown.previous == max((one for one in live if one < index), default=None)
        assert shown.next == min((one for one in live if one > index), default=None)


def test_the_place_of_no_feature_and_in_no_list_is_an_error(desk: Desk) -> None:
    with pytest.raises(NotFound, match="has 200 features"):
        desk.features.place("mine", 200, Which())
    with pytest.raises(NotFound, match="no list"):
        desk.features.place("mine", 1, Which(list="gone"))


def test_the_next_window_of_a_million_rows_comes_at_once(large: tuple[Desk, dict[str, Any]]) -> None:
    desk, _ = large
    which = Which(sort="max", desc=True)
    desk.features.page("large", which, 0, 200)
    times: list[float] = []
    for offset in range(0, 900_000, 100_000):
        begun = time.process_time()
        desk.features.page("large", which, offset, 200)
        times.append(time.process_time() - begun)
    assert np.median(times) < 1.0


def test_ranges_states_lists_stars_and_words_let_through_what_they_say(desk: Desk) -> None:
    columns = generated(200)
    desk.labels.star("mine", 7, True)
    desk.labels.add("mine", 11, NewLabel(text="names of Towns"))
    of_list = desk.labels.add_list(NewFeatureList(sae="mine", title="some", indices=(5, 3, 5, 150)))

    def shown(**which: Any) -> list[int]:
        return [
            row.index
            for row in desk.features.page("mine", Which.model_validate({"state": "all", **which}), 0, 200).rows
        ]

    density, largest = columns["density"], columns["max"]
    assert shown(density="0.1-0.2") == np.flatnonzero((density >= 0.1) & (density <= 0.2)).tolist()
    assert shown(density="-0.2", max="20-") == np.flatnonzero((density <= 0.2) & (largest >= 20)).tolist()
    assert shown(state="dead") == np.flatnonzero(columns["count"] == 0).tolist()
    assert shown(list=of_list.id) == [3, 5, 150]
    assert shown(starred=True) == [7]
    assert shown(q="WORD7") == [7, 57, 107, 157]
    assert shown(q="word43", within="logit")[:3] == [3, 10, 17]
    assert shown(q="word43", within="token") == [43, 93, 143, 193]
    assert shown(q="CAT", within="text") == [3]
    assert shown(q="·word7") == shown(q=" word7") == [7, 57, 107, 157]
    assert shown(q="the·cat", within="text") == [3]
    assert shown(q="towns") == [11]


@pytest.mark.parametrize(
    ("text", "found", "missed"),
    [
        ("Le Café", ("cafe\u0301", "CAFÉ", "caf"), ("cafe",)),
        ("cafe\u0301", ("café", "CAFE\u0301"), ("cafe x",)),
        ("İstanbul", ("istanbul", "İSTANBUL", "I\u0307stan"), ("ıstanbul",)),
        ("straße", ("STRAßE",), ("\n",)),
    ],
)
def test_a_text_is_found_however_its_letters_are_spelled(
    desk: Desk, text: str, found: tuple[str, ...], missed: tuple[str, ...]
) -> None:
    """In examples, which DuckDB searches, and in labels, which Python does."""
    keep(desk.lab.folder, "other", generated(20), [example(3, "top", 0, 2.0, text)])
    desk.labels.add("other", 5, NewLabel(text=text))

    def shown(q: str, within: str) -> list[int]:
        which = Which.model_validate({"q": q, "within": within, "state": "all"})
        return [row.index for row in desk.features.page("other", which, 0, 20).rows]

    assert [(shown(q, "text"), shown(q, "label")) for q in found] == [([3], [5])] * len(found)
    assert [(shown(q, "text"), shown(q, "label")) for q in missed] == [([], [])] * len(missed)


def test_nothing_is_found_across_two_tokens(desk: Desk) -> None:
    """Nor is a line end, where no token has one."""
    columns = {**generated(4), "top_tokens": Lists(np.arange(8), np.full(4, 2))}
    keep(desk.lab.folder, "other", {**columns, "top_texts": ["word0\nword1"] * 4})

    def shown(q: str) -> list[int]:
        return [row.index for row in desk.features.page("other", Which(q=q, state="all"), 0, 9).rows]

    assert (shown("\n"), shown("0\n word1"), shown("word1")) == ([], [], [0])


def test_labels_and_scores_sort_those_that_have_one_first(desk: Desk) -> None:
    for index, text, score in ((9, "b", 0.5), (4, "a", None), (6, "B", 0.9)):
        desk.labels.add("mine", index, NewLabel(text=text, score=score))

    def first(sort: str, desc: bool) -> list[int]:
        which = Which.model_validate({"sort": sort, "desc": desc, "state": "all"})
        return [row.index for row in desk.features.page("mine", which, 0, 4).rows]

    assert first("label", False) == [4, 6, 9, 0]
    assert first("label", True) == [6, 9, 4, 0]
    assert first("score", True) == [6, 9, 0, 1]


def test_a_range_is_read_whatever_its_exponents() -> None:
    assert bounds_of("1e-4-2.5e-3") == (1e-4, 2.5e-3)
    assert bounds_of("3-") == (3, np.inf)
    assert bounds_of("-3") == (-np.inf, 3)
    assert bounds_of("") == (-np.inf, np.inf)
    for wrong in ("5-3", "a-b", "3"):
        with pytest.raises(ValueError, match="expected lo-hi"):
            bounds_of(wrong)


def test_histograms_count_every_live_feature(desk: Desk) -> None:
    columns = generated(200)
    made = desk.features.histograms("mine", Which(state="all"))
    live = int((columns["count"] > 0).sum())
    assert sum(made.density.counts) == sum(made.max.counts) == live
    assert (made.density.whole, made.max.whole) == (made.density.counts, made.max.counts)
    assert made.dead == 200 - live
    assert histogram(np.array([2.0, 2.0]), "log").edges[0] == 2.0
    assert histogram(np.zeros(0), "log").counts == ()


def test_a_file_of_some_features_is_these_rows_of_the_file_of_all(desk: Desk) -> None:
    which = Which(sort="density", desc=True, state="all")
    whole = desk.features.export("mine", which, "csv").decode().splitlines()
    some = desk.features.export("mine", which, "csv", [150, 3, 7]).decode().splitlines()
    assert some == [whole[0], *(row for row in whole[1:] if row.split(",")[0] in ("150", "3", "7"))]
    assert len(some) == 4
    with pytest.raises(NotFound, match="has 200 features"):
        desk.features.export("mine", which, "csv", [200])


@pytest.mark.parametrize(
    "which",
    [
        {},
        {"density": "0.1-0.2"},
        {"max": "20-90", "density": "0.05-"},
        {"q": "word7", "density": "-0.3"},
        {"starred": True, "max": "-1"},
        {"state": "dead"},
        {"state": "all", "q": "word43", "within": "logit", "max": "30-"},
    ],
)
def test_a_histogram_counts_the_tables_rows_of_all_filters_but_its_own(desk: Desk, which: dict[str, Any]) -> None:
    for index in (7, 20, 150):
        desk.labels.star("mine", index, True)
    made = desk.features.histograms("mine", Which.model_validate({**which, "sort": "density"}))
    bare = desk.features.histograms("mine", Which())
    for name in ("density", "max"):
        brush: Brush = getattr(made, name)
        others = Which.model_validate({**which, name: ""})
        rows = [row for row in desk.features.page("mine", others, 0, 200).rows if row.count]
        values = [float(getattr(row, name)) for row in rows]
        ends = zip(brush.edges, brush.edges[1:], strict=False)
        obvious = [sum(low <= value < high for value in values) for low, high in ends]
        obvious[-1] += values.count(brush.edges[-1])
        assert list(brush.counts) == obvious
        assert (brush.edges, brush.whole) == (getattr(bare, name).edges, getattr(bare, name).counts)


def test_a_new_harvest_takes_the_place_of_the_old_one(desk: Desk) -> None:
    assert desk.features.page("mine", Which(), 0, 1).dictionary.d_sae == 200
    keep(desk.lab.folder, "mine", generated(10))
    assert desk.features.page("mine", Which(), 0, 1).dictionary.d_sae == 10


# ── A feature ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_features_page_holds_what_was_harvested(desk: Desk) -> None:
    page = desk.features.feature("mine", 3)
    assert page.id == "mine/3"
    assert [(one.group, one.held_out) for one in (*page.examples, *page.held_out)] == [("top", False), ("top", True)]
    assert [one.id for one in page.tokens] == [9, 8]
    assert page.histogram.edges == (1.0, 2**0.25)
    assert page.previous is not None
    assert page.next is not None
    assert page.previous < 3 < page.next


def test_ids_of_both_kinds_name_a_feature(desk: Desk) -> None:
    assert desk.features.named("mine/12").index == 12
    assert desk.features.named("layer_1_feature_12").id == "mine/12"
    with pytest.raises(NotFound, match="0 dictionaries read L2"):
        desk.features.named("layer_2_feature_12")
    with pytest.raises(NotFound, match="has 200 features"):
        desk.features.named("mine/200")
    with pytest.raises(Invalid, match="names no feature"):
        desk.features.named("mine/x")
    with pytest.raises(NotFound, match="There is no SAE 'other' here"):
        desk.features.page("other", Which(), 0, 1)


# ── What is said ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_label_is_replaced_and_kept_in_the_history(desk: Desk) -> None:
    first = desk.labels.add("mine", 3, NewLabel(text="cats", author="Ada"))
    second = desk.labels.add("mine", 3, NewLabel(text="small cats", author="Ada"))
    third = desk.labels.change(second.id, LabelChange(text="kittens"))
    history = desk.features.feature("mine", 3).labels
    assert [one.text for one in history] == ["kittens", "small cats", "cats"]
    assert [one.current for one in history] == [True, False, False]
    assert [one.replaces for one in history] == [second.id, first.id, None]
    assert desk.features.feature("mine", 3).row.label == "kittens"
    assert desk.labels.withdraw(third.id).withdrawn
    assert desk.features.feature("mine", 3).row.label == ""
    assert len(desk.labels.of("mine", 3)) == 4
    with pytest.raises(NotFound, match="no current label"):
        desk.labels.change(third.id, LabelChange(text="again"))


def test_notes_pile_up_and_people_stand_before_models(desk: Desk) -> None:
    for text in ("one", "two"):
        desk.labels.add("mine", 3, NewLabel(what="note", text=text))
    assert [one.current for one in desk.labels.of("mine", 3)] == [True, True]
    batch = {"modelId": "tiny", "source": "1-mine", "features": [{"index": 3, "explanations": [{"text": "felines"}]}]}
    pedia = Neuronpedia(desk.lab, desk.features, desk.labels)
    assert pedia.take_in("mine", batch).labels == 1
    assert pedia.take_in("mine", batch).known == 1
    assert desk.features.feature("mine", 3).row.label_kind == "model"
    desk.labels.add("mine", 3, NewLabel(text="cats"))
    assert desk.features.feature("mine", 3).row.label == "cats"


def test_what_hangs_on_an_sae_is_counted(tmp_path: Path) -> None:
    lab = Lab.open(Settings(home=tmp_path / "home"))
    labels = Labels(lab)
    desk = Desk(lab, browsed(lab, labels), labels)
    write_sae(lab.folder.path("saes/mine"), rough(1))
    for name in ("mine", "again"):
        keep(lab.folder, name, generated(rough(1).spec.d_sae), weights=content_sha256(rough(1).weights))
    for index, what in ((3, "label"), (3, "label"), (4, "label"), (3, "note"), (5, "note")):
        labels.add("mine", index, NewLabel.model_validate({"what": what, "text": f"{what} {index}"}))
    withdrawn = labels.add("mine", 6, NewLabel(text="wrong"))
    labels.withdraw(withdrawn.id)
    labels.star("again", 7, True)
    labels.add_list(NewFeatureList(sae="again", title="some", indices=(3,)))
    tied = desk.features.tied("mine")
    assert (tied.dictionaries, tied.twins) == (("mine", "again"), ())
    assert (tied.labels, tied.notes, tied.stars, tied.lists) == (2, 2, 1, 1)
    with pytest.raises(NotFound, match="no SAE 'other'"):
        desk.features.tied("other")
    write_sae(lab.folder.path("saes/copy"), rough(1))
    assert (desk.features.tied("mine").twins, desk.features.tied("copy").twins) == (("copy",), ("mine",))
    assert desk.features.tied("copy").labels == 2
    shut(desk)


def test_what_is_no_label_is_refused(desk: Desk) -> None:
    for text in ("two\nlines", "x" * 513, "  "):
        with pytest.raises(Invalid):
            desk.labels.add("mine", 3, NewLabel(text=text))


def test_a_list_grows_and_shrinks(desk: Desk) -> None:
    made = desk.labels.add_list(NewFeatureList(sae="mine", title="mine", indices=(4, 4, 2)))
    changed = desk.labels.change_list(made.id, FeatureListChange(title="ours", add=(9, 2), remove=(4,)))
    assert (changed.title, changed.indices) == ("ours", (2, 9))
    assert desk.labels.lists("mine") == (changed,)
    desk.labels.drop_list(made.id)
    with pytest.raises(NotFound):
        desk.labels.drop_list(made.id)


def test_neuronpedias_batch_is_read_back(desk: Desk) -> None:
    desk.labels.add("mine", 3, NewLabel(text="cats"))
    batch = Neuronpedia(desk.lab, desk.features, desk.labels).batch("mine", [3, 4])
    assert NeuronpediaBatch.model_validate_json(batch.model_dump_json()) == batch
    assert batch.source == "1-mine"
    assert batch.features[0].explanations[0].text == "cats"
    assert batch.features[0].activations[0].tokens == (" word1", " word2", " word3")
    assert batch.features[1].activations[0].quantileFraction == 0.25


@pytest.mark.anyio
async def test_rules_label_what_they_can_and_nothing_twice(desk: Desk) -> None:
    explaining = Explaining(desk.lab, desk.features, desk.labels)
    live = int((generated(200)["count"] > 0).sum())
    assert (await explaining.explain("mine", ExplainFeatures())).labels == live
    again = await explaining.explain("mine", ExplainFeatures())
    assert (again.labels, again.unchanged) == (0, live)
    assert desk.features.feature("mine", 3).row.label == 'on " word3"'
    lifted = await explaining.explain("mine", ExplainFeatures(indices=(3, 4), by="lift"))
    assert (lifted.labels, lifted.empty) == (1, 1)
    with pytest.raises(Invalid, match="No explainer is set up"):
        await explaining.explain("mine", ExplainFeatures(indices=(3,), by="model"))


def test_another_sae_under_the_same_slug_inherits_nothing(desk: Desk) -> None:
    desk.labels.add("mine", 3, NewLabel(text="cats"))
    desk.labels.star("mine", 3, True)
    made = desk.labels.add_list(NewFeatureList(sae="mine", title="some", indices=(3,)))
    keep(desk.lab.folder, "renamed", generated(200))
    assert desk.features.feature("renamed", 3).row.label == "cats"
    assert desk.features.page("renamed", Which(list=made.id), 0, 10).total == 1
    keep(desk.lab.folder, "mine", generated(200), weights="ef" * 32)
    feature = desk.features.feature("mine", 3)
    assert (feature.row.label, feature.row.starred, feature.labels) == ("", False, ())
    assert desk.labels.lists("mine") == ()
    with pytest.raises(NotFound, match="not of mine"):
        desk.features.page("mine", Which(list=made.id), 0, 10)


def test_lines_of_json_say_what_the_table_says(desk: Desk) -> None:
    desk.labels.add("mine", 3, NewLabel(text="Möwen"))
    rows = [json.loads(line) for line in desk.features.export("mine", Which(state="all"), "jsonl").splitlines()]
    assert [row["index"] for row in rows] == list(range(200))
    assert (rows[3]["label"], rows[3]["label_kind"], rows[4]["score"]) == ("Möwen", "human", None)
    assert (rows[3]["top_tokens"], rows[3]["top_logits"]) == ([" word3"], [" word43"])


def test_lists_of_tokens_stay_lists_whatever_is_in_them(desk: Desk) -> None:
    """Also a line end; CSV has them as JSON."""
    which = Which(state="all")
    table = parquet.read_table(io.BytesIO(desk.features.export("mine", which, "parquet")))
    lines = csv.DictReader(io.StringIO(desk.features.export("mine", which, "csv").decode()))
    texts = table.column("top_tokens").to_pylist()
    assert texts[3] == [" word3"]
    assert [json.loads(line["top_tokens"]) for line in lines] == texts


def test_a_dictionary_half_deleted_says_so_and_hides_no_other(desk: Desk) -> None:
    keep(desk.lab.folder, "other", generated(20))
    desk.features.feature("mine", 3)
    place = desk.lab.folder.path("features/mine")
    (place / "neighbours.parquet").unlink()
    with pytest.raises(Invalid, match="not whole") as told:
        desk.features.feature("mine", 3)
    assert "Harvest its features again" in told.value.next
    anew = browsed(desk.lab, desk.labels)
    assert [one.sae for one in anew.dictionaries()] == ["other"]
    with pytest.raises(Invalid, match=r"neighbours\.parquet not there"):
        anew.page("mine", Which(), 0, 10)
    (place / "dictionary.json").write_text("{")
    with pytest.raises(Invalid, match="cannot be read"):
        browsed(desk.lab, desk.labels).dictionary("mine")
