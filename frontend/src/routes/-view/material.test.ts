import { grid, vocab } from "../../api/queries";
import { gridQuestion, outOfRange } from "./material";
import { CHAT_DEFAULTS, type View } from "./params";

const view: View = { ...CHAT_DEFAULTS, metric: "prob" };
const textOf = (length: number, model = { weights_sha256: "a", dtype: "float32" }) => ({
  source: { trace: "t", text: "t" },
  ids: Array.from({ length }, () => 1),
  turns: [],
  epoch: 0,
  model,
  generating: false,
});

test("other weights and another dtype are other readings of the same text", () => {
  const key = (weights_sha256: string, dtype: string) =>
    JSON.stringify(grid(gridQuestion(textOf(8, { weights_sha256, dtype }), view)).queryKey);
  expect(key("a", "float32")).toBe(key("a", "float32"));
  expect(new Set([key("a", "float32"), key("b", "float32"), key("a", "bfloat16")]).size).toBe(3);
});

test("a slug that stands for another tokenizer has another vocabulary", () => {
  const key = (tokenizer_sha256: string) => JSON.stringify(vocab({ slug: "m", tokenizer_sha256 }).queryKey);
  expect(key("a")).not.toBe(key("b"));
});

test("a span or layers beyond what there is are named with the range that there is", () => {
  const text = { ...textOf(42), model: { weights_sha256: "a", dtype: "float32", n_layers: 12 } };
  expect(outOfRange(text, { span: "500-600" })).toBe(
    "Span 500-600 lies beyond this text, whose positions are 0 to 41.",
  );
  expect(outOfRange(text, { span: "42-42" }, "“Two”")).toBe(
    "Span 42-42 lies beyond “Two”, whose positions are 0 to 41.",
  );
  expect(outOfRange(text, { layers: "50-60" })).toBe("Layers 50-60 lie beyond this model, whose layers are 0 to 11.");
  for (const inside of [{}, { span: "41-600" }, { layers: "11-60" }]) expect(outOfRange(text, inside)).toBeUndefined();
});
