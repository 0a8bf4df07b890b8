/** One patch: what it does, where it comes from, what it holds, and a text to try it on. */
import { Breadcrumbs } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { FeatureExample, PatchInfo, Schemas } from "../../api/types";
import { Facts } from "../../components/Facts";
import { JsonTree } from "../../components/JsonTree";
import { TroubleNote, Waiting } from "../../components/States";
import { ToolButton } from "../../components/ToolButton";
import { formatNumber } from "../../lib/format";
import { contentOf, equationOf, upToPeak } from "../../lib/patches";
import { EVERYWHERE } from "../../lib/patchRail";
import page from "../-features/Feature.module.css";
import { Part } from "../-features/Parts";
import { useWords } from "../-features/useDictionary";
import { copyText } from "../-shell/copy";
import { OtherModel } from "../-shell/OtherModel";
import { ago } from "../-shell/words";
import { ChooseWriters } from "./ChooseWriters";
import { ExportPatches } from "./ExportPatches";
import { CardPart } from "./ImportCard";
import { MadeOf, SeenIn } from "./MadeOf";
import { Measure } from "./Measure";
import { NameForm } from "./NameForm";
import classes from "./Patches.module.css";
import { PutAway, RestorePatch } from "./PutAway";
import type { PatchSearch } from "./params";
import { SideEffects } from "./SideEffects";
import { Trial } from "./Trial";
import { UseInChat } from "./UseInChat";
import { Uses } from "./Uses";

interface Props {
  patch: PatchInfo;
  /** Of the feature that it was made of; none where there is no such. */
  examples: readonly FeatureExample[];
  /** Id of the run that harvested that feature; empty where there is none. */
  run: string;
  search: PatchSearch;
  /** While somebody types or drags. */
  keep: (part: Partial<PatchSearch>) => void;
}

function Head({ info, strength }: { info: PatchInfo; strength: number }) {
  return (
    <header className={page.head}>
      <Breadcrumbs className={page.crumbs} separatorMargin={6}>
        <Link to="/patches">Patches</Link>
        <span className="mono">{info.hash}</span>
      </Breadcrumbs>
      <div className={classes.titleRow}>
        <h1 className={page.title}>
          <bdi>{info.name}</bdi>
        </h1>
        <UseInChat
          members={[{ hash: info.hash, strength: 1, scope: EVERYWHERE }]}
          {...{ model: info.model, strength }}
        />
        {!info.put_away && <PutAway patch={info} />}
      </div>
      {info.put_away && (
        <p className={classes.away} role="note">
          It was put away {ago(info.put_away, Date.now())}, and is on no list. What holds it goes on working.{" "}
          <RestorePatch patch={info} />
        </p>
      )}
      <Facts
        look="chips"
        facts={[
          { name: "kind", value: info.patch.kind },
          { name: "where", value: info.where },
          { name: "model", value: info.model || info.model_name },
          { name: "kept", value: ago(info.made_at, Date.now()) },
        ]}
      />
    </header>
  );
}

function Does({ info: { patch, says }, strength }: Pick<PatchSearch, "strength"> & { info: PatchInfo }) {
  const written = equationOf(patch);
  return (
    <Part title="What it does">
      {written && (
        <>
          <p className={classes.equation}>{written.equation}</p>
          <p className={classes.none}>{written.says}</p>
        </>
      )}
      <p className={classes.says}>
        At strength 1: {says} Strength 0 changes no bit.
        {strength !== 1 && ` Here s is ${formatNumber(strength, 3)}.`}
      </p>
    </Part>
  );
}

function From({ info, run }: Pick<Props, "run"> & { info: PatchInfo }) {
  const { source, model, model_name, weights_sha256, made_at, hash } = info;
  const sae = source.type === "feature" && (
    <Link to="/saes/$sae" params={{ sae: source.sae }}>
      {source.sae}
    </Link>
  );
  const harvested = run && (
    <Link to="/runs/$run" params={{ run }}>
      {run}
    </Link>
  );
  const copied = (
    <span className={classes.hash}>
      <span className="mono">{hash}</span>
      <ToolButton label="Copy the hash" onClick={() => copyText(hash, "Hash copied.")}>
        <Copy size={12} />
      </ToolButton>
    </span>
  );
  return (
    <Part title="Where it comes from">
      <Facts
        look="ruled"
        facts={[
          { name: "Made of", value: <MadeOf source={source} /> },
          sae && { name: "SAE", value: sae },
          harvested && { name: "Harvested by run", value: harvested },
          "seen" in source && source.seen !== null && { name: "Asked for in", value: <SeenIn source={source} /> },
          source.type === "means" && { name: "Read at", value: readWords(source) },
          { name: "Model", value: model && model !== model_name ? `${model} (${model_name})` : model_name },
          { name: "Weights", value: weights_sha256.slice(0, 16), mono: "value" },
          { name: "Kept", value: new Date(made_at * 1000).toISOString().slice(0, 16).replace("T", " ") },
          { name: "Hash", value: copied },
        ]}
      />
    </Part>
  );
}

const readWords = ({ position, read_as, site }: Schemas["FromMeans"]): string =>
  `${position === "last" ? "the last token" : "the mean over the tokens"} of each ${read_as === "chat" ? "user's turn" : "text"}, ${site}`;

export function PatchView({ patch: info, examples, run, search, keep }: Props) {
  const { vocab, begins, label, away, trouble, refetch } = useWords(info);
  const source = { type: "kept", hash: info.hash } as const;
  return (
    <div className={page.page}>
      <div className={page.inner}>
        <Head info={info} strength={search.strength} />
        <div className={page.columns}>
          <div className={page.side}>
            <Does info={info} strength={search.strength} />
            <ChooseWriters key={`writers ${info.hash}`} info={info} search={search} />
            <ExportPatches
              name={info.hash}
              members={[{ hash: info.hash, strength: 1, scope: EVERYWHERE }]}
              patches={[info.patch]}
              source={info.source}
              strength={search.strength}
            />
            <From info={info} run={run} />
            <NameForm key={`name ${info.hash}`} what="patch" hash={info.hash} name={info.name} />
            {!away && <CardPart key={info.hash} hash={info.hash} />}
            <Measure hash={info.hash} strength={search.strength} />
            <SideEffects hash={info.hash} />
            <Uses what="patch" hash={info.hash} vocab={vocab} />
            <Part title="What it holds">
              <JsonTree value={contentOf(info.patch)} label="Content of the patch" onCopy={copyText} />
            </Part>
          </div>
          <div className={page.mainColumn}>
            {away ? (
              <OtherModel what="patch" slug={info.model} model={info.model_name} then={refetch} />
            ) : trouble ? (
              <TroubleNote trouble={trouble} />
            ) : vocab ? (
              <Trial
                key={info.hash}
                kind={info.patch.kind}
                first={upToPeak(examples, begins)}
                {...{ source, search, keep, vocab, begins, label }}
              />
            ) : (
              <Waiting what="Loading the model's vocabulary…" />
            )}
          </div>
        </div>
      </div>
    </div>
  );
}
