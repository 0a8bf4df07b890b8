// @vitest-environment jsdom
import type { ThemeColors } from "./color";
import { chartSvg, cutToWidth, heatmapSvg, linesOf } from "./exportImage";
import { heatmapModel } from "./heatmap";
import type { LensGrid } from "./lens";

const colors: ThemeColors = {
  background: "#000000",
  surface: "#111111",
  raised: "#222222",
  border: "#333333",
  text: "#eeeeee",
  dimmed: "#aaaaaa",
  selection: "#ff00ff",
  pin: "#ffcc00",
  positive: "#0000ff",
  negative: "#ff8800",
};
const grid: LensGrid = {
  layers: ["embed", 0],
  positions: [0, 1],
  tokens: [0, 1],
  ids: [0, 1, 2, 3],
  prob: [Number.NaN, 0, 0.5, 1],
  entropy: [0, 0, 0, 0],
};
const words = ["<b>", "&", '"', "·d"];
const label = (id: number) => words[id] ?? "";

test("a heatmap picture is well-formed, whatever the tokens are", () => {
  const model = heatmapModel(grid, { metric: "prob", vocabSize: 4 }, colors);
  const svg = model && heatmapSvg(model, colors, { title: "<Lens> & more", label });
  const picture = new DOMParser().parseFromString(svg ?? "", "image/svg+xml");
  expect(picture.querySelector("parsererror")).toBeNull();
  expect(picture.querySelector("title")?.textContent).toBe("<Lens> & more");
  const fills = [...picture.querySelectorAll("rect")].map((rect) => rect.getAttribute("fill"));
  // Last layer first, and the missing cell hatched.
  expect(fills.slice(-5, -1)).toEqual(["#21908c", "#fde725", "url(#missing)", "#440154"]);
});

test("a long text becomes a picture that a canvas can hold, headed by positions", () => {
  const count = 1000;
  const wide: LensGrid = {
    layers: [0],
    positions: Array.from({ length: count }, (_, i) => i),
    tokens: new Uint16Array(count),
    ids: new Uint16Array(count),
    prob: new Float32Array(count),
    entropy: new Float32Array(count),
  };
  const model = heatmapModel(wide, { metric: "prob", vocabSize: 4 }, colors);
  const svg = model ? heatmapSvg(model, colors, { title: "long", label }) : "";
  expect(Number(/width="(\d+)"/.exec(svg)?.[1])).toBeLessThan(8200);
  expect(svg).toContain(">990<");
});

test("differences need the metric on both sides and are signed", () => {
  const choice = { metric: "prob", vocabSize: 4, against: { ...grid, prob: [0, 1, 0.5, 0] } } as const;
  expect([...(heatmapModel(grid, choice, colors)?.entries ?? [])]).toEqual([-1, 0, 128, 255]);
  expect(heatmapModel(grid, { ...choice, metric: "kl" }, colors)).toBeNull();
});

test("the picture of a difference says of what in its legend, and its words lie inside of it", () => {
  const against = { ...grid, prob: [0, 1, 0.5, 0] };
  const model = heatmapModel(grid, { metric: "prob", vocabSize: 4, against }, colors);
  const title = `logit lens of resid, for each token · m · ${"a long text ".repeat(12)}`;
  const svg = model ? heatmapSvg(model, colors, { title, label, difference: "“One” − “Two”" }) : "";
  const picture = new DOMParser().parseFromString(svg, "image/svg+xml");
  const texts = [...picture.querySelectorAll("text")];
  expect(texts.map((text) => text.textContent).join(" ")).toContain("Δ probability of the likeliest: “One” − “Two”");
  const width = Number(picture.documentElement.getAttribute("width"));
  for (const text of texts) {
    const size = Number(text.getAttribute("font-size") ?? 11);
    expect(Number(text.getAttribute("x")) + 0.6 * size * (text.textContent ?? "").length).toBeLessThanOrEqual(width);
  }
});

test("lines break at spaces, long words anywhere, and lose nothing", () => {
  expect(linesOf("one two three", 60, 10)).toEqual(["one two", "three"]);
  expect(linesOf("abcdefghijkl", 60, 10)).toEqual(["abcdefghij", "kl"]);
  expect(linesOf("", 60, 10)).toEqual([""]);
});

test("labels are cut by whole characters and wide ones take two cells", () => {
  expect(cutToWidth("capital", 66, 11)).toBe("capital");
  expect(cutToWidth("capital", 40, 11)).toBe("capit…");
  expect(cutToWidth("漢字漢字", 40, 11)).toBe("漢字…");
  expect(cutToWidth("a", 2, 11)).toBe("");
});

test("an exported chart carries its style", () => {
  document.body.innerHTML = '<svg><path class="a" style="stroke: rgb(1, 2, 3)" d="M0 0"/></svg>';
  const chart = document.querySelector("svg");
  const svg = chart && chartSvg(chart);
  expect(svg).toContain('stroke="rgb(1, 2, 3)"');
  expect(svg).not.toContain("class=");
});
