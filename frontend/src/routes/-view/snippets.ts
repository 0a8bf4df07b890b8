/** The same view from a script: what the page shows can be had without the page. */
import type { Material } from "./material";
import type { View } from "./params";

/** Text between quotes for Python: JSON's escapes are a subset of Python's. */
const quoted = (text: string) => JSON.stringify(text);

/** Reads the grid's safetensors file and prints the likeliest token's probability at one cell. */
export function asPython(address: string, { model, ids }: Material, view: View): string {
  const position = view.token ?? Math.min(1, ids.length - 1);
  return `# ${view.lens} lens of ${view.component}, read ${view.read} each token, by ${model.slug}
import urllib.request

from safetensors.numpy import load

url = ${quoted(address)}
grid = load(urllib.request.urlopen(url).read())

# (row, position): row 0 is "embed", row i + 1 is block i; log-probabilities and entropies in nats
print({name: array.shape for name, array in grid.items()})
position = ${position}
print(grid["top_ids"][:, position], grid["entropy"][:, position])
`;
}

export const asCurl = (address: string): string => `curl -o lens.safetensors '${address}'\n`;
