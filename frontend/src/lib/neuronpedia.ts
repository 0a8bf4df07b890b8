/** Files of explanations, as Neuronpedia and tools that write for it have them, made small enough to send. */

/** Left out: numbers by the hundred that no label needs. */
const LARGE = new Set(["embedding", "activations", "vector", "decoder_weights_dist"]);

/** Parts of a list that are sent at once. */
const AT_ONCE = 1000;

const parse = (text: string): unknown =>
  JSON.parse(text, (key, value: unknown) => (LARGE.has(key) ? undefined : value));

const lines = (text: string): unknown[] =>
  text
    .split("\n")
    .filter((line) => line.trim())
    .map(parse);

/** One value of JSON, or one a line. */
export function partsOf(text: string): readonly unknown[] {
  try {
    const whole = parse(text);
    return Array.isArray(whole) ? whole : [whole];
  } catch (wrong) {
    if (text.trim().includes("\n")) return lines(text);
    throw wrong;
  }
}

/** What is sent one after the other. */
export function pieces(parts: readonly unknown[], most = AT_ONCE): readonly (readonly unknown[])[] {
  const count = Math.ceil(parts.length / most);
  return Array.from({ length: count }, (_, index) => parts.slice(index * most, (index + 1) * most));
}

/** Of a file, packed by gzip or not. */
export async function textOf(file: Blob & { readonly name?: string }): Promise<string> {
  if (!file.name?.endsWith(".gz")) return await file.text();
  return await new Response(file.stream().pipeThrough(new DecompressionStream("gzip"))).text();
}
