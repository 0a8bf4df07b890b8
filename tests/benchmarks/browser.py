"""The built pages in a real Chromium, on a real server: a heat map's first picture, its scrolling, a fast stream.

1. *Paint*: from the last byte of a grid, as the browser's resource timing has it, to the end of the frame in which the
   canvas was drawn.
2. *Frames*: the timestamps of `requestAnimationFrame` while something happens. The display's period is the median gap
   of the same page at rest; a gap of n periods is n - 1 dropped frames.
3. *CPU*: what the page's main thread spends per frame, by the browser's own thread clock, in which other programs do
   not count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import torch
from playwright.sync_api import Browser, Page, sync_playwright
from websockets.sync.client import connect

from microscope.api.app import STATIC
from tests.benchmarks.harness import Line, Measured, exactly, say, spread
from tests.benchmarks.shapes import Shape, open_shape
from tests.benchmarks.sluice import Sluice
from tests.conftest import SPECIAL, tiny_tokenizer
from tests.e2e import browser as chromium
from tests.e2e.seen import TOKENS, at_least, open_chat
from tests.e2e.serving import Server

PAINT_MS, TOKENS_PER_S = 20.0, 400.0
LAYERS, POSITIONS, TOKENS_STREAMED = 80, 2_000, 1_200

STILL_S = 2.0
SCROLL_PX, SCROLL_PX_PER_S = 6_000, 3_000

WATCH = """
const painted = [];
let told = () => {};
const after = new MessageChannel();
after.port1.onmessage = () => {
  painted.push(performance.mark("drawn").startTime);
  told();
};
new MutationObserver((changes) => {
  if (changes.some(({ target }) => target.nodeName === "CANVAS"))
    requestAnimationFrame(() => after.port2.postMessage(0));
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-ready"] });

window.pictureOf = (nth) => new Promise((resolve) => {
  told = () => {
    const grids = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/grid"));
    const came = grids[nth]?.responseEnd;
    const drawn = came && painted.find((when) => when > came);
    if (drawn) resolve([came, drawn]);
  };
  told();
});

window.record = () => {
  const times = [];
  let on = true;
  const tick = (time) => {
    times.push(time);
    if (on) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  window.recorded = () => {
    on = false;
    return times;
  };
};
"""
"""A canvas is on the screen when a message that was sent within its frame arrives: the frame's work is over."""


class Painted(NamedTuple):
    """From the last byte of a grid to its picture."""

    wall_ms: float
    cpu_ms: float
    """Of the page's main thread."""


class Window(NamedTuple):
    """A stretch of time on a page."""

    frames_ms: list[float]
    """When each frame began."""

    cpu_s: float
    """Of the page's main thread."""

    @property
    def cpu_ms_per_frame(self) -> float:
        return 1000 * self.cpu_s / len(self.frames_ms)


def dropped_percent(frames_ms: Sequence[float], period: float) -> float:
    """Of the frames that the display would have shown, those that did not come."""
    gaps = [round((later - earlier) / period) for earlier, later in pairwise(frames_ms)]
    return 100 * sum(max(0, gap - 1) for gap in gaps) / max(1, sum(gaps))


def period_ms(still: Window) -> float:
    return median(later - earlier for earlier, later in pairwise(still.frames_ms))


def paint(rounds: int = 7, n_layers: int = LAYERS, n_positions: int = POSITIONS) -> list[Line]:
    """A fresh page in every round; then the other reading on the same page, which is warm by then."""
    first: list[Painted] = []
    second: list[Painted] = []
    with _stage(n_layers) as (server, browser):
        path = _heat_map(server, n_positions)
        for round in range(rounds):
            page = _page(browser, "about:blank")
            first.append(_painted(browser, page, 0, lambda page=page: page.goto(server.url + path)))
            second.append(_painted(browser, page, 1, page.get_by_text("after", exact=True).click))
            page.context.close()
            say(f"round {round + 1} of {rounds}: fresh {first[-1].wall_ms:.0f} ms, warm {second[-1].wall_ms:.0f} ms")
    what = f"{n_layers + 1} × {n_positions:,} heat map"
    return [*_paint_lines(f"{what}, page just opened", first), *_paint_lines(f"{what}, on the open page", second)]


def _paint_lines(what: str, seen: Sequence[Painted]) -> list[Line]:
    wall, cpu = (spread(times) for times in zip(*seen, strict=True))
    return [
        Line(f"{what}: last byte to picture", wall, PAINT_MS, unit="ms"),
        Line(f"{what}: CPU of the main thread for it", cpu, unit="ms"),
    ]


def scroll(rounds: int = 5, n_layers: int = LAYERS, n_positions: int = POSITIONS) -> list[Line]:
    """By the browser's own scroll gesture, there and back."""
    with _stage(n_layers) as (server, browser):
        page = _page(browser, server.url + _heat_map(server, n_positions))
        page.evaluate("window.pictureOf(0)")
        cells = page.locator("[data-body]")
        cells.scroll_into_view_if_needed()
        box = cells.bounding_box()
        assert box, "the heat map has a place on the page"
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}

        def gesture() -> None:
            for distance in (-SCROLL_PX, SCROLL_PX):
                there = {**at, "xDistance": distance, "speed": SCROLL_PX_PER_S, "gestureSourceType": "mouse"}
                page.context.new_cdp_session(page).send("Input.synthesizeScrollGesture", there)

        still, busy = _turns(page, rounds, gesture)
        page.context.close()
    what = f"a {n_layers + 1} × {n_positions:,} heat map scrolls"
    return _frame_lines(what, still, busy)


def stream(rounds: int = 5, n_tokens: int = TOKENS_STREAMED, rate: float = TOKENS_PER_S) -> list[Line]:
    """A turn that the server has written is let out to the page at this rate, frame by frame of the socket."""
    seconds = n_tokens / rate
    # A line that is held is no dead line.
    with _stage(1, MICROSCOPE_HEARTBEAT_S="300") as (server, browser), Sluice(server.port) as sluice:
        page = _page(browser, sluice.url)
        still: list[Window] = []
        busy: list[Window] = []
        for round in range(rounds):
            id = server.conversation()
            open_chat(page, id)
            still.append(_window(page, lambda: page.wait_for_timeout(1000 * STILL_S)))
            sluice.hold()
            _write(server, id, n_tokens, seed=round)
            busy.append(_window(page, lambda: sluice.release(seconds)))
            at_least(page, n_tokens)
            assert page.locator(TOKENS).count() == len(server.ids(id)), "every token is on the page"
            _tell(round, rounds, still[-1], busy[-1])
    return _frame_lines(f"{rate:.0f} tokens/s stream in", still, busy)


def _turns(page: Page, rounds: int, act: Callable[[], None]) -> tuple[list[Window], list[Window]]:
    still: list[Window] = []
    busy: list[Window] = []
    for round in range(rounds):
        still.append(_window(page, lambda: page.wait_for_timeout(1000 * STILL_S)))
        busy.append(_window(page, act))
        _tell(round, rounds, still[-1], busy[-1])
    return still, busy


def _tell(round: int, rounds: int, still: Window, busy: Window) -> None:
    lost = dropped_percent(busy.frames_ms, period_ms(still))
    say(f"round {round + 1} of {rounds}: {lost:.1f} % dropped, {busy.cpu_ms_per_frame:.1f} ms of CPU per frame")


def _frame_lines(what: str, still: Sequence[Window], busy: Sequence[Window]) -> list[Line]:
    period = median(map(period_ms, still))

    def lost(windows: Sequence[Window]) -> Measured:
        return spread([dropped_percent(window.frames_ms, period) for window in windows])

    return [
        Line(f"frames dropped while {what}", lost(busy), 0, unit="%"),
        Line("frames dropped by the same page at rest", lost(still), unit="%"),
        Line("frames per second of the display", exactly(1000 / period), unit="/s"),
        Line(f"CPU of the main thread per frame while {what}", spread([w.cpu_ms_per_frame for w in busy]), unit="ms"),
    ]


def _window(page: Page, act: Callable[[], None]) -> Window:
    clock = page.context.new_cdp_session(page)
    clock.send("Performance.enable", {"timeDomain": "threadTicks"})

    def cpu_s() -> float:
        metrics = clock.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    page.evaluate("window.record()")
    before = cpu_s()
    act()
    spent = cpu_s() - before
    frames: list[float] = page.evaluate("window.recorded()")
    clock.detach()
    return Window(frames, spent)


def _painted(browser: Browser, page: Page, nth: int, act: Callable[[], object]) -> Painted:
    """What it takes from the last byte of the page's nth grid to its picture."""
    browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing"])
    act()
    came, drawn = page.evaluate(f"window.pictureOf({nth})")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    marks = (event for event in events if event["name"] == "drawn")
    mark = min(marks, key=lambda event: abs(event["args"]["data"]["startTime"] - drawn))
    # Between tasks the thread empties its queue of microtasks: the thread's own clock counts them too.
    clock = {
        event["ts"]: event["tts"]
        for event in events
        if "tts" in event and (event["pid"], event["tid"]) == (mark["pid"], mark["tid"])
    }
    start_us = min(at_us for at_us in clock if at_us >= mark["ts"] - 1000 * (drawn - came))
    return Painted(drawn - came, (mark["tts"] - clock[start_us]) / 1000)


@contextmanager
def _stage(n_layers: int, **settings: str) -> Generator[tuple[Server, Browser]]:
    """A server with a model of so many layers, and a browser."""
    assert (STATIC / "index.html").is_file(), "The pages are not built: make install"
    path = chromium.find()
    assert path, "No Chromium: python tests/e2e/browser.py --install"
    with TemporaryDirectory() as folder:
        say(f"starting a server with a model of {n_layers} layers")
        server = Server(Path(folder) / "home", _model(n_layers, Path(folder) / "model"), **settings)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=path, args=chromium.flags())
                yield server, browser
                browser.close()
        finally:
            server.end()


def _model(n_layers: int, folder: Path) -> Path:
    """Tall and narrow: it never ends a turn, since a logit of 0 is never among the highest."""
    tokenizer = tiny_tokenizer()
    hf = open_shape(Shape("narrow", n_layers, 8, 1, len(tokenizer), 2_048)).hf
    with torch.no_grad():
        hf.transformer.wte.weight.mul_(10)[: len(SPECIAL)] = 0
    hf.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _heat_map(server: Server, n_positions: int) -> str:
    """The page of a text of exactly so many tokens, whose grid the server has made already."""
    trace = server.post("/api/traces", text=_text(n_positions))
    assert len(trace["ids"]) == n_positions, f"{len(trace['ids'])} tokens; expected {n_positions}"
    for read in ("for", "after"):
        span = {"start": 0, "end": n_positions, "read": read, "lens": "logit", "component": "resid"}
        server.http.get(f"/api/traces/{trace['hash']}/grid", params=span).raise_for_status()
    return f"/lens/{trace['hash']}"


def _text(n_tokens: int) -> str:
    """Words that are one token each."""
    tokenizer = tiny_tokenizer()
    words = sorted(word.replace("Ġ", " ") for word in tokenizer.get_vocab() if word[:1] == "Ġ" and word[1:].isalpha())
    whole = [word for word in words if len(tokenizer.encode(word)) == 1]
    return "".join(whole[place * place % len(whole)] for place in range(n_tokens))


def _page(browser: Browser, url: str) -> Page:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(url)
    return page


def _write(server: Server, conversation: str, n_tokens: int, seed: int) -> None:
    """One drawn turn to its end, over a socket of its own."""
    sampling = {"max_new_tokens": n_tokens, "temperature": 1, "top_k": 8, "seed": seed}
    with connect(f"ws://127.0.0.1:{server.port}/api/ws", max_size=None) as line:
        line.send(json.dumps({"type": "watch", "id": 1, "conversation": conversation}))
        line.send(
            json.dumps({"type": "send", "id": 2, "conversation": conversation, "text": "hello", "sampling": sampling})
        )
        for frame in line:
            kind = json.loads(frame)["type"] if isinstance(frame, str) else "tokens"
            assert kind != "failed", frame
            if kind == "turn_ended":
                return
