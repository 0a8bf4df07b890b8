/**
 * Reader of safetensors, the container of every array on the wire and on disk: 8 bytes of header length (little-endian),
 * a JSON header, then the arrays at the offsets that the header names.
 *
 * Arrays are made when they are first asked for: views where their offset is a multiple of the item size, copies
 * elsewhere. 16-bit floats are widened to Float32Array, 64-bit integers narrowed to Float64Array (ids and positions stay exact
 * below 2^53).
 */
import * as z from "zod/mini";
import { once } from "../lib/once";

export type Values =
  | Float32Array
  | Float64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | Int32Array
  | Int16Array
  | Int8Array;

export interface Tensor {
  dtype: string;
  shape: number[];
  /** Made when it is first asked for. */
  readonly values: Values;
}

export interface Safetensors {
  /** The file's `__metadata__`: strings only. */
  metadata: Record<string, string>;
  tensors: Record<string, Tensor>;
}

const ITEM_BYTES: Record<string, number> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

const MAX_HEADER_BYTES = 100_000_000;

const count = z.number().check(z.int(), z.gte(0));
const entry = z.object({
  dtype: z.string(),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});
const header = z.record(z.string(), z.unknown());
const metadata = z.record(z.string(), z.string());

/** The bits of the single-precision number that equals a half-precision one: integers only, as fast as a copy. */
function singleOf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const [exponent, fraction] = [half & 0x7c00, half & 0x3ff];
  if (exponent === 0x7c00) return sign | 0x7f800000 | (fraction << 13);
  // The exponent's bias is 15 in a half and 127 in a single.
  if (exponent !== 0) return sign | (((half & 0x7fff) << 13) + (112 << 23));
  if (fraction === 0) return sign;
  const up = Math.clz32(fraction) - 21;
  return sign | ((113 - up) << 23) | (((fraction << up) & 0x3ff) << 13);
}

/** A loop: old engines lack Float16Array. */
function widenHalf(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = singleOf(bits[i] ?? 0);
  return new Float32Array(out.buffer);
}

function widenBrain(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = (bits[i] ?? 0) << 16;
  return new Float32Array(out.buffer);
}

function valuesOf(dtype: string, buffer: ArrayBuffer, start: number, count: number): Values {
  const size = ITEM_BYTES[dtype] ?? 1;
  // A typed array must begin at a multiple of its item size: copy where the file is not aligned.
  const [bytes, at] = start % size === 0 ? [buffer, start] : [buffer.slice(start, start + count * size), 0];
  switch (dtype) {
    case "F64":
      return new Float64Array(bytes, at, count);
    case "F32":
      return new Float32Array(bytes, at, count);
    case "F16":
      return widenHalf(new Uint16Array(bytes, at, count));
    case "BF16":
      return widenBrain(new Uint16Array(bytes, at, count));
    case "I64":
      return Float64Array.from(new BigInt64Array(bytes, at, count), Number);
    case "U64":
      return Float64Array.from(new BigUint64Array(bytes, at, count), Number);
    case "I32":
      return new Int32Array(bytes, at, count);
    case "U32":
      return new Uint32Array(bytes, at, count);
    case "I16":
      return new Int16Array(bytes, at, count);
    case "U16":
      return new Uint16Array(bytes, at, count);
    case "I8":
      return new Int8Array(bytes, at, count);
    default:
      return new Uint8Array(bytes, at, count);
  }
}

function readHeader(buffer: ArrayBuffer): { header: Record<string, unknown>; dataStart: number } {
  if (buffer.byteLength < 8) throw new Error(`safetensors: expected at least 8 bytes, got ${buffer.byteLength}.`);
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > buffer.byteLength)
    throw new Error(`safetensors: the header claims ${length} bytes, the buffer has ${buffer.byteLength - 8} left.`);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(buffer, 8, length));
  return { header: header.parse(JSON.parse(text)), dataStart: 8 + length };
}

function readTensor(name: string, described: unknown, buffer: ArrayBuffer, dataStart: number): Tensor {
  const { dtype, shape, data_offsets } = entry.parse(described);
  const [from, to] = data_offsets;
  const size = ITEM_BYTES[dtype];
  if (size === undefined) throw new Error(`safetensors: ${name} has dtype ${dtype}, which this reader does not know.`);
  const count = shape.reduce((product, n) => product * n, 1);
  if (to - from !== count * size)
    throw new Error(`safetensors: ${name} is ${dtype} [${shape}] = ${count * size} bytes, but spans ${to - from}.`);
  if (dataStart + to > buffer.byteLength)
    throw new Error(`safetensors: ${name} ends at byte ${dataStart + to}, the buffer at ${buffer.byteLength}.`);
  const values = once(() => valuesOf(dtype, buffer, dataStart + from, count));
  return {
    dtype,
    shape,
    get values() {
      return values();
    },
  };
}

/** Reads one buffer; throws with the reason where lengths, dtypes or bounds do not fit. */
export function readSafetensors(buffer: ArrayBuffer): Safetensors {
  const { header, dataStart } = readHeader(buffer);
  const { __metadata__, ...entries } = header;
  return {
    metadata: __metadata__ === undefined ? {} : metadata.parse(__metadata__),
    tensors: Object.fromEntries(
      Object.entries(entries).map(([name, described]) => [name, readTensor(name, described, buffer, dataStart)]),
    ),
  };
}

/** The tensor called `name`; throws with the names there are. */
export function tensor(file: Safetensors, name: string): Tensor {
  const found = file.tensors[name];
  if (!found) throw new Error(`safetensors: no tensor ${name}; there are ${Object.keys(file.tensors).join(", ")}.`);
  return found;
}
