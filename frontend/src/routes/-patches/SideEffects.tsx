/** The way from patches to a run that measures what they do beside what they are for. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Part } from "../-features/Parts";
import classes from "./Patches.module.css";

/** `hash` is of a patch, or of a set. */
export function SideEffects({ hash }: { hash: string }) {
  return (
    <Part title="Side effects">
      <p className={classes.none}>
        Loss and KL on a control text, beside pushes as hard in random directions; samples before and after.
      </p>
      <Button
        variant="default"
        mt={6}
        renderRoot={(props) => (
          <Link
            {...props}
            to="/experiments/$family/new"
            params={{ family: "patch_effects" }}
            search={{ patches: hash }}
          />
        )}
      >
        Measure side effects
      </Button>
    </Part>
  );
}
