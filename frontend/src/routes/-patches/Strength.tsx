/** How much of a patch: a slider over what is sensible, and a field that takes any number. */
import { Slider } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useRef, useState } from "react";
import { NumberBox } from "../../components/NumberBox";
import { formatNumber } from "../../lib/format";
import { type StrengthKind, strengthsOf } from "../../lib/patches";
import classes from "./Patches.module.css";
import { STRENGTH_MAX } from "./params";

interface Props {
  kind: StrengthKind;
  value: number;
  onChange: (value: number) => void;
  /** Accessible name. Defaults to "Strength". */
  name?: string;
  /** A drag, or a run of keys, has ended. */
  onEnd?: () => void;
  /** As one of many in a narrow place: the words beside it and below it are left out. Defaults to false. */
  small?: boolean;
}

const STEP = 0.05;

/** As far as a slider goes to have a strength on it that was typed or came with the address. */
const FAR = 5;

/** Keys that come faster are one run. */
const RUN_MS = 900;

export function Strength({ kind, value, onChange, name = "Strength", onEnd, small = false }: Props) {
  const [least, setLeast] = useState(value);
  const [most, setMost] = useState(value);
  // It stays as long as it was: what is dragged back must not pull the end along.
  if (value < least) setLeast(value);
  if (value > most) setMost(value);
  const usual = strengthsOf(kind);
  const [min, max] = [Math.min(usual.min, Math.max(least, -FAR)), Math.max(usual.max, Math.min(most, FAR))];
  const ends = [min, max].filter((end) => end < usual.min || end > usual.max);
  const marks = [...usual.marks, ...ends.map((end) => ({ value: end, label: formatNumber(end, 3) }))];
  const byKey = useRef(false);
  const rest = useDebouncedCallback(() => onEnd?.(), RUN_MS);
  return (
    <div
      className={classes.strength}
      data-small={small || undefined}
      role="presentation"
      onKeyDownCapture={() => {
        byKey.current = true;
      }}
      onPointerDownCapture={() => {
        byKey.current = false;
      }}
    >
      {!small && <span className="label">Strength</span>}
      <Slider
        thumbLabel={name}
        className={classes.slider}
        {...{ min, max, marks: small ? marks.map((mark) => ({ value: mark.value })) : marks }}
        step={STEP}
        startPointValue={0}
        value={Math.max(min, Math.min(max, value))}
        onChange={(next) => onChange(Number(next.toFixed(2)))}
        onChangeEnd={() => (byKey.current ? rest() : onEnd?.())}
        label={null}
        size={4}
      />
      <NumberBox
        name={`${name}, any number`}
        w={small ? 68 : 84}
        size={small ? "xs" : undefined}
        step={STEP}
        min={-STRENGTH_MAX}
        max={STRENGTH_MAX}
        {...{ value, onChange, onEnd }}
      />
    </div>
  );
}
