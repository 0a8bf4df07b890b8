/** The selected token: what it is, and what every layer says about it. The same panel on every page. */
import { ActionIcon, Button, Group, Tooltip } from "@mantine/core";
import { ChevronLeft, ChevronRight, Pin, PinOff, X } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { KEEPS_FOCUS } from "../../components/handFocusOn";
import { LensTable } from "../../components/LensTable";
import { Empty, TroubleNote, Waiting } from "../../components/States";
import { formatNats, formatPrecise, formatProb, formatRank } from "../../lib/format";
import { at } from "../../lib/lens";
import { labeller } from "../../lib/tokens";
import { MakePatch } from "../-patches/MakePatch";
import { usePreferences } from "../-shell/preferences";
import { KChoice, LensChoice } from "./Controls";
import classes from "./Inspector.module.css";
import { actualOf, type Material, type Reading, useReading } from "./material";
import { type Change, togglePin, type View } from "./params";
import type { Side } from "./sides";

export const useLabel = (material: Material) => {
  const { vocab } = material;
  return useMemo(() => labeller(vocab), [vocab]);
};

/** The first layer on top: as the address says, else as the reader likes it. */
export function useFlip({ flip }: Pick<View, "flip">): boolean {
  const [preferences] = usePreferences();
  return flip ?? preferences.flip;
}

interface Props {
  material: Material;
  position: number;
  view: View;
  change: Change;
  /** What it is compared with; undefined where nothing is. */
  side: Side | undefined;
  close: () => void;
  /** Tabs above the panel: the chat's choice of views. */
  tabs?: ReactNode;
  /** What can be done with the token here. */
  actions?: ReactNode;
  /** In the place of the lens's own choices, where `children` are no reading of a lens. */
  controls?: ReactNode;
  /** Shown in the place of the layer table. */
  children?: ReactNode;
}

const COMPUTED: Record<NonNullable<Reading["computed"]>, string> = {
  kept: "Read from the kept residuals: no forward pass.",
  step: "One counted step was computed for it.",
  rebuilt: "The state had been evicted and was computed again.",
};

function Facts({ reading, id }: { reading: Reading; id: number }) {
  const { lens, computed, original, exact } = reading;
  const last = lens ? lens.layers.length - 1 : 0;
  const prob = lens ? at(lens.prob, last) : Number.NaN;
  const rank = lens ? at(lens.rank, last) : Number.NaN;
  return (
    <div className={classes.facts}>
      <span>id {id}</span>
      {!Number.isNaN(prob) && (
        <Tooltip label={`Probability of the actual token at the last layer: ${formatPrecise(prob)}`}>
          <span>p {formatProb(prob)}</span>
        </Tooltip>
      )}
      {lens && (
        <Tooltip label={`Entropy of the last layer: ${formatPrecise(at(lens.entropy, last))} nats`}>
          <span>H {formatNats(at(lens.entropy, last))} nats</span>
        </Tooltip>
      )}
      {!Number.isNaN(rank) && <span>rank {formatRank(rank)}</span>}
      {computed && (
        <Tooltip label={COMPUTED[computed]}>
          <span>{computed}</span>
        </Tooltip>
      )}
      {original === false && (
        <Tooltip label="Made again in another way than at first, as after a restart: equal within the dtype's tolerance, not in every bit.">
          <span>not the first bits</span>
        </Tooltip>
      )}
      {lens && !exact && (
        <Tooltip label="Streamed with the token; exact ranks and KL follow.">
          <span>streamed</span>
        </Tooltip>
      )}
    </div>
  );
}

/** One layer table with everything that may stand in its place. */
export function Layers({
  material,
  position,
  view,
  change,
  lens = view.lens,
}: Omit<Props, "side" | "close"> & { lens?: View["lens"] }) {
  const label = useLabel(material);
  const reading = useReading(material, view, position, lens);
  const [{ colormap }] = usePreferences();
  const flip = useFlip(view);
  if (reading.trouble) return <TroubleNote trouble={reading.trouble} />;
  if (reading.lens === undefined) return <Waiting what="Reading the layers…" />;
  if (reading.lens === null)
    return (
      <Empty title="Nothing predicts the first token">
        A reading for a token is made at the position before it. Choose <b>after</b> to see what follows it.
      </Empty>
    );
  return (
    <LensTable
      lens={reading.lens}
      label={label}
      caption={`${lens} lens ${view.read} token ${position}`}
      actual={reading.actual ?? null}
      pins={view.pins}
      flip={flip}
      scheme={colormap}
      layer={view.layer ?? null}
      onPin={(id) => change({ pins: togglePin(view.pins, id) })}
      onLayer={(layer) => change({ token: position, layer: layer === view.layer ? undefined : layer })}
    />
  );
}

export function Inspector(props: Props) {
  const { material, position, view, change, side, close, tabs, actions, controls, children } = props;
  const label = useLabel(material);
  const reading = useReading(material, view, position);
  const id = material.ids[position];
  if (id === undefined)
    return (
      <Empty title={`There is no token ${position}`}>
        The text has {material.ids.length} tokens, counted from 0.{" "}
        <Button variant="default" size="compact-xs" onClick={close}>
          Close
        </Button>
      </Empty>
    );
  const after = actualOf(material.ids, position, "after");
  const pinned = view.pins.includes(id);
  const step = (by: number) =>
    change({ token: Math.max(0, Math.min(material.ids.length - 1, position + by)) }, "replace");
  return (
    <section className={classes.inspector} aria-label={`Token ${position}`}>
      <header className={classes.head}>
        <span className="label">Token {position}</span>
        <bdi className={classes.token}>{label(id)}</bdi>
        {view.read === "after" && (
          <>
            <span className="mute">→</span>
            <bdi className={classes.token}>{after === undefined ? "?" : label(after)}</bdi>
          </>
        )}
        <span className={classes.grow} />
        <Tooltip label={pinned ? "Let go (p)" : "Pin: follow this token everywhere (p)"}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={pinned ? "Unpin token" : "Pin token"}
            aria-pressed={pinned}
            onClick={() => change({ pins: togglePin(view.pins, id) })}
          >
            {pinned ? <PinOff size={14} /> : <Pin size={14} />}
          </ActionIcon>
        </Tooltip>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Previous token"
          disabled={position === 0}
          onClick={() => step(-1)}
        >
          <ChevronLeft size={15} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Next token"
          disabled={position >= material.ids.length - 1}
          onClick={() => step(1)}
        >
          <ChevronRight size={15} />
        </ActionIcon>
        <Tooltip label="Close (Esc)">
          <ActionIcon variant="subtle" color="gray" aria-label="Close the token panel" onClick={close}>
            <X size={15} />
          </ActionIcon>
        </Tooltip>
      </header>
      <Facts reading={reading} id={id} />
      {(tabs || actions) && (
        <div className={classes.actions}>
          {tabs}
          <span className={classes.grow} />
          {actions}
          {!material.generating && <MakePatch {...{ material, position, view, label }} />}
        </div>
      )}
      <div className={classes.controls}>
        {controls ?? (
          <>
            <LensChoice view={view} change={change} model={material.model} />
            {!children && <KChoice view={view} change={change} />}
          </>
        )}
      </div>
      <Pins material={material} view={view} change={change} />
      <div className={classes.body} {...KEEPS_FOCUS}>
        {children ?? (
          <Group align="start" gap={12} className={classes.sides}>
            <div className={classes.side}>
              {side && <SideTitle letter={side.sets ? "A" : undefined} title={side.ownTitle} />}
              <Layers material={material} position={position} view={view} change={change} />
            </div>
            {side && (
              <div className={classes.side}>
                <SideTitle letter={side.sets ? "B" : undefined} title={side.title} />
                <Layers material={side.material} position={position} view={view} change={change} lens={side.lens} />
              </div>
            )}
          </Group>
        )}
      </div>
    </section>
  );
}

/** Sets have the letters that they have in the patch rail. */
function SideTitle({ letter, title }: { letter: "A" | "B" | undefined; title: string }) {
  return (
    <div className={classes.sideTitle}>
      {letter && (
        <b className={classes.letter} data-of={letter}>
          {letter}
        </b>
      )}{" "}
      <bdi>{title}</bdi>
    </div>
  );
}

/** The tokens that are followed, each with the way to let it go. */
function Pins({ material, view, change }: { material: Material; view: View; change: Change }) {
  const label = useLabel(material);
  if (view.pins.length === 0) return null;
  return (
    <div className={classes.pins}>
      <span className="mute">pinned</span>
      {view.pins.map((id) => (
        <span key={id} className={classes.pin}>
          <Tooltip
            label={
              view.target === id
                ? "The heatmap follows it; click to follow each position's own"
                : "Follow it in the heatmap"
            }
          >
            <button
              type="button"
              aria-pressed={view.target === id}
              onClick={() =>
                change(view.target === id ? { target: undefined, of: "top1" } : { target: id, of: "target" })
              }
            >
              <bdi>{label(id)}</bdi>
            </button>
          </Tooltip>
          <button
            type="button"
            aria-label={`Unpin ${label(id)}`}
            onClick={() =>
              change({
                pins: togglePin(view.pins, id),
                ...(view.target === id ? { target: undefined, of: "top1" } : {}),
              })
            }
          >
            <X size={11} />
          </button>
        </span>
      ))}
    </div>
  );
}
