from pathlib import Path

import pytest
from sqlalchemy import Engine

from microscope.store.conversations import change, close_open_turns, find, known_models, page, put
from microscope.store.database import ConversationRecord, ModelRecord, open_database, pack_ids, unpack_ids


@pytest.fixture
def database(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path}/test.db")


def record(id: str, title: str = "", updated: float = 0.0) -> ConversationRecord:
    return ConversationRecord(
        id=id, title=title, mode="chat", model="m", model_name="m", weights_sha256="0", created=1.0, updated=updated,
        turns=[], ids=pack_ids([]), n_tokens=0,
    )  # fmt: skip


def test_a_page_is_newest_first_and_leaves_out_what_was_put_away(database: Engine) -> None:
    for index in range(5):
        put(database, record(f"c{index}", updated=index))
    change(database, "c3", deleted=9.0)
    assert [found.id for found in page(database, "", 1, 2).records] == ["c2", "c1"]
    assert page(database, "", 0, 2).total == 4


def test_titles_are_searched_whatever_the_case_and_wildcards_are_letters(database: Engine) -> None:
    put(database, record("a", "The Capital of France"))
    put(database, record("b", "100% sure"))
    assert [found.id for found in page(database, "capital", 0, 9).records] == ["a"]
    assert [found.id for found in page(database, "%", 0, 9).records] == ["b"]


def test_changed_ids_are_read_back_with_their_count(database: Engine) -> None:
    put(database, record("a"))
    change(database, "a", ids=[3, 70_000], title="x")
    kept = find(database, "a")
    assert kept is not None
    assert (unpack_ids(kept.ids), kept.n_tokens, kept.title) == ([3, 70_000], 2, "x")


def test_open_turns_are_closed_as_interrupted_up_to_the_last_token(database: Engine) -> None:
    put(database, record("a"))
    turns = [
        {"role": "user", "start": 0, "end": 2, "sampling": None, "reason": None},
        {"role": "assistant", "start": 2, "end": 2, "sampling": {"seed": 1}, "reason": None},
    ]
    change(database, "a", ids=[1, 2, 3, 4], turns=turns, generating=True)
    assert close_open_turns(database) == 1
    assert close_open_turns(database) == 0
    kept = find(database, "a")
    assert kept is not None
    assert kept.turns == [turns[0], {**turns[1], "end": 4, "reason": "interrupted"}]
    assert not kept.generating


def test_known_models_come_with_the_last_used_first(database: Engine) -> None:
    for slug, used in (("old", 1.0), ("new", 2.0)):
        asked = {"name": slug, "revision": "", "dtype": "auto", "device": "auto"}
        put(
            database, ModelRecord(slug=slug, **asked, weights_sha256="0", tokenizer_sha256="0", bytes=1, last_used=used)
        )
    assert [model.slug for model in known_models(database)] == ["new", "old"]
