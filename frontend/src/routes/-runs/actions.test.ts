import { actionsOf } from "./actions";

test("a run is asked only for what its state allows", () => {
  const of = (status: Parameters<typeof actionsOf>[0]["status"], stopping: "pause" | "cancel" | null = null) =>
    actionsOf({ status, stopping }).join(" ");
  expect(of("planned")).toBe("pause cancel");
  expect(of("running")).toBe("pause cancel");
  expect(of("running", "pause")).toBe("cancel");
  expect(of("running", "cancel")).toBe("");
  expect(of("paused")).toBe("resume cancel");
  for (const ended of ["failed", "cancelled"] as const) expect(of(ended)).toBe("requeue");
  expect(of("succeeded")).toBe("");
});
