import { Button, Tabs } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { asJson } from "../api/json";
import { useTrouble } from "../api/live";
import { useRunLive } from "../api/runLive";
import { families, run as runQuery } from "../api/runs";
import type { Run } from "../api/types";
import { JsonTree } from "../components/JsonTree";
import { RunStatus } from "../components/RunStatus";
import { Empty, TroublePage } from "../components/States";
import { Again } from "./-runs/Again";
import { Artifacts } from "./-runs/Artifacts";
import { RunActions } from "./-runs/actions";
import { EditRun } from "./-runs/EditRun";
import { Log } from "./-runs/Log";
import { Metrics } from "./-runs/Metrics";
import { Overview } from "./-runs/Overview";
import { RUN_DEFAULTS, type RunSearch, runSearch, TABS, type Tab } from "./-runs/params";
import css from "./-runs/Runs.module.css";
import { familyTitle, runTitle } from "./-runs/words";
import { useCommands } from "./-shell/commands";
import { copyText } from "./-shell/copy";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/runs/$run")({
  validateSearch: runSearch,
  search: { middlewares: [stripSearchParams(RUN_DEFAULTS)] },
  component: RunPage,
});

const TAB_WORDS: Record<Tab, string> = {
  overview: "Overview",
  metrics: "Metrics",
  spec: "Spec",
  logs: "Log",
  artifacts: "Files",
  env: "Environment",
};

/** One run: what it was asked, how it goes, what came of it. */
function RunPage() {
  const { run: id } = Route.useParams();
  useUnread(runSearch);
  const { data, error, refetch } = useQuery(runQuery(id));
  const trouble = useTrouble(data ? null : error);
  useDocumentTitle(`${data ? runTitle(data.row) : id} · Microscope`);
  if (trouble)
    return (
      <TroublePage trouble={trouble} retry={refetch}>
        <Button component={Link} to="/runs" variant="default">
          Runs
        </Button>
      </TroublePage>
    );
  if (!data)
    return (
      <div className={css.scrolls} aria-busy>
        <div className={css.skeleton} />
      </div>
    );
  return <Ready key={id} run={data} />;
}

function Ready({ run }: { run: Run }) {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const live = useRunLive(run.row.id);
  // The socket tells it first; what was asked for comes after.
  const row = live.row ?? run.row;
  const { data: cards } = useQuery(families);
  const change = (part: Partial<RunSearch>, replace = false) =>
    navigate({ search: (before) => ({ ...before, ...part }), replace });
  useCommands(TABS.map((tab) => ({ label: `${TAB_WORDS[tab]} of this run`, act: () => change({ tab }) })));
  const shared = { run, row, live, search, change };
  return (
    <div className={css.scrolls}>
      <header className={css.head}>
        <h1>{runTitle(row)}</h1>
        <RunStatus status={row.status} stopping={row.stopping} />
        <span className="mute">{familyTitle(row.family, cards)}</span>
        {row.tags.map((tag) => (
          <Link key={tag} to="/runs" search={{ tag }} className={css.tag}>
            {tag}
          </Link>
        ))}
        <EditRun row={row} />
        <span className={css.spacer} />
        <RunActions row={row} />
        <Again run={run} row={row} />
      </header>
      <Tabs
        className={css.tabs}
        value={search.tab}
        onChange={(tab) => change({ tab: TABS.find((one) => one === tab) ?? "overview" })}
        keepMounted={false}
      >
        <Tabs.List className={css.tabList}>
          {TABS.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {TAB_WORDS[tab]}
              {tab === "artifacts" && run.artifacts.length > 0 && <span className="mute"> {run.artifacts.length}</span>}
              {tab === "logs" && live.log.length > 0 && <span className="mute"> {live.log.length}</span>}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview {...shared} />
        </Tabs.Panel>
        <Tabs.Panel value="metrics">
          <Metrics {...shared} />
        </Tabs.Panel>
        <Tabs.Panel value="spec" pt={12}>
          <p className={css.says}>
            SHA-256 of the spec: <span className="mono">{run.spec_sha256}</span>
          </p>
          <JsonTree value={asJson(run.spec)} label="spec" depth={4} onCopy={copyText} />
        </Tabs.Panel>
        <Tabs.Panel value="logs">
          <Log
            lines={live.log}
            running={row.status === "running"}
            waiting={live.row === undefined && live.trouble === undefined}
          />
        </Tabs.Panel>
        <Tabs.Panel value="artifacts">
          <Artifacts {...shared} />
        </Tabs.Panel>
        <Tabs.Panel value="env" pt={12}>
          {Object.keys(run.environment).length > 0 ? (
            <JsonTree value={asJson(run.environment)} label="environment" depth={2} onCopy={copyText} />
          ) : (
            <Empty title="No environment yet">
              Versions, hardware, git commit, seeds and the hashes of model and data are written when it begins.
            </Empty>
          )}
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
