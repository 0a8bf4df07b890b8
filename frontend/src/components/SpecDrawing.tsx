/** The axes of a family's picture, and its marks between them: the inside of an `<svg>`. */
import { type Axis, axisOf, binWidth, type Picture, type PictureSpec } from "../lib/specChart";
import css from "./Chart.module.css";
import { type MarksProps, SpecMarks } from "./SpecMarks";
import { tickWords } from "./specWords";

/** Room round the marks in CSS pixels: for ticks and names. */
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 10, 10, 38];
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
  const space = spaceOf(spec, picture, width, height);
  const { x, y, floor } = space;
  return (
    <>
      {y.ticks.map((tick) => (
        <g key={tick}>
          {y.band === 0 && <line className={css.grid} x1={LEFT} x2={width - RIGHT} y1={y.at(tick)} y2={y.at(tick)} />}
          <text className={css.tick} x={LEFT - 6} y={y.at(tick)} textAnchor="end" dominantBaseline="central">
            {tickWords(tick, LEFT - 16)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <text key={tick} className={css.tick} x={x.at(tick)} y={floor + 15} textAnchor="middle">
          {tickWords(tick, (width - LEFT) / x.ticks.length)}
        </text>
      ))}
      <line className={css.axis} x1={LEFT} x2={width - RIGHT} y1={floor} y2={floor} />
      <text className={css.name} x={(LEFT + width - RIGHT) / 2} y={height - 5} textAnchor="middle">
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
function spaceOf(spec: PictureSpec, { marks, xNames, yNames }: Picture, width: number, height: number): Space {
  const xs = marks.map(({ x }) => x);
  const ys = marks.map(({ y }) => y);
  const floor = height - BOTTOM;
  const bars = spec.kind === "bar" || spec.kind === "histogram";
  const bin = spec.kind === "histogram" && !xNames ? binWidth(xs.map(Number)) : 0;
  const ends: (number | string)[] = bin > 0 ? [...xs, Math.max(...xs.map(Number)) + bin] : xs;
  const x: Axis = axisOf(ends, xNames, {
    from: LEFT,
    to: width - RIGHT,
    log: Boolean(spec.log_x),
    zero: false,
    most: Math.max(2, Math.floor((width - LEFT) / TICK_X)),
  });
  const y: Axis = axisOf(ys, yNames, {
    from: floor,
    to: TOP,
    log: Boolean(spec.log_y),
    zero: bars && !spec.log_y,
    most: Math.floor(height / TICK_Y),
  });
  return { x, y, floor, bin };
}
