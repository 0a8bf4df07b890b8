import { Button, Menu, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { Play, Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTrouble } from "../api/live";
import { families, runs } from "../api/runs";
import type { RunRow } from "../api/types";
import { DataTable } from "../components/DataTable";
import { Empty, TroubleNote, TroublePage } from "../components/States";
import { columnsOf, PHONE_COLUMNS, USUAL_COLUMNS } from "./-runs/columns";
import { FamilyCards } from "./-runs/FamilyCards";
import { filtersOf, filtersOn, RUNS_DEFAULTS, type RunsSearch, runsSearch } from "./-runs/params";
import css from "./-runs/Runs.module.css";
import { type Chosen, SelectedRuns } from "./-runs/SelectedRuns";
import { familyTitle } from "./-runs/words";
import { useCommands } from "./-shell/commands";
import { copyText } from "./-shell/copy";
import { useLetters } from "./-shell/shortcuts";
import { usePages } from "./-shell/usePages";
import { counted } from "./-shell/words";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/runs/")({
  validateSearch: runsSearch,
  search: { middlewares: [stripSearchParams(RUNS_DEFAULTS)] },
  component: RunsPage,
});

const TYPING_MS = 200;

/** Ages are told to the minute. */
function useMinute(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Every run: filtered, sorted, each with a page. */
function RunsPage() {
  useDocumentTitle("Runs · Microscope");
  useUnread(runsSearch);
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const filters = filtersOf(search);
  const { data, error, refetch, isPlaceholderData } = useQuery({ ...runs(filters), placeholderData: keepPreviousData });
  const { data: cards } = useQuery(families);
  const pages = usePages((n) => runs(filters, n));
  const phone = useMediaQuery("(max-width: 767px)", false, { getInitialValueInEffect: false });
  const now = useMinute();
  const [chosen, setChosen] = useState<Chosen>(new Map());
  const choose = (row: RunRow) =>
    setChosen((before) => {
      const next = new Map(before);
      if (!next.delete(row.id)) next.set(row.id, row);
      return next;
    });
  const trouble = useTrouble(error ?? pages.error);
  // Its rows say where the table stands: the router would put it back to where it was before the key or the click.
  const change = (part: Partial<RunsSearch>, replace = false) =>
    navigate({ search: (before) => ({ ...before, ...part }), replace, resetScroll: false });
  useCommands(
    (cards ?? []).map(({ kind, title }) => ({
      label: `New run: ${title}`,
      act: () => navigate({ to: "/experiments/$family/new", params: { family: kind } }),
    })),
  );
  const none = data && Object.values(data.statuses).every((count) => count === 0);
  if (trouble && !data) return <TroublePage trouble={trouble} retry={refetch} />;
  if (none && filtersOn(search) === 0)
    return (
      <div className={css.scrolls}>
        <Empty title="Nothing was run yet" order={1}>
          A run records activations, trains an autoencoder on them, measures it, or collects what its features fire on.
          Its curves, results and files stay here. Begin with one of these, or from the terminal.
        </Empty>
        <FamilyCards cards={cards ?? []} />
      </div>
    );
  return (
    <div className={css.page}>
      <header className={css.head}>
        <h1>Runs</h1>
        <span className="mute">{data ? counted(data.total, "run") : ""}</span>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button className={css.push} leftSection={<Play size={13} />}>
              New run
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {(cards ?? []).map(({ kind, title }) => (
              <Menu.Item
                key={kind}
                renderRoot={(props) => <Link {...props} to="/experiments/$family/new" params={{ family: kind }} />}
              >
                {title}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </header>
      {trouble && <TroubleNote trouble={trouble} retry={refetch} />}
      <div className={css.table}>
        <DataTable
          label="Runs"
          columns={columnsOf(cards, now)}
          count={data?.total ?? 40}
          rowsAt={pages.rowsAt}
          onPages={pages.onPages}
          keyOf={({ id }) => id}
          selected={new Set(chosen.keys())}
          onSelect={(_, row) => choose(row)}
          sort={search.sort}
          desc={search.desc}
          onSort={(key, desc) => {
            const sort = runsSearch.shape.sort.parse(key);
            change({ sort, desc });
          }}
          shown={search.cols?.split(",") ?? (phone ? PHONE_COLUMNS : USUAL_COLUMNS)}
          onShown={(keys) => change({ cols: keys.join(",") === USUAL_COLUMNS.join(",") ? undefined : keys.join(",") })}
          onOpen={({ id }) => navigate({ to: "/runs/$run", params: { run: id } })}
          onCopy={copyText}
          of={JSON.stringify(filters)}
          empty={
            isPlaceholderData ? null : (
              <>
                No run matches.{" "}
                <Button variant="default" size="compact-xs" onClick={() => navigate({ search: {} })}>
                  Show all runs
                </Button>
              </>
            )
          }
        >
          <Filters search={search} change={change} page={data} title={(kind) => familyTitle(kind, cards)} />
          <SelectedRuns chosen={chosen} clear={() => setChosen(new Map())} />
        </DataTable>
      </div>
    </div>
  );
}

interface FiltersProps {
  search: RunsSearch;
  change: (part: Partial<RunsSearch>, replace?: boolean) => void;
  page: { families: Record<string, number>; statuses: Record<string, number>; tags: readonly string[] } | undefined;
  title: (kind: string) => string;
}

function Filters({ search, change, page, title }: FiltersProps) {
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
        data={choices(page?.families, title)}
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
      {(page?.tags.length ?? 0) > 0 && (
        <Select
          aria-label="Tag"
          className={css.whole}
          placeholder="Any tag"
          w={120}
          clearable
          searchable
          data={[...(page?.tags ?? [])]}
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
      {on > 0 && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<X size={13} />}
          onClick={() => {
            setText("");
            change({ q: undefined, family: undefined, status: "", tag: undefined, since: undefined, until: undefined });
          }}
        >
          Clear {counted(on, "filter")}
        </Button>
      )}
    </search>
  );
}
