/** A picture that a family draws of one of its tables: lines, points, bars, a histogram or a heat map, and the table itself. */

import { useElementSize } from "@mantine/hooks";
import { Download, Table2 } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { chartSvg } from "../lib/exportImage";
import { formatCount } from "../lib/format";
import { type PictureSpec, pictureOf, type Sheet } from "../lib/specChart";
import css from "./Chart.module.css";
import { ChartTable } from "./ChartTable";
import { SpecDrawing } from "./SpecDrawing";
import { SpecKey } from "./SpecKey";
import { valueWords } from "./specWords";
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

const TABLE_MAX = 200;

export function SpecChart({ spec, sheet, total = sheet.rows.length, height = 240, onExport }: SpecChartProps) {
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
      ? `the first ${formatCount(sheet.rows.length)} of ${formatCount(total)} rows`
      : `${formatCount(total)} ${total === 1 ? "row" : "rows"}`,
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
            <SpecDrawing spec={spec} picture={picture} width={width} height={height} />
          </svg>
        )}
      </div>
      {"marks" in picture && !asTable && <SpecKey spec={spec} picture={picture} />}
    </figure>
  );
}

function SheetTable({ title, sheet: { columns, rows } }: { title: string; sheet: Sheet }) {
  return (
    <ChartTable
      title={title}
      columns={columns}
      named={typeof rows[0]?.[0] === "string"}
      rows={rows.slice(0, TABLE_MAX).map((row) => columns.map((_, at) => valueWords(row[at])))}
      note={rows.length > TABLE_MAX ? `The first ${TABLE_MAX} rows.` : undefined}
    />
  );
}
