/** What a run made outside of its directory: where that is seen, where it lies, and what can be done with it next. */
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { Run } from "../../api/types";
import { ToolButton } from "../../components/ToolButton";
import { copyText } from "../-shell/copy";
import { InnerLink } from "../-shell/InnerLink";
import css from "./Runs.module.css";

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
  return (
    <section className={css.card} aria-label="Made and used">
      <h2>Made and used</h2>
      {made.length + links.length === 0 && <p>Nothing outside of its directory.</p>}
      {links.length > 0 && (
        <ul className={css.sentences}>
          {links.map(({ title, href }) => (
            <li key={`${href} ${title}`}>
              <InnerLink href={href}>{title}</InnerLink>
            </li>
          ))}
        </ul>
      )}
      {made.map(({ what, path }) => (
        <div key={path} className={css.made}>
          <span className="mute">{what}</span>
          <span className="mono">{path}</span>
          <ToolButton label={`Copy the path of the ${what}`} onClick={() => copyText(path, "Path copied.")}>
            <Copy size={12} />
          </ToolButton>
          {NEXT[what]?.map(({ title, family, field }) => (
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
    </section>
  );
}
