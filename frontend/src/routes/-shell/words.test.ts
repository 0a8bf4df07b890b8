import { counted, owner, titled } from "./words";

test("one of something is not many", () => {
  expect([0, 1, 1200].map((count) => counted(count, "forward"))).toEqual([
    "0 forwards",
    "1 forward",
    "1\u2009200 forwards",
  ]);
});

test("a conversation without a title has a name", () => {
  expect([titled(""), titled("France")]).toEqual(["Untitled", "France"]);
});

test("memory is said to be the machine's or the GPU's", () => {
  expect(["cpu", "auto", "mps", "cuda:1"].map(owner)).toEqual(["machine", "machine", "machine", "GPU cuda:1"]);
});
