import { Button, Menu } from "@mantine/core";
import { useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useEffect, useState } from "react";
import { useTrouble } from "../api/live";
import { families, runs } from "../api/runs";
import type { RunRow } from "../api/types";
import { DataTable } from "../components/DataTable";
import { Empty, TroubleNote, TroublePage } from "../components/States";
import { pagesOf } from "../lib/rows";
import { columnsOf, PHONE_COLUMNS, USUAL_COLUMNS } from "./-runs/columns";
import { columnsOfDeleted, DELETED_COLUMNS } from "./-runs/Deleted";
import { FamilyCards } from "./-runs/FamilyCards";
import { Filters } from "./-runs/Filters";
import { filtersOf, filtersOn, RUNS_DEFAULTS, type RunsSearch, runsSearch } from "./-runs/params";
import css from "./-runs/Runs.module.css";
import { SelectedRuns } from "./-runs/SelectedRuns";
import { asListed, type Chosen } from "./-runs/selection";
import { familyTitle } from "./-runs/words";
import { useCommands } from "./-shell/commands";
import { copyText } from "./-shell/copy";
import { usePages } from "./-shell/usePages";
import { counted } from "./-shell/words";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/runs/")({
  validateSearch: runsSearch,
  search: { middlewares: [stripSearchParams(RUNS_DEFAULTS)] },
  component: RunsPage,
});

/** As an address has them: the usual ones are not written, nor those of deleted runs. */
function colsOf(keys: readonly string[]): string | undefined {
  const own = DELETED_COLUMNS.filter((key) => key !== "name");
  const cols = keys.filter((key) => !own.includes(key)).join(",");
  return cols === USUAL_COLUMNS.join(",") ? undefined : cols;
}

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
  const choosing = {
    selected: new Set(chosen.keys()),
    onSelect: (_: string, row: RunRow) => choose(row),
    onOpen: ({ id }: RunRow) => navigate({ to: "/runs/$run", params: { run: id } }),
  };
  const listed = chosen.size === 0 ? [] : pagesOf(0, (data?.total ?? 0) - 1).flatMap((n) => pages.rowsAt(n) ?? []);
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
  const columns = columnsOf(cards, now);
  const shown = search.cols?.split(",") ?? (phone ? PHONE_COLUMNS : USUAL_COLUMNS);
  const none = data && Object.values(data.statuses).every((count) => count === 0);
  if (trouble && !data) return <TroublePage trouble={trouble} retry={refetch} />;
  if (none && filtersOn(search) === 0)
    return (
      <div className={css.scrolls}>
        <Empty title="Nothing was run yet" order={1} low>
          A run records activations, trains an autoencoder on them, measures it, or collects what its features fire on.
          Its curves, results and files stay here. Begin with one of these, or from the terminal.
          {data.deleted > 0 && (
            <p>
              <Link to="/runs" search={{ deleted: true }}>
                {counted(data.deleted, "run")} can be restored
              </Link>
            </p>
          )}
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
          columns={search.deleted ? columnsOfDeleted(columns, now) : columns}
          count={data?.total ?? 40}
          rowsAt={pages.rowsAt}
          onPages={pages.onPages}
          keyOf={({ id }) => id}
          {...(search.deleted ? {} : choosing)}
          sort={search.sort}
          desc={search.desc}
          onSort={(key, desc) => {
            const sort = runsSearch.shape.sort.parse(key);
            change({ sort, desc });
          }}
          shown={search.deleted ? [...DELETED_COLUMNS, ...shown] : shown}
          onShown={(keys) => change({ cols: colsOf(keys) })}
          onCopy={copyText}
          of={JSON.stringify(filters)}
          empty={
            isPlaceholderData ? null : (
              <>
                {search.deleted && filtersOn(search) === 1 ? "No run was put away." : "No run matches."}{" "}
                <Button variant="default" size="compact-xs" onClick={() => navigate({ search: {} })}>
                  Show all runs
                </Button>
              </>
            )
          }
        >
          <Filters search={search} change={change} page={data} title={(kind) => familyTitle(kind, cards)} />
          {!search.deleted && (
            <SelectedRuns
              chosen={asListed(chosen, listed)}
              keep={(ids) => setChosen((before) => new Map([...before].filter(([id]) => ids.has(id))))}
            />
          )}
        </DataTable>
      </div>
    </div>
  );
}
