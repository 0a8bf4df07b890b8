/** What the heatmap shows: colour, subject, target, span, layers, scale. */
import { ActionIcon, Group, Switch, Tooltip } from "@mantine/core";
import { X } from "lucide-react";
import { TokenPicker } from "../../components/TokenPicker";
import { TypedBox } from "../../components/TypedBox";
import { rangeEnds } from "../../lib/search";
import { Choice, LensChoice, MetricChoice } from "./Controls";
import classes from "./HeatmapBar.module.css";
import { useFlip, useLabel } from "./Inspector";
import type { Material } from "./material";
import { type Change, scaleEnds, type View } from "./params";

interface Props {
  material: Material;
  view: View;
  change: Change;
  /** Leave out the metric, where it is chosen elsewhere on the page. Defaults to false. */
  plain?: boolean;
  /** Nothing else on the page chooses the lens. Defaults to false. */
  alone?: boolean;
}

export function HeatmapBar({ material, view, change, plain = false, alone = false }: Props) {
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
      {!plain && <MetricChoice view={view} change={change} />}
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
      {alone && <LensChoice view={view} change={change} model={material.model} />}
    </div>
  );
}

/** The chosen ends of the scale as they are typed. */
const endsText = ({ lo, hi }: View): string | undefined =>
  lo === undefined && hi === undefined ? undefined : `${lo ?? "…"} to ${hi ?? "…"}`;
