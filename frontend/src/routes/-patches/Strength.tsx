/** How much of a patch: a slider over what is sensible, and a field that takes any number. */
import { NumberInput, Slider } from "@mantine/core";
import type { PatchKind } from "../../api/types";
import { strengthsOf } from "../../lib/patches";
import classes from "./Patches.module.css";
import { STRENGTH_MAX } from "./params";

interface Props {
  kind: PatchKind;
  value: number;
  onChange: (value: number) => void;
}

const STEP = 0.05;

export function Strength({ kind, value, onChange }: Props) {
  const { min, max, marks } = strengthsOf(kind);
  return (
    <div className={classes.strength}>
      <span className="label" id="strength">
        Strength
      </span>
      <Slider
        thumbLabel="Strength"
        className={classes.slider}
        {...{ min, max, marks: [...marks] }}
        step={STEP}
        startPointValue={0}
        value={Math.max(min, Math.min(max, value))}
        onChange={(next) => onChange(Number(next.toFixed(2)))}
        label={null}
        size={4}
      />
      <NumberInput
        aria-label="Strength, any number"
        w={84}
        step={STEP}
        min={-STRENGTH_MAX}
        max={STRENGTH_MAX}
        decimalScale={4}
        value={value}
        onChange={(next) => typeof next === "number" && onChange(next)}
      />
    </div>
  );
}
