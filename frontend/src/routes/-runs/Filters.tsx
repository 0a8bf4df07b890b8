/** What holds back runs in their list: each filter is in the address. */
import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Search, Trash2, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { RunPage } from "../../api/types";
import { useLetters } from "../-shell/shortcuts";
import { counted } from "../-shell/words";
import { filtersOn, type RunsSearch, runsSearch } from "./params";
import css from "./Runs.module.css";

const TYPING_MS = 200;

const NO_FILTERS: Partial<RunsSearch> = {
  q: undefined,
  family: undefined,
  status: "",
  tag: undefined,
  since: undefined,
  until: undefined,
  deleted: false,
};

export interface FiltersProps {
  search: RunsSearch;
  change: (part: Partial<RunsSearch>, replace?: boolean) => void;
  /** What there is to choose from, and how many of each; undefined before it has come. */
  page: Pick<RunPage, "families" | "statuses" | "tags" | "deleted"> | undefined;
  /** Of a family. */
  title: (kind: string) => string;
}

export function Filters({ search, change, page, title }: FiltersProps) {
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(search.q ?? "");
  const typed = useDebouncedCallback((q: string) => change({ q: q || undefined }, true), TYPING_MS);
  useLetters([["/", () => box.current?.focus()]]);
  // Back and links change the address without anybody typing.
  const inAddress = useRef(search.q);
  useEffect(() => {
    if (inAddress.current === search.q) return;
    inAddress.current = search.q;
    if (document.activeElement !== box.current) setText(search.q ?? "");
  }, [search.q]);
  const on = filtersOn(search);
  const choices = (counts: Record<string, number> | undefined, words: (key: string) => string = (key) => key) =>
    Object.entries(counts ?? {}).map(([value, count]) => ({ value, label: `${words(value)} · ${count}` }));
  // One of the address is shown, also where no run has it: it holds back all of them.
  const tags = [...new Set([...(page?.tags ?? []), ...(search.tag ? [search.tag] : [])])];
  const zero = (key: string | undefined): Record<string, number> => (key ? { [key]: 0 } : {});
  return (
    <search className={css.filters} aria-label="Runs">
      <TextInput
        ref={box}
        aria-label="Search runs"
        placeholder="Search names, ids, specs ( / )"
        leftSection={<Search size={13} />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          typed(event.currentTarget.value);
        }}
      />
      <Select
        aria-label="Family"
        placeholder="Any family"
        w={190}
        clearable
        data={choices({ ...zero(search.family), ...page?.families }, title)}
        value={search.family ?? null}
        onChange={(family) => change({ family: family ?? undefined })}
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        w={140}
        clearable
        data={choices(page?.statuses)}
        value={search.status || null}
        onChange={(status) => change({ status: runsSearch.shape.status.parse(status ?? "") })}
      />
      {tags.length > 0 && (
        <Select
          aria-label="Tag"
          className={css.whole}
          placeholder="Any tag"
          w={120}
          clearable
          searchable
          data={tags}
          value={search.tag ?? null}
          onChange={(tag) => change({ tag: tag ?? undefined })}
        />
      )}
      <TextInput
        type="date"
        aria-label="Made on or after"
        title="Made on or after this day"
        leftSection={<span className="mute">from</span>}
        leftSectionWidth={38}
        w={158}
        value={search.since ?? ""}
        onChange={(event) => change({ since: event.currentTarget.value || undefined }, true)}
      />
      <TextInput
        type="date"
        aria-label="Made on or before"
        title="Made on or before this day"
        leftSection={<span className="mute">to</span>}
        leftSectionWidth={26}
        w={146}
        value={search.until ?? ""}
        onChange={(event) => change({ until: event.currentTarget.value || undefined }, true)}
      />
      {(search.deleted || (page?.deleted ?? 0) > 0) && (
        <Button
          variant={search.deleted ? "light" : "default"}
          aria-pressed={search.deleted}
          title="Runs that were put away: their files stay until they are purged"
          leftSection={<Trash2 size={13} />}
          onClick={() => change({ deleted: !search.deleted })}
        >
          Deleted{page ? ` · ${page.deleted}` : ""}
        </Button>
      )}
      {on > 0 && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<X size={13} />}
          onClick={() => {
            setText("");
            change(NO_FILTERS);
          }}
        >
          Clear {counted(on, "filter")}
        </Button>
      )}
    </search>
  );
}
