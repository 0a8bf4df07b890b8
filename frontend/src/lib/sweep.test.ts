import { TRAIN } from "../../test/trainSchema";
import { axisFields, axisText, isWhole, sweptSpec } from "./sweep";

const paths = (value: object) => axisFields(TRAIN, JSON.parse(JSON.stringify(value))).map(({ path }) => path);

test("an axis varies a field of one value, those of the kind that is chosen among them", () => {
  expect(paths({})).toEqual(["data.path", "data.split", "architecture.k", "lr", "resample", "seed"]);
  expect(paths({ architecture: { kind: "relu" } })).toContain("architecture.l1");
  expect(axisFields(TRAIN, {}).map(({ title }) => title)).toContain("Architecture: k");
});

test("an axis is sent as the command line writes it, once it has a field and a value", () => {
  expect(axisText({ field: "seed", values: " 1, 2 " })).toBe("seed=1, 2");
  expect(
    [
      { field: "", values: "1" },
      { field: "seed", values: " " },
    ].filter(isWhole),
  ).toEqual([]);
});

test("a field of a union is varied in the kind that the form shows", () => {
  const axes = [{ field: "architecture.k", values: "1, 2" }];
  expect(sweptSpec(TRAIN, { seed: 1 }, axes)).toEqual({ seed: 1, architecture: { kind: "topk" } });
  const relu = { architecture: { kind: "relu", l1: 1 } };
  expect(sweptSpec(TRAIN, relu, [{ field: "architecture.l1", values: "1" }])).toEqual(relu);
  expect(sweptSpec(TRAIN, { seed: 1 }, [{ field: "seed", values: "1" }])).toEqual({ seed: 1 });
});
