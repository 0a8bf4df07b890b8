/** What the model does when a feature is added, taken out, held or scaled: tried live, kept as a patch. */
import { Radio } from "@mantine/core";
import type { ReactNode } from "react";
import type { Feature, NewPatch } from "../../api/types";
import { NumberBox } from "../../components/NumberBox";
import { featureId } from "../../lib/featureRef";
import { formatNats } from "../../lib/format";
import { upToPeak, WAYS, type Way, wayOf } from "../../lib/patches";
import type { Vocab } from "../../lib/tokens";
import { NewPatchForm } from "../-patches/NewPatchForm";
import classes from "../-patches/Patches.module.css";
import { Trial } from "../-patches/Trial";
import { type Given, givenOf } from "../-view/GivenText";
import { IDS_MAX } from "../-view/params";
import { useDraft } from "../-view/useDraft";
import { Part } from "./Parts";
import type { FeatureSearch } from "./params";

interface Props {
  feature: Feature;
  vocab: Vocab;
  /** Ids that the tokenizer puts before a text. */
  begins: readonly number[];
  /** A token as it shows. */
  label: (id: number) => string;
  search: FeatureSearch;
  change: (part: Partial<FeatureSearch>, how?: "push" | "replace") => void;
  /** Called while somebody types. */
  keep: (part: Given) => void;
}

function Ways({ chosen, choose, children }: { chosen: Way; choose: (way: Way) => void; children: ReactNode }) {
  return (
    <Radio.Group
      aria-label="What is done"
      value={chosen.key}
      onChange={(key) => {
        const way = WAYS.find((one) => one.key === key);
        if (way) choose(way);
      }}
    >
      <div className={classes.ways}>
        {WAYS.map((way) => (
          <div key={way.key}>
            <Radio size="xs" value={way.key} label={way.name} description={way.says} />
            {way.kind === "clamp" && chosen.kind === "clamp" && children}
          </div>
        ))}
      </div>
    </Radio.Group>
  );
}

export function Steer({ feature, vocab, begins, label, search, change, keep }: Props) {
  const { row, dictionary } = feature;
  const way = wayOf(search.kind, search.everywhere);
  const [value, setValue] = useDraft(search.value, (next) => change({ value: next }, "replace"));
  const first = upToPeak(feature.examples, begins);
  const source = {
    type: "feature",
    sae: dictionary.sae,
    feature: row.index,
    kind: way.kind,
    everywhere: way.everywhere,
    writers: [],
    value: way.kind === "clamp" ? (value ?? 0) : null,
  } as const satisfies NewPatch["source"];
  const { strength, text, kept } = search;
  const shown = givenOf(search) ?? (kept === undefined ? first : undefined);
  const ids = Array.isArray(shown) && shown.length <= IDS_MAX ? [...shown] : [];
  const choose = (next: Way) =>
    change({ kind: next.kind, everywhere: next.everywhere, strength: undefined, value: undefined });
  return (
    <div className={classes.steer}>
      <div className={classes.side}>
        <Part title="What is done">
          <Ways chosen={way} choose={choose}>
            <NumberBox
              className={classes.value}
              label="Value"
              description={
                row.max > 0
                  ? `Its largest was ${formatNats(row.max)}; 0 switches it off.`
                  : "0 switches it off; its largest is not known."
              }
              w={220}
              min={0}
              value={value ?? 0}
              onChange={setValue}
            />
          </Ways>
        </Part>
        <NewPatchForm
          source={source}
          proposed={`${way.name}: ${row.label || featureId({ sae: dictionary.sae, index: row.index })}`}
          search={{ strength, text, kept, ids }}
        />
      </div>
      <Trial
        {...{ source, search, first, vocab, begins, label }}
        kind={way.kind}
        keep={({ strength: next, ...part }) =>
          next === undefined ? keep(part) : change({ strength: next }, "replace")
        }
      />
    </div>
  );
}
