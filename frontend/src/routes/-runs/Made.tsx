/** What a run made outside of its directory and what it read: where that is seen, where it lies, what can be done next. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import { patchesOfRun } from "../../api/runs";
import { saes } from "../../api/saes";
import type { Run } from "../../api/types";
import { ToolButton } from "../../components/ToolButton";
import { copyText } from "../-shell/copy";
import { InnerLink } from "../-shell/InnerLink";
import css from "./Runs.module.css";
import { isRunId, usedBy } from "./used";

interface Next {
  title: string;
  family: string;
  /** The field of that family that what was made fills in. */
  field: "activations" | "sae";
}

const NEXT: Readonly<Record<string, readonly Next[]>> = {
  recording: [{ title: "Train an SAE on it", family: "train_sae", field: "activations" }],
  sae: [
    { title: "Evaluate it", family: "evaluate_sae", field: "sae" },
    { title: "Harvest its features", family: "harvest", field: "sae" },
  ],
};

/** The one recording that the run read: what was trained on it is also judged on it. */
function recordingOf({ spec: { activations } }: Pick<Run, "spec">): string | undefined {
  const one = Array.isArray(activations) && activations.length === 1 ? activations[0] : activations;
  return typeof one === "string" ? one : undefined;
}

export function Made({ run }: { run: Run }) {
  const { made, links } = run;
  const used = usedBy(run.spec);
  return (
    <section className={css.card} aria-label="Made and used">
      <h2>Made and used</h2>
      {made.length + links.length + used.length === 0 && <p>Nothing outside of its directory.</p>}
      {links.length > 0 && (
        <ul className={css.sentences}>
          {links.map(({ title, href }) => (
            <li key={`${href} ${title}`}>
              <InnerLink href={href}>{title}</InnerLink>
            </li>
          ))}
        </ul>
      )}
      {made.map(({ what, path, missing }) => (
        <div key={path} className={css.made}>
          <span className="mute">{what}</span>
          <Path of={what} path={path} />
          {missing && <span className={css.gone}>It is gone: somebody moved or deleted it.</span>}
          {!missing &&
            NEXT[what]?.map(({ title, family, field }) => (
              <Link
                key={title}
                to="/experiments/$family/new"
                params={{ family }}
                search={{ activations: recordingOf(run), [field]: path }}
              >
                {title}
              </Link>
            ))}
        </div>
      ))}
      {used.map(({ what, name }) => (
        <div key={`${what} ${name}`} className={css.made}>
          <span className="mute">read {what}</span>
          {what === "patches" ? <Patches run={run.row.id} hash={name} /> : <Path of={what} path={name} />}
          {what === "sae" && <InLibrary name={name} />}
        </div>
      ))}
    </section>
  );
}

function Path({ of, path }: { of: string; path: string }) {
  return (
    <>
      <span className="mono">{path}</span>
      <ToolButton label={`Copy the path of the ${of}`} onClick={() => copyText(path, "Path copied.")}>
        <Copy size={12} />
      </ToolButton>
    </>
  );
}

/** A patch or a set by its name. */
function Patches({ run, hash }: { run: string; hash: string }) {
  const { data } = useQuery(patchesOfRun(run));
  const found = data?.find((one) => one.hash === hash);
  if (!found?.what)
    return (
      <>
        <span className="mono">{hash}</span>
        {found && <span className={css.gone}>It is not here.</span>}
      </>
    );
  return (
    <Link to={found.what === "set" ? "/patches/sets/$hash" : "/patches/$hash"} params={{ hash }} title={hash}>
      <bdi>{found.name || hash}</bdi>
    </Link>
  );
}

/** Where an SAE is seen that the library knows by this name, or that lies there; of one that is named by its run, the run. */
function InLibrary({ name }: { name: string }) {
  const { data } = useQuery(saes);
  const found = data?.items.find(({ slug, path }) => slug === name || path === name);
  if (found)
    return (
      <Link to="/saes/$sae" params={{ sae: found.slug }}>
        SAE {found.slug}
      </Link>
    );
  return isRunId(name) ? (
    <Link to="/runs/$run" params={{ run: name }}>
      The run that made it
    </Link>
  ) : null;
}
