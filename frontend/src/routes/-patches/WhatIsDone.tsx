/** What a new patch does along its direction, and where. */
import { NumberInput, Radio, Select } from "@mantine/core";
import type { ReactNode } from "react";
import type { ModelInfo } from "../../api/types";
import { type NewFields, ownWriters } from "../../lib/patchSources";
import { type DIRECTION_KINDS, SITE_NAMES } from "../../lib/sourceNames";
import type { Vocab } from "../../lib/tokens";
import { chosenOf } from "../../lib/writers";
import classes from "./Patches.module.css";
import type { ChangeNew, NewPatchSearch } from "./params";
import { WritersFields } from "./WritersFields";
import { writersIn } from "./writersIn";

export interface FieldsProps {
  fields: NewFields;
  search: NewPatchSearch;
  change: ChangeNew;
  model: ModelInfo;
  label: (id: number) => string;
  /** Undefined until it is there. */
  vocab: Vocab | undefined;
}

const WAYS = [
  {
    key: "steer",
    kind: "steer",
    everywhere: false,
    name: "Steer",
    says: "Adds it at the site; below 0 takes it away.",
  },
  {
    key: "ablate",
    kind: "ablate",
    everywhere: false,
    name: "Ablate here",
    says: "Takes out what lies along it there.",
  },
  {
    key: "ablate_everywhere",
    kind: "ablate",
    everywhere: true,
    name: "Ablate everywhere",
    says: "Takes it out all along the residual stream.",
  },
  {
    key: "scale",
    kind: "scale",
    everywhere: false,
    name: "Scale",
    says: "Changes what weights write along it.",
  },
] as const satisfies readonly { kind: (typeof DIRECTION_KINDS)[number]; [name: string]: unknown }[];

export function WhatIsDone({ fields, search, change, model }: FieldsProps): ReactNode {
  const { kind, everywhere } = fields;
  const chosen = WAYS.find((way) => way.kind === kind && way.everywhere === (everywhere && kind === "ablate"));
  return (
    <Radio.Group
      aria-label="What is done"
      value={chosen?.key ?? "steer"}
      onChange={(key) => {
        const way = WAYS.find((one) => one.key === key);
        if (way) change({ kind: way.kind, everywhere: way.everywhere, strength: undefined });
      }}
    >
      <div className={classes.ways}>
        {WAYS.map(({ key, name, says }) => (
          <div key={key}>
            <Radio size="xs" value={key} label={name} description={says} />
            {key === "scale" && kind === "scale" && (
              <WritersFields
                chosen={writersIn(search, model.n_layers) ?? chosenOf(ownWriters(actsAt(fields)), model.n_layers)}
                change={({ modules, from, to }) =>
                  change({ modules: [...modules], layers: `${from}-${to}` }, "replace")
                }
                n_layers={model.n_layers}
              />
            )}
          </div>
        ))}
      </div>
    </Radio.Group>
  );
}

/** A neuron has no site of its own choosing. */
const actsAt = ({ from, layer, site }: NewFields): string => (from === "neuron" ? `L${layer}.mlp_out` : site);

/** The site: a layer, and what passes there. */
export function Where({ fields: { site, kind }, change, model }: FieldsProps): ReactNode {
  const [layer = "L0", name = "resid_post"] = site.split(".");
  const set = (next: { layer?: number; name?: string }) =>
    change({ site: `L${next.layer ?? layer.slice(1)}.${next.name ?? name}` }, "replace");
  return (
    <div className={classes.row}>
      <NumberInput
        label="Layer"
        w={90}
        min={0}
        max={model.n_layers - 1}
        value={Number(layer.slice(1))}
        onChange={(next) => typeof next === "number" && set({ layer: next })}
      />
      <Select
        label={kind === "steer" ? "Read and added at" : "Read at"}
        w={140}
        data={[...SITE_NAMES]}
        value={name}
        allowDeselect={false}
        onChange={(next) => next && set({ name: next })}
      />
    </div>
  );
}
