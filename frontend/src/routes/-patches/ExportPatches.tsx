/** Patches as files for other programs, at the strength that the page shows. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTrouble } from "../../api/live";
import { atStrength } from "../../api/patches";
import { exportedPatches } from "../../api/patchFiles";
import type { PatchContent, PatchExportFormat } from "../../api/types";
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

export function ExportPatches({ name, members, patches, strength }: Props) {
  const run = useMutation({
    mutationFn: exportedPatches,
    onSuccess: (zip, { format }) => {
      const file = [...WEIGHTS, ...VECTORS].find(({ value }) => value === format)?.file;
      download(zip, `${file}-${name}.zip`, "application/zip");
    },
  });
  const trouble = useTrouble(run.error);
  const formats = patches.every(editsWeights) ? WEIGHTS : patches.every(steers) ? VECTORS : [];
  if (formats.length === 0)
    return patches.length > 1 ? (
      <p className="mute">
        No file of another program holds all of it: weights hold scale and adapter, steering vectors steer alone.
      </p>
    ) : null;
  return (
    <section aria-label="As files" className={classes.part}>
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
