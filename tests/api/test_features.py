"""Features over HTTP and the socket: harvested, browsed, read at a token, tried on a text."""

from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from microscope.core.saes.base import Sae, Spec
from microscope.core.saes.topk import TopK
from microscope.families.base import Bench, Result
from microscope.families.harvest import Harvest
from microscope.services import Services
from microscope.store.checkpoints import write_sae
from microscope.store.database import ModelRecord
from microscope.store.saes import Library
from tests.api.conftest import SOCKET

pytestmark = pytest.mark.usefixtures("sae")

TEXT = "The cat sat on the mat and the dog ran after the cat."


@pytest.fixture(scope="module")
def sae(client: TestClient, tmp_path_factory: pytest.TempPathFactory) -> Sae:
    """`tiny` in the server's library, and harvested."""
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    (loaded,) = services.lab.resident
    d, draw = loaded.model.d_model, torch.Generator().manual_seed(0)
    w_dec = torch.nn.functional.normalize(torch.randn(48, d, generator=draw), dim=-1)
    weights = {
        "W_enc": w_dec.T.clone(),
        "b_enc": torch.zeros(48),
        "W_dec": w_dec,
        "b_dec": torch.randn(d, generator=draw),
    }
    spec = Spec(architecture=TopK(k=5), d_in=d, d_sae=48, d_out=d, site="L1.resid_post", model_name=loaded.model.name)

    write_sae(services.lab.folder.path("saes/tiny"), Sae(spec, weights))
    corpus = tmp_path_factory.mktemp("text") / "corpus.txt"
    corpus.write_text("\n\n".join([TEXT, "John gave a drink to Mary.", "One, two, three, four, five."] * 8))
    family = Harvest(sae="tiny", dataset=str(corpus), least=2, neighbours=6)
    bench = Bench(
        services.lab, services.lab.folder.path("runs/harvest-1"), dict.fromkeys(family.models(), loaded.model)
    )
    assert isinstance(list(family.run(bench))[-1], Result)
    assert "tiny" in Library(services.lab.folder).list().entries
    return Sae(spec, weights)


def ask(client: TestClient, message: dict[str, Any]) -> dict[str, Any]:
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json({"id": 1, **message})
        while True:
            answer = socket.receive_json()
            if answer.get("id") == 1:
                return answer


@pytest.fixture(scope="module")
def trace(client: TestClient) -> dict[str, Any]:
    return client.post("/api/traces", json={"text": TEXT}).json()


def test_a_model_that_is_gone_is_spelled_by_one_with_its_vocabulary(client: TestClient) -> None:
    """Such as the one that an adapter was merged into for the harvest."""
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    (loaded,) = services.lab.resident
    with Session(services.lab.database) as session:
        own = session.get_one(ModelRecord, loaded.slug)
        columns = {column.name: getattr(own, column.name) for column in ModelRecord.__table__.columns}
        gone = ModelRecord(**{**columns, "slug": "gone", "last_used": own.last_used + 60})
        session.add(gone)
        session.commit()
        (dictionary,) = client.get("/api/features/dictionaries").json()
        assert dictionary["model"] == loaded.slug
        session.delete(gone)
        session.commit()


def test_a_dictionary_is_browsed(client: TestClient) -> None:
    (dictionary,) = client.get("/api/features/dictionaries").json()
    assert (dictionary["sae"], dictionary["d_sae"], dictionary["site"]) == ("tiny", 48, "L1.resid_post")
    assert dictionary["model"] == client.get("/api/health").json()["model"]
    page = client.get("/api/features", params={"sort": "density", "desc": True, "limit": 5}).json()
    assert len(page["rows"]) == 5
    index = page["rows"][0]["index"]
    feature = client.get(f"/api/features/tiny/{index}").json()
    assert feature["row"] == page["rows"][0]
    assert feature == client.get(f"/api/feature/tiny/{index}/details").json()
    assert feature == client.get(f"/api/feature/layer_1_feature_{index}/details").json()
    near = client.get(f"/api/features/tiny/{index}/neighbours").json()
    assert near == {"cosine": feature["cosine"], "cofiring": feature["cofiring"]}
    assert len(near["cosine"]) == 6
    assert sum(feature["histogram"]["counts"]) == feature["row"]["count"]
    drawn = client.get("/api/features/random", params={"sae": "tiny", "seed": 3}).json()
    assert drawn == client.get("/api/features/random", params={"sae": "tiny", "seed": 3}).json()


def test_the_table_is_taken_away_as_a_file(client: TestClient) -> None:
    shown = [row["index"] for row in client.get("/api/features", params={"sort": "max", "desc": True}).json()["rows"]]
    exported = {
        kind: client.get("/api/features/export", params={"sort": "max", "desc": True, "format": kind})
        for kind in ("csv", "parquet")
    }
    rows = list(csv.DictReader(io.StringIO(exported["csv"].text)))
    assert [int(row["index"]) for row in rows] == shown
    assert pq.read_table(io.BytesIO(exported["parquet"].content)).column("index").to_pylist() == shown
    assert 'filename="tiny-features.csv"' in exported["csv"].headers["content-disposition"]


def test_what_people_say_is_kept_changed_and_taken_back(client: TestClient) -> None:
    label = client.post("/api/features/tiny/3/labels", json={"text": "cats", "author": "Ada"})
    assert label.status_code == 201
    changed = client.patch(f"/api/labels/{label.json()['id']}", json={"text": "kittens"}).json()
    assert client.get("/api/features/tiny/3").json()["row"]["label"] == "kittens"
    assert client.delete(f"/api/labels/{changed['id']}").json()["withdrawn"]
    assert [one["text"] for one in client.get("/api/features/tiny/3/labels").json()] == ["", "kittens", "cats"]
    assert client.put("/api/features/tiny/3/star").status_code == 204
    assert [row["index"] for row in client.get("/api/features?starred=true&state=all").json()["rows"]] == [3]
    client.delete("/api/features/tiny/3/star")
    made = client.post("/api/feature-lists", json={"sae": "tiny", "title": "some", "indices": [4, 2]}).json()
    assert client.get(f"/api/features?list={made['id']}&state=all").json()["total"] == 2
    assert client.patch(f"/api/feature-lists/{made['id']}", json={"add": [5]}).json()["indices"] == [4, 2, 5]
    assert client.get("/api/feature-lists?sae=tiny").json()[0]["id"] == made["id"]
    assert client.delete(f"/api/feature-lists/{made['id']}").status_code == 204
    explained = client.post("/api/features/tiny/explain", json={"indices": [3], "by": "logits"}).json()
    assert explained["labels"] + explained["empty"] == 1
    batch = client.get("/api/features/tiny/neuronpedia?indices=3,4").json()
    assert client.post("/api/features/tiny/neuronpedia", json=batch).json()["skipped"] == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/features/other/1", 404),
        ("/api/features/tiny/48", 404),
        ("/api/features?sort=colour", 400),
        ("/api/features?density=5-3", 400),
        ("/api/features?limit=201", 400),
        ("/api/features?list=nothing", 404),
        ("/api/feature/layer_0_feature_1/details", 404),
        ("/api/features/..%2F..%2Fetc/1", 404),
    ],
)
def test_what_is_not_there_is_said(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert {"error", "next", "status"} <= answer.json().keys()


# ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────


def forwards(client: TestClient) -> int:
    return client.app.state.services.lab.counts.forwards  # type: ignore[attr-defined]


def test_features_at_a_token_add_up_to_the_reconstruction(client: TestClient, sae: Sae, trace: dict[str, Any]) -> None:
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    before = forwards(client)
    answer = ask(client, {"type": "read_features", "trace": trace["hash"], "position": 4, "saes": ["tiny"]})
    assert answer["type"] == "position_features", answer
    assert forwards(client) == before
    assert (answer["computed"], answer["counted"]) == ("kept", True)
    (reading,) = answer["readings"]
    state = services.lab.states.get(f"trace:{trace['hash']}")
    assert state is not None
    x = state.resid[2]
    acts, x_hat = sae.encode(x[4:5])[0], sae.reconstruct(x[4:5])[0]
    assert [one["index"] for one in reading["features"]] == acts.argsort(descending=True)[:5].tolist()
    written = torch.stack([one["activation"] * sae.weights["W_dec"][one["index"]] for one in reading["features"]])
    torch.testing.assert_close(written.sum(0) + sae.weights["b_dec"], x_hat, rtol=1e-4, atol=1e-4)
    assert reading["l0"] == 5
    assert reading["shown_share"] == pytest.approx(1, abs=1e-5)
    assert reading["error_norm"] == pytest.approx(float((x[4] - x_hat).norm()), rel=1e-4)
    spread = (x[4] - x[1:4].mean(0)).square().sum()
    assert reading["fvu"] == pytest.approx(float((x[4] - x_hat).square().sum() / spread), rel=1e-3)
    assert reading["features"][0]["norm"] == pytest.approx(reading["features"][0]["activation"], rel=1e-4)


def test_saes_in_memory_are_read_where_none_is_named(client: TestClient, trace: dict[str, Any]) -> None:
    ask(client, {"type": "read_features", "trace": trace["hash"], "position": 2, "saes": ["tiny"]})
    answer = ask(client, {"type": "read_features", "trace": trace["hash"], "position": 0, "k": 2})
    assert [one["sae"] for one in answer["readings"]] == ["tiny"]
    assert len(answer["readings"][0]["features"]) == 2
    assert answer["counted"] is False


def test_a_text_is_coloured_by_a_feature_without_a_forward_pass(client: TestClient, trace: dict[str, Any]) -> None:
    read = ask(client, {"type": "read_features", "trace": trace["hash"], "position": 4, "saes": ["tiny"]})
    strongest = read["readings"][0]["features"][0]
    before = forwards(client)
    answer = ask(
        client, {"type": "color_by_feature", "trace": trace["hash"], "sae": "tiny", "feature": strongest["index"]}
    )
    assert forwards(client) == before
    assert len(answer["activations"]) == len(trace["ids"])
    assert answer["activations"][4] == pytest.approx(strongest["activation"], rel=1e-5)
    tried = ask(client, {"type": "try_feature", "sae": "tiny", "feature": strongest["index"], "text": TEXT})
    assert tried["ids"] == trace["ids"]
    assert tried["activations"] == pytest.approx(answer["activations"], rel=1e-4, abs=1e-4)
    assert tried["max"] == answer["max"] > 0


def test_an_example_with_all_that_stood_before_it_fires_as_strongly_when_it_is_tried(client: TestClient) -> None:
    """By its ids, whatever special tokens are among them; and in the text that its ids are run as."""
    begins = client.get("/api/model_info").json()["begins"]
    rows = client.get("/api/features", params={"sae": "tiny", "limit": 5}).json()["rows"]
    features = [client.get(f"/api/features/tiny/{row['index']}").json() for row in rows]
    whole = [(one["row"]["index"], example) for one in features for example in one["examples"] if not example["start"]]
    assert len(whole) > 20
    for index, example in whole[::5]:
        assert example["ids"][: len(begins)] == begins
        place, ids = example["position"], example["ids"]
        tried = ask(client, {"type": "try_feature", "sae": "tiny", "feature": index, "ids": ids})
        assert tried["ids"] == ids
        assert tried["activations"][place] == pytest.approx(example["activation"], rel=1e-4)
        run = client.post("/api/traces", json={"ids": ids}).json()["hash"]
        colored = ask(client, {"type": "color_by_feature", "trace": run, "sae": "tiny", "feature": index})
        assert colored["activations"][place] == pytest.approx(example["activation"], rel=1e-4)


def test_a_conversation_is_read_as_a_trace_is(client: TestClient) -> None:
    conversation = client.post("/api/conversations", json={"mode": "text"}).json()["id"]
    with client.websocket_connect(SOCKET) as socket:
        socket.send_json({"id": 1, "type": "watch", "conversation": conversation})
        sampling = {"max_new_tokens": 3}
        socket.send_json({"id": 2, "type": "send", "conversation": conversation, "text": TEXT, "sampling": sampling})
        while True:
            frame = socket.receive()
            if "turn_ended" in (frame.get("text") or ""):
                break
    answer = ask(client, {"type": "read_features", "conversation": conversation, "position": 3, "saes": ["tiny"]})
    assert answer["readings"][0]["shown_share"] == pytest.approx(1, abs=1e-5)
    colours = ask(client, {"type": "color_by_feature", "conversation": conversation, "sae": "tiny", "feature": 0})
    n_tokens = len(client.get(f"/api/conversations/{conversation}").json()["ids"])
    assert colours["computed"] == "kept"
    assert n_tokens - 1 <= len(colours["activations"]) <= n_tokens


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({"type": "read_features", "position": 0}, 400),
        ({"type": "read_features", "trace": "0" * 16, "position": 0}, 404),
        ({"type": "try_feature", "sae": "tiny", "feature": 48, "text": "a"}, 404),
        ({"type": "try_feature", "sae": "none", "feature": 0, "text": "a"}, 404),
        ({"type": "try_feature", "sae": "tiny", "feature": 0, "text": " "}, 400),
        ({"type": "try_feature", "sae": "tiny", "feature": 0}, 400),
        ({"type": "try_feature", "sae": "tiny", "feature": 0, "text": "a", "ids": [1]}, 400),
        ({"type": "try_feature", "sae": "tiny", "feature": 0, "ids": []}, 400),
        ({"type": "try_feature", "sae": "tiny", "feature": 0, "ids": [10_000_000]}, 400),
    ],
)
def test_what_cannot_be_read_is_said_on_the_socket(client: TestClient, message: dict[str, Any], status: int) -> None:
    answer = ask(client, message)
    assert (answer["type"], answer["status"]) == ("failed", status), answer


def test_a_walk_through_a_table_meets_every_row_once_and_in_its_order(client: TestClient) -> None:
    order = {"sort": "max", "desc": True, "density": "0-0.5"}
    rows = client.get("/api/features", params={"sae": "tiny", "limit": 200, **order}).json()["rows"]
    at, met = rows[0]["index"], []
    while at is not None:
        place = client.get(f"/api/features/tiny/{at}/place", params=order).json()
        met.append((place["row"], at))
        at = place["next"]
    assert met == list(enumerate(row["index"] for row in rows))
    assert client.get("/api/features/tiny/0/place", params={"sort": "size"}).status_code == 400


def test_what_hangs_on_an_sae_is_told(client: TestClient) -> None:
    tied = client.get("/api/saes/tiny/tied").json()
    assert (tied["dictionaries"], tied["twins"]) == (["tiny"], [])
    assert client.get("/api/saes/nobody/tied").status_code == 404
