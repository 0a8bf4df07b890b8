/** Which modules of which layers a weight edit changes. */
import { Checkbox, NumberInput } from "@mantine/core";
import { type ChosenWriters, MODULES, type Module, writersOf, writersWords } from "../../lib/writers";
import classes from "./Patches.module.css";

interface Props {
  chosen: ChosenWriters;
  change: (chosen: ChosenWriters) => void;
  n_layers: number;
}

const SAYS: Readonly<Record<Module, string>> = { attention: "Attention", mlp: "MLP", embeddings: "Embeddings" };

export function WritersFields({ chosen, change, n_layers }: Props) {
  const { modules, from, to } = chosen;
  const writers = writersOf(chosen, n_layers);
  const layered = modules.some((module) => module !== "embeddings");
  const layer = (label: string, value: number, set: (layer: number) => void) => (
    <NumberInput
      label={label}
      w={90}
      min={0}
      max={n_layers - 1}
      disabled={!layered}
      value={value}
      onChange={(next) => typeof next === "number" && set(Math.min(Math.max(0, next), n_layers - 1))}
    />
  );
  return (
    <fieldset className={classes.writers} aria-label="Which weights">
      <div className={classes.choices}>
        {MODULES.map((module) => (
          <Checkbox
            key={module}
            size="xs"
            label={SAYS[module]}
            checked={modules.includes(module)}
            onChange={({ currentTarget: { checked } }) =>
              change({
                ...chosen,
                modules: MODULES.filter((one) => (one === module ? checked : modules.includes(one))),
              })
            }
          />
        ))}
      </div>
      <div className={classes.row}>
        {layer("First layer", from, (next) => change({ ...chosen, from: next, to: Math.max(next, to) }))}
        {layer("Last layer", to, (next) => change({ ...chosen, from: Math.min(from, next), to: next }))}
      </div>
      <p className={classes.none} role="status">
        {modules.length === 0
          ? "Choose a module: nothing would be changed."
          : `Changes what is written by ${writersWords(writers)}.`}
      </p>
    </fieldset>
  );
}
