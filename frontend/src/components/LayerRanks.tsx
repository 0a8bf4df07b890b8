/** Layer by layer, what a change does to a prediction: the likeliest token, and the places of those that it ends with. */
import type { TriedLayer } from "../api/types";
import { classes } from "../lib/classes";
import { formatProb } from "../lib/format";
import { at, layerLabel, rowsOf } from "../lib/lens";
import { placeRange, placeWords } from "../lib/patches";
import css from "./LayerRanks.module.css";

interface Props {
  /** From the first layer on. */
  layers: readonly TriedLayer[];
  /** The tokens whose places are told. */
  followed: readonly number[];
  /** A token as it shows. */
  label: (id: number) => string;
  /** The first layer on top. Defaults to false. */
  flip?: boolean;
}

/** The passes of a layer, in the order in which they are told. */
const passesOf = ({ base, patched, other }: TriedLayer) => (other ? [base, patched, other] : [base, patched]);

function Likeliest({ row, label }: { row: TriedLayer; label: Props["label"] }) {
  const passes = passesOf(row);
  const same = passes.every(({ top }) => top === row.base.top);
  return (
    <td className={css.top} title={passes.map(({ prob }) => formatProb(prob)).join(" → ")}>
      {(same ? passes.slice(0, 1) : passes).map(({ top }, pass) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a pass is its place.
        <span key={pass}>
          {pass > 0 && <span className="mute"> → </span>}
          <bdi className={classes(css.token, same && css.same)}>{label(top)}</bdi>
        </span>
      ))}
    </td>
  );
}

function Place({ row, token }: { row: TriedLayer; token: number }) {
  const passes = passesOf(row);
  const ranks = passes.map((pass) => at(pass.ranks, token));
  const [before, after] = [at(ranks, 0), at(ranks, 1)];
  const all = new Set(ranks).size === 1 ? ranks.slice(0, 1) : ranks;
  return (
    <td
      className={classes(after < before && css.up, after > before && css.down, all.length === 1 && css.same)}
      title={`Probability ${passes.map((pass) => formatProb(at(pass.probs, token))).join(" → ")}`}
    >
      {after !== before && <span aria-hidden="true">{after < before ? "▲ " : "▼ "}</span>}
      {placeWords(all)}
      <Random {...{ row, token }} />
    </td>
  );
}

/** Where pushes as hard take the token: all that a change of this size does. */
function Random({ row: { controls, other, other_controls }, token }: { row: TriedLayer; token: number }) {
  if (controls.length === 0) return null;
  const range = (says: TriedLayer["controls"]) => placeRange(says.map(({ ranks }) => at(ranks, token)));
  return (
    <span className={css.random}>{other ? `A ${range(controls)} · B ${range(other_controls)}` : range(controls)}</span>
  );
}

export function LayerRanks({ layers, followed, label, flip = false }: Props) {
  const order = rowsOf(
    layers.map(({ layer }) => layer),
    flip,
  ).flatMap((row) => layers[row] ?? []);
  const pushes = order[0]?.controls.length ?? 0;
  const way = order[0]?.other ? "base → A → B" : "before → after";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={css.frame} tabIndex={0} aria-label="Layer by layer">
      {pushes > 0 && (
        <p className={css.note}>
          Small: its places under {pushes} random pushes as hard{order[0]?.other ? ", of A and of B" : ""}.
        </p>
      )}
      <table className={css.table} aria-label={`Every layer, ${way}`}>
        <thead>
          <tr>
            <th scope="col">layer</th>
            <th scope="col" className={css.top} title={`The likeliest token, ${way}`}>
              likeliest
            </th>
            {followed.map((token) => (
              <th key={token} scope="col" title={`The place of this token, 1 the likeliest: ${way}`}>
                place of <bdi className={css.token}>{label(token)}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {order.map((row) => (
            <tr key={row.layer}>
              <th scope="row">{layerLabel(row.layer)}</th>
              <Likeliest {...{ row, label }} />
              {followed.map((token, place) => (
                <Place key={token} {...{ row }} token={place} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
