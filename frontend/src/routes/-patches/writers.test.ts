import type { PatchInfo } from "../../api/types";
import { EVERYWHERE } from "../../lib/patchRail";
import { withWriters } from "./ChooseWriters";
import { attachedOf } from "./Measure";
import { newPatchSearch } from "./params";
import { writersIn } from "./writersIn";

const SCALE = { kind: "scale", direction: "AACAPwAAAAA=", writers: [] as string[] } as const;
const ADAPTER = { kind: "adapter", adapter: "abc" } as const;
const INFO: PatchInfo = {
  hash: "h",
  name: "",
  patch: SCALE,
  where: "all weights",
  says: "",
  source: {
    type: "feature",
    sae: "l8",
    feature: 2,
    kind: "scale",
    everywhere: false,
    writers: [],
    value: null,
  },
  model: "m",
  model_name: "m",
  weights_sha256: "",
  made_at: 0,
  enabled: false,
  put_away: null,
};

test("the same edit of other weights keeps what it was made of", () => {
  expect(withWriters(INFO, ["L1.mlp_out"])).toEqual({ ...INFO.source, writers: ["L1.mlp_out"] });
  expect(withWriters(INFO, [])).toMatchObject({ type: "content", patch: { writers: [] } });
  expect(withWriters({ ...INFO, patch: ADAPTER }, [])).toBeUndefined();
});

test("the rest of a set is measured against the one adapter in it, where that acts whole", () => {
  const whole = { hash: "a", strength: 1, scope: EVERYWHERE, patch: ADAPTER };
  const edit = { hash: "s", strength: -1.5, scope: EVERYWHERE, patch: SCALE };
  expect(attachedOf([whole, edit])).toBe("a");
  expect(attachedOf([{ ...whole, strength: 0.5 }, edit])).toBeUndefined();
  expect(attachedOf([whole])).toBeUndefined();
  expect(attachedOf([edit, edit])).toBeUndefined();
});

test("an address names weights, as far as the model has them", () => {
  const { modules } = newPatchSearch.parse({ modules: "mlp,other,attention" });
  expect(writersIn({ modules, layers: "2-99" }, 12)).toEqual({ modules: ["attention", "mlp"], from: 2, to: 11 });
  expect(writersIn({ modules: [], layers: "2-99" }, 12)).toBeUndefined();
});
