/** The choices that every lens view shares: which lens, which reading, what is read, what is coloured. */
import { Group, NumberInput, SegmentedControl, Select, Tooltip } from "@mantine/core";
import type { ModelInfo } from "../../api/types";
import { tunedWords } from "../-shell/words";
import { type Change, K_MAX, METRIC_CHOICES, type View, withMetric } from "./params";

interface Props {
  view: View;
  change: Change;
}

const COMPONENTS: readonly { value: View["component"]; label: string }[] = [
  { value: "resid", label: "resid_post" },
  { value: "attn_out", label: "attn_out" },
  { value: "mlp_out", label: "mlp_out" },
];

const READS: readonly { value: View["read"]; label: string; says: string }[] = [
  { value: "for", label: "for", says: "The prediction for this token, made at the position before it" },
  { value: "after", label: "after", says: "The prediction after this token, made at its own position" },
];

/** A segmented control over a literal type: what it calls back with is one of the choices. */
export function Choice<T extends string>(props: {
  label: string;
  value: T;
  choices: readonly { value: T; label: string; says?: string; disabled?: boolean }[];
  onChange: (value: T) => void;
}) {
  const { label, value, choices, onChange } = props;
  return (
    <SegmentedControl
      aria-label={label}
      value={value}
      onChange={(next) => {
        const found = choices.find((choice) => choice.value === next);
        if (found) onChange(found.value);
      }}
      data={choices.map((choice) => ({
        value: choice.value,
        disabled: choice.disabled,
        label: choice.says ? (
          <Tooltip label={choice.says} multiline maw={360} style={{ overflowWrap: "anywhere" }}>
            <span>{choice.label}</span>
          </Tooltip>
        ) : (
          choice.label
        ),
      }))}
    />
  );
}

export function MetricChoice({ view, change }: Props) {
  return (
    <Choice
      label="Colour by"
      value={view.metric}
      choices={METRIC_CHOICES}
      onChange={(metric) => change(withMetric(metric))}
    />
  );
}

/** Predictions per layer: an opened row of the layer table shows them all. `says` where k counts something else. */
export function KChoice({
  view,
  change,
  name = "Predictions per layer",
  says = "Predictions per layer: an opened layer lists them all",
}: Props & { name?: string; says?: string }) {
  return (
    <Tooltip label={says}>
      <NumberInput
        aria-label={name}
        leftSection={<span className="mute">k</span>}
        leftSectionWidth={20}
        w={66}
        min={1}
        max={K_MAX}
        clampBehavior="strict"
        allowDecimal={false}
        value={view.k}
        onChange={(value) => {
          if (typeof value === "number" && value >= 1) change({ k: value }, "replace");
        }}
      />
    </Tooltip>
  );
}

/** Logit or tuned lens, for or after, and what is read. */
export function LensChoice({ view, change, model }: Props & { model: ModelInfo }) {
  const tuned = model.tuned_lens;
  return (
    <Group gap={8}>
      <Choice label="Reading" value={view.read} choices={READS} onChange={(read) => change({ read })} />
      <Choice
        label="Lens"
        value={view.lens}
        choices={[
          { value: "logit", label: "logit", says: "Logit lens: the final norm and unembedding, at every layer" },
          {
            value: "tuned",
            label: "tuned",
            disabled: tuned === null,
            says: tuned
              ? `Tuned lens: an affine translator before the unembedding. Read from ${tunedWords(tuned)}`
              : "No tuned lens for this model: `microscope fit-lens` fits one",
          },
        ]}
        onChange={(lens) => change({ lens })}
      />
      <Select
        aria-label="What is read"
        w={112}
        data={[...COMPONENTS]}
        value={view.component}
        allowDeselect={false}
        classNames={{ input: "mono" }}
        onChange={(value) => {
          const found = COMPONENTS.find((one) => one.value === value);
          if (found) change({ component: found.value });
        }}
      />
    </Group>
  );
}
