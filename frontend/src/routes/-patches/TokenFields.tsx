/** A token, or two; a neuron. */
import { ActionIcon, NumberInput } from "@mantine/core";
import { X } from "lucide-react";
import { TokenPicker } from "../../components/TokenPicker";
import classes from "./Patches.module.css";
import type { FieldsProps } from "./WhatIsDone";

interface ChosenProps {
  name: string;
  id: number | undefined;
  set: (id: number | undefined) => void;
}

export function TokenFields({ fields: { token, minus }, change, label, vocab }: FieldsProps) {
  const chosen = ({ name, id, set }: ChosenProps) => (
    <div className={classes.choices}>
      <span className="label">{name}</span>
      {id !== undefined && (
        <>
          <bdi className={classes.token}>{label(id)}</bdi>
          <span className="mute mono">{id}</span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`Another: ${name}`}
            onClick={() => set(undefined)}
          >
            <X size={12} />
          </ActionIcon>
        </>
      )}
      {id === undefined && vocab && <TokenPicker vocab={vocab} label={label} name={name} onPick={set} />}
    </div>
  );
  return (
    <>
      {chosen({ name: "Token", id: token, set: (id) => change({ token: id }) })}
      {chosen({ name: "Less the row of", id: minus, set: (id) => change({ minus: id }) })}
      <p className={classes.none}>
        With a second token it is what tells the two apart. Strength 1 adds as much as usually passes the site.
      </p>
    </>
  );
}

export function NeuronFields({ fields: { layer, neuron }, change, model }: FieldsProps) {
  return (
    <>
      <div className={classes.row}>
        <NumberInput
          label="Layer"
          w={90}
          min={0}
          max={model.n_layers - 1}
          value={layer}
          onChange={(next) => typeof next === "number" && change({ layer: next }, "replace")}
        />
        <NumberInput
          label="Neuron"
          description={`0 to ${model.d_mlp - 1}`}
          w={140}
          min={0}
          max={model.d_mlp - 1}
          value={neuron ?? ""}
          onChange={(next) => change({ neuron: typeof next === "number" ? next : undefined }, "replace")}
        />
      </div>
      <p className={classes.none}>It acts at the MLP's output. Strength 1 adds as much as usually passes there.</p>
    </>
  );
}
