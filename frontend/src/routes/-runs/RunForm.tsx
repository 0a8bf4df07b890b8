/** The form that starts a run, or a sweep: the family's fields, what it would do and cost. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useMemo, useState } from "react";
import { asJsonObject } from "../../api/json";
import { askRunsAgain, useTrouble } from "../../api/live";
import { models } from "../../api/queries";
import { startRun, startSweep } from "../../api/runs";
import { saes } from "../../api/saes";
import type { FamilyCard, Run, SweepPlan } from "../../api/types";
import { JsonTree } from "../../components/JsonTree";
import { KindForm } from "../../components/KindForm";
import { TroubleNote } from "../../components/States";
import { problemsOf } from "../../lib/kindProblems";
import { changedOnly, isObject, type Json, type JsonObject } from "../../lib/kindSchema";
import { type Axis, axisFields, axisText, isWhole, sweptSpec } from "../../lib/sweep";
import { copyText } from "../-shell/copy";
import { useHere } from "../-shell/here";
import { useKeys } from "../-shell/keys";
import { counted } from "../-shell/words";
import { type About, AboutRun } from "./AboutRun";
import { Axes } from "./Axes";
import { begun, type Given } from "./begun";
import css from "./Runs.module.css";
import { useRecordings } from "./recordings";
import { usePreflight, useSweepPlan } from "./useAsked";
import { useKept } from "./useKept";
import { usePatchNames } from "./usePatchNames";
import { useWays, Ways } from "./Ways";
import { WillDo } from "./WillDo";

/** As many as will be new. */
const queueWords = (plan: SweepPlan | undefined): string =>
  plan === undefined
    ? "Queue the sweep"
    : plan.new === 0
      ? "Nothing new to queue"
      : `Queue ${counted(plan.new, "run")}`;

interface Props {
  card: FamilyCard;
  from?: Run;
  /** What a new spec begins with. */
  given?: Given;
}

export function RunForm({ card, from, given = {} }: Props) {
  const [value, setValue] = useKept<Json>("spec", () => begun(asJsonObject(card.form), given, from));
  const [about, setAbout] = useKept<About>("run", () => ({
    name: from?.row.name ?? "",
    tags: from?.row.tags ?? [],
    priority: from?.row.priority ?? 0,
    hold: false,
  }));
  const { name, tags, priority, hold } = about;
  const [insist, setInsist] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: choices } = useQuery(models);
  const schema = useMemo(() => asJsonObject(card.form), [card.form]);
  const asks = isObject(schema.properties) && "activations" in schema.properties;
  const recordings = useRecordings(asks);
  const { data: library } = useQuery({
    ...saes,
    enabled: isObject(schema.properties) && "sae" in schema.properties,
  });
  const patched = usePatchNames(isObject(schema.properties) && "patches" in schema.properties);
  const problems = useMemo(() => problemsOf(schema, value), [schema, value]);
  const spec: JsonObject = useMemo(() => {
    const sent = changedOnly(schema, value);
    return { ...(isObject(sent) ? sent : {}), kind: card.kind };
  }, [schema, value, card.kind]);
  const [axes, setAxes] = useKept<readonly Axis[]>("axes", () => []);
  const sweeps = axes.length > 0;
  const swept = useMemo(() => sweptSpec(schema, spec, axes), [schema, spec, axes]);
  const fields = useMemo(() => axisFields(schema, value), [schema, value]);
  // What an axis gives its values need not be right in the form.
  const wrong = Object.keys(problems).filter((path) => !axes.some(({ field }) => field === path));
  const ready = wrong.length === 0 && axes.every(isWhole);
  const one = usePreflight(spec, ready && !sweeps);
  const many = useSweepPlan(swept, axes, ready && sweeps);
  const told = sweeps ? many : one;
  const start = useMutation({
    mutationFn: async () => {
      const more = { tags: [...tags], priority, hold };
      if (!sweeps) return startRun({ spec: { ...spec }, name, ...more });
      return startSweep({ spec: { ...swept }, axes: axes.map(axisText), tag: name, ...more });
    },
    onMutate: useHere(),
    onSuccess: (done, _, here) => {
      askRunsAgain(client);
      if (!here()) return;
      if ("id" in done) return navigate({ to: "/runs/$run", params: { run: done.id } });
      return navigate({ to: "/runs", search: { tag: done.tag } });
    },
  });
  const submit = () => {
    setInsist(true);
    if (ready && !start.isPending) start.mutate();
  };
  useKeys([["mod+Enter", submit]]);
  const refused = useTrouble(start.error ?? (told.current ? told.error : null));
  const ways = useWays(spec, refused !== undefined && told.current && !sweeps);
  const change = (next: Json) => {
    start.reset();
    setValue(next);
  };
  return (
    <form
      className={css.columns}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.stopPropagation();
        submit();
      }}
    >
      <section className={css.card} aria-label="Parameters">
        {recordings?.length === 0 && (
          <p role="note">
            No run here has recorded activations yet.{" "}
            <Link to="/experiments/$family/new" params={{ family: "record_activations" }}>
              Record activations
            </Link>{" "}
            first, or give the path of a recording.
          </p>
        )}
        <KindForm
          schema={schema}
          value={value}
          onChange={change}
          problems={problems}
          insist={insist}
          suggestions={{
            model: [...new Set(choices?.map((choice) => choice.name))],
            activations: recordings ?? [],
            sae: library?.items.map(({ slug }) => slug) ?? [],
            patches: patched,
            attached: patched,
            alternatives: patched,
          }}
        />
      </section>
      <div className={css.stack}>
        <AboutRun
          about={about}
          change={setAbout}
          sweeps={sweeps}
          wrong={insist ? wrong : []}
          submit={
            <Button
              type="submit"
              leftSection={<Play size={13} />}
              loading={start.isPending}
              disabled={sweeps && many.data?.new === 0 && many.current}
            >
              {sweeps ? queueWords(many.current ? many.data : undefined) : hold ? "Add to the queue, held" : "Start"}
            </Button>
          }
        />
        <Axes
          axes={axes}
          fields={fields}
          change={(next) => {
            start.reset();
            setAxes(next);
          }}
        />
        {refused && (
          <TroubleNote trouble={refused}>
            {ways && (
              <Ways of={ways} take={({ fields }) => change({ ...asJsonObject(value), ...asJsonObject(fields) })} />
            )}
          </TroubleNote>
        )}
        <WillDo
          told={one.data}
          plan={sweeps ? many.data : undefined}
          instead={
            !ready
              ? "Fill in what is needed, and it is checked here."
              : refused
                ? "It cannot run as it is."
                : told.data && told.current
                  ? undefined
                  : "Checking…"
          }
        />
        <section className={css.card}>
          <h2>Spec</h2>
          <JsonTree value={sweeps ? swept : spec} label="spec" depth={3} onCopy={copyText} />
        </section>
      </div>
    </form>
  );
}
