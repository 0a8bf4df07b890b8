"""Runs over HTTP and the socket: submitted, followed, looked into, exported."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from microscope.families import families
from microscope.services import runs as services_runs
from tests.services.run_families import Count

from .conftest import SOCKET, Serve, loaded


@pytest.fixture(scope="module")
def counting(serve: Serve) -> Iterator[TestClient]:
    """A server that can count."""
    families()["count"] = Count
    yield loaded(serve())
    del families()["count"]


def submit(client: TestClient, name: str = "", hold: bool = False, **spec: Any) -> str:
    answer = client.post("/api/runs", json={"spec": {"kind": "count", **spec}, "name": name, "hold": hold})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def ended(client: TestClient, id: str) -> dict[str, Any]:
    run: dict[str, Any] = {}
    for _ in range(600):
        run = client.get(f"/api/runs/{id}").json()
        if run["row"]["status"] in ("succeeded", "failed", "cancelled"):
            return run
        time.sleep(0.05)
    raise AssertionError(run)


def test_a_family_is_listed_with_the_form_that_starts_it(counting: TestClient) -> None:
    (card,) = [card for card in counting.get("/api/families").json() if card["kind"] == "count"]
    assert (card["title"], card["evidence"]) == ("Count", "control")
    assert card["says"] == "Counts to a number and keeps the sum."
    assert card["form"]["properties"]["to"]["description"] == "The last number."


def test_a_form_begins_with_what_its_family_adds_to_what_it_inherits(counting: TestClient) -> None:
    (card,) = [card for card in counting.get("/api/families").json() if card["kind"] == "train_sae"]
    names = list(card["form"]["properties"])
    assert names.index("activations") < names.index("architecture") < names.index("steps")
    assert set(names) == set(families()["train_sae"].model_fields)


def test_a_spec_is_looked_at_before_it_costs_anything(counting: TestClient) -> None:
    answer = counting.post("/api/preflight", json={"spec": {"kind": "count", "to": 5}}).json()
    assert answer["spec"]["every"] == 4
    assert answer["says"] == ["Counts to 5."]
    assert answer["warnings"] == ["it is slow."]
    refused = counting.post("/api/preflight", json={"spec": {"kind": "count", "to": -1}})
    assert (refused.status_code, refused.json()["next"]) == (400, "Count upwards.")


def test_of_the_ways_round_what_stands_there_those_are_told_that_lead_on(counting: TestClient) -> None:
    answer = counting.post("/api/preflight/ways", json={"spec": {"kind": "count", "to": -1}})
    assert answer.json() == [{"says": "Count to 1", "fields": {"to": 1}}]


@pytest.mark.parametrize("spec", [{}, {"kind": "no_such"}, {"kind": "count", "to": "x"}, {"kind": "count", "more": 1}])
def test_what_is_no_spec_is_refused_in_words(counting: TestClient, spec: dict[str, Any]) -> None:
    answer = counting.post("/api/runs", json={"spec": spec})
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "next", "status"}


def test_a_run_is_found_looked_into_and_exported(counting: TestClient) -> None:
    id = submit(counting, name="Ten", to=10)
    run = ended(counting, id)
    assert run["metrics"]["total"] == 45
    assert counting.get("/api/runs", params={"q": "ten", "family": "count"}).json()["rows"][0]["id"] == id
    assert counting.get("/api/runs", params={"q": "eleven"}).json()["total"] == 0
    series = counting.get(f"/api/runs/{id}/series", params={"from": 7}).json()
    assert series["columns"]["step"] == [8, 9, 10]
    assert series["next"] == 10
    assert counting.get(f"/api/runs/{id}/log").json()[-1]["text"] == "Succeeded."
    table = counting.get(f"/api/runs/{id}/artifacts/tables/numbers.parquet/table", params={"sort": "-n", "limit": 2})
    assert table.json() == {
        "columns": ["n", "square"], "types": ["BIGINT", "BIGINT"], "rows": [[9, 81], [8, 64]], "total": 10,
    }  # fmt: skip
    spec = counting.get(f"/api/runs/{id}/artifacts/spec.json")
    assert spec.json() == run["spec"]
    assert spec.headers["content-security-policy"] == "sandbox"
    archive = zipfile.ZipFile(io.BytesIO(counting.get(f"/api/runs/{id}/export").content))
    assert json.loads(archive.read(f"{id}/run.json"))["metrics"] == run["metrics"]
    assert archive.read(f"{id}/metrics.json") == counting.get(f"/api/runs/{id}/artifacts/metrics.json").content


@pytest.mark.parametrize("path", ["../../microscope.db", "%2e%2e/%2e%2e/microscope.db", "/etc/passwd", "nothing.json"])
def test_no_path_leads_out_of_a_runs_directory(counting: TestClient, path: str) -> None:
    id = submit(counting, to=1)
    ended(counting, id)
    answer = counting.get(f"/api/runs/{id}/artifacts/{path}")
    assert answer.status_code in (403, 404), answer.text


def test_a_sweep_is_counted_before_it_is_queued_under_one_tag(counting: TestClient) -> None:
    sweep = {"spec": {"kind": "count", "label": "swept"}, "axes": ["seed=1,2,3", "to=4, 5"]}
    assert counting.post("/api/sweeps/preflight", json=sweep).json()["new"] == 6
    queued = counting.post("/api/sweeps", json={**sweep, "tag": "six", "hold": True})
    assert (queued.status_code, queued.json()) == (201, {"tag": "six", "queued": 6, "total": 6})
    held = counting.get("/api/runs", params={"tag": "six", "status": "paused"}).json()
    assert {row["asked"] for row in held["rows"]} == {
        f"to {to} · seed {seed} · label swept" for to in (4, 5) for seed in (1, 2, 3)
    }
    refused = counting.post("/api/sweeps/preflight", json={**sweep, "axes": ["colour=1"]})
    assert (refused.status_code, "no field 'colour'" in refused.json()["error"]) == (400, True)


def test_a_row_says_what_its_spec_sets(counting: TestClient) -> None:
    id = submit(counting, to=7, hold=True, label="seven")
    assert counting.get(f"/api/runs/{id}").json()["row"]["asked"] == "to 7 · label seven"


def test_the_queue_is_paused_reordered_and_goes_on(counting: TestClient) -> None:
    assert counting.patch("/api/queue", json={"paused": True}).json()["paused"]
    ids = [submit(counting, to=2) for _ in range(3)]
    moved = counting.patch(f"/api/runs/{ids[2]}", json={"before": ids[0]}).json()
    assert moved["row"]["place"] == 1
    state = counting.get("/api/queue").json()
    assert [row["id"] for row in state["planned"]] == [ids[2], ids[0], ids[1]]
    assert counting.patch(f"/api/runs/{ids[1]}", json={"action": "cancel"}).json()["row"]["status"] == "cancelled"
    counting.patch("/api/queue", json={"paused": False})
    assert ended(counting, ids[0])["row"]["status"] == "succeeded"
    assert ended(counting, ids[2])["row"]["started"] <= ended(counting, ids[0])["row"]["started"]
    assert state["workers"]


def test_a_change_that_is_refused_in_part_changes_nothing(counting: TestClient) -> None:
    id, other = submit(counting, to=1, hold=True), submit(counting, to=1, hold=True)
    whole = {"priority": 7, "name": "new", "add_tags": ["new"]}
    before = counting.get(f"/api/runs/{id}").json()["row"]
    for refused in ({"before": other}, {"before": "nothing"}, {"action": "requeue"}, {"remove_tags": [" "]}):
        assert counting.patch(f"/api/runs/{id}", json={**whole, **refused}).status_code in (400, 404, 409)
        assert counting.get(f"/api/runs/{id}").json()["row"] == before
    changed = counting.patch(f"/api/runs/{id}", json={**whole, "action": "cancel"}).json()["row"]
    assert (changed["priority"], changed["name"], changed["tags"]) == (7, "new", ["new"])
    assert changed["status"] == "cancelled"


def test_tags_are_replaced_or_added_and_taken_away_one_by_one(counting: TestClient) -> None:
    id = submit(counting, to=1, hold=True)

    def tags(**change: list[str]) -> list[str]:
        return counting.patch(f"/api/runs/{id}", json=change).json()["row"]["tags"]

    assert tags(tags=["a", "b"]) == ["a", "b"]
    assert tags(add_tags=[" c ", "a"]) == ["a", "b", "c"]
    assert tags(remove_tags=["b", "nothing"]) == ["a", "c"]
    assert tags(tags=["x"], add_tags=["y"], remove_tags=["x"]) == ["y"]


def test_the_queue_counts_what_it_does_not_show(counting: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counting.get("/api/queue").json()["totals"]
    monkeypatch.setattr(services_runs, "SHOWN_IN_QUEUE", 1)
    for _ in range(3):
        submit(counting, to=1, hold=True)
    state = counting.get("/api/queue").json()
    assert len(state["held"]) == 1
    assert state["totals"] == {**before, "held": before["held"] + 3}


def test_what_a_run_cannot_do_is_told(counting: TestClient) -> None:
    id = submit(counting, to=1)
    ended(counting, id)
    answer = counting.patch(f"/api/runs/{id}", json={"action": "pause"})
    assert answer.status_code == 409
    assert "runs again as another run" in answer.json()["next"]
    assert counting.get("/api/runs/nothing").status_code == 404
    assert counting.get("/api/runs", params={"sort": "colour"}).status_code == 400


def test_a_deleted_run_comes_back(counting: TestClient) -> None:
    id = submit(counting, to=1)
    ended(counting, id)
    assert counting.delete(f"/api/runs/{id}").status_code == 204
    assert counting.get(f"/api/runs/{id}").status_code == 404
    away = counting.get("/api/runs", params={"deleted": True}).json()
    (row,) = (row for row in away["rows"] if row["id"] == id)
    assert time.time() - 60 < row["deleted"] <= time.time()
    listed = counting.get("/api/runs").json()
    assert listed["deleted"] == away["deleted"] == away["total"]
    assert id not in [row["id"] for row in listed["rows"]]
    assert counting.post(f"/api/runs/{id}/restore").json()["row"]["id"] == id


def test_who_follows_a_run_hears_each_point_and_sentence_once(counting: TestClient) -> None:
    id = submit(counting, to=60, hold=True, step_s=0.02)
    points: list[float | None] = []
    said: list[str] = []
    with counting.websocket_connect(SOCKET) as socket:
        socket.send_json({"type": "follow_run", "id": 1, "run": id})
        counting.patch(f"/api/runs/{id}", json={"action": "resume"})
        status, last = "", 0
        while status != "succeeded":
            message = json.loads(socket.receive_text())
            if message["type"] == "run_news":
                status = message["row"]["status"]
                points += [point["step"] for point in message["points"]]
                said += [line["text"] for line in message["log"]]
                last = message["next"]
        socket.send_json({"type": "follow_run", "id": 2, "run": id, "from_event": last})
        while (message := json.loads(socket.receive_text()))["type"] != "run_news":
            pass
        assert (message["points"], message["log"]) == ([], [])
        socket.send_json({"type": "unfollow_run", "id": 3, "run": id})
        socket.send_json({"type": "follow_run", "id": 4, "run": "nothing"})
        answers: dict[int, str] = {}
        while len(answers) < 2:
            message = json.loads(socket.receive_text())
            if message["type"] in ("done", "failed"):
                answers[message["id"]] = message["type"]
    assert points == [float(number) for number in range(1, 61)]
    assert said[-1] == "Succeeded."
    assert answers == {3: "done", 4: "failed"}
