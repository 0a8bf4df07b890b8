/** What the colours of a family's picture mean: its series, or the ends of a heat map's scale. */
import { TABLES } from "../lib/color";
import { formatTick } from "../lib/format";
import { colorEnds, type Picture, type PictureSpec } from "../lib/specChart";
import css from "./Chart.module.css";
import { colorOf, markOf } from "./seriesStyle";

interface Props {
  spec: PictureSpec;
  picture: Picture;
}

/** Series that are named; more would be ink. */
const NAMED_MAX = 24;

export function SpecKey({ spec, picture }: Props) {
  if (spec.kind === "heatmap") return <Scale spec={spec} picture={picture} />;
  const { series } = picture;
  if (series.length < 2) return null;
  // A number alone says nothing of what it counts.
  const named = (name: string) => (Number.isFinite(Number(name)) ? `${spec.z} ${name.replace(/^-/, "−")}` : name);
  return (
    <ul className={css.legend}>
      {series.slice(0, NAMED_MAX).map((name, which) => (
        <li key={name}>
          <svg width="12" height="10" viewBox="-6 -5 12 10" aria-hidden="true">
            <path d={markOf(which)} style={{ fill: colorOf(which) }} />
          </svg>
          <bdi>{named(name)}</bdi>
        </li>
      ))}
      {series.length > NAMED_MAX && <li className="mute">and {series.length - NAMED_MAX} more</li>}
    </ul>
  );
}

function Scale({ spec, picture }: Props) {
  const ends = colorEnds(spec, picture);
  if (!ends) return null;
  const stops = TABLES.viridis.css.filter((_, i) => i % 17 === 0).join(", ");
  return (
    <ul className={css.legend}>
      <li>
        {spec.z} <span className={css.value}>{formatTick(ends[0])}</span>
        <span className={css.ramp} style={{ background: `linear-gradient(90deg, ${stops})` }} aria-hidden />
        <span className={css.value}>{formatTick(ends[1])}</span>
      </li>
    </ul>
  );
}
