/** The same view from a script: what the page shows can be had without the page. */
import { type GridQuestion, gridAddress } from "../../api/queries";
import { setsOf } from "../../lib/patchRail";
import { rangeEnds } from "../../lib/search";
import { type Extent, gridQuestion, type Material } from "./material";
import type { View } from "./params";
import type { Side } from "./sides";

type Titled = Extent & Pick<Material, "title" | "patches">;
type Beside = Pick<Side, "ownTitle" | "title" | "lens"> & { material: Extent & Pick<Material, "patches"> };

/** A grid of the view, under the name that a script gives it. */
export interface GridFile {
  name: "lens" | "beside";
  /** What it is of. */
  title: string;
  question: GridQuestion;
  address: string;
  /** Hashes of the sets of patches that its text was run with; the file says which is in force where. */
  sets: readonly string[];
}

/** The page's own grid, then that of what it is compared with. */
export function gridFiles(origin: string, material: Titled, view: View, side: Beside | undefined): GridFile[] {
  const file = (
    name: GridFile["name"],
    title: string,
    { patches, turns }: Pick<Material, "patches" | "turns">,
    question: GridQuestion,
  ): GridFile => ({
    name,
    title,
    question,
    address: `${origin}${gridAddress(question)}`,
    sets: patches === null ? setsOf(turns) : [patches],
  });
  const own = file("lens", side?.ownTitle ?? material.title, material, gridQuestion(material, view));
  if (!side) return [own];
  return [own, file("beside", side.title, side.material, gridQuestion(side.material, view, side.lens))];
}

/** Text between quotes for Python: JSON's escapes are a subset of Python's. */
const quoted = (text: string) => JSON.stringify(text);

/** Such as `, patches 0123456789abcdef`; empty where none were in force. */
export const patchesSaid = (sets: readonly string[]): string =>
  sets.length === 0 ? "" : `, patches ${sets.join(", ")}`;

const holds = ({ start, end }: GridQuestion, position: number) => start <= position && position < end;

/** The rows of the layers in view: of the residual stream row 0 is "embed", which stays while layer 0 is in view. */
function rowsOf({ layers, component }: View): string {
  const ends = rangeEnds(layers);
  if (!ends) return "slice(None)";
  const [first, last] = ends;
  return component === "resid" ? `slice(${first && first + 1}, ${last + 2})` : `slice(${first}, ${last + 1})`;
}

function printed({ name, title, question }: GridFile, position: number): string {
  if (!holds(question, position)) return `# ${quoted(title)} has no position ${position}`;
  const cells = `[rows, position - ${question.start}]`;
  return `print(${name}["top_ids"]${cells}, ${name}["entropy"]${cells})`;
}

/** Reads the grids' safetensors files and prints what the layers in view say at the selected token. */
export function asPython(files: readonly GridFile[], model: string, view: View): string {
  const { start, end } = files[0]?.question ?? { start: 0, end: 0 };
  const inside = view.token !== undefined && start <= view.token && view.token < end;
  // Read for a token, position 0 has no prediction.
  const position = inside ? view.token : Math.min(Math.max(start, 1), end - 1);
  const why = inside || view.token === undefined ? "" : `  # token ${view.token} lies outside of the span`;
  const order = view.component === "resid" ? 'row 0 is "embed", row i + 1 is block i' : "row i is block i";
  return `# ${view.lens} lens of ${view.component}, read ${view.read} each token, by ${model}
import os
import urllib.request

from safetensors.numpy import load


def read(url):
    # Only a server that wants a token looks at it.
    token = {"Authorization": f"Bearer {os.environ.get('MICROSCOPE_TOKEN', '')}"}
    return load(urllib.request.urlopen(urllib.request.Request(url, headers=token)).read())


# (row, position): ${order}; log-probabilities and entropies in nats; rank 0 is the top
${files.map(({ name, title, sets, address }) => `# ${quoted(title)}${patchesSaid(sets)}\n${name} = read(${quoted(address)})`).join("\n")}

position = ${position}${why}
rows = ${rowsOf(view)}
${files.map((file) => printed(file, position ?? 0)).join("\n")}
`;
}

/** A refusal is a failure of curl, and no file. */
export const asCurl = (files: readonly GridFile[]): string =>
  files
    .map(
      ({ name, address }) =>
        `curl -f -H "Authorization: Bearer $MICROSCOPE_TOKEN" -o ${name}.safetensors '${address}'\n`,
    )
    .join("");
