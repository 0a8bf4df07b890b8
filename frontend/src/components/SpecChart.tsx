/** A picture that a family draws of one of its tables: lines, points, bars, a histogram or a heat map, and the table itself. */
import { useComputedColorScheme } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { line, symbol, symbols } from "d3-shape";
import { Download, Table2 } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { entryOf, TABLES } from "../lib/color";
import { chartSvg } from "../lib/exportImage";
import { formatPrecise, formatTick, truncateMiddle } from "../lib/format";
import { axisWords } from "../lib/progress";
import { extentOf } from "../lib/series";
import {
  type Axis,
  axisOf,
  binWidth,
  type Mark,
  type Picture,
  type PictureSpec,
  pictureOf,
  type Sheet,
} from "../lib/specChart";
import css from "./SpecChart.module.css";
import { colorOf, dashOf } from "./seriesColors";
import { ToolButton } from "./ToolButton";

export interface SpecChartProps {
  spec: PictureSpec;
  /** Rows that are drawn. */
  sheet: Sheet;
  /** Rows of the whole table, where not all of them are here. */
  total?: number;
  /** CSS pixels. Defaults to 240. */
  height?: number;
  /** Takes the picture as an SVG file's text. */
  onExport?: (svg: string) => void;
}

const [LEFT, RIGHT, TOP, BOTTOM] = [56, 10, 10, 38];
const TABLE_MAX = 200;
/** Width of a character of a tick. */
const TICK_PX = 6.6;
const markOf = (series: number): string => symbol(symbols[series % symbols.length], 30)() ?? "";

const inWords = (value: number | string): string => (typeof value === "number" ? formatPrecise(value) : value);
/** A name as long as its room: `px` from one tick to the next. */
const tickOf = (value: number | string, px: number): string =>
  typeof value === "number"
    ? axisWords(value)
    : truncateMiddle(value.replace(/^-(?=[\d.])/, "−"), Math.max(4, Math.floor(px / TICK_PX)));

export function SpecChart({ spec, sheet, total = sheet.rows.length, height = 240, onExport }: SpecChartProps) {
  const scheme = useComputedColorScheme("dark", { getInitialValueInEffect: false });
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const svg = useRef<SVGSVGElement>(null);
  const [asTable, setAsTable] = useState(false);
  const picture = useMemo(() => pictureOf(spec, sheet), [spec, sheet]);
  const width = Math.max(240, Math.round(measured) || 480);
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "t" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    setAsTable(!asTable);
  };
  const facts = [
    sheet.rows.length < total
      ? `the first ${sheet.rows.length.toLocaleString("en")} of ${total.toLocaleString("en")} rows`
      : `${total.toLocaleString("en")} ${total === 1 ? "row" : "rows"}`,
    "left" in picture && picture.left > 0 && `${picture.left} without a value`,
  ].filter(Boolean);
  return (
    <figure
      className={css.figure}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: T shows the table.
      tabIndex={0}
      aria-label={`${spec.title}. ${spec.y_title || spec.y} by ${spec.x_title || spec.x}. T shows a table.`}
      onKeyDown={pressed}
    >
      <figcaption className={css.head}>
        <span className={css.title}>{spec.title}</span>
        <span className={css.n}>{facts.join(" · ")}</span>
        <span className={css.tools}>
          <ToolButton label="Table view" hotkey="t" pressed={asTable} onClick={() => setAsTable(!asTable)}>
            <Table2 size={13} />
          </ToolButton>
          {onExport && !asTable && (
            <ToolButton label="Save as SVG" onClick={() => svg.current && onExport(chartSvg(svg.current))}>
              <Download size={13} />
            </ToolButton>
          )}
        </span>
      </figcaption>
      <div ref={ref}>
        {"missing" in picture ? (
          <p className={css.none}>The table has no column “{picture.missing}”.</p>
        ) : asTable ? (
          <SheetTable title={spec.title} sheet={sheet} />
        ) : picture.marks.length === 0 ? (
          <p className={css.none} style={{ height }}>
            No row has a value to draw.
          </p>
        ) : (
          <svg
            ref={svg}
            width={width}
            height={height}
            viewBox={`0 0 ${width} ${height}`}
            className={css.svg}
            aria-hidden="true"
          >
            <Drawing spec={spec} picture={picture} width={width} height={height} scheme={scheme} />
          </svg>
        )}
      </div>
      {"marks" in picture && !asTable && <Key spec={spec} picture={picture} scheme={scheme} />}
    </figure>
  );
}

interface DrawingProps {
  spec: PictureSpec;
  picture: Picture;
  width: number;
  height: number;
  scheme: "dark" | "light";
}

function Drawing({ spec, picture, width, height, scheme }: DrawingProps) {
  const { marks, xNames, yNames } = picture;
  const fromZero = spec.kind === "bar" || spec.kind === "histogram";
  const xs = marks.map(({ x }) => x);
  const wide = spec.kind === "histogram" && !xNames ? binWidth(xs.map(Number)) : 0;
  const x = axisOf(wide > 0 ? [...xs, Math.max(...xs.map(Number)) + wide] : xs, xNames, {
    from: LEFT,
    to: width - RIGHT,
    log: Boolean(spec.log_x),
    zero: false,
    most: Math.max(2, Math.floor((width - LEFT) / 64)),
  });
  const y = axisOf(
    marks.map((mark) => mark.y),
    yNames,
    {
      from: height - BOTTOM,
      to: TOP,
      log: Boolean(spec.log_y),
      zero: fromZero && !spec.log_y,
      most: Math.floor(height / 22),
    },
  );
  const floor = height - BOTTOM;
  return (
    <>
      {y.ticks.map((tick) => (
        <g key={tick}>
          {y.band === 0 && <line className={css.grid} x1={LEFT} x2={width - RIGHT} y1={y.at(tick)} y2={y.at(tick)} />}
          <text className={css.tick} x={LEFT - 6} y={y.at(tick)} textAnchor="end" dominantBaseline="central">
            {tickOf(tick, LEFT - 16)}
          </text>
        </g>
      ))}
      {x.ticks.map((tick) => (
        <text key={tick} className={css.tick} x={x.at(tick)} y={floor + 15} textAnchor="middle">
          {tickOf(tick, (width - LEFT) / x.ticks.length)}
        </text>
      ))}
      <line className={css.axis} x1={LEFT} x2={width - RIGHT} y1={floor} y2={floor} />
      <text className={css.name} x={(LEFT + width - RIGHT) / 2} y={height - 5} textAnchor="middle">
        {spec.x_title || spec.x}
      </text>
      <text className={css.name} transform={`translate(11 ${(TOP + floor) / 2}) rotate(-90)`} textAnchor="middle">
        {spec.y_title || spec.y}
      </text>
      <Marks spec={spec} picture={picture} x={x} y={y} floor={floor} bin={wide} scheme={scheme} />
    </>
  );
}

interface MarksProps {
  spec: PictureSpec;
  picture: Picture;
  x: Axis;
  y: Axis;
  /** The pixel of the horizontal axis. */
  floor: number;
  /** Width of a histogram's bin in data units; 0 where its bins have names. */
  bin: number;
  scheme: "dark" | "light";
}

function Marks({ spec, picture, x, y, floor, bin, scheme }: MarksProps): ReactNode {
  const { marks, series } = picture;
  const says = ({ x: at, y: value, z, series: which }: Mark) =>
    [
      `${spec.x} ${inWords(at)}`,
      `${spec.y} ${inWords(value)}`,
      series[which],
      spec.kind === "heatmap" && `${spec.z} ${inWords(z)}`,
    ]
      .filter(Boolean)
      .join(", ");
  switch (spec.kind) {
    case "line": {
      const path = line<Mark>(
        (mark) => x.at(mark.x),
        (mark) => y.at(mark.y),
      );
      return series.map((name, which) => {
        const own = marks.filter((mark) => mark.series === which);
        const color = colorOf(scheme, which);
        return (
          <g key={name}>
            <path className={css.line} stroke={color} strokeDasharray={dashOf(which).join(" ")} d={path(own) ?? ""} />
            {own.length <= 60 &&
              own.map((mark) => (
                <path
                  key={`${mark.x} ${mark.y}`}
                  d={markOf(which)}
                  fill={color}
                  transform={`translate(${x.at(mark.x)} ${y.at(mark.y)})`}
                >
                  <title>{says(mark)}</title>
                </path>
              ))}
          </g>
        );
      });
    }
    case "scatter":
      return marks.map((mark, index) => (
        <path
          // biome-ignore lint/suspicious/noArrayIndexKey: a point has no name but its row.
          key={index}
          d={markOf(mark.series)}
          fill={colorOf(scheme, mark.series)}
          fillOpacity={0.75}
          transform={`translate(${x.at(mark.x)} ${y.at(mark.y)})`}
        >
          <title>{says(mark)}</title>
        </path>
      ));
    case "bar":
    case "histogram": {
      const room = (mark: Mark) => (x.band > 0 ? x.band : Math.max(1, x.at(Number(mark.x) + bin) - x.at(mark.x) - 1));
      const zero = spec.log_y ? floor : Math.min(floor, y.at(0));
      return marks.map((mark, index) => {
        const each = room(mark) / series.length;
        const left = (x.band > 0 ? x.at(mark.x) - x.band / 2 : x.at(mark.x)) + each * mark.series;
        const top = y.at(mark.y);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar has no name but its row.
            key={index}
            x={left}
            y={Math.min(top, zero)}
            width={Math.max(1, each - (series.length > 1 ? 1 : 0))}
            height={Math.max(0.5, Math.abs(zero - top))}
            fill={colorOf(scheme, mark.series)}
          >
            <title>{says(mark)}</title>
          </rect>
        );
      });
    }
    case "heatmap": {
      const [low, high] = extentOf([marks.map(({ z }) => z)], false) ?? [0, 1];
      return marks.map((mark) => {
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
            <title>{says(mark)}</title>
          </rect>
        );
      });
    }
  }
}

function Key({ spec, picture, scheme }: Pick<DrawingProps, "spec" | "picture" | "scheme">) {
  if (spec.kind === "heatmap") {
    const ends = extentOf([picture.marks.map(({ z }) => z)], false);
    if (!ends) return null;
    const stops = TABLES.viridis.css.filter((_, i) => i % 17 === 0).join(", ");
    return (
      <ul className={css.legend}>
        <li>
          {spec.z} <span className="mono">{formatTick(ends[0])}</span>
          <span className={css.ramp} style={{ background: `linear-gradient(90deg, ${stops})` }} aria-hidden />
          <span className="mono">{formatTick(ends[1])}</span>
        </li>
      </ul>
    );
  }
  if (picture.series.length < 2) return null;
  return (
    <ul className={css.legend}>
      {picture.series.slice(0, 24).map((name, which) => (
        <li key={name}>
          <svg width="12" height="10" viewBox="-6 -5 12 10" aria-hidden="true">
            <path d={markOf(which)} fill={colorOf(scheme, which)} />
          </svg>
          <bdi>{name}</bdi>
        </li>
      ))}
      {picture.series.length > 24 && <li className="mute">and {picture.series.length - 24} more</li>}
    </ul>
  );
}

function SheetTable({ title, sheet }: { title: string; sheet: Sheet }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={css.table} tabIndex={0} aria-label={`${title}, table`}>
      <table>
        <thead>
          <tr>
            {sheet.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.slice(0, TABLE_MAX).map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name.
            <tr key={index}>
              {sheet.columns.map((name, at) => (
                <td key={name}>{inWords(typeof row[at] === "number" ? Number(row[at]) : String(row[at] ?? "–"))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {sheet.rows.length > TABLE_MAX && <p className={css.n}>The first {TABLE_MAX} rows.</p>}
    </section>
  );
}
