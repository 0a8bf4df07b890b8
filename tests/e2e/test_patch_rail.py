"""Patches beside a conversation, and beside a text in the lens: in force by a link, switched, marked, compared."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.conftest import D_MODEL
from tests.e2e.access import in_every_look, violations
from tests.e2e.conftest import Visit
from tests.e2e.library import HARVESTED, Library
from tests.e2e.seen import DRAWN, at_least, connected, ended, query, say, token
from tests.e2e.serving import Server, until

LONG = {"max": 1500, **DRAWN, "seed": 3}


def push(server: Server, name: str, axis: int, width: int = D_MODEL, site: str = "L2.resid_post") -> str:
    """The hash of a patch that adds along one axis."""
    direction = [float(place == axis) for place in range(width)]
    content = {"kind": "steer", "site": site, "direction": direction, "scale": 20}
    return server.post("/api/patch", source={"type": "content", "patch": content}, name=name)["hash"]


@pytest.fixture(scope="module")
def patches(server: Server) -> str:
    """The hash of a set of two."""
    first, second = push(server, "Northwards", 1), push(server, "Eastwards", 2)
    members: list[dict[str, Any]] = [
        {"source": {"type": "kept", "hash": first}, "strength": 2},
        {"source": {"type": "kept", "hash": second}, "strength": 0.5},
    ]
    return server.post("/api/patch-sets", members=members)["hash"]


def rail(page: Page) -> Locator:
    return page.get_by_role("region", name="Patches", exact=True)


def in_force(page: Page, name: str) -> Locator:
    return rail(page).get_by_role("switch", name=f"{name} in force")


def press(switch: Locator) -> None:
    """Its picture lies over it."""
    switch.focus()
    switch.press("Space")


def turn(server: Server, page: Page) -> dict[str, Any]:
    """The last one of the conversation that the page shows."""
    id = page.url.split("/chat/")[1].split("?")[0]
    return server.get(f"/api/conversations/{id}")["turns"][-1]


def test_a_turn_is_said_under_patches_which_are_switched_while_it_is_written_and_undone(
    visit: Visit, server: Server, patches: str
) -> None:
    page = visit(f"/chat{query(patches=patches, **LONG)}")
    connected(page)
    expect(in_force(page, "Northwards")).to_be_checked()
    expect(in_force(page, "Eastwards")).to_be_checked()
    say(page, "Tell me a long story")
    page.wait_for_url(re.compile(rf"/chat/\w+\?.*patches={patches}"))
    expect(page.get_by_role("link", name="Northwards × 2 + Eastwards × 0.5")).to_be_visible()
    at_least(page, 40)
    press(in_force(page, "Northwards"))
    note = page.locator("[data-note]")
    expect(note).to_have_text("⇄ Eastwards × 0.5")
    page.keyboard.press("Escape")
    ended(page)

    said = turn(server, page)
    assert [one["set"] == patches for one in said["patches"]] == [True, False]
    switched = said["patches"][1]["start"]
    assert said["start"] < switched < said["end"]
    assert note.get_attribute("data-note") == str(switched + 1)
    assert f"patches={said['patches'][1]['set']}" in page.url
    table = rail(page).get_by_role("table", name="Next token, before and after")
    expect(table).to_be_visible()
    expect(rail(page).get_by_text("random pushes as hard")).to_be_visible()

    page.reload()
    expect(note).to_have_text("⇄ Eastwards × 0.5")
    expect(token(page, switched + 1)).to_have_attribute("aria-label", re.compile("from here: ⇄ Eastwards"))
    expect(in_force(page, "Northwards")).not_to_be_checked()
    expect(in_force(page, "Eastwards")).to_be_checked()
    in_force(page, "Northwards").focus()
    page.keyboard.press("Control+z")
    expect(in_force(page, "Northwards")).to_be_checked()
    page.wait_for_url(f"**patches={patches}*")
    page.keyboard.press("Control+Shift+Z")
    expect(in_force(page, "Northwards")).not_to_be_checked()
    page.wait_for_url(f"**patches={said['patches'][1]['set']}*")
    page.get_by_role("link", name="Northwards × 2 + Eastwards × 0.5").click()
    page.wait_for_url(f"**patches={patches}*")
    expect(in_force(page, "Northwards")).to_be_checked()


def test_a_patch_is_used_in_a_chat_slid_scoped_and_added_beside_another(
    visit: Visit, server: Server, patches: str
) -> None:
    hash_ = server.get(f"/api/patch-sets/{patches}")["members"][0]["hash"]
    page = visit(f"/patches/{hash_}?strength=1.5")
    connected(page)
    page.get_by_role("button", name="Use in chat").click()
    page.wait_for_url(re.compile(r"/chat\?patches=[0-9a-f]{16}$"))
    say(page, "hello")
    page.wait_for_url("**/chat/*")
    ended(page)
    table = rail(page).get_by_role("table", name="Next token, before and after")
    expect(table).to_be_visible()
    divergence = rail(page).get_by_text("random pushes as hard")
    expect(rail(page).get_by_text(", in the last reply.")).to_be_visible()
    expect(rail(page).locator("[aria-busy=true]")).to_have_count(0)
    before = divergence.inner_text()
    slider = rail(page).get_by_role("slider", name="Strength of Northwards")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    expect(divergence).not_to_have_text(before)
    expect(rail(page).get_by_label("Strength of Northwards, any number")).to_have_value("1.4")
    # A run of keys is one step, as a drag is.
    page.keyboard.press("Control+z")
    expect(divergence).to_have_text(before)
    typed = rail(page).get_by_label("Strength of Northwards, any number")
    before_typing = len(server.get("/api/patch-sets?unnamed=1")["items"])
    typed.fill("1,5")
    typed.press("Enter")
    expect(rail(page).get_by_role("alert")).to_contain_text("Write decimals with a point: 1.5.")
    typed.fill("")
    typed.press_sequentially("15e-1")
    typed.press("Enter")
    expect(rail(page).get_by_role("alert")).to_have_count(0)
    assert len(server.get("/api/patch-sets?unnamed=1")["items"]) <= before_typing + 1
    expect(divergence).to_have_text(before)
    rail(page).get_by_label("Where Northwards acts").select_option("on the prompt")
    rail(page).get_by_role("textbox", name="Add a patch of the library").fill("eastw")
    expect(page.get_by_role("option", name="Eastwards")).to_be_visible()
    expect(rail(page).locator("[aria-busy=true]")).to_have_count(0)  # What waits is dimmed.
    found = violations(page)
    page.get_by_role("option", name="Eastwards").click()
    expect(in_force(page, "Eastwards")).to_be_checked()
    rail(page).get_by_role("button", name="Move Eastwards up").click()
    expect(rail(page).get_by_role("listitem").first).to_contain_text("Eastwards")
    expect(rail(page).get_by_role("button", name="Move Eastwards down")).to_be_focused()
    rail(page).get_by_role("button", name="Northwards alone").click()
    expect(rail(page)).to_contain_text("1 of 2 in force")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)

    def in_the_address() -> list[dict[str, Any]]:
        one = page.evaluate("new URLSearchParams(location.search).get('patches')")
        return server.get(f"/api/patch-sets/{one}")["members"]

    until(lambda: len(in_the_address()) == 1, 10, "the address comes after the rail")
    [member] = in_the_address()
    assert (member["strength"], member["scope"]) == (1.5, {"type": "prompt"})
    page.goto(f"{page.url}&rail=1")
    found += in_every_look(page, table)
    assert not found, "\n".join(found)


@pytest.mark.complains("404")
def test_a_set_that_is_not_here_is_told_and_the_chat_goes_on_without_it(visit: Visit, server: Server) -> None:
    page = visit("/chat?patches=0123456789abcdef&max=5")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("There is no set of patches '0123456789abcdef' here")
    expect(alert).to_contain_text("bundle")
    say(page, "hello")
    page.wait_for_url("**/chat/*")
    ended(page)
    assert turn(server, page)["patches"] == []
    alert.get_by_role("button", name="Go on without patches").click()
    expect(alert).to_have_count(0)
    assert "patches" not in page.url


def test_beside_a_text_a_switch_leads_to_the_same_text_under_the_other_set_and_two_sets_stand_side_by_side(
    visit: Visit, server: Server, patches: str
) -> None:
    sources = [one["hash"] for one in server.get(f"/api/patch-sets/{patches}")["members"]]
    members = [{"source": {"type": "kept", "hash": hash_}, "strength": 0.5} for hash_ in sources]
    both = server.post("/api/patch-sets", members=members)["hash"]
    server.http.put(f"/api/patch-sets/{both}/name", json={"name": "Both ways"}).raise_for_status()
    plain = server.post("/api/traces", text="A river runs through it")
    patched = server.post("/api/traces", trace=plain["hash"], patches=both)
    assert (patched["ids"], patched["patches"]) == (plain["ids"], both)
    page = visit(f"/lens/{patched['hash']}{query(token=2, read='after', pins=plain['ids'][1])}")
    connected(page)
    expect(in_force(page, "Northwards")).to_be_checked()
    page.locator("canvas[data-ready]").wait_for()
    press(in_force(page, "Northwards"))
    expect(in_force(page, "Northwards")).to_be_focused()
    page.wait_for_url(lambda url: f"/lens/{patched['hash']}" not in url)
    one = server.get(f"/api/traces/{page.url.split('/lens/')[1].split('?')[0]}")
    assert one["ids"] == plain["ids"]
    [kept] = server.get(f"/api/patch-sets/{one['patches']}")["members"]
    assert kept["strength"] == 0.5
    assert page.url.endswith(query(token=2, read="after", pins=plain["ids"][1]))
    expect(rail(page)).to_contain_text("1 of 2 in force")
    rail(page).get_by_text("Layer by layer").click()
    by_layer = rail(page).get_by_role("table", name="Every layer, before → after")
    expect(by_layer.get_by_role("row")).to_have_count(8)  # A head, what enters the first block, six blocks.

    rail(page).get_by_role("button", name="Compare with a set…").click()
    page.get_by_role("menuitem", name="Both ways").click()
    page.wait_for_url(f"**vs=set:{both}*")
    expect(page.get_by_role("region", name="Other text").get_by_role("heading")).to_have_text("Both ways")
    table = rail(page).get_by_role("table", name="Next token: base, A and B")
    expect(table).to_be_visible()
    expect(rail(page).locator("[aria-busy=true]")).to_have_count(0)
    shown = table.inner_text()
    scale = page.get_by_role("region", name="Heatmap").get_by_text("Δ probability of the likeliest")
    expect(scale).to_contain_text("“Eastwards × 0.5” − “Both ways”")
    page.reload()
    expect(in_force(page, "Northwards")).not_to_be_checked()
    expect(table).to_have_text(re.compile("next token"))
    expect(rail(page).locator("[aria-busy=true]")).to_have_count(0)
    assert table.inner_text() == shown
    rail(page).get_by_role("button", name="Swap A and B").click()
    page.wait_for_url(f"**/lens/{patched['hash']}?*vs=set:{one['patches']}*")
    expect(in_force(page, "Northwards")).to_be_checked()
    rail(page).get_by_role("button", name="Continue").click()
    expect(rail(page).get_by_role("region", name="With B")).to_be_visible()
    for side in ("A", "B"):  # A control beside either effect: of the next token, and of how it goes on.
        expect(rail(page).get_by_role("img", name=f"{side}: ").first).to_be_visible()
        expect(rail(page).get_by_role("region", name=f"Random pushes as hard as {side}")).to_contain_text(
            "3 directions"
        )
    found = violations(page)
    page.goto(f"{page.url}&rail=1")
    found += in_every_look(page, table)
    assert not found, "\n".join(found)


def test_the_transcript_shows_where_patches_acted(
    visit: Visit, server: Server, library: Library, tmp_path: Path
) -> None:
    """Where a feature fired and on what was generated: as the server tells, under the tokens and in words."""
    feature = max(library.live(), key=lambda row: row["density"])["index"]
    fires = {"type": "feature", "sae": HARVESTED, "feature": feature, "above": 0}
    members = [
        {"source": {"type": "kept", "hash": push(server, "Northwards", 1)}, "scope": fires},
        {"source": {"type": "kept", "hash": push(server, "Eastwards", 2)}, "scope": {"type": "generated"}},
    ]
    kept = server.post("/api/patch-sets", members=members)["hash"]
    page = visit(f"/chat{query(patches=kept, max=40)}")
    connected(page)
    say(page, "A river runs through it and the cat sat on the mat")
    page.wait_for_url("**/chat/*")
    ended(page)
    said = page.get_by_role("list", name="Where patches acted").get_by_role("listitem")
    expect(said).to_have_count(2)
    told = server.get(f"/api/conversations/{page.url.split('/chat/')[1].split('?')[0]}/acted")
    spans = {one["member"]: [at for start, end in one["spans"] for at in range(start, end)] for one in told["members"]}
    start = turn(server, page)["start"]
    assert spans[1] == list(range(start, told["end"]))
    expect(said.first).to_contain_text(f"acted at {len(spans[0])} of {told['end']} tokens")
    words = re.compile("acted on by Northwards × 1 where feature")
    marked = page.locator("[role=option][data-pos]").and_(page.get_by_label(words))
    assert [int(one) for one in marked.evaluate_all("all => all.map(one => one.dataset.pos)")] == spans[0]
    lines = "one => getComputedStyle(one).textDecorationLine"
    assert token(page, start).evaluate(lines) == "underline"
    plain = next(at for at in range(start) if at not in spans[0])
    assert token(page, plain).evaluate(lines) == "none"
    token(page, start).click()
    expect(said).to_have_count(2)

    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="CSV", exact=True).click()
    waiting.value.save_as(tmp_path / "lens.csv")
    with (tmp_path / "lens.csv").open(newline="") as file:
        assert {row["patches"] for row in csv.DictReader(file) if row["position"] != "0"} == {kept}
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("menuitem", name="Copy as Python").click()
    expect(page.get_by_text("Python copied.")).to_be_visible()
    assert f", patches {kept}\nlens = " in page.evaluate("navigator.clipboard.readText()")
    found = in_every_look(page, said.first)
    assert not found, "\n".join(found)


@pytest.mark.complains("404")
def test_what_is_done_at_once_after_a_choice_is_done_with_it(visit: Visit, server: Server, patches: str) -> None:
    """The address comes after the rail a moment later: nobody who is quicker loses anything."""
    both = server.get(f"/api/patch-sets/{patches}")["members"]

    def kept(*members: dict[str, Any]) -> str:
        asked = [{"source": {"type": "kept", "hash": one["hash"]}, "strength": one["strength"]} for one in members]
        return server.post("/api/patch-sets", members=asked)["hash"]

    eastwards, other = kept(both[1]), kept(both[0])
    chat = server.post("/api/conversations", title="Quick")["id"]
    page = visit(f"/chat/{chat}{query(patches=patches)}")
    connected(page)
    north, east = in_force(page, "Northwards"), in_force(page, "Eastwards")

    press(north)
    page.reload()
    page.wait_for_url(f"**patches={eastwards}*")
    expect(north).not_to_be_checked()

    press(north)
    page.wait_for_url(f"**patches={patches}*")
    east.evaluate("(one) => { one.click(); history.back(); }")
    page.wait_for_url(f"**patches={eastwards}*")
    expect(east).to_be_checked()
    expect(north).not_to_be_checked()
    page.go_forward()
    page.wait_for_url(f"**patches={patches}*")
    expect(north).to_be_checked()

    press(north)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert f"patches={eastwards}" in page.evaluate("navigator.clipboard.readText()")

    page.goto(f"/chat/{chat}{query(patches=patches, vs=f'set:{other}', rail=1)}")
    expect(rail(page).get_by_role("button", name="Swap A and B")).to_be_visible()
    expect(north).to_be_checked()
    press(north)
    rail(page).get_by_role("button", name="Swap A and B").click()
    page.wait_for_url(re.compile(rf"patches={other}.*vs=set(:|%3A){eastwards}"))

    page.goto(f"/chat/{chat}{query(patches=patches, vs='set:0123456789abcdef')}")
    expect(page.get_by_role("alert")).to_contain_text("0123456789abcdef")
    expect(page.get_by_role("button", name=re.compile("Import"))).to_be_visible()
    page.get_by_role("button", name="Stop comparing").first.click()
    expect(page.get_by_role("alert")).to_have_count(0)


TIME = """
window.took = [];
const shown = () => document.querySelector("section[aria-label=Effect]")?.innerText;
const begin = () => {
  const [began, before] = [performance.now(), shown()];
  const look = () => (shown() === before ? requestAnimationFrame(look) : window.took.push(performance.now() - began));
  requestAnimationFrame(look);
};
document.addEventListener("keydown", begin, true);
"""


def test_new_numbers_come_at_once_and_a_drag_queues_nothing(visit: Visit, bundled: str, server: Server) -> None:
    """From a key on a switch or a slider to other numbers on screen, printed; and never two questions on the way."""
    assert bundled
    width = server.get("/api/model_info")["d_model"]
    members = [
        {"source": {"type": "kept", "hash": push(server, name, axis, width, "L6.resid_post")}, "strength": 0.5}
        for name, axis in (("Northwards", 1), ("Eastwards", 2))
    ]
    kept = server.post("/api/patch-sets", members=members)["hash"]
    chat = server.post("/api/conversations", title="Timed")["id"]
    page = visit("/")
    asked: list[int] = []
    most = 0

    def sent(frame: str | bytes) -> None:
        nonlocal most
        if isinstance(frame, str) and '"try_patches"' in frame:
            asked.append(json.loads(frame)["id"])
            most = max(most, len(asked) - answered)

    answered = 0

    def received(frame: str | bytes) -> None:
        nonlocal answered
        answered += isinstance(frame, str) and '"patches_tried"' in frame

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", sent)
        socket.on("framereceived", received)

    page.on("websocket", watch)
    page.goto(f"/chat/{chat}{query(patches=kept, max=5)}")
    connected(page)
    say(page, "The capital of France is")
    ended(page)
    settled = rail(page).locator("[aria-busy=true]")
    expect(rail(page).get_by_role("table", name="Next token, before and after")).to_be_visible()
    expect(settled).to_have_count(0)
    page.evaluate(TIME)
    slider = rail(page).get_by_role("slider", name="Strength of Northwards")
    for step in range(8):
        slider.press("ArrowRight")
        page.wait_for_function(f"took.length > {2 * step}")
        expect(settled).to_have_count(0)
        press(in_force(page, "Eastwards"))
        page.wait_for_function(f"took.length > {2 * step + 1}")
        expect(settled).to_have_count(0)
    took = sorted(page.evaluate("took"))
    print(f"toggle → new numbers on screen: median {median(took):.0f} ms, most {took[-1]:.0f} ms of {len(took)}")
    assert most == 1

    before = len(asked)
    for _ in range(30):
        slider.press("ArrowLeft", no_wait_after=True)
    expect(settled).to_have_count(0)
    assert most == 1, "one question is on its way at a time"
    assert before < len(asked) <= before + 31
    newest = rail(page).get_by_label("Strength of Northwards, any number").input_value()

    def in_address() -> bool:
        address: str = page.evaluate("location.href")  # `page.url` is told while the browser is waited for.
        held = server.get(f"/api/patch-sets/{address.split('patches=')[1].split('&')[0]}")["members"]
        return held[0]["strength"] == float(newest)

    until(in_address, 10, "the address has what is held still")
    shown = rail(page).get_by_text("random pushes as hard").inner_text()
    page.reload()
    expect(rail(page).get_by_label("Strength of Northwards, any number")).to_have_value(newest)
    expect(rail(page).get_by_text("random pushes as hard")).to_have_text(shown)


def test_on_a_small_screen_the_rail_covers_nothing(visit: Visit, patches: str) -> None:
    page = visit(f"/chat{query(patches=patches, rail=1)}")
    connected(page)
    for width in (390, 768, 1100, 1279):
        page.set_viewport_size({"width": width, "height": 800})
        send = page.get_by_role("button", name="Send")
        page.get_by_role("textbox", name="Message").fill("hello")
        expect(rail(page)).to_be_visible()
        send.click(trial=True)
