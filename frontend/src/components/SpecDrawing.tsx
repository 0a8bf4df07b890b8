/** The axes of a family's picture, and its marks between them: the inside of an `<svg>`. */
import { type Axis, axisOf, binWidth, isMatrix, type Picture, type PictureSpec } from "../lib/specChart";
import css from "./Chart.module.css";
import { type MarksProps, SpecMarks } from "./SpecMarks";
import { BESIDE, marginOf, tickTexts } from "./specWords";

/** Room round the marks in CSS pixels, for ticks and names; on the left `marginOf`. */
const [RIGHT, TOP, BOTTOM] = [10, 10, 38];
/** CSS pixels from one tick to the next, at least. */
const [TICK_X, TICK_Y] = [64, 22];

export interface SpecDrawingProps {
  spec: PictureSpec;
  picture: Picture;
  /** CSS pixels. */
  width: number;
  height: number;
}

export function SpecDrawing({ spec, picture, width, height }: SpecDrawingProps) {
  const left = marginOf(picture.yNames, width);
  const space = spaceOf(spec, picture, left, width, height);
  const { x, y, floor } = space;
  // Beside the ticks stands the name of the axis.
  const yTexts = tickTexts(y.ticks, left - BESIDE);
  const xTexts = tickTexts(x.ticks, (width - left) / x.ticks.length);
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
        <text key={tick} className={css.tick} x={x.at(tick)} y={floor + 15} textAnchor="middle">
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
      <SpecMarks spec={spec} picture={picture} {...space} />
    </>
  );
}

type Space = Omit<MarksProps, "spec" | "picture">;

/** Where a value's pixel is. */
function spaceOf(spec: PictureSpec, picture: Picture, left: number, width: number, height: number): Space {
  const { marks, xNames, yNames } = picture;
  const xs = marks.map(({ x }) => x);
  const ys = marks.map(({ y }) => y);
  const floor = height - BOTTOM;
  const bars = spec.kind === "bar" || spec.kind === "histogram";
  const bin = spec.kind === "histogram" && !xNames ? binWidth(xs.map(Number)) : 0;
  const ends: (number | string)[] = bin > 0 ? [...xs, Math.max(...xs.map(Number)) + bin] : xs;
  const x: Axis = axisOf(ends, xNames, {
    from: left,
    to: width - RIGHT,
    log: Boolean(spec.log_x),
    zero: false,
    most: Math.max(2, Math.floor((width - left) / TICK_X)),
  });
  // A matrix has its first row on top, as its first column is on the left.
  const [low, high] = isMatrix(picture) ? [TOP, floor] : [floor, TOP];
  const y: Axis = axisOf(ys, yNames, {
    from: low,
    to: high,
    log: Boolean(spec.log_y),
    zero: bars && !spec.log_y,
    most: Math.floor(height / TICK_Y),
  });
  return { x, y, floor, bin };
}
