/** What the set in force does to the next token at one place of the text, beside random pushes as hard, and beside another set. */
import { useLocalStorage } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { continuedSet, patchSet, type SetTrial, triedSet } from "../../api/patches";
import { weightsOf } from "../../api/queries";
import { Evidence } from "../../components/Evidence";
import { LayerRanks } from "../../components/LayerRanks";
import { PatchOutcome } from "../../components/PatchOutcome";
import { Empty } from "../../components/States";
import { inForce, type SetMember, type Shelf, type Stretch, writtenBefore, writtenByRoles } from "../../lib/patchRail";
import { Continued } from "../-patches/Continued";
import { Waited } from "../-patches/Waited";
import { useFlip, useLabel } from "../-view/Inspector";
import { type Material, useGrowing } from "../-view/material";
import type { View } from "../-view/params";
import { useNewest } from "../-view/useNewest";
import { ActsAt, Left } from "./ActsAt";
import { usePatchInfos } from "./names";
import css from "./PatchRail.module.css";

export type RailView = Pick<View, "token" | "read" | "lens" | "flip" | "vs">;

interface Props {
  shelf: Shelf;
  /** Undefined where nothing is written yet. */
  material: Material | undefined;
  view: RailView;
  /** Hash of the set that this one is compared with; null is the model as it is, undefined none. */
  against: string | null | undefined;
}

const NOBODY: readonly SetMember[] = [];

export function Effect({ shelf, material, view, against }: Props) {
  const { data: other } = useQuery({ ...patchSet(against ?? ""), enabled: typeof against === "string" });
  const [mine, theirs] = [inForce(shelf), other?.members ?? NOBODY];
  // Without patches on the rail the other set stands beside the model as it is.
  const [members, beside] = mine.length > 0 ? [mine, theirs] : [theirs, NOBODY];
  // One of the two is the model as it is.
  const after = mine.length === 0 && against !== undefined ? "B" : against === null ? "A" : undefined;
  return (
    <section aria-label="Effect" className={css.effect}>
      <h3 className={css.heading}>
        <span className="label">Effect on the next token</span> <Evidence of="causal" />
      </h3>
      {!material || material.ids.length === 0 ? (
        <Empty title="No text yet" low>
          Write something: the next token stands here with the patches and without.
        </Empty>
      ) : members.length === 0 ? (
        <Empty title="No patch is in force" low>
          {shelf.members.length === 0 ? "Add one above" : "Switch one on, or move its slider away from 0"}: the next
          token stands here with it and without, beside random pushes as hard.
        </Empty>
      ) : (
        <AtPlace members={members} against={beside} {...{ after, material, view }} />
      )}
    </section>
  );
}

interface PlaceProps extends Pick<SetTrial, "members" | "against"> {
  /** Which of two sides the patches are where the other one is the model as it is; undefined elsewhere. */
  after: "A" | "B" | undefined;
  material: Material;
  view: RailView;
}

/**
 * How many tokens stand before what is predicted: at the selected token; else where the last reply begins, behind its first
 * token where nothing acts before; else at the end.
 */
function lengthAt({ token, read }: RailView, { turns, ids }: Material, members: readonly SetMember[]): number {
  if (token !== undefined) return read === "for" ? token : token + 1;
  const reply = turns.findLast(({ sampling }) => sampling !== null);
  if (!reply) return ids.length;
  const late = members.every(({ scope }) => scope.type === "generated");
  return Math.min(ids.length, reply.start + (late ? 1 : 0));
}

/** Sets that were in force, null for none, while the model wrote what stands among the first tokens. */
const saidUnder = ({ turns }: Material, length: number): Set<string | null> =>
  new Set(
    turns
      .filter(({ sampling, start }) => sampling !== null && start < length)
      .flatMap(({ patches }) =>
        patches.length === 0 ? [null] : patches.flatMap(({ start, set }) => (start < length ? [set] : [])),
      ),
  );

/** What the model wrote of the first tokens: as the turns tell, of a trace as its roles do. */
const writtenOf = ({ source, turns, roles }: Material, length: number): Stretch[] =>
  "trace" in source ? writtenByRoles(roles, length) : writtenBefore(turns, length);

function AtPlace({ members, against, after, material: known, view }: PlaceProps) {
  const growing = useGrowing(known);
  // While a turn is written, its end moves with every token: without a selection the place before it stays.
  const material = view.token === undefined ? known : growing;
  const { source, model, epoch, ids } = material;
  const label = useLabel(material);
  const length = lengthAt(view, material, [...members, ...against]);
  const token = ids[view.token ?? -1];
  if (length === 0)
    return (
      <Empty title="Nothing predicts the first token" low>
        Choose a later one, or <b>after</b>.
      </Empty>
    );
  if (view.token !== undefined && token === undefined) return <Empty title={`There is no token ${view.token}`} low />;
  return (
    <>
      {saidUnder(material, length).size > 1 && (
        <p className={css.where}>
          This was said under patches that were switched: the token's panel reads it as it was said. Here the whole text
          is read without patches, and with them, from its first token on.
        </p>
      )}
      <Tried
        {...{ after, material, view, label }}
        question={{
          text: "trace" in source ? source.text : source.conversation,
          weights: weightsOf(model),
          slug: model.slug,
          epoch,
          members,
          against,
          ids: ids.slice(0, length),
          generated: writtenOf(material, length),
        }}
      />
    </>
  );
}

interface TriedProps extends Pick<PlaceProps, "after" | "material" | "view"> {
  question: SetTrial;
  label: (id: number) => string;
}

function Tried({ question, after, material, view, label }: TriedProps) {
  const [layered, setLayered] = useLocalStorage({
    key: "microscope-rail-layers",
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const asked = useNewest({ ...question, lens: layered ? view.lens : null }, triedSet);
  const flip = useFlip(view);
  const infos = usePatchInfos(question.members.map(({ hash }) => hash));
  const nameOf = (hash: string) => infos.get(hash)?.name ?? "a patch";
  return (
    <>
      <p className={css.where}>
        <Place length={asked.answers.ids.length} wanted={question.ids.length} {...{ material, view, label }} />
      </p>
      <Waited asked={asked}>
        {(tried) => (
          <>
            <PatchOutcome {...{ tried, label, after }} />
            <ActsAt {...{ tried, nameOf, label }} members={question.members} />
            <Fold title={`Layer by layer, ${view.lens} lens`} open={layered} setOpen={setLayered}>
              {tried.layers.length > 0 && (
                <>
                  <LayerRanks layers={tried.layers} followed={tried.followed} {...{ label, flip }} />
                  <Left {...{ tried, nameOf }} members={question.members} />
                </>
              )}
            </Fold>
          </>
        )}
      </Waited>
      {asked.data && !asked.error && <Continued asked={continuedSet(question)} vocab={material.vocab} />}
    </>
  );
}

interface PlaceWordsProps extends Pick<TriedProps, "material" | "view" | "label"> {
  /** Tokens before what the numbers on screen are of. */
  length: number;
  /** Before what was asked for last. */
  wanted: number;
}

/** Where the numbers on screen are of: what waits for others keeps its own words. */
function Place({ material: { ids }, view: { token, read }, label, length, wanted }: PlaceWordsProps) {
  const named = (position: number) => (
    <>
      token {position} <bdi className="mono">{label(ids[position] ?? 0)}</bdi>
    </>
  );
  const here = length === wanted;
  const elsewhere = here && token === undefined && "Select a token to look elsewhere.";
  if (here && token !== undefined && read === "after") return <>After {named(token)}</>;
  if (length >= ids.length) return <>At the end of the text. {elsewhere}</>;
  return (
    <>
      In the place of {named(length)}
      {elsewhere && <>, in the last reply. {elsewhere}</>}
    </>
  );
}

interface FoldProps {
  title: string;
  open: boolean;
  setOpen: (open: boolean) => void;
  children: ReactNode;
}

/** What is read only once somebody opens it. */
function Fold({ title, open, setOpen, children }: FoldProps) {
  return (
    <details className={css.fold} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="label">{title}</summary>
      {children}
    </details>
  );
}
