import { tagChanges } from "./tags";

test("what others did to the tags meanwhile is no part of a change", () => {
  expect(tagChanges(["mine", "old"], ["mine", "new"])).toEqual({ add_tags: ["new"], remove_tags: ["old"] });
  expect(tagChanges(["mine"], ["mine"])).toEqual({ add_tags: [], remove_tags: [] });
});
