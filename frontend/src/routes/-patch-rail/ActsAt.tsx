/** At which tokens patches that ask a feature acted, and what is left along the directions of all. */
import type { PatchesTried } from "../../api/types";
import { mostOf, positionsOf } from "../../lib/actsAt";
import { formatCount, formatNumber } from "../../lib/format";
import type { SetMember } from "../../lib/patchRail";
import css from "./PatchRail.module.css";

interface Props {
  tried: PatchesTried;
  members: readonly SetMember[];
  /** Of a patch, by its hash. */
  nameOf: (hash: string) => string;
  /** A token as it shows. */
  label: (id: number) => string;
}

/** Tokens that are written out. */
const SHOWN = 12;

export function ActsAt({ tried: { acts, ids }, members, nameOf, label }: Props) {
  return members.flatMap(({ hash, scope }, number) => {
    const spans = acts[number];
    if (scope.type !== "feature" || !spans) return [];
    const positions = positionsOf(spans);
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a set is its order.
      <p key={number} className={css.says}>
        <b>{nameOf(hash)}</b> acts at {formatCount(positions.length)} of {formatCount(ids.length)} tokens
        {positions.length > 0 && ": "}
        {positions.slice(0, SHOWN).map((position) => (
          <span key={position} className={css.acts} title={`token ${position}`}>
            <bdi className="mono">{label(ids[position] ?? 0)}</bdi>{" "}
          </span>
        ))}
        {positions.length > SHOWN && "…"}
      </p>
    );
  });
}

export function Left({ tried: { left }, members, nameOf }: Omit<Props, "label">) {
  return left.map(({ member, base, patched }) => (
    <p key={member} className={css.says} title="|⟨x, d⟩| / ‖x‖ of the residual stream at this token, at any layer">
      Along <b>{nameOf(members[member]?.hash ?? "")}</b> at most {formatNumber(mostOf(patched), 2)} of the stream is
      left, {formatNumber(mostOf(base), 2)} without patches.
    </p>
  ));
}
