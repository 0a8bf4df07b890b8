/** A set as a bundle: what makes the links that name it open on another server. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { exportedSet } from "../../api/patchLibrary";
import { complain } from "../-shell/complain";
import { downloadBundle } from "../-view/downloadBundle";
import classes from "./Patches.module.css";

export function ExportSet({ hash }: { hash: string }) {
  const run = useMutation({
    mutationFn: () => exportedSet(hash),
    onSuccess: (bundle) => downloadBundle(bundle, `set-${hash}.json`),
    onError: complain,
  });
  return (
    <section aria-label="As a bundle">
      <p className={classes.goes}>
        <Button
          variant="default"
          leftSection={<Download size={14} />}
          loading={run.isPending}
          onClick={() => run.mutate()}
        >
          Export as bundle
        </Button>{" "}
        <span className="mute">Imported on another server, it opens every link there that names this set.</span>
      </p>
    </section>
  );
}
