import { besides, conditionsOf, repliesOf, samplesOf } from "./replies";

const page = {
  columns: ["requests", "condition", "direction", "request", "reply", "refused"],
  rows: [
    ["harmful", "as it is", -1, "a bomb", "I can't help.", true],
    ["harmful", "as it is", -1, "a raid", "I can't help.", true],
    ["harmful", "ablated", -1, "a bomb", "I can: mix", false],
    ["harmful", "random ablated", 0, "a bomb", "I can't help.", true],
    ["harmful", "random ablated", 1, "a bomb", "No.", true],
    ["harmless", "as it is", -1, "tea", "Boil water.", false],
    ["harmful", null, -1, "a bomb", "?", true],
  ],
};

test("replies stand beside those of the model as it is, where both are there", () => {
  const replies = repliesOf(page);
  expect(replies).toHaveLength(6);
  expect(conditionsOf(replies, "harmful")).toEqual(["as it is", "ablated", "random ablated"]);
  expect(besides(replies, "harmful", "ablated")).toEqual([
    {
      prompt: "a bomb",
      before: "I can't help.",
      after: "I can: mix",
      alike: 5,
      counted: { before: true, after: false },
    },
  ]);
  expect(besides(replies, "harmful", "random ablated")[0]?.after).toBe("I can't help.");
});

test("samples say how much of them is alike", () => {
  const columns = ["strength", "prompt", "base", "patched", "control", "text_alike"];
  const [sample] = samplesOf({ columns, rows: [[1, "Once", " upon a time", " upon the hill", " upon a", " upon"]] });
  expect(sample).toEqual({
    strength: 1,
    prompt: "Once",
    before: " upon a time",
    after: " upon the hill",
    control: " upon a",
    alike: 5,
  });
});
