import { ActionIcon, Button, Group, Switch, TextInput, Tooltip } from "@mantine/core";
import { useDocumentTitle, useHotkeys } from "@mantine/hooks";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import type * as z from "zod/mini";
import { KEEPS_FOCUS } from "../components/handFocusOn";
import { Empty, TroubleNote, TroublePage, Waiting } from "../components/States";
import { TokenPicker } from "../components/TokenPicker";
import { rangeEnds } from "../lib/search";
import classes from "./-lens/Lens.module.css";
import { PageActions } from "./-shell/PageActions";
import { useLetters } from "./-shell/shortcuts";
import { CompareMenu } from "./-view/CompareMenu";
import { Choice, LensChoice, MetricChoice } from "./-view/Controls";
import { CurvesPanel } from "./-view/CurvesPanel";
import { ExportMenu } from "./-view/ExportMenu";
import { HeatmapPanel } from "./-view/HeatmapPanel";
import { Inspector, useFlip, useLabel } from "./-view/Inspector";
import { type Material, useTrace } from "./-view/material";
import { type Change, type lensSearch, scaleEnds, searchOf, selectedOf, togglePin, type View } from "./-view/params";
import { useSides } from "./-view/sides";
import { TextStrip } from "./-view/TextStrip";
import { TwoPanes } from "./-view/TwoPanes";

export const Route = createFileRoute("/lens/$trace")({ component: TracePage });

type LensSearch = z.infer<typeof lensSearch>;

function TracePage() {
  const { trace } = Route.useParams();
  const material = useTrace(trace);
  if (material.state === "loading") return <Waiting what={material.what} />;
  if (material.state === "failed")
    return (
      <TroublePage trouble={material.trouble} retry={material.retry}>
        <Button component={Link} to="/lens" variant="default">
          Another text
        </Button>
      </TroublePage>
    );
  return <Ready key={trace} material={material.value} />;
}

function useLensView(search: LensSearch): { view: View; change: Change } {
  const navigate = useNavigate();
  const { cell, ...rest } = search;
  const view: View = { ...rest, ...selectedOf(search) };
  return {
    view,
    change: (part, how = "push") =>
      navigate({ to: ".", search: (now) => ({ ...now, ...searchOf(part, view.token) }), replace: how === "replace" }),
  };
}

function Ready({ material }: { material: Material }) {
  const { view, change } = useLensView(Route.useSearch());
  const { side, pending } = useSides(material, view, "trace");
  useDocumentTitle(`Lens: ${material.title} · Microscope`);
  const close = () => change({ token: undefined });
  const selected = view.token === undefined ? undefined : material.ids[view.token];
  useHotkeys([["Escape", () => view.token !== undefined && close()]]);
  useLetters([
    ["p", () => selected !== undefined && change({ pins: togglePin(view.pins, selected) })],
    ["r", () => change({ read: view.read === "for" ? "after" : "for" })],
  ]);
  const shared = { material, view, change };
  // Another lens reads the same text.
  const other = side?.material === material ? undefined : side?.material;
  const main = (
    <div className={classes.page}>
      <section className={classes.text} aria-label="Text">
        {other && <h2 className={classes.textTitle}>{material.title}</h2>}
        <TextStrip {...shared} plain />
      </section>
      {other && (
        <section className={classes.text} aria-label="Other text">
          <h2 className={classes.textTitle}>{other.title}</h2>
          <TextStrip {...shared} material={other} plain />
        </section>
      )}
      <Bar {...shared} />
      {pending?.state === "failed" && <TroubleNote trouble={pending.trouble} />}
      <section className={classes.heatmap} aria-label="Heatmap" {...KEEPS_FOCUS}>
        <HeatmapPanel {...shared} side={side} />
      </section>
      <section className={classes.curves} aria-label="Curves" {...KEEPS_FOCUS}>
        {view.token === undefined ? (
          <Empty title="No token selected">Click a token or a cell: its curves stand here, its layers beside.</Empty>
        ) : (
          view.token < material.ids.length && <CurvesPanel {...shared} side={side} position={view.token} height={180} />
        )}
      </section>
    </div>
  );
  return (
    <>
      <PageActions>
        <CompareMenu {...shared} withConversations={false} />
        <ExportMenu material={material} view={view} side={side} />
      </PageActions>
      <TwoPanes
        main={main}
        side={
          view.token === undefined ? undefined : (
            <Inspector {...shared} position={view.token} side={side} close={close} />
          )
        }
        share={34}
        name="lens"
        close={close}
      />
    </>
  );
}

/** What the heatmap shows: colour, subject, target, span, layers, scale. */
function Bar({ material, view, change }: { material: Material; view: View; change: Change }) {
  const label = useLabel(material);
  const { target } = view;
  const flip = useFlip(view);
  /** A single number is a range of one. */
  const range = (name: "span" | "layers") => (typed: string) => {
    const text = /^\d+$/.test(typed) ? `${typed}-${typed}` : typed;
    if (text === "") change({ [name]: undefined });
    else if (rangeEnds(text)) change({ [name]: text });
  };
  const scale = (typed: string) => {
    const ends = scaleEnds(typed);
    if (typed === "") change({ lo: undefined, hi: undefined });
    else if (ends) change({ ...ends, scale: "auto" });
  };
  return (
    <div className={classes.bar} role="toolbar" aria-label="Heatmap">
      <MetricChoice view={view} change={change} />
      <Choice
        label="Whose number"
        value={view.of}
        choices={[
          { value: "top1", label: "likeliest", says: "The number of each cell's likeliest token" },
          {
            value: "target",
            label: "target",
            says: "The number of the token that is followed: each position's own, or the one chosen",
          },
        ]}
        onChange={(of) => change({ of })}
      />
      {target === undefined ? (
        <TokenPicker
          vocab={material.vocab}
          label={label}
          name="Follow a token…"
          suggestions={view.pins}
          width={120}
          onPick={(id) => change({ target: id, of: "target" })}
        />
      ) : (
        <span className={classes.target}>
          <span className="mute">follows</span> <bdi className="mono">{label(target)}</bdi>
          <Tooltip label="Follow each position's own token">
            <ActionIcon
              variant="subtle"
              color="gray"
              size={20}
              aria-label="Follow each position's own token"
              onClick={() => change({ target: undefined })}
            >
              <X size={12} />
            </ActionIcon>
          </Tooltip>
        </span>
      )}
      <TypedBox name="Span" value={view.span} example={`0-${material.ids.length - 1}`} take={range("span")} />
      <TypedBox name="Layers" value={view.layers} example={`0-${material.model.n_layers - 1}`} take={range("layers")} />
      <TypedBox name="Scale" value={endsText(view)} example="0 to 0.5" take={scale} />
      <Group gap={10} wrap="nowrap">
        <Switch
          label="fit"
          checked={view.scale === "fit"}
          onChange={(event) =>
            change({ scale: event.currentTarget.checked ? "fit" : "auto", lo: undefined, hi: undefined })
          }
          title="Fit the scale to what is in view"
        />
        <Switch
          label="flip"
          checked={flip}
          onChange={(event) => change({ flip: event.currentTarget.checked })}
          title="First layer on top"
        />
      </Group>
      {view.token === undefined && <LensChoice view={view} change={change} model={material.model} />}
    </div>
  );
}

/** The chosen ends of the scale as they are typed. */
const endsText = ({ lo, hi }: View): string | undefined =>
  lo === undefined && hi === undefined ? undefined : `${lo ?? "…"} to ${hi ?? "…"}`;

interface TypedBoxProps {
  name: string;
  value: string | undefined;
  /** What may be typed, shown while the box is empty. */
  example: string;
  /** Called with what was typed; empty takes the choice back. */
  take: (text: string) => void;
}

/** A choice that is typed: taken on Enter or when the box is left. */
function TypedBox({ name, value, example, take }: TypedBoxProps) {
  const commit = (typed: string) => {
    if (typed.trim() !== (value ?? "")) take(typed.trim());
  };
  return (
    <TextInput
      key={value}
      aria-label={name}
      leftSection={<span className={classes.rangeName}>{name}</span>}
      leftSectionWidth={46}
      placeholder={example}
      defaultValue={value}
      w={112}
      classNames={{ input: "mono" }}
      onBlur={(event) => commit(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && commit(event.currentTarget.value)}
    />
  );
}
