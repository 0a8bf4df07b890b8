import { Button, FileButton, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { Compass, FileInput, Grid3x3, MessageSquare } from "lucide-react";
import { lazy, Suspense, useRef } from "react";
import { useTrouble } from "../api/live";
import { conversations, examples, modelInfo, status } from "../api/queries";
import type { DeviceStatus, ModelInfo } from "../api/types";
import { Facts } from "../components/Facts";
import { ParityBadge } from "../components/ParityBadge";
import { TroubleNote, Waiting } from "../components/States";
import { formatBytes, formatCount } from "../lib/format";
import classes from "./-home/Home.module.css";
import { importBundle } from "./-home/importBundle";
import { RunsOverview } from "./-home/RunsOverview";
import { ON_LOOPBACK } from "./-shell/copy";
import { ExampleList } from "./-shell/ExampleList";
import { useHere } from "./-shell/here";
import { useModelLoading } from "./-shell/loadModel";
import { ago, owner, parameters, titled } from "./-shell/words";
import { homeSearch } from "./-view/params";

export const Route = createFileRoute("/")({
  validateSearch: homeSearch,
  component: Home,
});

// Only some readers take it, once.
const Tour = lazy(() => import("./-home/Tour"));

function Home() {
  const { tour } = Route.useSearch();
  const navigate = Route.useNavigate();
  const walk = (step: number | undefined) => navigate({ search: { tour: step }, replace: tour !== undefined });
  useDocumentTitle("Microscope");
  const { data: info, error, refetch } = useQuery(modelInfo);
  const busy = useModelLoading();
  const trouble = useTrouble(busy ? undefined : error);
  const { data: shown } = useQuery({ ...examples(info?.slug ?? ""), enabled: info !== undefined });
  const { data: now } = useQuery(status);
  return (
    <div className={classes.home}>
      <div className={classes.inner}>
        <header className={classes.hero}>
          <h1>See what every layer would have said</h1>
          <p>
            Chat with a language model. Each token that it writes comes with the predictions of all its layers; click
            one and follow its rise.
          </p>
          <div className={classes.start}>
            <Button component={Link} to="/chat" size="sm" leftSection={<MessageSquare size={15} />}>
              Start a chat
            </Button>
            <Button component={Link} to="/lens" size="sm" variant="default" leftSection={<Grid3x3 size={15} />}>
              Read a text
            </Button>
            <Button variant="subtle" color="gray" size="sm" leftSection={<Compass size={15} />} onClick={() => walk(0)}>
              Two-minute tour
            </Button>
            {tour !== undefined && (
              <Suspense>
                <Tour info={info} examples={shown ?? []} step={tour} walk={walk} />
              </Suspense>
            )}
          </div>
          <p className={classes.sharing}>
            The address of a page holds all that it shows.{" "}
            {ON_LOOPBACK ? (
              <>
                This server is on loopback, so a link opens <b>on this machine only</b>: for a colleague, use{" "}
                <b>Export → Bundle</b>, which opens on any other server.
              </>
            ) : (
              <>
                A link shows the same to whoever reaches this server; <b>Export → Bundle</b> carries it to another one.
              </>
            )}
          </p>
        </header>
        {trouble && <TroubleNote trouble={trouble} retry={refetch} />}
        {busy && <Waiting what={busy} />}
        {shown && shown.length > 0 && (
          <section>
            <h2 className="label">What {info?.slug} knows</h2>
            <ExampleList examples={shown} />
          </section>
        )}
        <RunsOverview />
        <div className={classes.columns}>
          <Recent />
          <div className={classes.stack}>
            {info && <ModelCard info={info} />}
            {now && <DeviceCard now={now} />}
          </div>
        </div>
      </div>
    </div>
  );
}

function Recent() {
  const { data, error } = useQuery(conversations());
  const navigate = useNavigate();
  const reset = useRef<() => void>(null);
  const load = useMutation({
    mutationFn: importBundle,
    onMutate: useHere(),
    onSuccess: ({ open }, _, here) => here() && navigate({ href: open }),
  });
  const trouble = useTrouble(error ?? load.error);
  return (
    <section className={classes.card}>
      <div className={classes.cardHead}>
        <h2 className="label">Recent conversations</h2>
        <FileButton
          accept="application/json,.json"
          resetRef={reset}
          // Let go of when it is read: a file that was put right can be chosen again.
          onChange={(file) => file && load.mutate(file, { onSettled: () => reset.current?.() })}
        >
          {(props) => (
            <Button
              {...props}
              variant="subtle"
              color="gray"
              size="compact-xs"
              leftSection={<FileInput size={13} />}
              loading={load.isPending}
            >
              Open a bundle
            </Button>
          )}
        </FileButton>
      </div>
      {trouble && <TroubleNote trouble={trouble} />}
      {data?.items.length === 0 && (
        <Text c="dimmed" size="sm">
          None yet. An example above is a good first one.
        </Text>
      )}
      <ul className={classes.recent}>
        {data?.items.slice(0, 8).map((row) => (
          <li key={row.id}>
            <Link to="/chat/$conversation" params={{ conversation: row.id }}>
              <span className={classes.recentTitle}>{titled(row.title)}</span>
              <span className={classes.recentFacts}>
                {row.n_tokens} tok · {ago(row.updated, Date.now())}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ModelCard({ info }: { info: ModelInfo }) {
  const sizes = `${info.n_layers} · ${info.d_model} · ${info.n_heads}`;
  const room = `${formatCount(info.d_vocab)} · ${formatCount(info.n_ctx)}`;
  return (
    <section className={classes.card}>
      <div className={classes.cardHead}>
        <h2 className="label">Model</h2>
        <ParityBadge parity={info.parity} />
      </div>
      <div className={classes.modelName}>{info.slug}</div>
      <Facts
        look="ends"
        facts={[
          { name: "architecture", value: info.architecture, mono: "value" },
          { name: "layers · d_model · heads", value: sizes, mono: "value" },
          { name: "parameters", value: parameters(info.n_parameters), mono: "value" },
          { name: "vocabulary · context", value: room, mono: "value" },
          { name: "dtype · device", value: `${info.dtype} · ${info.device}`, mono: "value" },
          { name: "lenses", value: info.lenses.join(", "), mono: "value" },
          { name: "weights", value: `${info.weights_sha256.slice(0, 12)}…`, mono: "value" },
        ]}
      />
    </section>
  );
}

function Meter({ name, used, of }: { name: string; used: number; of: number }) {
  const share = of > 0 ? Math.min(100, (100 * used) / of) : 0;
  return (
    <div className={classes.meter}>
      <div className={classes.meterText}>
        <span>{name}</span>
        <span className="mono">
          {formatBytes(used)} / {formatBytes(of)}
        </span>
      </div>
      <div className={classes.track}>
        <div style={{ width: `${share}%` }} />
      </div>
    </div>
  );
}

function DeviceCard({ now }: { now: DeviceStatus }) {
  const passes = `${formatCount(now.forwards)} · ${formatCount(now.positions_computed)}`;
  return (
    <section className={classes.card}>
      <div className={classes.cardHead}>
        <h2 className="label">Device · {now.device}</h2>
      </div>
      <Meter
        name={`Memory of the ${owner(now.device)}, all programs`}
        used={now.memory_used_bytes}
        of={now.memory_total_bytes}
      />
      <Meter name="Conversations' states" used={now.states_bytes} of={now.state_budget_bytes} />
      <Facts
        look="ends"
        facts={[
          { name: "models' weights", value: formatBytes(now.models_bytes), mono: "value" },
          { name: "streaming · waiting", value: `${now.streams} · ${now.waiting}`, mono: "value" },
          { name: "forward passes · positions", value: passes, mono: "value" },
        ]}
      />
    </section>
  );
}
