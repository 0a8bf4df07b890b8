/** What a patch was made of, as a way back to it. */
import { Link } from "@tanstack/react-router";
import type { PatchInfo } from "../../api/types";
import { featureId } from "../../lib/featureRef";

export function madeOfText(source: PatchInfo["source"]): string {
  if (source.type === "feature") return featureId({ sae: source.sae, index: source.feature });
  return source.type === "adapter" ? `the adapter ${source.adapter}` : "given as it stands";
}

export function MadeOf({ source }: Pick<PatchInfo, "source">) {
  if (source.type !== "feature") return <span className="mute">{madeOfText(source)}</span>;
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
