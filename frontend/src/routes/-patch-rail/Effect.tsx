/** What the set in force does to the next token at one place of the text, beside random pushes as hard. */
import { Skeleton } from "@mantine/core";
import { useTrouble } from "../../api/live";
import { type SetTrial, triedSet } from "../../api/patches";
import { weightsOf } from "../../api/queries";
import { ControlDots } from "../../components/ControlDots";
import { Evidence } from "../../components/Evidence";
import { NextTokens } from "../../components/NextTokens";
import { Empty, TroubleNote } from "../../components/States";
import { classes as joined } from "../../lib/classes";
import { klWords, verdict } from "../../lib/patches";
import { inForce, promptBefore, type Shelf } from "../../lib/patchRail";
import { useLabel } from "../-view/Inspector";
import { type Material, useGrowing } from "../-view/material";
import type { View } from "../-view/params";
import { useNewest } from "../-view/useNewest";
import css from "./PatchRail.module.css";

interface Props {
  shelf: Shelf;
  /** Undefined where nothing is written yet. */
  material: Material | undefined;
  view: Pick<View, "token" | "read">;
}

export function Effect({ shelf, material, view }: Props) {
  const members = inForce(shelf);
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
        <AtPlace members={members} material={material} view={view} />
      )}
    </section>
  );
}

interface PlaceProps {
  members: SetTrial["members"];
  material: Material;
  view: Props["view"];
}

/** How many tokens stand before what is predicted: at the selected token, else at the end of what no longer changes. */
function lengthAt({ token, read }: Props["view"], material: Material): number {
  if (token === undefined) return material.ids.length;
  return read === "for" ? token : token + 1;
}

function AtPlace({ members, material: known, view }: PlaceProps) {
  const growing = useGrowing(known);
  // While a turn is written, its end moves with every token: without a selection the place before it stays.
  const material = view.token === undefined ? known : growing;
  const label = useLabel(material);
  const length = lengthAt(view, material);
  const token = material.ids[view.token ?? -1];
  if (length === 0)
    return (
      <Empty title="Nothing predicts the first token" low>
        Choose a later one, or <b>after</b>.
      </Empty>
    );
  if (view.token !== undefined && token === undefined) return <Empty title={`There is no token ${view.token}`} low />;
  return (
    <>
      <p className={css.where}>
        {token === undefined ? (
          material.generating ? (
            "Where the turn began. Select a token to look elsewhere."
          ) : (
            "At the end of the text. Select a token to look elsewhere."
          )
        ) : (
          <>
            {view.read === "for" ? "In the place of" : "After"} token {view.token}{" "}
            <bdi className="mono">{label(token)}</bdi>
          </>
        )}
      </p>
      <Tried
        label={label}
        question={{
          source: material.source,
          weights: weightsOf(material.model),
          slug: material.model.slug,
          epoch: material.epoch,
          members,
          ids: material.ids.slice(0, length),
          n_prompt: promptBefore(material.turns, length),
        }}
      />
    </>
  );
}

function Tried({ question, label }: { question: SetTrial; label: (id: number) => string }) {
  const { data: tried, error, refetch, waits } = useNewest(question, triedSet);
  const trouble = useTrouble(error);
  if (trouble) return <TroubleNote trouble={trouble} retry={() => refetch()} />;
  if (!tried)
    return (
      <div aria-busy>
        <span role="status" className="visually-hidden">
          Trying the patches…
        </span>
        <Skeleton height={190} mt={8} />
      </div>
    );
  const says = klWords(tried.kl, tried.control_kl);
  return (
    <div className={joined(css.tried, waits && css.waits)} aria-busy={waits}>
      <NextTokens tokens={tried.tokens} label={label} />
      <p className={css.kl} aria-live="polite">
        <span
          className="label"
          title="KL divergence of the next token's distribution without the patches to that with them"
        >
          KL
        </span>{" "}
        <b>{says}</b> {verdict(tried.kl, tried.control_kl)}
      </p>
      <ControlDots value={tried.kl} controls={tried.control_kl} says={says} />
    </div>
  );
}
