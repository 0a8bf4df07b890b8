/** A patch of a direction that no feature writes: chosen, previewed, tried, and kept under a name. */
import { Breadcrumbs, Button, Radio } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ModelInfo } from "../../api/types";
import { TroubleNote, Waiting } from "../../components/States";
import { type NewFields, sourceOf } from "../../lib/patchSources";
import { rangeEnds } from "../../lib/search";
import { DIRECTION_SOURCES, type DirectionSource } from "../../lib/sourceNames";
import { namesOf } from "../../lib/writers";
import page from "../-features/Feature.module.css";
import { Part } from "../-features/Parts";
import { useWords } from "../-features/useDictionary";
import { FileFields } from "./FileFields";
import { MeansFields } from "./MeansFields";
import { NewPatchForm } from "./NewPatchForm";
import { NumbersFields } from "./NumbersFields";
import classes from "./Patches.module.css";
import { Previewed } from "./Previewed";
import type { ChangeNew, NewPatchSearch } from "./params";
import { SpanFields } from "./SpanFields";
import { NeuronFields, TokenFields } from "./TokenFields";
import { Trial } from "./Trial";
import { usePreview } from "./usePreview";
import { useSeenText } from "./useSeenText";
import { WhatIsDone, Where } from "./WhatIsDone";
import { writersIn } from "./writersIn";

interface Props {
  model: ModelInfo;
  search: NewPatchSearch;
  change: ChangeNew;
}

const SOURCES: Readonly<Record<DirectionSource, { name: string; says: string }>> = {
  means: { name: "Two sets of prompts", says: "The mean activation over some prompts less that over others." },
  unembedding: { name: "A token", says: "Its row of W_U through the final norm's gain, or the difference of two." },
  span: { name: "A span of a text", says: "The mean activation over it less that over the rest of the text." },
  neuron: { name: "A neuron", says: "What it writes: its column of the MLP's output matrix." },
  file: { name: "A file", says: "A tensor of a safetensors file." },
  numbers: { name: "Numbers", says: "Typed as JSON." },
};

/** What the address says, with the server's defaults. */
function fieldsOf(search: NewPatchSearch, model: ModelInfo, ids: readonly number[], numbers: string): NewFields {
  const { conversation, trace, position } = search;
  const layer = search.layer ?? Math.floor(model.n_layers / 2);
  const writers = writersIn(search, model.n_layers);
  const came = conversation !== undefined || trace !== undefined;
  return {
    ...search,
    writers: writers ? namesOf(writers) : [],
    site: search.site ?? `L${layer}.resid_post`,
    token: search.token,
    minus: search.minus,
    neuron: search.neuron,
    layer,
    toward: search.toward ?? "",
    away: search.away ?? "",
    path: search.path ?? "",
    tensor: search.tensor ?? "",
    ids,
    span: rangeEnds(search.span),
    numbers,
    seen: came ? { conversation: conversation ?? null, trace: trace ?? null, position: position ?? null } : null,
  };
}

function MadeOfChoice({ search: { from }, change }: Pick<Props, "search" | "change">) {
  return (
    <Radio.Group
      aria-label="What it is made of"
      value={from}
      onChange={(next) => {
        const found = DIRECTION_SOURCES.find((one) => one === next);
        if (found) change({ from: found });
      }}
    >
      <div className={classes.ways}>
        {DIRECTION_SOURCES.map((one) => (
          <Radio key={one} size="xs" value={one} label={SOURCES[one].name} description={SOURCES[one].says} />
        ))}
      </div>
      <p className={classes.none}>
        A feature of an SAE has its own page: choose one of the <Link to="/features">features</Link>, then{" "}
        <b>Create patch</b>.
      </p>
    </Radio.Group>
  );
}

export function NewPatchPage({ model, search, change }: Props) {
  const { vocab, begins, label, trouble } = useWords({ model: model.slug });
  const text = useSeenText(search);
  // The two that may be longer than an address: they are here, and there as far as they fit.
  const [prompts, setPrompts] = useState({ toward: search.toward, away: search.away });
  const [numbers, setNumbers] = useState("");
  const fields = fieldsOf({ ...search, ...prompts }, model, text.ids, numbers);
  const asked = sourceOf(fields, model.d_model);
  const source = "source" in asked ? asked.source : undefined;
  const preview = usePreview(model.slug, source);
  const { from, strength, text: tried, kept, ids } = search;
  const shared = { fields, search, change, model, label, vocab };
  return (
    <div className={page.page}>
      <div className={page.inner}>
        <header className={page.head}>
          <Breadcrumbs className={page.crumbs} separatorMargin={6}>
            <Link to="/patches">Patches</Link>
            <span>New</span>
          </Breadcrumbs>
          <h1 className={page.title}>New patch</h1>
        </header>
        <div className={classes.steer}>
          <div className={classes.side}>
            <Part title="What it is made of">
              <MadeOfChoice {...{ search, change }} />
            </Part>
            <Part title={SOURCES[from].name}>
              <div className={classes.fields}>
                {from === "means" && (
                  <MeansFields {...shared} setPrompts={(part) => setPrompts((now) => ({ ...now, ...part }))} />
                )}
                {from === "unembedding" && <TokenFields {...shared} />}
                {from === "neuron" && <NeuronFields {...shared} />}
                {from === "span" && <SpanFields {...shared} text={text} />}
                {from === "file" && <FileFields {...shared} />}
                {from === "numbers" && <NumbersFields {...shared} setNumbers={setNumbers} />}
                {from !== "neuron" && <Where {...shared} />}
              </div>
            </Part>
            <Part title="What is done">
              <WhatIsDone {...shared} />
            </Part>
          </div>
          <div className={classes.preview}>
            {"lacks" in asked ? (
              <p className={classes.lacks} role="status">
                {asked.lacks}
              </p>
            ) : (
              <>
                {!preview.starts && !preview.data && (
                  <p className={classes.goes}>
                    <Button loading={preview.isFetching} onClick={preview.start}>
                      Read the prompts
                    </Button>{" "}
                    <span className="mute">
                      Then this side says what the patch does and which tokens it raises, and has a text to try it on.
                    </span>
                  </p>
                )}
                <Previewed preview={preview} label={label} />
              </>
            )}
            {trouble && <TroubleNote trouble={trouble} />}
            {source && preview.data && (
              <>
                <NewPatchForm
                  source={source}
                  proposed={`${fields.kind} ${nameOf(fields, label)}`}
                  search={{ strength, text: tried, kept, ids }}
                />
                {vocab ? (
                  <Trial
                    key={preview.data.hash}
                    source={{ type: "content", patch: preview.data.patch, reads: "", run: "" }}
                    kind={preview.data.patch.kind}
                    search={search}
                    keep={(part) => change(part, "replace")}
                    {...{ vocab, begins, label }}
                  />
                ) : (
                  !trouble && <Waiting what="Loading the model's vocabulary…" />
                )}
              </>
            )}
          </div>
        </div>
      </div>
    </div>
  );
}

/** A name to begin with. */
function nameOf(fields: NewFields, label: (id: number) => string): string {
  const { from, site, token, minus, layer, neuron, span, path, tensor } = fields;
  switch (from) {
    case "means":
      return `difference of means at ${site}`;
    case "unembedding":
      return `${label(token ?? 0)}${minus === undefined ? "" : ` against ${label(minus)}`} at ${site}`;
    case "neuron":
      return `neuron ${neuron} of L${layer}`;
    case "span":
      return `tokens ${span?.join(" to ")} against the rest at ${site}`;
    case "file":
      return [path.split("/").at(-1), tensor].filter(Boolean).join(" ");
    case "numbers":
      return `typed direction at ${site}`;
  }
}
