/** Whose output matrices a weight edit changes: modules and a span of layers, as a form has them and as a patch does. */

/** All that writes into the residual stream: the embeddings, and two modules of every layer. */
export const MODULES = ["attention", "mlp", "embeddings"] as const;
export type Module = (typeof MODULES)[number];

export interface ChosenWriters {
  modules: readonly Module[];
  /** First and last layer, inclusive; the embeddings have none. */
  from: number;
  to: number;
}

const EMBEDDINGS = "L0.resid_pre";
const HALVES = { attention: "attn_out", mlp: "mlp_out" } as const;

export const allWriters = (n_layers: number): ChosenWriters => ({ modules: MODULES, from: 0, to: n_layers - 1 });

/** Each by its name. */
export function namesOf({ modules, from, to }: ChosenWriters): string[] {
  const layers = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
  const halves = (["attention", "mlp"] as const).filter((module) => modules.includes(module));
  return [
    ...(modules.includes("embeddings") ? [EMBEDDINGS] : []),
    ...layers.flatMap((layer) => halves.map((module) => `L${layer}.${HALVES[module]}`)),
  ];
}

const placeOf = (writer: string): { layer: number; module: Module } | undefined => {
  const found = /^L(\d+)\.(attn_out|mlp_out)$/.exec(writer);
  return found ? { layer: Number(found[1]), module: found[2] === "attn_out" ? "attention" : "mlp" } : undefined;
};

/** As a patch names them; none stands for all of them. */
export const writersOf = (chosen: ChosenWriters, n_layers: number): string[] =>
  chosen.modules.length === MODULES.length && chosen.from <= 0 && chosen.to >= n_layers - 1 ? [] : namesOf(chosen);

/** What a form shows of a patch's writers: the least block that holds them. */
export function chosenOf(writers: readonly string[], n_layers: number): ChosenWriters {
  if (writers.length === 0) return allWriters(n_layers);
  const places = writers.flatMap((writer) => placeOf(writer) ?? []);
  const layers = places.map(({ layer }) => layer);
  return {
    modules: MODULES.filter((module) =>
      module === "embeddings" ? writers.includes(EMBEDDINGS) : places.some((place) => place.module === module),
    ),
    from: layers.length > 0 ? Math.min(...layers) : 0,
    to: layers.length > 0 ? Math.max(...layers) : n_layers - 1,
  };
}

/** `attention and MLP of L2 to L7`; the names themselves of what is no such block of layers. */
export function writersWords(writers: readonly string[]): string {
  if (writers.length === 0) return "attention, the MLPs and the embeddings of all layers";
  if (writers.length === 1) return writers.join();
  const block = chosenOf(writers, 0);
  const same = namesOf(block);
  if (same.length !== new Set(writers).size || !same.every((writer) => writers.includes(writer)))
    return writers.join(", ");
  const halves = block.modules
    .filter((module) => module !== "embeddings")
    .map((module) => (module === "mlp" ? "MLP" : module))
    .join(" and ");
  const layers = block.to > block.from ? `L${block.from} to L${block.to}` : `L${block.from}`;
  return [block.modules.includes("embeddings") ? "the embeddings" : "", halves && `${halves} of ${layers}`]
    .filter(Boolean)
    .join(", and ");
}
