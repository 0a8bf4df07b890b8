/** Patches as files for other programs, at the strength that the page shows. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useTrouble } from "../../api/live";
import { atStrength } from "../../api/patches";
import { exportedPatches } from "../../api/patchFiles";
import type { PatchContent, PatchExportFormat, PatchInfo } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { formatNumber } from "../../lib/format";
import { editsWeights } from "../../lib/patches";
import type { SetMember } from "../../lib/patchRail";
import { download } from "../-view/download";
import classes from "./Patches.module.css";

interface Props {
  /** Of the file: the hash of the patch or the set. */
  name: string;
  members: readonly SetMember[];
  /** What they are. */
  patches: readonly PatchContent[];
  /** Times each member's own. */
  strength: number;
  /** What a single one was made of. Defaults to what is not told. */
  source?: PatchInfo["source"];
}

interface Format {
  value: PatchExportFormat;
  label: string;
  /** Begins the file's name. */
  file: string;
}

const WEIGHTS: readonly Format[] = [
  { value: "peft", label: "Export as adapter", file: "adapter" },
  { value: "merged", label: "Export merged model", file: "model" },
];
const VECTORS: readonly Format[] = [
  { value: "gguf", label: "Export as GGUF", file: "steering-gguf" },
  { value: "safetensors", label: "Export as safetensors", file: "steering" },
];

const steers = ({ kind }: PatchContent): boolean => kind === "steer";

/** Why there is no file, by what it does. */
const NO_FILE: Readonly<Record<string, string>> = {
  clamp: "It reads the feature's activation at each token, which neither weights nor a steering vector can.",
  ablate: "It takes out what passes, whatever wrote it, which no weight does at one place.",
};

/** What cannot be a file, and the kind that can. */
function NoFile({ kind, source }: { kind: string; source: Props["source"] }) {
  const scale =
    source?.type === "feature" ? (
      <Link
        to="/features/$sae/$index"
        params={{ sae: source.sae, index: String(source.feature) }}
        search={{ tab: "steer", kind: "scale" }}
      >
        Make a scale of the same feature
      </Link>
    ) : (
      <Link to="/patches/new">Make a scale of the same direction</Link>
    );
  return (
    <section aria-label="As files">
      <p className={classes.none}>
        No file of another program holds a {kind}. {NO_FILE[kind]} {scale}: it changes what the weights write along the
        direction, at −1 to nothing, and is exported as an adapter. Try it on the same texts: it does not do the same.
      </p>
    </section>
  );
}

export function ExportPatches({ name, members, patches, strength, source }: Props) {
  const run = useMutation({
    mutationFn: exportedPatches,
    onSuccess: (zip, { format }) => {
      const file = [...WEIGHTS, ...VECTORS].find(({ value }) => value === format)?.file;
      download(zip, `${file}-${name}.zip`, "application/zip");
    },
  });
  const trouble = useTrouble(run.error);
  const formats = patches.every(editsWeights) ? WEIGHTS : patches.every(steers) ? VECTORS : [];
  const [first] = patches;
  if (formats.length === 0)
    return patches.length > 1 || !first ? (
      <p className="mute">
        No file of another program holds all of it: weights hold scale and adapter, steering vectors steer alone.
      </p>
    ) : (
      <NoFile kind={first.kind} source={source} />
    );
  return (
    <section aria-label="As files">
      <p className={classes.goes}>
        {formats.map(({ value, label }) => (
          <Button
            key={value}
            variant="default"
            leftSection={<Download size={14} />}
            aria-busy={run.isPending}
            onClick={() => !run.isPending && run.mutate({ members: atStrength(members, strength), format: value })}
          >
            {run.isPending && run.variables.format === value ? "Writing…" : label}
          </Button>
        ))}{" "}
        <span className="mute">
          At strength {formatNumber(strength, 4)}, as a zip:{" "}
          {formats === WEIGHTS ? "a LoRA for PEFT, or all weights for transformers." : "vectors as repeng reads them."}
        </span>
      </p>
      {trouble && <TroubleNote trouble={trouble} />}
    </section>
  );
}
