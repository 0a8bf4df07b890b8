/** A JSON value as a tree: opened and closed, searched, and copied by path or value. One tab stop; arrows walk. */
// biome-ignore-all lint/a11y/useFocusableInteractive: the tree has the focus and says which line it is on.
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the tree takes the keys.
import { TextInput } from "@mantine/core";
import { ChevronDown, ChevronRight, ChevronsDownUp, ChevronsUpDown } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useRef, useState } from "react";
import { classes } from "../lib/classes";
import { CHILDREN_MAX, type JsonLine, linesOf, matchesOf, preview } from "../lib/jsonLines";
import type { Json } from "../lib/kindSchema";
import css from "./JsonTree.module.css";
import { ToolButton } from "./ToolButton";

export interface JsonTreeProps {
  value: Json;
  /** Names the tree to screen readers. */
  label: string;
  /** Levels that are open at first. Defaults to 2. */
  depth?: number;
  /** Takes a path or a value to the clipboard. */
  onCopy?: (text: string, says: string) => void;
}

const INDENT_PX = 14;

const kindOf = ({ value, size }: JsonLine): string | undefined => {
  if (size !== undefined) return css.size;
  if (typeof value === "string") return css.text;
  return typeof value === "number" ? css.number : css.word;
};

export function JsonTree({ value, label, depth = 2, onCopy }: JsonTreeProps) {
  const [query, setQuery] = useState("");
  const [levels, setLevels] = useState(depth);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [most, setMost] = useState<ReadonlyMap<string, number>>(new Map());
  const [active, setActive] = useState(0);
  const tree = useRef<HTMLDivElement>(null);
  const id = useId();

  const found = useMemo(() => matchesOf(value, query), [value, query]);
  const lines = useMemo(() => {
    const searching = query.trim() !== "";
    const isOpen = (path: string, at: number) => (searching ? found.above.has(path) : at < levels) !== turned.has(path);
    const shown = searching ? (path: string) => found.hits.has(path) || found.above.has(path) : undefined;
    return linesOf(value, isOpen, shown, (path) => most.get(path) ?? CHILDREN_MAX);
  }, [value, query, found, levels, turned, most]);

  const turn = (path: string) =>
    setTurned((now) => (now.has(path) ? new Set([...now].filter((one) => one !== path)) : new Set([...now, path])));
  const toLevel = (level: number) => {
    setLevels(level);
    setTurned(new Set());
  };
  const go = (to: number) => {
    const index = Math.max(0, Math.min(lines.length - 1, to));
    setActive(index);
    tree.current?.children[index]?.scrollIntoView({ block: "nearest" });
  };
  const copyValue = (line: JsonLine) =>
    onCopy?.(typeof line.value === "string" ? line.value : JSON.stringify(line.value, null, 1), "Value copied.");
  const parentOf = (index: number) =>
    lines.slice(0, index).findLastIndex((line) => line.depth < (lines[index]?.depth ?? 0));

  const pressed = (event: KeyboardEvent) => {
    const line = lines[active];
    if (event.target !== tree.current || !line || event.altKey) return;
    const closed = line.size !== undefined && !line.open;
    const keys: Record<string, () => void> =
      event.ctrlKey || event.metaKey
        ? { c: () => copyValue(line) }
        : {
            ArrowDown: () => go(active + (event.shiftKey ? 10 : 1)),
            ArrowUp: () => go(active - (event.shiftKey ? 10 : 1)),
            ArrowRight: () => (closed ? turn(line.path) : go(active + 1)),
            ArrowLeft: () => (line.open ? turn(line.path) : go(Math.max(0, parentOf(active)))),
            Home: () => go(0),
            End: () => go(lines.length - 1),
            Enter: () => line.size !== undefined && turn(line.path),
          };
    const act = keys[event.key];
    if (!act || (event.key === "c" && String(window.getSelection()) !== "")) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  const hits = found.hits.size;
  return (
    <div className={css.frame}>
      <div className={css.bar}>
        <TextInput
          aria-label={`Search in ${label}`}
          placeholder="Search names and values"
          value={query}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
            setTurned(new Set());
          }}
          rightSection={query.trim() && <span className="mute">{hits}</span>}
        />
        <ToolButton label="Open everything" onClick={() => toLevel(Number.POSITIVE_INFINITY)}>
          <ChevronsUpDown size={13} />
        </ToolButton>
        <ToolButton label="Close everything" onClick={() => toLevel(1)}>
          <ChevronsDownUp size={13} />
        </ToolButton>
      </div>
      <div
        ref={tree}
        role="tree"
        aria-label={label}
        aria-activedescendant={lines[active] && `${id}-${active}`}
        tabIndex={0}
        className={css.tree}
        onKeyDown={pressed}
      >
        {lines.map((line, index) => (
          <Line
            key={line.more === undefined ? line.path : `${line.path} more`}
            id={`${id}-${index}`}
            line={line}
            active={index === active}
            hit={found.hits.has(line.path)}
            act={() => {
              setActive(index);
              if (line.size !== undefined) turn(line.path);
            }}
            more={() =>
              setMost((now) => new Map(now).set(line.path, (now.get(line.path) ?? CHILDREN_MAX) + 5 * CHILDREN_MAX))
            }
            copyPath={onCopy && line.path ? () => onCopy(line.path, "Path copied.") : undefined}
            copyValue={onCopy && (() => copyValue(line))}
          />
        ))}
      </div>
      {query.trim() && hits === 0 && <span className="mute">Nothing here holds “{query.trim()}”.</span>}
    </div>
  );
}

interface LineProps {
  id: string;
  line: JsonLine;
  active: boolean;
  hit: boolean;
  act: () => void;
  more: () => void;
  copyPath?: () => void;
  copyValue?: () => void;
}

function Line({ id, line, active, hit, act, more, copyPath, copyValue }: LineProps) {
  const Caret = line.open ? ChevronDown : ChevronRight;
  const style = { paddingLeft: 6 + line.depth * INDENT_PX };
  const stopping = (does: () => void) => (event: { stopPropagation: () => void }) => {
    event.stopPropagation();
    does();
  };
  if (line.more !== undefined)
    return (
      <div id={id} role="treeitem" aria-level={line.depth + 1} className={css.line} style={style} data-active={active}>
        <span className={css.caret} />
        <button type="button" tabIndex={-1} className={css.more} onClick={more}>
          {line.more} more
        </button>
      </div>
    );
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={line.depth + 1}
      aria-expanded={line.size === undefined ? undefined : line.open}
      aria-selected={active}
      className={css.line}
      style={style}
      data-active={active}
      data-hit={hit}
      onClick={act}
    >
      <span className={css.caret}>{line.size !== undefined && <Caret size={12} aria-hidden />}</span>
      {line.name && <span className={css.name}>{line.name}</span>}
      <bdi
        className={classes(css.value, kindOf(line))}
        title={typeof line.value === "number" ? String(line.value) : undefined}
      >
        {preview(line)}
      </bdi>
      <span className={css.copies}>
        {copyPath && (
          <button type="button" tabIndex={-1} className={css.copy} onClick={stopping(copyPath)}>
            copy path
          </button>
        )}
        {copyValue && (
          <button type="button" tabIndex={-1} className={css.copy} onClick={stopping(copyValue)}>
            copy value
          </button>
        )}
      </span>
    </div>
  );
}
