/** The patch rail: what is in force beside a text, each with its switch, strength and scope, and what all of it does. */
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Redo2, Undo2, X } from "lucide-react";
import type { KeyboardEvent } from "react";
import { patchSet } from "../../api/patches";
import type { ModelInfo, PatchRow } from "../../api/types";
import { KEEPS_FOCUS } from "../../components/handFocusOn";
import { TroubleNote } from "../../components/States";
import { ToolButton } from "../../components/ToolButton";
import { isInForce, type RailMember } from "../../lib/patchRail";
import type { Material } from "../-view/material";
import { AddPatch, WhereFrom } from "./AddPatch";
import { Compare } from "./Compare";
import { Effect, type RailView } from "./Effect";
import { Member } from "./Member";
import { usePatchInfos } from "./names";
import css from "./PatchRail.module.css";
import { SetName } from "./SetName";
import { Spoken } from "./Spoken";
import type { PatchRail } from "./usePatchRail";

/** What the page puts beside its own text. */
export interface Beside {
  /** Hash of another set for the same tokens; null is the model as it is, undefined where something else is, or nothing. */
  against: string | null | undefined;
  /** Both are read once a token is selected. Defaults to false: they are read as they stand. */
  waits?: boolean;
  /** Undefined where nothing can be compared yet. */
  setVs?: (vs: string | undefined) => void;
}

interface Props {
  rail: PatchRail;
  model: Pick<ModelInfo, "slug" | "weights_sha256"> | undefined;
  /** Undefined where nothing is written yet. */
  material: Material | undefined;
  view: RailView;
  beside: Beside;
  close: () => void;
}

/** Ctrl or Cmd with Z undoes, with Shift it does again; a text that is typed has an undo of its own. */
function stepOf({ key, ctrlKey, metaKey, shiftKey, altKey, target }: KeyboardEvent): "undo" | "redo" | undefined {
  if (!(ctrlKey || metaKey) || altKey || key.toLowerCase() !== "z") return undefined;
  if (target instanceof Element && target.matches("[data-own-undo]")) return undefined;
  return shiftKey ? "redo" : "undo";
}

export function PatchRailPanel({ rail: all, model, material, view, beside: { against, waits, setVs }, close }: Props) {
  const { rail, patches, edit, undo, redo, release, go, refused } = all;
  const { members, solo } = rail.shelf;
  const { data: set, isPending } = useQuery({ ...patchSet(patches ?? ""), enabled: patches !== undefined });
  const infos = usePatchInfos(members.map(({ hash }) => hash));
  const fits = ({ weights_sha256, model: slug }: Pick<PatchRow, "weights_sha256" | "model">) =>
    weights_sha256 === model?.weights_sha256 || slug === model?.slug;
  const features = new Map(
    [...infos.values()].flatMap(({ hash, source }) => (source.type === "feature" ? [[hash, source] as const] : [])),
  );
  const acting = members.filter((member) => isInForce(rail.shelf, member));
  const pending = patches !== undefined && isPending;
  const called = new Map(set?.members.map(({ hash, name }) => [hash, name]));
  const pressed = (event: KeyboardEvent) => {
    const step = stepOf(event);
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    if (step === "undo") undo();
    else redo();
  };
  const last = (material?.ids.length ?? 1) - 1;
  const span = view.token === undefined ? ([0, Math.max(0, last)] as const) : ([view.token, view.token] as const);
  // The set in force has these and no others, but for the moment in which it comes after the rail.
  const saysOf = (member: RailMember): string | undefined => {
    const found = set?.members[acting.indexOf(member)];
    return found?.hash === member.hash && found.strength === member.strength ? found.says : undefined;
  };
  return (
    <section className={css.panel} aria-label="Patches" onKeyDown={pressed} {...KEEPS_FOCUS}>
      <header className={css.head}>
        <h2 className={css.title}>Patches</h2>
        <span className={css.count}>
          {acting.length === members.length ? acting.length || "none" : `${acting.length} of ${members.length}`} in
          force
        </span>
        <span className={css.grow} />
        <ToolButton label="Undo" hotkey="Ctrl Z" disabled={rail.past.length === 0} onClick={undo}>
          <Undo2 size={13} />
        </ToolButton>
        <ToolButton label="Redo" hotkey="Ctrl Shift Z" disabled={rail.future.length === 0} onClick={redo}>
          <Redo2 size={13} />
        </ToolButton>
        <ToolButton label="Close the patches" onClick={close}>
          <X size={13} />
        </ToolButton>
      </header>
      {members.length > 0 && <SetName key={patches} hash={patches} />}
      <div className={css.body}>
        {refused && (
          <TroubleNote trouble={refused}>
            <ToolButton label="Undo the last step" onClick={undo}>
              Undo
            </ToolButton>
          </TroubleNote>
        )}
        {material && "conversation" in material.source && (
          <Spoken key={material.source.conversation} {...{ material, patches, go }} />
        )}
        {pending ? (
          <Skeleton height={110} />
        ) : (
          members.length > 0 && (
            <ol className={css.members} aria-label="On the rail, in the order in which they act">
              {members.map((member, place) => {
                const info = infos.get(member.hash);
                return (
                  <Member
                    key={member.key}
                    member={member}
                    info={info}
                    name={info?.name ?? (called.get(member.hash) || "a patch")}
                    says={saysOf(member)}
                    solo={solo === member.key}
                    silent={solo !== null && solo !== member.key}
                    place={place}
                    of={members.length}
                    near={features.get(member.hash) ?? features.values().next().value}
                    otherModel={info && model && !fits(info) ? info.model || info.model_name : undefined}
                    {...{ span, edit, release }}
                  />
                );
              })}
            </ol>
          )
        )}
        {members.length === 0 && !pending && (
          <p className={css.none}>
            Nothing is changed: the model is as it is. <WhereFrom />
          </p>
        )}
        <AddPatch fits={fits} onPick={(hash) => edit({ type: "add", hash })} />
        {setVs && <Compare {...{ patches, against, waits, setVs, go }} />}
        <Effect shelf={rail.shelf} {...{ material, view, against }} />
        {patches && (
          <p className={css.none}>
            <Link to="/experiments/$family/new" params={{ family: "contrast_features" }} search={{ patches }}>
              Contrast two sets of prompts
            </Link>{" "}
            under these patches, or{" "}
            <Link to="/patches/sets/$hash" params={{ hash: patches }}>
              measure and export them
            </Link>
            .
          </p>
        )}
      </div>
    </section>
  );
}
