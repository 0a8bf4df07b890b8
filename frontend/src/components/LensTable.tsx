/**
 * The standard view of one position: a row per layer, the last on top, each with its likeliest tokens.
 *
 * The actual token carries a tick wherever it stands, pinned tokens are amber in every row, and the last column says how far down
 * the actual token is.
 */
import { Check, ChevronDown, ChevronRight, Pin } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { classes } from "../lib/classes";
import { entryOf, type Scheme, TABLES } from "../lib/color";
import { formatNats, formatPrecise, formatProb, formatRank } from "../lib/format";
import { at, type LayerName, layerLabel, type PositionLens, type Prediction, predictionsOf, rowsOf } from "../lib/lens";
import { Bar } from "./Bar";
import { useHandFocusOn } from "./handFocusOn";
import css from "./LensTable.module.css";

export interface LensTableProps {
  lens: PositionLens;
  /** Display form of a token. */
  label: (id: number) => string;
  /** Says what is read: "logit lens for token 17". */
  caption: string;
  /** Id of the token that really comes; null after the last one. */
  actual: number | null;
  /** Ids of the tokens that are followed. Defaults to none. */
  pins?: readonly number[];
  /** Predictions per row where there is room. Defaults to 5; a narrow panel shows one, an opened row all. */
  k?: number;
  /** Selected layer. Defaults to none. */
  layer?: LayerName | null;
  /** The embedding on top. Defaults to false. */
  flip?: boolean;
  /** Defaults to viridis. */
  scheme?: Scheme;
  /** Pin or unpin a token id. */
  onPin?: (id: number) => void;
  onLayer?: (layer: LayerName) => void;
}

interface TokenProps {
  prediction: Prediction;
  label: string;
  actual: boolean;
  pinned: boolean;
  onPin?: (id: number) => void;
  children?: ReactNode;
  className?: string;
}

const describe = ({ id, prob, rank }: Prediction, label: string): string =>
  `${label} · p ${formatPrecise(prob)} · log p ${formatPrecise(Math.log(prob))} nats · rank ${rank} · id ${id}`;

/** One predicted token: a button that pins it. */
function TokenButton({ prediction, label, actual, pinned, onPin, children, className }: TokenProps) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className={classes(css.token, className, pinned && css.pinned)}
      title={describe(prediction, label)}
      aria-pressed={pinned}
      data-token={prediction.id}
      onClick={() => onPin?.(prediction.id)}
    >
      <span className={css.name}>
        {actual && <Check size={11} strokeWidth={3} className={css.actual} aria-label="actual token" />}
        {pinned && <Pin size={10} className={css.pin} aria-label="pinned" />}
        <bdi className={css.text}>{label}</bdi>
      </span>
      {children}
    </button>
  );
}

/** Moves among the buttons of the table: left and right within a row, up and down between rows. */
function move(event: KeyboardEvent, table: HTMLTableElement): HTMLElement | null {
  if (!(event.target instanceof HTMLElement)) return null;
  const rows = [...table.querySelectorAll("tbody tr")].map((row) =>
    [...row.querySelectorAll<HTMLElement>("button")].filter((button) => button.checkVisibility?.() ?? true),
  );
  const from = event.target;
  const y = rows.findIndex((row) => row.includes(from));
  const x = rows[y]?.indexOf(from) ?? -1;
  if (y < 0) return null;
  const row = (index: number) => rows[Math.max(0, Math.min(rows.length - 1, index))] ?? [];
  const cell = (line: HTMLElement[], index: number) => line[Math.max(0, Math.min(line.length - 1, index))] ?? null;
  switch (event.key) {
    case "ArrowLeft":
      return cell(row(y), x - 1);
    case "ArrowRight":
      return cell(row(y), x + 1);
    case "ArrowUp":
      return cell(row(y - (event.shiftKey ? 10 : 1)), x);
    case "ArrowDown":
      return cell(row(y + (event.shiftKey ? 10 : 1)), x);
    case "Home":
      return cell(row(0), x);
    case "End":
      return cell(row(rows.length - 1), x);
    default:
      return null;
  }
}

/** The rank of the actual token: exact where it is known, else what the `kept` predictions tell (`>10`). */
function rankText(exact: number, kept: readonly Prediction[], actual: number): string {
  const found = kept.find(({ id }) => id === actual)?.rank ?? Number.NaN;
  const rank = Number.isNaN(exact) ? found : exact;
  return Number.isNaN(rank) && kept.length > 0 ? `>${kept.length}` : formatRank(rank);
}

export function LensTable(props: LensTableProps) {
  const { lens, label, actual, pins = [], k = 5, flip = false, scheme = "viridis", onPin } = props;
  const table = useRef<HTMLTableElement>(null);
  useHandFocusOn(table);
  const id = useId();
  const [open, setOpen] = useState<ReadonlySet<LayerName>>(new Set());
  const rows = rowsOf(lens.layers, flip);
  const allOpen = open.size === lens.layers.length;
  const columns = actual === null ? 4 : 5;

  const toggle = (layer: LayerName) =>
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(layer)) after.add(layer);
      return after;
    });
  const pressed = (event: KeyboardEvent<HTMLTableElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !table.current) return;
    const token = event.target instanceof HTMLElement ? event.target.dataset.token : undefined;
    if (event.key === "p" && token !== undefined) onPin?.(Number(token));
    else {
      const next = move(event, table.current);
      if (!next) return;
      next.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const shared = (prediction: Prediction) => ({
    prediction,
    label: label(prediction.id),
    actual: prediction.id === actual,
    pinned: pins.includes(prediction.id),
    onPin,
  });

  return (
    <div className={css.panel}>
      <table ref={table} className={css.table} onKeyDown={pressed}>
        <caption className="visually-hidden">{props.caption}</caption>
        <thead>
          <tr>
            <th scope="col" className={css.layerHead}>
              Layer
            </th>
            <th scope="col">Likeliest</th>
            <th scope="col" className={classes(css.number, css.wide)} title="Entropy in nats">
              H
            </th>
            {actual !== null && (
              <th
                scope="col"
                className={css.number}
                title={`Rank and probability of the actual token ${label(actual)}`}
              >
                Rank
              </th>
            )}
            <th scope="col" className={css.toggleCell}>
              <button
                type="button"
                className={css.toggle}
                aria-expanded={allOpen}
                aria-label={allOpen ? "Close all layers" : "Open all layers"}
                title={allOpen ? "Close all layers" : "Open all layers"}
                onClick={() => setOpen(allOpen ? new Set() : new Set(lens.layers))}
              >
                {allOpen ? <ChevronDown size={13} /> : <ChevronRight size={13} />}
              </button>
            </th>
          </tr>
        </thead>
        {rows.map((index, place) => {
          const layer = lens.layers[index] ?? "embed";
          const all = predictionsOf(lens, index);
          const [first, ...rest] = all;
          const isOpen = open.has(layer);
          const prob = at(lens.prob, index);
          const name = layerLabel(layer);
          return (
            <tbody key={layer} className={classes(layer === props.layer && css.selected)}>
              <tr>
                <th scope="row">
                  <button
                    type="button"
                    tabIndex={place === 0 ? 0 : -1}
                    className={css.layer}
                    aria-pressed={layer === props.layer}
                    title={layer === "embed" ? "What enters block 0" : `After block ${layer}`}
                    onClick={() => props.onLayer?.(layer)}
                  >
                    {name}
                  </button>
                </th>
                <td>
                  <div className={css.predictions}>
                    {!first && (
                      <span
                        className={css.none}
                        title="The layer's numbers overflowed or are undefined: NaN or infinite"
                      >
                        not finite
                      </span>
                    )}
                    {first && (
                      <TokenButton {...shared(first)} className={css.best}>
                        <span className={css.bar}>
                          <Bar value={first.prob} scheme={scheme} />
                        </span>
                        <span className={css.prob}>{formatProb(first.prob)}</span>
                      </TokenButton>
                    )}
                    {rest.slice(0, k - 1).map((prediction) => (
                      <TokenButton key={prediction.rank} {...shared(prediction)} className={css.other}>
                        <span className={css.prob}>{formatProb(prediction.prob)}</span>
                        <span
                          className={css.foot}
                          style={{
                            width: `${prediction.prob * 100}%`,
                            background: TABLES[scheme].css[entryOf(prediction.prob)],
                          }}
                        />
                      </TokenButton>
                    ))}
                  </div>
                </td>
                <td className={classes(css.number, css.wide)} title={`${formatPrecise(at(lens.entropy, index))} nats`}>
                  {formatNats(at(lens.entropy, index))}
                </td>
                {actual !== null && (
                  <td
                    className={classes(css.number, first?.id === actual && css.reached)}
                    title={`${label(actual)} · p ${formatPrecise(prob)}${lens.kl ? ` · KL to the last layer ${formatPrecise(at(lens.kl, index))} nats` : ""}`}
                  >
                    {rankText(at(lens.rank, index), all, actual)}
                    <span className={classes(css.actualProb, css.wide)}>{formatProb(prob)}</span>
                  </td>
                )}
                <td className={css.toggleCell}>
                  <button
                    type="button"
                    tabIndex={-1}
                    className={css.toggle}
                    aria-expanded={isOpen}
                    aria-controls={`${id}-${layer}`}
                    aria-label={`${isOpen ? "Close" : "Open"} ${name}`}
                    onClick={() => toggle(layer)}
                  >
                    {isOpen ? <ChevronDown size={13} /> : <ChevronRight size={13} />}
                  </button>
                </td>
              </tr>
              {isOpen && (
                <tr id={`${id}-${layer}`}>
                  <td colSpan={columns} className={css.detail}>
                    <ol className={css.list}>
                      {all.map((prediction) => (
                        <li key={prediction.rank}>
                          <span className={css.place}>{prediction.rank}</span>
                          <TokenButton {...shared(prediction)} className={css.best}>
                            <span className={css.bar}>
                              <Bar value={prediction.prob} scheme={scheme} />
                            </span>
                            <span className={css.exact}>{prediction.prob.toFixed(4)}</span>
                          </TokenButton>
                        </li>
                      ))}
                    </ol>
                  </td>
                </tr>
              )}
            </tbody>
          );
        })}
      </table>
    </div>
  );
}
