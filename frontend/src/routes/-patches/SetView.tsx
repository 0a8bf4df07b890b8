/** A set of patches: what acts, how much and where, in order; a text to try it on; what it is called; where it is used. */
import { Breadcrumbs } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { PatchSet } from "../../api/types";
import { Facts } from "../../components/Facts";
import { TroubleNote, Waiting } from "../../components/States";
import { ToolButton } from "../../components/ToolButton";
import { formatNumber } from "../../lib/format";
import { scopeWords } from "../../lib/patches";
import page from "../-features/Feature.module.css";
import { Part } from "../-features/Parts";
import { useWords } from "../-features/useDictionary";
import { usePatchInfos } from "../-patch-rail/names";
import { copyText } from "../-shell/copy";
import { OtherModel } from "../-shell/OtherModel";
import { ExportPatches } from "./ExportPatches";
import { ExportSet } from "./ExportSet";
import { Measure } from "./Measure";
import { NameForm } from "./NameForm";
import classes from "./Patches.module.css";
import type { PatchSearch } from "./params";
import { SideEffects } from "./SideEffects";
import { Trial } from "./Trial";
import { UseInChat } from "./UseInChat";
import { Uses } from "./Uses";

interface Props {
  set: PatchSet;
  search: PatchSearch;
  /** While somebody types or drags. */
  keep: (part: Partial<PatchSearch>) => void;
}

function Members({ set: { members } }: { set: PatchSet }) {
  const infos = usePatchInfos(members.map(({ hash }) => hash));
  return (
    <ol className={classes.members} aria-label="Patches of the set">
      {members.map(({ hash, name, says, strength, scope }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same patch may stand in a set twice, and a set never changes.
        <li key={at}>
          <Link to="/patches/$hash" params={{ hash }} search={{ strength }}>
            <bdi>{infos.get(hash)?.name ?? (name || "a patch")}</bdi>
          </Link>{" "}
          × {formatNumber(strength, 4)} {scopeWords(scope, [], [])}
          <span className={classes.memberSays}>{says}</span>
        </li>
      ))}
    </ol>
  );
}

export function SetView({ set, search, keep }: Props) {
  const { hash, name, members } = set;
  const infos = usePatchInfos(members.map((member) => member.hash));
  const made = [...infos.values()][0];
  const { vocab, begins, label, away, trouble, refetch } = useWords(made);
  const { strength } = search;
  return (
    <div className={page.page}>
      <div className={page.inner}>
        <header className={page.head}>
          <Breadcrumbs className={page.crumbs} separatorMargin={6}>
            <Link to="/patches" search={{ show: "sets" }}>
              Sets of patches
            </Link>
            <span className={classes.hash}>
              <span className="mono">{hash}</span>
              <ToolButton label="Copy the hash" onClick={() => copyText(hash, "Hash copied.")}>
                <Copy size={12} />
              </ToolButton>
            </span>
          </Breadcrumbs>
          <div className={classes.titleRow}>
            <h1 className={page.title}>
              <bdi>{name || (members.length === 1 ? "A set of 1 patch" : `A set of ${members.length} patches`)}</bdi>
            </h1>
            <UseInChat members={members} model={made?.model ?? ""} strength={strength} />
          </div>
          <Facts
            look="chips"
            facts={[
              { name: "patches", value: String(members.length) },
              made && { name: "model", value: made.model || made.model_name },
            ]}
          />
        </header>
        <div className={page.columns}>
          <div className={page.side}>
            <Part title="What acts, in this order">
              <Members set={set} />
            </Part>
            <NameForm key={`name ${hash}`} what="set" {...{ hash, name }} />
            <ExportPatches
              name={hash}
              members={members}
              patches={members.map(({ patch }) => patch)}
              strength={strength}
            />
            <ExportSet hash={hash} />
            <Measure hash={hash} strength={strength} members={members} />
            <SideEffects hash={hash} />
            <Uses what="set" hash={hash} vocab={vocab} />
          </div>
          <div className={page.mainColumn}>
            {made && away ? (
              <OtherModel what="set" slug={made.model} model={made.model_name} then={refetch} />
            ) : trouble ? (
              <TroubleNote trouble={trouble} />
            ) : vocab ? (
              <Trial key={hash} kind="set" source={members} {...{ search, keep, vocab, begins, label }} />
            ) : (
              <Waiting what="Loading the model's vocabulary…" />
            )}
          </div>
        </div>
      </div>
    </div>
  );
}
