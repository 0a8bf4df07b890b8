/** A patch of weights as a LoRA that PEFT loads, at the strength that the page shows. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTrouble } from "../../api/live";
import { exportedAdapter } from "../../api/patches";
import { TroubleNote } from "../../components/States";
import { formatNumber } from "../../lib/format";
import { download } from "../-view/download";
import classes from "./Patches.module.css";

export function ExportAdapter({ hash, strength }: { hash: string; strength: number }) {
  const run = useMutation({
    mutationFn: exportedAdapter,
    onSuccess: (zip) => download(zip, `adapter-${hash}.zip`, "application/zip"),
  });
  const trouble = useTrouble(run.error);
  return (
    <section aria-label="As an adapter" className={classes.part}>
      <p className={classes.goes}>
        <Button
          variant="default"
          leftSection={<Download size={14} />}
          aria-busy={run.isPending}
          onClick={() => !run.isPending && run.mutate({ hash, strength })}
        >
          {run.isPending ? "Writing…" : "Export as adapter"}
        </Button>{" "}
        <span className="mute">At strength {formatNumber(strength, 4)}, as a zip that PEFT loads.</span>
      </p>
      {trouble && <TroubleNote trouble={trouble} />}
    </section>
  );
}
