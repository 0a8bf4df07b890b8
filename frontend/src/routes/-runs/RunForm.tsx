/** The form that starts a run: the family's fields, what it would do and cost, name, tags, priority. */
import { Button, NumberInput, Switch, TagsInput, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useMemo, useState } from "react";
import { asJsonObject } from "../../api/json";
import { askRunsAgain, useTrouble } from "../../api/live";
import { models } from "../../api/queries";
import { preflight, startRun } from "../../api/runs";
import type { FamilyCard, Run } from "../../api/types";
import { JsonTree } from "../../components/JsonTree";
import { KindForm } from "../../components/KindForm";
import { TroubleNote } from "../../components/States";
import { problemsOf } from "../../lib/kindProblems";
import { changedOnly, isObject, type Json, type JsonObject } from "../../lib/kindSchema";
import { copyText } from "../-shell/copy";
import { useKeys } from "../-shell/keys";
import { begun, type Given } from "./begun";
import css from "./Runs.module.css";
import { useRecordings } from "./recordings";
import { TAG_MAX } from "./tags";
import { useKept } from "./useKept";

const ASK_MS = 500;

/** What a spec would do, asked for once typing rests; nothing while a field is wrong. */
function usePreflight(spec: JsonObject, ok: boolean) {
  const text = JSON.stringify(spec);
  const [rested] = useDebouncedValue(text, ASK_MS);
  const asked = useQuery({
    queryKey: ["preflight", rested],
    queryFn: () => preflight(JSON.parse(rested)),
    enabled: ok && rested === text,
    staleTime: 10_000,
  });
  return { ...asked, current: rested === text };
}

/** What a run is besides its spec. */
interface About {
  name: string;
  tags: readonly string[];
  priority: number;
  hold: boolean;
}

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
  const problems = useMemo(() => problemsOf(schema, value), [schema, value]);
  const spec: JsonObject = useMemo(() => {
    const sent = changedOnly(schema, value);
    return { ...(isObject(sent) ? sent : {}), kind: card.kind };
  }, [schema, value, card.kind]);
  const wrong = Object.keys(problems).length;
  const told = usePreflight(spec, wrong === 0);
  const start = useMutation({
    mutationFn: () => startRun({ spec: { ...spec }, name, tags: [...tags], priority, hold }),
    onSuccess: ({ id }) => {
      askRunsAgain(client);
      return navigate({ to: "/runs/$run", params: { run: id } });
    },
  });
  const submit = () => {
    setInsist(true);
    if (wrong === 0 && !start.isPending) start.mutate();
  };
  useKeys([["mod+Enter", submit]]);
  const refused = useTrouble(start.error ?? (told.current ? told.error : null));
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
          onChange={setValue}
          problems={problems}
          insist={insist}
          suggestions={{
            model: [...new Set(choices?.map((choice) => choice.name))],
            activations: recordings ?? [],
          }}
        />
      </section>
      <div className={css.stack}>
        <section className={css.card}>
          <h2>This run</h2>
          <TextInput
            label="Name"
            placeholder="May be empty"
            value={name}
            maxLength={200}
            onChange={(event) => setAbout({ ...about, name: event.currentTarget.value })}
          />
          <TagsInput
            label="Tags"
            size="xs"
            value={[...tags]}
            onChange={(next) => setAbout({ ...about, tags: next })}
            maxLength={TAG_MAX}
            acceptValueOnBlur
          />
          <NumberInput
            label="Priority"
            description="Higher runs first"
            min={-100}
            max={100}
            allowDecimal={false}
            value={priority}
            onChange={(next) => setAbout({ ...about, priority: typeof next === "number" ? next : 0 })}
          />
          <Switch
            label="Hold it: paused until somebody resumes it"
            checked={hold}
            onChange={(event) => setAbout({ ...about, hold: event.currentTarget.checked })}
          />
          {insist && wrong > 0 && (
            <p role="alert">
              {wrong === 1 ? "One field is" : `${wrong} fields are`} not right yet: {Object.keys(problems).join(", ")}.
            </p>
          )}
          <div className={css.head}>
            <Button type="submit" leftSection={<Play size={13} />} loading={start.isPending}>
              {hold ? "Add to the queue, held" : "Start"}
            </Button>
            <span className="mute">
              <kbd>Ctrl ⏎</kbd>
            </span>
          </div>
        </section>
        {refused && <TroubleNote trouble={refused} />}
        <section className={css.card} aria-live="polite">
          <h2>What it will do</h2>
          {told.data && told.current && wrong === 0 ? (
            <>
              <ul className={css.sentences}>
                {told.data.says.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
                {told.data.warnings.map((sentence) => (
                  <li key={sentence} style={{ color: "var(--ms-warn)" }}>
                    Warning: {sentence}
                  </li>
                ))}
              </ul>
              {told.data.says.length + told.data.warnings.length === 0 && <p>It can run as it is.</p>}
            </>
          ) : (
            <p>
              {wrong > 0
                ? "Fill in what is needed, and it is checked here."
                : refused
                  ? "It cannot run as it is."
                  : "Checking…"}
            </p>
          )}
        </section>
        <section className={css.card}>
          <h2>Spec</h2>
          <JsonTree value={spec} label="spec" depth={3} onCopy={copyText} />
        </section>
      </div>
    </form>
  );
}
