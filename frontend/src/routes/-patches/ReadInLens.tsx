/** Opens the text in the lens as the patched model reads it, beside the model as it is. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Grid3x3 } from "lucide-react";
import { useTrouble } from "../../api/live";
import { type Trial, tracedPatch } from "../../api/patches";
import { TroubleNote } from "../../components/States";
import { useHere } from "../-shell/here";
import classes from "./Patches.module.css";

export function ReadInLens({ trial, model }: { trial: Trial; model: string }) {
  const navigate = useNavigate();
  const run = useMutation({
    mutationFn: tracedPatch,
    onMutate: useHere(),
    // At what was shown here: the prediction after the last token.
    onSuccess: ({ patched, plain, last }, _, here) =>
      here() &&
      navigate({
        to: "/lens/$trace",
        params: { trace: patched },
        search: { token: last, read: "after", ...(patched === plain ? {} : { vs: plain }) },
      }),
  });
  const trouble = useTrouble(run.error);
  return (
    <section aria-label="Every layer" className={classes.part}>
      <h3 className="label">Every layer</h3>
      <p className={classes.goes}>
        <Button
          variant="default"
          leftSection={<Grid3x3 size={14} />}
          aria-busy={run.isPending}
          onClick={() => !run.isPending && run.mutate({ trial, model })}
        >
          {run.isPending ? "Running the text…" : "Read in the lens"}
        </Button>{" "}
        <span className="mute">
          The text with the patch in force, beside the model as it is: what each layer would say, and what has changed.
        </span>
      </p>
      {trouble && <TroubleNote trouble={trouble} />}
    </section>
  );
}
