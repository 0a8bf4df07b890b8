import { aRun } from "../../../test/runs";
import { asListed, changeEach, outcomeWords } from "./selection";

test("chosen runs are those of the list as it is now", () => {
  const chosen = new Map(["a", "b"].map((id) => [id, aRun(id)]));
  const now = asListed(chosen, [aRun("c"), aRun("a", { status: "cancelled" })]);
  expect([...now].map(([id, { status }]) => `${id} ${status}`)).toEqual(["a cancelled", "b planned"]);
});

test("one that is refused keeps nobody back: it was so already, or is told with the reason", async () => {
  const asked: string[] = [];
  const outcome = await changeEach(
    ["a", "b", "c", "d"],
    async (id) => {
      asked.push(id);
      if (id === "a" || id === "c") throw new Error(`${id} cannot.`);
    },
    async (id) => id === "a",
  );
  expect(asked).toEqual(["a", "b", "c", "d"]);
  expect(outcome).toEqual({ done: 2, already: 1, refused: new Map([["c", "c cannot."]]) });
  expect(outcomeWords(outcome, "cancelled")).toBe("2 runs cancelled, 1 was already, 1 was not.");
  expect(outcomeWords({ done: 1, already: 0, refused: new Map() }, "cancelled")).toBe("1 run cancelled.");
});

test("one of which nobody can tell how it stands was refused", async () => {
  const fails = () => Promise.reject(new Error("Nobody answers."));
  expect((await changeEach(["a"], fails, fails)).refused.get("a")).toBe("Nobody answers.");
});
