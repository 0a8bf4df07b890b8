/** The marks of a family's picture, by its kind. Each says its row. */
import { line } from "d3-shape";
import type { ReactNode } from "react";
import { entryOf, TABLES } from "../lib/color";
import { type Axis, colorEnds, type Mark, type Picture, type PictureSpec } from "../lib/specChart";
import css from "./Chart.module.css";
import { colorOf, dashOf, markOf } from "./seriesStyle";
import { valueWords } from "./specWords";

export interface MarksProps {
  spec: PictureSpec;
  picture: Picture;
  x: Axis;
  y: Axis;
  /** The pixel of the horizontal axis. */
  floor: number;
  /** Width of a histogram's bin in data units; 0 where its bins have names. */
  bin: number;
}

/** Lines of more points than this have no marks. */
const POINTS_MAX = 60;

export function SpecMarks(props: MarksProps): ReactNode {
  switch (props.spec.kind) {
    case "line":
      return <Lines {...props} />;
    case "scatter":
      return <Points {...props} marks={props.picture.marks} opacity={0.75} />;
    case "bar":
    case "histogram":
      return <Bars {...props} />;
    case "heatmap":
      return <Cells {...props} />;
  }
}

/** A row in words: `layer 3, fvu 0.12, topk`. */
function Says({ spec, picture, mark }: Pick<MarksProps, "spec" | "picture"> & { mark: Mark }) {
  const words = [
    `${spec.x} ${valueWords(mark.x)}`,
    `${spec.y} ${valueWords(mark.y)}`,
    picture.series[mark.series],
    spec.kind === "heatmap" && `${spec.z} ${valueWords(mark.z)}`,
  ];
  return <title>{words.filter(Boolean).join(", ")}</title>;
}

function Lines(props: MarksProps) {
  const { picture, x, y } = props;
  const path = line<Mark>(
    (mark) => x.at(mark.x),
    (mark) => y.at(mark.y),
  );
  return picture.series.map((name, which) => {
    const own = picture.marks.filter((mark) => mark.series === which);
    return (
      <g key={name} style={{ "--line": colorOf(which) }}>
        <path className={css.line} strokeDasharray={dashOf(which).join(" ")} d={path(own) ?? ""} />
        {own.length <= POINTS_MAX && <Points {...props} marks={own} opacity={1} />}
      </g>
    );
  });
}

function Points({ spec, picture, x, y, marks, opacity }: MarksProps & { marks: readonly Mark[]; opacity: number }) {
  return marks.map((mark, index) => (
    <path
      // biome-ignore lint/suspicious/noArrayIndexKey: a point has no name but its row.
      key={index}
      d={markOf(mark.series)}
      style={{ fill: colorOf(mark.series) }}
      fillOpacity={opacity}
      transform={`translate(${x.at(mark.x)} ${y.at(mark.y)})`}
    >
      <Says spec={spec} picture={picture} mark={mark} />
    </path>
  ));
}

function Bars({ spec, picture, x, y, floor, bin }: MarksProps) {
  // Bars that are alone at their place take all of it: their series is a colour and no more.
  const alone = new Set(picture.marks.map((mark) => mark.x)).size === picture.marks.length;
  const n = alone ? 1 : picture.series.length;
  const zero = spec.log_y ? floor : Math.min(floor, y.at(0));
  const room = (mark: Mark) => (x.band > 0 ? x.band : Math.max(1, x.at(Number(mark.x) + bin) - x.at(mark.x) - 1));
  return picture.marks.map((mark, index) => {
    const each = room(mark) / n;
    const left = x.band > 0 ? x.at(mark.x) - x.band / 2 : x.at(mark.x);
    const top = y.at(mark.y);
    return (
      <rect
        // biome-ignore lint/suspicious/noArrayIndexKey: a bar has no name but its row.
        key={index}
        x={left + (alone ? 0 : each * mark.series)}
        y={Math.min(top, zero)}
        width={Math.max(1, each - (n > 1 ? 1 : 0))}
        height={Math.max(0.5, Math.abs(zero - top))}
        style={{ fill: colorOf(mark.series) }}
      >
        <Says spec={spec} picture={picture} mark={mark} />
      </rect>
    );
  });
}

function Cells({ spec, picture, x, y }: MarksProps) {
  const [low, high] = colorEnds(spec, picture) ?? [0, 1];
  return picture.marks.map((mark) => {
    const entry = entryOf(high > low ? (mark.z - low) / (high - low) : Number.isNaN(mark.z) ? Number.NaN : 0.5);
    return (
      <rect
        key={`${mark.x} ${mark.y}`}
        x={x.at(mark.x) - x.band / 2}
        y={y.at(mark.y) - y.band / 2}
        width={x.band}
        height={y.band}
        fill={entry < 0 ? "var(--ms-raised)" : TABLES.viridis.css[entry]}
      >
        <Says spec={spec} picture={picture} mark={mark} />
      </rect>
    );
  });
}
