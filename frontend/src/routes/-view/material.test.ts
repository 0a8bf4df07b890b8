import { grid, vocab } from "../../api/queries";
import { gridQuestion } from "./material";
import { CHAT_DEFAULTS, type View } from "./params";

const view: View = { ...CHAT_DEFAULTS, metric: "prob" };
const textOf = (length: number, model = { weights_sha256: "a", dtype: "float32" }) => ({
  source: { trace: "t" },
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
