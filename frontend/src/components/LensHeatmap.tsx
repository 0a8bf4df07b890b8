/**
 * The heatmap view: layers × tokens, colour by a metric, text by the likeliest token.
 *
 * Painted on canvases the size of the viewport inside a spacer, so that scrolling is the browser's own. Hover is written straight
 * to the DOM and never into React state. `t` shows the same cells as a table.
 */
import { Maximize2, Table2, ZoomIn, ZoomOut } from "lucide-react";
import {
  type KeyboardEvent,
  type PointerEvent,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { classes } from "../lib/classes";
import type { Scheme, ThemeColors } from "../lib/color";
import { formatCell, formatSigned } from "../lib/format";
import { type HeatmapCell, type HeatmapModel, heatmapModel } from "../lib/heatmap";
import {
  at,
  type LayerName,
  type LensGrid,
  layerLabel,
  type Metric,
  type Numbers,
  rowsOf,
  type Subject,
} from "../lib/lens";
import { HeatmapTable } from "./HeatmapTable";
import { useHandFocusOn } from "./handFocusOn";
import {
  AXIS_LEFT,
  type Drawing,
  drawHeatmap,
  drawMarks,
  layoutOf,
  type Marks,
  type Place,
  placeAt,
  textureOf,
  type Viewport,
  widthFor,
} from "./heatmapCanvas";
import { Legend, placeMarker } from "./Legend";
import css from "./LensHeatmap.module.css";
import { useThemeColors } from "./themeColors";

export interface LensHeatmapProps {
  grid: LensGrid;
  /** Accessible name: model, lens and text. */
  title: string;
  metric: Metric;
  /** d_vocab: sets the scale of entropy, KL and rank. */
  vocabSize: number;
  /** Display form of a token. */
  label: (id: number) => string;
  /** Whose probability. Defaults to "top1". */
  of?: Subject;
  /** Selected position: outlines its column. Defaults to none. */
  position?: number | null;
  /** Selected layer, with a position: outlines the cell. Defaults to none. */
  layer?: LayerName | null;
  /** Pinned positions. Defaults to none. */
  pins?: readonly number[];
  /** A cell that a linked view points at. Defaults to none. */
  cursor?: HeatmapCell | null;
  /** Show this grid minus the other, on a signed scale. Defaults to none. */
  against?: LensGrid;
  /** What is subtracted from what, for the legend. Defaults to none. */
  difference?: string;
  /** It is not yet what was asked for: dimmed. Defaults to false. */
  waits?: boolean;
  /** The embedding on top. Defaults to false: the last layer on top. */
  flip?: boolean;
  /** Scale to the values in the grid and not to the metric. Defaults to false. */
  fit?: boolean;
  /** Ends of the scale in the metric's unit instead. Defaults to none. */
  lo?: number;
  hi?: number;
  /** Defaults to viridis; differences always use the signed table. */
  scheme?: Scheme;
  /** Width of a cell before zooming, CSS pixels. Defaults to what fills the panel, as far as labels stay readable. */
  cellWidth?: number;
  onSelect: (cell: HeatmapCell, by: "click" | "key") => void;
  /** Enter or double click. */
  onOpen?: (cell: HeatmapCell) => void;
  /** `p`, or a click with Ctrl or Cmd. */
  onPin?: (position: number) => void;
  /** Cell under the pointer, null when it leaves. */
  onHover?: (cell: HeatmapCell | null) => void;
}

const [ZOOM_MIN, ZOOM_MAX, ZOOM_STEP] = [2, 160, 1.25];
const NO_PINS: readonly number[] = [];

/** Cells keep the proportion of the mock-up's 66 × 30 down to a readable line, then shrink. */
const heightOf = (cellWidth: number): number =>
  Math.max(4, Math.min(30, Math.round(cellWidth >= 30 ? 26 : cellWidth * 0.8)));

/** Everything about one cell, in words. */
function describe(model: HeatmapModel, label: (id: number) => string, layer: number, column: number): string {
  const { grid } = model;
  const cell = layer * grid.positions.length + column;
  const value = at(model.values, cell);
  const place = `${layerLabel(grid.layers[layer] ?? "embed")} · position ${grid.positions[column]} ${label(at(grid.tokens, column))}`;
  if (Number.isNaN(value)) return `${place} · no value`;
  const shown = model.difference ? formatSigned(value, 3) : formatCell(value);
  const more: [Numbers | undefined, string, string][] = model.difference
    ? []
    : [
        [grid.prob, "p", ""],
        [grid.entropy, "H", " nats"],
        [grid.rank, "rank", ""],
      ];
  const facts = [
    `→ ${label(at(grid.ids, cell))}`,
    `${model.title} ${shown}${model.unit ? ` ${model.unit}` : ""}`,
    ...more.flatMap(([values, name, unit]) =>
      values && values !== model.values ? [`${name} ${formatCell(at(values, cell))}${unit}`] : [],
    ),
  ];
  return `${place} ${facts.join(" · ")}`;
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export function LensHeatmap(props: LensHeatmapProps) {
  const { grid, metric, of, vocabSize, fit, lo, hi, scheme, against, flip = false, pins = NO_PINS } = props;
  const colors = useThemeColors();
  const model = useMemo(
    () => heatmapModel(grid, { metric, of, vocabSize, fit, ends: { lo, hi }, scheme, against }, colors),
    [grid, metric, of, vocabSize, fit, lo, hi, scheme, against, colors],
  );
  if (!model) return <p className={css.absent}>This reading has no {metric}. Choose another metric.</p>;
  if (grid.positions.length === 0 || grid.layers.length === 0)
    return (
      <p className={css.absent}>No positions or no layers in view. Widen the span or the layers, or write some text.</p>
    );
  return <Heatmap {...props} model={model} colors={colors} flip={flip} pins={pins} />;
}

interface HeatmapProps extends LensHeatmapProps {
  model: HeatmapModel;
  colors: ThemeColors;
  flip: boolean;
  pins: readonly number[];
}

function Heatmap(props: HeatmapProps) {
  const { grid, model, colors, label, flip, pins, position = null, layer = null, onSelect } = props;
  const root = useRef<HTMLDivElement>(null);
  useHandFocusOn(root);
  const scroller = useRef<HTMLDivElement>(null);
  const cells = useRef<HTMLCanvasElement>(null);
  const marksCanvas = useRef<HTMLCanvasElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const marker = useRef<HTMLSpanElement>(null);
  const hover = useRef<Place | null>(null);
  const frame = useRef(0);
  const help = useId();
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [zoomed, setZoomed] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);

  const cellWidth = zoomed ?? props.cellWidth ?? widthFor(size.width - AXIS_LEFT, grid.positions.length);
  const layout = useMemo(() => layoutOf(model, cellWidth, heightOf(cellWidth)), [model, cellWidth]);
  const texture = useMemo(() => textureOf(model, flip), [model, flip]);
  const drawing: Drawing = useMemo(
    () => ({ model, layout, flip, colors, label }),
    [model, layout, flip, colors, label],
  );
  const rows = useMemo(() => rowsOf(grid.layers, flip), [grid.layers, flip]);

  const columnOf = useCallback((p: number | null) => (p === null ? -1 : grid.positions.indexOf(p)), [grid.positions]);
  const rowOf = useCallback(
    (l: LayerName | null) => rows.findIndex((index) => grid.layers[index] === l),
    [rows, grid.layers],
  );
  const selectedColumn = columnOf(position);
  const selectedRow = rowOf(layer);
  const cellOf = useCallback(
    ({ row, column }: Place): HeatmapCell => ({
      layer: grid.layers[rows[row] ?? 0] ?? "embed",
      position: grid.positions[column] ?? 0,
    }),
    [grid.layers, grid.positions, rows],
  );

  const view = useCallback(
    (): Viewport => ({
      ...size,
      left: scroller.current?.scrollLeft ?? 0,
      top: scroller.current?.scrollTop ?? 0,
      ratio: window.devicePixelRatio || 1,
    }),
    [size],
  );
  const marks = useCallback((): Marks => {
    const cursor = props.cursor ? { row: rowOf(props.cursor.layer), column: columnOf(props.cursor.position) } : null;
    return {
      hover: hover.current,
      selected: {
        row: selectedRow < 0 ? null : selectedRow,
        column: selectedColumn < 0 ? null : selectedColumn,
      },
      cursor: cursor && cursor.row >= 0 && cursor.column >= 0 ? cursor : null,
      pins: pins.map(columnOf).filter((column) => column >= 0),
    };
  }, [props.cursor, rowOf, columnOf, selectedRow, selectedColumn, pins]);

  /** Writes the hovered cell, else the selected one, to the line below and to the legend. */
  const tell = useCallback(() => {
    const place =
      hover.current ?? (selectedRow >= 0 && selectedColumn >= 0 ? { row: selectedRow, column: selectedColumn } : null);
    const index = place ? (rows[place.row] ?? 0) : 0;
    const text = place ? describe(model, label, index, place.column) : "";
    if (readout.current && readout.current.textContent !== text) readout.current.textContent = text;
    const value = place ? at(model.values, index * grid.positions.length + place.column) : null;
    placeMarker(marker.current, model.domain, value);
  }, [model, label, rows, grid.positions.length, selectedRow, selectedColumn]);

  const paint = useCallback(() => {
    if (!cells.current || !marksCanvas.current || !texture || size.width === 0) return;
    drawHeatmap(cells.current, drawing, view(), texture);
    drawMarks(marksCanvas.current, drawing, view(), marks());
    cells.current.dataset.ready = "true";
  }, [drawing, texture, view, marks, size.width]);
  const paintMarks = useCallback(() => {
    if (marksCanvas.current && size.width > 0) drawMarks(marksCanvas.current, drawing, view(), marks());
  }, [drawing, view, marks, size.width]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || asTable) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((now) => (now.width === width && now.height === height ? now : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [asTable]);

  useLayoutEffect(() => {
    paint();
    if (document.fonts?.status !== "loading") return;
    // Labels drawn before their font arrives are in another one.
    let current = true;
    document.fonts.ready.then(() => current && paint());
    return () => {
      current = false;
    };
  }, [paint]);
  useEffect(() => tell(), [tell]);

  // The selected cell comes into view when the selection moves, not while the reader scrolls.
  useEffect(() => {
    const element = scroller.current;
    if (!element || selectedColumn < 0) return;
    const x = selectedColumn * layout.cellWidth;
    const room = element.clientWidth - AXIS_LEFT;
    if (x < element.scrollLeft) element.scrollLeft = x;
    else if (x + layout.cellWidth > element.scrollLeft + room) element.scrollLeft = x + layout.cellWidth - room;
    if (selectedRow < 0) return;
    const y = selectedRow * layout.cellHeight;
    const tall = element.clientHeight - layout.axisTop;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + layout.cellHeight > element.scrollTop + tall) element.scrollTop = y + layout.cellHeight - tall;
  }, [selectedColumn, selectedRow, layout]);

  const zoom = useCallback(
    (factor: number, x = AXIS_LEFT) => {
      const element = scroller.current;
      const next = clamp(cellWidth * factor, ZOOM_MIN, ZOOM_MAX);
      setZoomed(next);
      if (!element) return;
      // The column under the pointer stays there.
      const target = ((element.scrollLeft + x - AXIS_LEFT) * next) / cellWidth - (x - AXIS_LEFT);
      requestAnimationFrame(() => {
        element.scrollLeft = target;
      });
    },
    [cellWidth],
  );
  const zoomToFit = () => setZoomed(clamp((size.width - AXIS_LEFT) / grid.positions.length, ZOOM_MIN, ZOOM_MAX));

  useEffect(() => {
    const element = scroller.current;
    if (!element || asTable) return;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, event.clientX - element.getBoundingClientRect().left);
    };
    // React's own wheel listener is passive and could not keep the page from zooming.
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [zoom, asTable]);

  const scrolled = () => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(paint);
  };
  const pointAt = (place: Place | null) => {
    if (place?.row === hover.current?.row && place?.column === hover.current?.column) return;
    hover.current = place;
    paintMarks();
    tell();
    props.onHover?.(place && cellOf(place));
  };
  const placeOf = (event: { clientX: number; clientY: number }): Place | null => {
    const box = scroller.current?.getBoundingClientRect();
    return box ? placeAt(layout, view(), event.clientX - box.left, event.clientY - box.top) : null;
  };
  const clicked = (event: PointerEvent | React.MouseEvent) => {
    const place = placeOf(event);
    if (!place) return;
    const cell = cellOf(place);
    if ((event.ctrlKey || event.metaKey) && props.onPin) props.onPin(cell.position);
    else onSelect(cell, "click");
  };

  /** The other view, with the keyboard in it. */
  const swap = () => {
    setAsTable((now) => !now);
    requestAnimationFrame(() => root.current?.querySelector<HTMLElement>("[data-body]")?.focus());
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [lastRow, lastColumn] = [grid.layers.length - 1, grid.positions.length - 1];
    const from = { row: selectedRow < 0 ? 0 : selectedRow, column: Math.max(0, selectedColumn) };
    const by = event.shiftKey ? 10 : 1;
    const go = (row: number, column: number) =>
      onSelect(cellOf({ row: clamp(row, 0, lastRow), column: clamp(column, 0, lastColumn) }), "key");
    const keys: Record<string, () => void> = {
      ArrowLeft: () => go(from.row, from.column - by),
      ArrowRight: () => go(from.row, from.column + by),
      ArrowUp: () => go(from.row - by, from.column),
      ArrowDown: () => go(from.row + by, from.column),
      Home: () => go(from.row, 0),
      End: () => go(from.row, lastColumn),
      PageUp: () => go(0, from.column),
      PageDown: () => go(lastRow, from.column),
      Enter: () => props.onOpen?.(cellOf(from)),
      p: () => props.onPin?.(cellOf(from).position),
      t: swap,
      "+": () => zoom(ZOOM_STEP),
      "=": () => zoom(ZOOM_STEP),
      "-": () => zoom(1 / ZOOM_STEP),
      "0": zoomToFit,
    };
    const act = keys[event.key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  };

  const bar = (
    <div className={css.bar}>
      <Legend
        title={model.title}
        unit={model.unit}
        difference={props.difference}
        domain={model.domain}
        table={model.table}
        signed={model.difference !== null}
        clipped={model.difference?.clipped ?? false}
        missing={model.missing}
        markerRef={marker}
      />
      <div className={css.tools}>
        {!asTable && (
          <>
            <button
              type="button"
              className={css.tool}
              onClick={() => zoom(1 / ZOOM_STEP)}
              aria-label="Narrower cells"
              title="Narrower cells ( - )"
            >
              <ZoomOut size={14} />
            </button>
            <button
              type="button"
              className={css.tool}
              onClick={() => zoom(ZOOM_STEP)}
              aria-label="Wider cells"
              title="Wider cells ( + )"
            >
              <ZoomIn size={14} />
            </button>
            <button
              type="button"
              className={css.tool}
              onClick={zoomToFit}
              aria-label="All tokens in view"
              title="All tokens in view ( 0 )"
            >
              <Maximize2 size={13} />
            </button>
          </>
        )}
        <button
          type="button"
          className={classes(css.tool, asTable && css.on)}
          aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}
          aria-label="Table view"
          title="Table view ( t )"
        >
          <Table2 size={14} />
        </button>
      </div>
    </div>
  );

  const canvas = (
    <div
      ref={scroller}
      data-body
      className={css.scroller}
      role="application"
      aria-roledescription="heatmap"
      aria-label={`${props.title}: ${grid.layers.length} layers, ${grid.positions.length} tokens, ${model.title}`}
      aria-describedby={help}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas is worked with arrow keys.
      tabIndex={0}
      onScroll={scrolled}
      onClick={clicked}
      onDoubleClick={(event) => {
        const place = placeOf(event);
        if (place) props.onOpen?.(cellOf(place));
      }}
      onPointerMove={(event) => pointAt(placeOf(event))}
      onPointerLeave={() => pointAt(null)}
      onKeyDown={pressed}
    >
      <div className={css.spacer} style={{ width: layout.width, height: layout.height }}>
        <div className={css.window} style={{ width: size.width, height: size.height }}>
          <canvas ref={cells} className={css.canvas} style={{ width: size.width, height: size.height }} />
          <canvas ref={marksCanvas} className={css.canvas} style={{ width: size.width, height: size.height }} />
        </div>
      </div>
    </div>
  );

  return (
    <div className={css.root} data-waits={props.waits || undefined} aria-busy={props.waits} ref={root}>
      {asTable ? (
        <HeatmapTable
          model={model}
          label={label}
          title={props.title}
          position={position}
          rows={rows}
          onSelect={(cell) => onSelect(cell, "click")}
          onClose={swap}
        />
      ) : (
        canvas
      )}
      <p ref={readout} className={css.readout} aria-live="polite" hidden={asTable} />
      {bar}
      <p id={help} className="visually-hidden">
        Arrow keys move the cell, with Shift by ten; Home and End go to the first and last token, Page Up and Page Down
        to the first and last layer; P pins the token, T shows a table, plus and minus zoom.
      </p>
    </div>
  );
}
