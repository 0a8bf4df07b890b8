/** The token strings of a model, from the vocabulary file that is fetched once: `bytes` U8, `offsets` (d_vocab + 1), `special` U8 (d_vocab). */
import type { Vocab } from "../lib/tokens";
import { type Safetensors, tensor } from "./safetensors";

/** Ids outside the vocabulary have no bytes, like ids that the tokenizer leaves unused. */
export function vocabOf(file: Safetensors): Vocab {
  const bytes = Uint8Array.from(tensor(file, "bytes").values);
  const offsets = tensor(file, "offsets").values;
  const special = tensor(file, "special").values;
  return {
    size: offsets.length - 1,
    bytes: (id) => bytes.subarray(offsets[id] ?? 0, offsets[id + 1] ?? offsets[id] ?? 0),
    special: (id) => special[id] === 1,
  };
}
