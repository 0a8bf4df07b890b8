/** What a patch was made of, as a way back to it. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { PatchRow } from "../../api/types";
import { featureId } from "../../lib/featureRef";
import { chosenOf } from "../../lib/writers";

type Source = PatchRow["source"];

const nameOf = (path: string): string => path.split("/").at(-1) || path;

export function madeOfText(source: Source): string {
  switch (source.type) {
    case "feature":
      return featureId({ sae: source.sae, index: source.feature });
    case "adapter":
      return `the adapter ${nameOf(source.adapter)}`;
    case "neuron":
      return `neuron ${source.neuron} of L${source.layer}`;
    case "unembedding":
      return `token ${source.token}${source.minus === null ? "" : ` less token ${source.minus}`}`;
    case "means":
      return `${source.toward.length} prompts less ${source.away.length}`;
    case "span":
      return `tokens ${source.start} to ${source.end - 1} of a text of ${source.ids.length}`;
    case "file":
      return `${nameOf(source.path)}${source.tensor && `: ${source.tensor}`}`;
    case "content":
      return source.run ? `found by run ${source.run}` : "given as it stands";
  }
}

/** The form with the same choices. Of a span its text is one that somebody came from. */
function formOf(source: Source) {
  switch (source.type) {
    case "unembedding":
      return { from: source.type, token: source.token, minus: source.minus ?? undefined, site: source.site };
    case "neuron":
      return { from: source.type, layer: source.layer, neuron: source.neuron };
    case "file":
      return { from: source.type, path: source.path, tensor: source.tensor || undefined, site: source.site };
    case "means":
      return {
        from: source.type,
        toward: source.toward.join("\n"),
        away: source.away.join("\n"),
        turns: source.read_as === "chat",
        mean: source.position === "mean",
        site: source.site,
      };
    default:
      return undefined;
  }
}

/** Named layer by layer, so that no model need be known. */
function weightsOf(writers: readonly string[]) {
  if (writers.length === 0) return {};
  const { modules, from, to } = chosenOf(writers, 0);
  return { modules: [...modules], layers: to < from ? undefined : `${from}-${to}` };
}

export function MadeOf({ source }: { source: Source }): ReactNode {
  if (source.type === "feature") {
    const { sae, feature, kind, everywhere, value } = source;
    return (
      <Link
        to="/features/$sae/$index"
        params={{ sae, index: String(feature) }}
        search={{ tab: "steer", kind, everywhere, value: value ?? undefined }}
      >
        {madeOfText(source)}
      </Link>
    );
  }
  if (source.type === "content" && source.run)
    return (
      <Link to="/runs/$run" params={{ run: source.run }}>
        {madeOfText(source)}
      </Link>
    );
  const form = formOf(source);
  if (!form || !("kind" in source)) return <span className="mute">{madeOfText(source)}</span>;
  return (
    <Link
      to="/patches/new"
      search={{ ...form, ...weightsOf(source.writers), kind: source.kind, everywhere: source.everywhere }}
    >
      {madeOfText(source)}
    </Link>
  );
}

/** The conversation or the trace from which somebody came; null where nobody said. */
export function SeenIn({ source }: { source: Source }): ReactNode {
  const seen = "seen" in source ? source.seen : null;
  const token = seen?.position ?? undefined;
  const at = token === undefined ? "" : ` at token ${token}`;
  if (seen?.conversation)
    return (
      <Link to="/chat/$conversation" params={{ conversation: seen.conversation }} search={{ token }}>
        a conversation{at}
      </Link>
    );
  if (seen?.trace)
    return (
      <Link to="/lens/$trace" params={{ trace: seen.trace }} search={{ token }}>
        a text in the lens{at}
      </Link>
    );
  return null;
}
