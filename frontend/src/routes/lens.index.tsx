import { Button, Textarea } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { createFileRoute, Link } from "@tanstack/react-router";
import { Grid3x3 } from "lucide-react";
import { useEffect, useState } from "react";
import { body, http } from "../api/http";
import { useTrouble } from "../api/live";
import { patchSet } from "../api/patches";
import { examples, modelInfo } from "../api/queries";
import type { NewTrace } from "../api/types";
import { TroubleNote, Waiting } from "../components/States";
import classes from "./-lens/Lens.module.css";
import { Missing } from "./-patch-rail/Missing";
import { useSetWords } from "./-patch-rail/names";
import { ExampleList } from "./-shell/ExampleList";
import { useHere } from "./-shell/here";
import { takeKeyboard } from "./-shell/keys";
import { useModelLoading } from "./-shell/loadModel";

export const Route = createFileRoute("/lens/")({ component: LensText });

/** Runs a text once and opens its trace. */
function LensText() {
  useDocumentTitle("Lens · Microscope");
  const { text: brought, ids, model, patches } = Route.useSearch();
  const given = brought !== undefined || ids.length > 0;
  const [text, setText] = useState(brought ?? "");
  const navigate = Route.useNavigate();
  const { data: info, error } = useQuery(modelInfo);
  const busy = useModelLoading();
  const { data: shown } = useQuery({ ...examples(info?.slug ?? ""), enabled: info !== undefined });
  const run = useMutation({
    mutationFn: (asked: Pick<NewTrace, "text" | "ids" | "model">) =>
      body(http.POST("/api/traces", { body: { ...asked, ...(patches !== undefined && { patches }) } })),
    onMutate: useHere(({ href }) => href),
    onSuccess: ({ hash }, _, here) =>
      here() &&
      navigate({
        to: "/lens/$trace",
        params: { trace: hash },
        search: (now) => ({ ...now, text: undefined, ids: [], model: undefined, patches: undefined }),
        // A link with a text leads on by itself: Back must not run it again.
        replace: given,
      }),
  });
  const { mutate } = run;
  const ready = info !== undefined;
  useEffect(() => {
    if (!ready) return;
    if (ids.length > 0) mutate({ ids, model });
    else if (brought !== undefined) mutate({ text: brought, model });
  }, [brought, ids, model, ready, mutate]);
  const trouble = useTrouble(run.error ?? (busy ? null : error));
  if (busy && !info) return <Waiting what={busy} />;
  if (given && (run.isPending || !ready) && !error) return <Waiting what="Running the text…" />;
  return (
    <div className={classes.start}>
      <h1 className={classes.heading}>What would each layer say?</h1>
      <p className={classes.says}>
        The text runs through {info ? info.slug : "the model"} once; every layer is read at every token. The page has an
        address that shows the same to everybody.
      </p>
      {patches !== undefined && <Under {...{ patches }} />}
      {trouble && <TroubleNote trouble={trouble} />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          mutate({ text });
        }}
      >
        <Textarea
          aria-label="Text"
          placeholder="The capital of France is"
          autosize
          minRows={4}
          maxRows={14}
          ref={takeKeyboard}
          value={text}
          classNames={{ input: classes.box }}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && text) mutate({ text });
          }}
          spellCheck={false}
        />
        <div className={classes.startBar}>
          <span className="mute">
            <kbd>Ctrl ⏎</kbd> run
          </span>
          <Button type="submit" leftSection={<Grid3x3 size={14} />} disabled={!text || !ready} loading={run.isPending}>
            Read the layers
          </Button>
        </div>
      </form>
      <ExampleList examples={(shown ?? []).filter(({ mode }) => mode === "text")} />
    </div>
  );
}

/** What the text is to be run with. */
function Under({ patches }: { patches: string }) {
  const navigate = Route.useNavigate();
  const words = useSetWords([patches]);
  const { isSuccess } = useQuery(patchSet(patches));
  const leave = () => navigate({ search: (now) => ({ ...now, patches: undefined }) });
  return (
    <>
      <Missing
        hash={patches}
        without="A text cannot be run with it until then."
        leave="Without patches"
        onLeave={leave}
      />
      {isSuccess && (
        <p className={classes.says}>
          With{" "}
          <Link to="/patches/sets/$hash" params={{ hash: patches }}>
            {words(patches)}
          </Link>{" "}
          in force.{" "}
          <Button variant="subtle" size="compact-xs" onClick={leave}>
            Without patches
          </Button>
        </p>
      )}
    </>
  );
}
