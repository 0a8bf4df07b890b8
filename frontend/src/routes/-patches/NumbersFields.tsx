/** A direction typed as JSON. */
import { Textarea } from "@mantine/core";
import { numbersOf } from "../../lib/patchSources";
import classes from "./Patches.module.css";
import type { FieldsProps } from "./WhatIsDone";

export function NumbersFields({ fields, model, setNumbers }: FieldsProps & { setNumbers: (text: string) => void }) {
  const found = fields.numbers.trim() === "" ? undefined : numbersOf(fields.numbers, model.d_model);
  return (
    <>
      <Textarea
        label="Direction"
        description={`${model.d_model} numbers as a JSON list. Strength 1 of a steer adds them as they stand.`}
        placeholder="[0.1, -0.2, …]"
        autosize
        minRows={4}
        maxRows={10}
        spellCheck={false}
        classNames={{ input: "mono" }}
        value={fields.numbers}
        error={found && "wrong" in found ? found.wrong : undefined}
        onChange={(event) => setNumbers(event.currentTarget.value)}
      />
      <p className={classes.none}>They are too many for an address: they stay on this page until the patch is kept.</p>
    </>
  );
}
