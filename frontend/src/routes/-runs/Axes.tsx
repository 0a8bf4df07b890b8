/** Fields that a sweep gives several values: each combination is a run. */
import { Button, Select, TextInput } from "@mantine/core";
import { Plus, X } from "lucide-react";
import { ToolButton } from "../../components/ToolButton";
import type { Axis, AxisField } from "../../lib/sweep";
import css from "./Runs.module.css";

interface AxesProps {
  axes: readonly Axis[];
  fields: readonly AxisField[];
  change: (axes: readonly Axis[]) => void;
}

const NEW: Axis = { field: "", values: "" };

export function Axes({ axes, fields, change }: AxesProps) {
  const put = (index: number, part: Partial<Axis>) =>
    change(axes.map((axis, at) => (at === index ? { ...axis, ...part } : axis)));
  const taken = new Set(axes.map(({ field }) => field));
  return (
    <section className={css.card} aria-label="Sweep">
      <h2>Sweep</h2>
      <p>
        {axes.length === 0
          ? "One run. Give a field several values, and each becomes a run of its own."
          : "Every combination of these values is a run, in the place of what the form says of these fields."}
      </p>
      {axes.map(({ field, values }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an axis has no name before its field is chosen.
        <div key={index} className={css.axis}>
          <Select
            aria-label={`Field ${index + 1}`}
            placeholder="Field"
            searchable
            data={fields
              .filter(({ path }) => path === field || !taken.has(path))
              .map(({ path, title }) => ({ value: path, label: title }))}
            value={field || null}
            onChange={(path) => put(index, { field: path ?? "" })}
          />
          <TextInput
            aria-label={`Values ${index + 1}`}
            placeholder="1, 2, 3"
            value={values}
            onChange={(event) => put(index, { values: event.currentTarget.value })}
          />
          <ToolButton
            label={`Vary ${field || "this field"} no more`}
            onClick={() => change(axes.filter((_, at) => at !== index))}
          >
            <X size={13} />
          </ToolButton>
        </div>
      ))}
      <div>
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<Plus size={12} />}
          disabled={axes.length >= fields.length}
          onClick={() => change([...axes, NEW])}
        >
          {axes.length === 0 ? "Vary a field" : "Vary another field"}
        </Button>
      </div>
    </section>
  );
}
