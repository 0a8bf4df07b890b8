/** The way from patches to a run that measures whether they do what they are for. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Gauge } from "lucide-react";
import type { PatchContent } from "../../api/types";
import { EVERYWHERE, type SetMember } from "../../lib/patchRail";
import { Part } from "../-features/Parts";
import classes from "./Patches.module.css";

interface Props {
  hash: string;
  /** Times each member's own. */
  strength: number;
  /** Of a set, in order. Defaults to none. */
  members?: readonly (SetMember & { patch: PatchContent })[];
}

/** The adapter that the rest of a set acts against: alone, whole, at every token; undefined elsewhere. */
export function attachedOf(members: NonNullable<Props["members"]>): string | undefined {
  const [adapter, ...others] = members.filter(({ patch }) => patch.kind === "adapter");
  const whole = adapter?.strength === 1 && adapter.scope.type === EVERYWHERE.type;
  return whole && others.length === 0 && members.length > 1 ? adapter.hash : undefined;
}

export function Measure({ hash, strength, members = [] }: Props) {
  return (
    <Part title="Does it do what it is for?">
      <p className={classes.none}>
        How often replies show a behaviour without it and with it, how near they are to those of the model as it is, and
        what harmless text and facts cost, beside random pushes as long.
      </p>
      <Button
        variant="default"
        mt={6}
        leftSection={<Gauge size={14} />}
        renderRoot={(props) => (
          <Link
            {...props}
            to="/experiments/$family/new"
            params={{ family: "behaviour_rates" }}
            search={{
              patches: hash,
              attached: attachedOf(members),
              strengths: strength === 1 ? undefined : String(strength),
            }}
          />
        )}
      >
        Measure what it does
      </Button>
    </Part>
  );
}
