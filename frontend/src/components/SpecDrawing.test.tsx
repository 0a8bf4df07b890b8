import { render } from "@testing-library/react";
import { entryOf, TABLES } from "../lib/color";
import { pictureOf, type Sheet } from "../lib/specChart";
import { SpecDrawing } from "./SpecDrawing";
import { SpecKey } from "./SpecKey";

const NAMES = ["seed 0, d_sae 512", "seed 1, d_sae 512", "seed 0, d_sae 256"];
const PAIRS: Sheet = {
  columns: ["sae", "other", "cosine"],
  rows: NAMES.flatMap((sae) => NAMES.map((other) => [sae, other, 0.5])),
};
const SPEC = { kind: "heatmap", title: "Pairs", x: "sae", y: "other", z: "cosine" } as const;

/** Ticks of the vertical axis by their texts, from the top down. */
function rowsDrawn(width: number): string[] {
  const picture = pictureOf(SPEC, PAIRS);
  if ("missing" in picture) throw new Error(picture.missing);
  const { container } = render(
    <svg aria-hidden>
      <SpecDrawing spec={SPEC} picture={picture} width={width} height={240} />
    </svg>,
  );
  const ticks = [...container.querySelectorAll<SVGTextElement>("text[text-anchor=end]")];
  return ticks
    .sort((a, b) => Number(a.getAttribute("y")) - Number(b.getAttribute("y")))
    .map((tick) => tick.firstChild?.textContent ?? "");
}

test("the rows of a matrix have their whole names, in the order of its columns from the top", () => {
  expect(rowsDrawn(480)).toEqual(NAMES);
});

test("a cell's colour is of the scale that the picture names", () => {
  const spec = { ...SPEC, z_low: 0, z_high: 1 };
  const picture = pictureOf(spec, PAIRS);
  if ("missing" in picture) throw new Error(picture.missing);
  const { container } = render(
    <svg aria-hidden>
      <SpecDrawing spec={spec} picture={picture} width={480} height={240} />
    </svg>,
  );
  expect(container.querySelector("rect")).toHaveAttribute("fill", TABLES.viridis.css[entryOf(0.5)]);
  const key = render(<SpecKey spec={spec} picture={picture} />);
  expect(key.container).toHaveTextContent(/^cosine 0\s*1$/);
});

test("where names have less room the rows are still told apart", () => {
  expect(new Set(rowsDrawn(240)).size).toBe(NAMES.length);
});

test("every bar has its name, and one that is alone at its place takes all of it, in the colour of its series", () => {
  const conditions = [
    "as it is",
    "ablated",
    "ablated at its site",
    "weights edited",
    "random ablated 1",
    "random pushed 1",
  ];
  const sheet: Sheet = {
    columns: ["condition", "rate", "along"],
    rows: conditions.map((name, at) => [name, at / 10, name.startsWith("random") ? "random directions" : "none"]),
  };
  const spec = { kind: "bar", title: "Refused", x: "condition", y: "rate", z: "along" } as const;
  const picture = pictureOf(spec, sheet);
  if ("missing" in picture) throw new Error(picture.missing);
  const { container } = render(
    <svg aria-hidden>
      <SpecDrawing spec={spec} picture={picture} width={320} height={240} />
    </svg>,
  );
  const names = [...container.querySelectorAll("text[transform] > title")].map((one) => one.textContent);
  expect(names).toEqual(conditions);
  const bars = [...container.querySelectorAll("rect")];
  expect(new Set(bars.map((bar) => bar.getAttribute("width"))).size).toBe(1);
  expect(new Set(bars.map((bar) => bar.getAttribute("style"))).size).toBe(2);
});

test("a series that is called by a number says what it counts", () => {
  const spec = { kind: "line", title: "Sweep", x: "layer", y: "kl", z: "position" } as const;
  const picture = pictureOf(spec, {
    columns: ["layer", "kl", "position"],
    rows: [
      [0, 1, -2],
      [0, 2, -1],
    ],
  });
  if ("missing" in picture) throw new Error(picture.missing);
  expect(render(<SpecKey spec={spec} picture={picture} />).container).toHaveTextContent("position −2position −1");
});
