/** A row of tokens as they flow as text: every token can be selected, by position, whatever its bytes are. */
import { ArrowDown } from "lucide-react";
import {
  type CSSProperties,
  type FocusEvent,
  Fragment,
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { classes } from "../lib/classes";
import { highlightAlpha } from "../lib/color";
import { formatCount, formatPrecise, withUnit } from "../lib/format";
import { at, type Domain, type Numbers, scaleTo } from "../lib/lens";
import { type Block, blocksOf, paragraphsOf, type Role, type StripToken } from "../lib/strip";
import { byteList, type Chip, chipsOf, tokenText, type Vocab } from "../lib/tokens";
import css from "./TokenStrip.module.css";

/** A number per token that colours it. */
export interface StripColoring {
  /** What the number is, for tooltips: "probability". */
  name: string;
  /** One per token of the strip; NaN leaves the token plain. */
  values: Numbers;
  /** Where the highlight is empty and full. A domain on both sides of 0 is signed: blue above, orange below. */
  domain: Domain;
  /** Unit of the values, for tooltips. Defaults to none. */
  unit?: string;
}

/** Something has changed from a token on. */
export interface StripNote {
  /** What stands before the token. */
  short: string;
  /** All of it, for the tooltip and in the token's name. */
  words: string;
}

/** Tokens that something happened at. */
export interface StripMark {
  /** Its first position. */
  start: number;
  /** Behind its last one. */
  end: number;
  /** What, for tooltips and in the tokens' names. */
  words: string;
}

export interface TokenStripProps {
  /** In the order of positions; grows at its end while a model writes. */
  tokens: readonly StripToken[];
  vocab: Vocab;
  /** Accessible name: what text this is. */
  label: string;
  /** Position of the selected token. Defaults to none. */
  selected?: number | null;
  /** Positions of pinned tokens. Defaults to none. */
  pins?: readonly number[];
  /** Colours the tokens. Defaults to none. */
  coloring?: StripColoring | null;
  /** Draw the value as an underline too, for print and low vision. Defaults to false. */
  underline?: boolean;
  /** Write spaces and tabs as signs. Defaults to false: they are as wide as they are. Newlines always show as `⏎`. */
  whitespace?: boolean;
  /** More tokens are coming: shows a caret and keeps the end in view. Defaults to false. */
  streaming?: boolean;
  /** Words that stand before the token at a position: something has changed from it on. Defaults to none. */
  notes?: ReadonlyMap<number, StripNote>;
  /** Tokens with a dotted line under them. Defaults to none. */
  marks?: readonly StripMark[];
  /** What stands right of a turn's name: counts, buttons. */
  aside?: (block: Block) => ReactNode;
  /** Called with the position. "key" for arrow keys, which come many at a time. */
  onSelect: (position: number, by: "click" | "key") => void;
  /** Enter or double click. */
  onOpen?: (position: number) => void;
  /** `p`, or a click with Ctrl or Cmd. */
  onPin?: (position: number) => void;
  /** Position under the pointer, null when it leaves. */
  onHover?: (position: number | null) => void;
}

/** Tokens per memoised piece: a new token redraws one piece. */
const CHUNK = 32;
const NEWLINE = 0x0a;
/** Within this many pixels of the end the strip follows new tokens. */
const FOLLOW_PX = 40;

const ROLE_NAMES: Record<Role, string> = {
  system: "system",
  user: "user",
  assistant: "assistant",
  template: "template",
  text: "text",
  continuation: "continuation",
};

const isSigned = ({ from, to }: Domain): boolean => from < 0 && to > 0;

/** The highlight's strength: 0 to 1, or −1 to 1 where the domain is signed. */
function strengthOf({ values, domain }: StripColoring): (index: number) => number {
  if (isSigned(domain))
    return (index) => Math.max(-1, Math.min(1, at(values, index) / Math.max(-domain.from, domain.to)));
  const scale = scaleTo(domain);
  return (index) => scale(at(values, index));
}

interface ChunkProps {
  tokens: readonly StripToken[];
  start: number;
  end: number;
  /** How far the tokens after the chunk reach that decide how its last characters read. */
  ahead: number;
  vocab: Vocab;
  coloring: StripColoring | null;
  underline: boolean;
  whitespace: boolean;
  /** Selected position if it is in this chunk, else −1. */
  selected: number;
  /** Position that Tab reaches if it is in this chunk, else −1. */
  stop: number;
  /** Pinned positions in this chunk, joined by commas. */
  pinned: string;
  /** Positions in this chunk with the words before them, as JSON; empty where there are none. */
  notes: string;
  /** What of the marks is in this chunk, as JSON; empty where there are none. */
  marks: string;
}

const sameToken = (a: StripToken | undefined, b: StripToken | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.id === b.id && a.position === b.position && a.role === b.role);

function sameColoring(a: StripColoring | null, b: StripColoring | null, start: number, end: number): boolean {
  if (a === b) return true;
  if (!a || !b || a.name !== b.name || a.domain.from !== b.domain.from || a.domain.to !== b.domain.to) return false;
  if (a.domain.log !== b.domain.log) return false;
  for (let i = start; i < end; i++) if (!Object.is(at(a.values, i), at(b.values, i))) return false;
  return true;
}

/** Whether a chunk would draw the same: compared by content, since a growing strip is a new array with every token. */
function sameChunk(a: ChunkProps, b: ChunkProps): boolean {
  if (a.start !== b.start || a.end !== b.end || a.ahead !== b.ahead || a.vocab !== b.vocab) return false;
  if (a.selected !== b.selected || a.stop !== b.stop || a.pinned !== b.pinned) return false;
  if (a.underline !== b.underline || a.whitespace !== b.whitespace) return false;
  if (a.notes !== b.notes || a.marks !== b.marks) return false;
  for (let i = Math.max(0, a.start - 3); i < a.ahead; i++) if (!sameToken(a.tokens[i], b.tokens[i])) return false;
  return sameColoring(a.coloring, b.coloring, a.start, a.end);
}

/** The parts of a chip as React children; their keys are offsets into the shown text. */
function children({ parts, continues }: Chip): ReactNode {
  let offset = 0;
  const shown = parts.map(({ text, mark }) => {
    const key = offset;
    offset += text.length;
    return mark ? (
      <i key={key} className={css.mark}>
        {text}
      </i>
    ) : (
      text
    );
  });
  return continues ? [<i key="continues" className={css.continues} />, ...shown] : shown;
}

/** A written-out space is no place where a browser breaks a line by itself. */
const mayBreakBefore = ({ parts, special }: Chip): boolean =>
  special || (parts[0]?.mark === true && /^[·⇥]/.test(parts[0].text));

const Chunk = memo(function Chunk(props: ChunkProps) {
  const { tokens, start, end, ahead, vocab, coloring, selected, stop, whitespace } = props;
  const from = Math.max(0, start - 3);
  const ids = tokens.slice(from, ahead).map((token) => token.id);
  const chips = chipsOf(ids, vocab, { whitespace, breaks: true }, start - from, end - from);
  const pins = new Set(props.pinned === "" ? [] : props.pinned.split(",").map(Number));
  const notes = notesOf(props.notes);
  const marks: readonly StripMark[] = props.marks === "" ? [] : JSON.parse(props.marks);
  const strength = coloring && strengthOf(coloring);
  return chips.map((chip, i) => {
    const token = tokens[start + i];
    if (!token) return null;
    const { position, id, role } = token;
    const note = notes.get(position);
    const value = coloring ? at(coloring.values, start + i) : Number.NaN;
    const level = strength ? strength(start + i) : Number.NaN;
    const marked = marks.filter((mark) => mark.start <= position && position < mark.end);
    const facts = [
      `position ${position}`,
      `id ${id}`,
      ...(coloring && !Number.isNaN(value)
        ? [`${coloring.name} ${formatPrecise(value)}${coloring.unit ? ` ${coloring.unit}` : ""}`]
        : []),
      ...(chip.continues ? ["finishes a character"] : []),
      ...(chip.spreads ? ["ends within a character"] : []),
      ...(pins.has(position) ? ["pinned"] : []),
      ...(note === undefined ? [] : [`from here: ${note.words}`]),
      ...marked.map(({ words }) => words),
    ];
    const style: CSSProperties = Number.isNaN(level) ? {} : { "--level": highlightAlpha(level) };
    return (
      <Fragment key={position}>
        {note !== undefined && (
          // The token's own name says it too: among the options of a list box nothing else may stand.
          <i
            className={css.note}
            aria-hidden="true"
            data-note={position}
            title={`From token ${position} on: ${note.words}`}
          >
            {note.short}
          </i>
        )}
        {mayBreakBefore(chip) && <wbr />}
        <span
          role="option"
          aria-selected={position === selected}
          aria-label={`${JSON.stringify(tokenText(id, vocab))}, ${facts.join(", ")}`}
          tabIndex={position === stop ? 0 : -1}
          data-pos={position}
          title={`${facts.join(" · ")} · bytes ${byteList(vocab.bytes(id))}`}
          className={classes(
            css.token,
            role === "template" && css.template,
            chip.special && css.special,
            level < 0 ? css.negative : level > 0 && css.positive,
            props.underline && css.underline,
            position === selected && css.selected,
            pins.has(position) && css.pinned,
            marked.length > 0 && css.marked,
          )}
          style={style}
        >
          {children(chip)}
        </span>
      </Fragment>
    );
  });
}, sameChunk);

const notesOf = (written: string): ReadonlyMap<number, StripNote> =>
  new Map<number, StripNote>(written === "" ? [] : JSON.parse(written));

/** The token nearest below or above an element, by what the browser laid out; null at the ends. */
function onNextLine(from: HTMLElement, all: readonly HTMLElement[], down: boolean): HTMLElement | null {
  const box = from.getBoundingClientRect();
  const index = all.indexOf(from);
  const rest = down ? all.slice(index + 1) : all.slice(0, index).reverse();
  let best: { element: HTMLElement; distance: number } | null = null;
  let line: number | null = null;
  for (const element of rest) {
    const [first] = element.getClientRects();
    if (!first) continue;
    const away = down ? first.top - box.top : box.top - first.top;
    if (away < box.height / 2 && away < 8) continue;
    if (line !== null && Math.abs(first.top - line) > 4) break;
    line = first.top;
    const distance = Math.abs(first.left - box.left);
    if (!best || distance < best.distance) best = { element, distance };
  }
  return best?.element ?? null;
}

const tokenOf = (target: EventTarget | null): HTMLElement | null =>
  target instanceof Element ? target.closest<HTMLElement>("[data-pos]") : null;
const positionOf = (element: HTMLElement): number => Number(element.dataset.pos);

/** Steps through the tokens for the arrow keys, Home and End; null for any other key. */
function step(event: KeyboardEvent, from: HTMLElement, all: readonly HTMLElement[]): HTMLElement | null {
  const index = all.indexOf(from);
  const by = event.shiftKey ? 10 : 1;
  const clamp = (i: number) => all[Math.max(0, Math.min(all.length - 1, i))] ?? null;
  switch (event.key) {
    case "ArrowLeft":
      return clamp(index - by);
    case "ArrowRight":
      return clamp(index + by);
    case "ArrowUp":
    case "ArrowDown":
      return onNextLine(from, all, event.key === "ArrowDown");
    case "Home":
      return clamp(0);
    case "End":
      return clamp(all.length - 1);
    default:
      return null;
  }
}

/** The turns as blocks of tokens. It fills the height it is given and scrolls inside; give it a bounded height for long texts. */
export function TokenStrip(props: TokenStripProps) {
  const { tokens, vocab, selected = null, pins = [], coloring = null, streaming = false, onSelect } = props;
  const notes = [...(props.notes ?? [])];
  const root = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [behind, setBehind] = useState(false);
  const count = tokens.length;
  // Tokens may be appended in place: their number is what tells.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  const blocks = useMemo(() => blocksOf(tokens, vocab.special), [tokens, count, vocab]);
  const first = tokens[0]?.position ?? -1;
  const known = selected !== null && tokens.some((token) => token.position === selected);
  const stop = known && selected !== null ? selected : first;

  useLayoutEffect(() => {
    if (count > 0 && streaming && following.current && root.current) root.current.scrollTop = root.current.scrollHeight;
  }, [count, streaming]);

  useEffect(() => {
    const element = root.current?.querySelector<HTMLElement>(`[data-pos="${selected}"]`);
    if (!element) return;
    element.scrollIntoView({ block: "nearest" });
    // The keyboard follows the selection only when it is already among the tokens.
    if (tokenOf(document.activeElement) && root.current?.contains(document.activeElement))
      element.focus({ preventScroll: true });
  }, [selected]);

  const scrolled = () => {
    const element = root.current;
    if (!element) return;
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight <= FOLLOW_PX;
    setBehind(!following.current);
  };
  const jump = () => {
    following.current = true;
    setBehind(false);
    root.current?.scrollTo({ top: root.current.scrollHeight });
  };

  const clicked = (event: MouseEvent) => {
    const token = tokenOf(event.target);
    if (!token) return;
    if ((event.ctrlKey || event.metaKey) && props.onPin) props.onPin(positionOf(token));
    else onSelect(positionOf(token), "click");
  };
  const opened = (event: MouseEvent) => {
    const token = tokenOf(event.target);
    if (token) props.onOpen?.(positionOf(token));
  };
  const pressed = (event: KeyboardEvent) => {
    const token = tokenOf(event.target);
    if (!token || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      const open = event.key === "Enter" && positionOf(token) === selected;
      if (open) props.onOpen?.(positionOf(token));
      else onSelect(positionOf(token), "click");
    } else if (event.key === "p" && props.onPin) props.onPin(positionOf(token));
    else {
      const all = [...(root.current?.querySelectorAll<HTMLElement>("[data-pos]") ?? [])];
      const next = step(event, token, all);
      if (!next) return;
      next.focus({ preventScroll: true });
      onSelect(positionOf(next), "key");
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const hovered = (event: MouseEvent | FocusEvent) => {
    const token = tokenOf(event.target);
    props.onHover?.(token && positionOf(token));
  };

  const endsLine = (index: number) => vocab.bytes(tokens[index]?.id ?? -1).at(-1) === NEWLINE;
  const chunksOf = (piece: { start: number; end: number }): ReactNode[] =>
    Array.from({ length: Math.ceil((piece.end - piece.start) / CHUNK) }, (_, i) => {
      const start = piece.start + i * CHUNK;
      const end = Math.min(piece.end, start + CHUNK);
      const [low, high] = [tokens[start]?.position ?? 0, tokens[end - 1]?.position ?? -1];
      const inside = (position: number) => position >= low && position <= high;
      const noted = notes.filter(([position]) => inside(position));
      const marked = (props.marks ?? [])
        .filter((mark) => mark.start <= high && mark.end > low)
        .map((mark) => ({ ...mark, start: Math.max(mark.start, low), end: Math.min(mark.end, high + 1) }));
      return (
        <Chunk
          key={start}
          tokens={tokens}
          start={start}
          end={end}
          ahead={Math.min(end + 3, count)}
          vocab={vocab}
          coloring={coloring}
          underline={props.underline ?? false}
          whitespace={props.whitespace ?? false}
          selected={selected !== null && inside(selected) ? selected : -1}
          stop={inside(stop) ? stop : -1}
          pinned={pins.filter(inside).join(",")}
          notes={noted.length === 0 ? "" : JSON.stringify(noted)}
          marks={marked.length === 0 ? "" : JSON.stringify(marked)}
        />
      );
    });

  return (
    <div className={css.root}>
      {/* biome-ignore lint/a11y/useSemanticElements: the strip is no form, so no fieldset. */}
      <div ref={root} className={css.scroller} role="group" aria-label={props.label} onScroll={scrolled}>
        {count === 0 && !streaming && <p className={css.empty}>No tokens yet.</p>}
        {blocks.map((block, index) => (
          <section key={block.start} className={classes(css.block, css[block.role])}>
            <header className={css.header}>
              <span className={css.role}>{ROLE_NAMES[block.role]}</span>
              <span className={css.count}>{withUnit(formatCount(block.end - block.start), "token")}</span>
              {props.aside && <span className={css.aside}>{props.aside(block)}</span>}
            </header>
            <div
              role="listbox"
              aria-label={`${ROLE_NAMES[block.role]}, part ${index + 1} of ${blocks.length}`}
              aria-orientation="horizontal"
              tabIndex={-1}
              className={css.tokens}
              onClick={clicked}
              onDoubleClick={opened}
              onKeyDown={pressed}
              onMouseOver={hovered}
              onFocus={hovered}
              onMouseLeave={() => props.onHover?.(null)}
            >
              {paragraphsOf(block, endsLine).map((piece) => (
                <div key={piece.start} className={css.piece}>
                  {chunksOf(piece)}
                  {streaming && piece.end === count && <i className={css.caret} aria-hidden="true" />}
                </div>
              ))}
            </div>
          </section>
        ))}
        {streaming && count === 0 && <i className={css.caret} aria-hidden="true" />}
      </div>
      {streaming && behind && (
        <button type="button" className={css.jump} onClick={jump}>
          <ArrowDown size={12} aria-hidden="true" /> Jump to latest
        </button>
      )}
    </div>
  );
}
