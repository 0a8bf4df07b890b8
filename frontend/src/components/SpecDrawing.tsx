/** The axes of a family's picture, and its marks between them: the inside of an `<svg>`. */
import { type Axis, axisOf, binWidth, isMatrix, type Picture, type PictureSpec } from "../lib/specChart";
import css from "./Chart.module.css";
import { SpecMarks } from "./SpecMarks";
import { BESIDE, lengthOf, marginOf, tickTexts } from "./specWords";

/** Room round the marks in CSS pixels, for ticks and names; on the left `marginOf`. */
const [RIGHT, TOP, BOTTOM] = [10, 10, 38];
/** CSS pixels from one tick to the next, at least. */
const [TICK_X, TICK_Y] = [64, 22];
/** The same of tilted names, how far they are tilted in degrees, and how long they may be. */
const [TILTED_X, TILT, TILTED_PX] = [16, 35, 132];

export interface SpecDrawingProps {
  spec: PictureSpec;
  picture: Picture;
  /** CSS pixels. */
  width: number;
  height: number;
}

export function SpecDrawing({ spec, picture, width, height }: SpecDrawingProps) {
  const bottom = spec.kind === "bar" ? footOf(picture.xNames, width) : BOTTOM;
  const y = yAxisOf(spec, picture, height - bottom);
  const left = marginOf(picture.yNames ?? tickTexts(y.ticks, 0), width);
  const tilted = bottom > BOTTOM;
  const x = xAxisOf(spec, picture, left, width, tilted);
  const [floor, bin] = [height - bottom, binOf(spec, picture)];
  // Beside the ticks stands the name of the axis.
  const yTexts = tickTexts(y.ticks, left - BESIDE);
  const xTexts = tickTexts(x.ticks, tilted ? TILTED_PX : (width - left) / x.ticks.length);
  return (
    <>
      {y.ticks.map((tick, place) => (
        <g key={tick}>
          {y.band === 0 && <line className={css.grid} x1={left} x2={width - RIGHT} y1={y.at(tick)} y2={y.at(tick)} />}
          <text className={css.tick} x={left - 6} y={y.at(tick)} textAnchor="end" dominantBaseline="central">
            {yTexts[place]}
            <title>{tick}</title>
          </text>
        </g>
      ))}
      {x.ticks.map((tick, place) => (
        <text
          key={tick}
          className={css.tick}
          {...(tilted
            ? { transform: `translate(${x.at(tick) + 4} ${floor + 9}) rotate(${-TILT})`, textAnchor: "end" }
            : { x: x.at(tick), y: floor + 15, textAnchor: "middle" })}
        >
          {xTexts[place]}
          <title>{tick}</title>
        </text>
      ))}
      <line className={css.axis} x1={left} x2={width - RIGHT} y1={floor} y2={floor} />
      <text className={css.name} x={(left + width - RIGHT) / 2} y={height - 5} textAnchor="middle">
        {spec.x_title || spec.x}
      </text>
      <text className={css.name} transform={`translate(11 ${(TOP + floor) / 2}) rotate(-90)`} textAnchor="middle">
        {spec.y_title || spec.y}
      </text>
      <SpecMarks spec={spec} picture={picture} x={x} y={y} floor={floor} bin={bin} />
    </>
  );
}

/** Room for the names of bars: where one does not fit below its bar all are tilted. */
function footOf(names: readonly string[] | undefined, width: number): number {
  const longest = Math.max(0, ...(names ?? []).map(lengthOf));
  const room = (width - RIGHT) / Math.max(1, names?.length ?? 0);
  if (!names || longest <= Math.min(TICK_X, room)) return BOTTOM;
  return BOTTOM + Math.round(Math.min(longest, TILTED_PX) * Math.sin((TILT * Math.PI) / 180));
}

const valuesOf = (picture: Picture, axis: "x" | "y") => picture.marks.map((mark) => mark[axis]);

const binOf = (spec: PictureSpec, { marks, xNames }: Picture): number =>
  spec.kind === "histogram" && !xNames ? binWidth(marks.map(({ x }) => Number(x))) : 0;

/** Where a value's pixel is, from the left; of tilted names each is told. */
function xAxisOf(spec: PictureSpec, picture: Picture, left: number, width: number, tilted: boolean): Axis {
  const [xs, bin] = [valuesOf(picture, "x"), binOf(spec, picture)];
  const ends: (number | string)[] = bin > 0 ? [...xs, Math.max(...xs.map(Number)) + bin] : xs;
  return axisOf(ends, picture.xNames, {
    from: left,
    to: width - RIGHT,
    log: Boolean(spec.log_x),
    zero: false,
    most: Math.max(2, Math.floor((width - left) / (tilted ? TILTED_X : TICK_X))),
  });
}

/** Where a value's pixel is, from the top. A matrix has its first row there, as its first column is on the left. */
function yAxisOf(spec: PictureSpec, picture: Picture, floor: number): Axis {
  const [low, high] = isMatrix(picture) ? [TOP, floor] : [floor, TOP];
  const bars = spec.kind === "bar" || spec.kind === "histogram";
  return axisOf(valuesOf(picture, "y"), picture.yNames, {
    from: low,
    to: high,
    log: Boolean(spec.log_y),
    zero: bars && !spec.log_y,
    most: Math.floor((floor + BOTTOM) / TICK_Y),
  });
}
