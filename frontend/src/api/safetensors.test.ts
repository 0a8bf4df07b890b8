import { bytesOf, MIXED, TOKENS } from "../../test/golden";
import { readSafetensors, tensor } from "./safetensors";

const encode = (header: unknown, data: readonly number[] = [], claimed?: number): ArrayBuffer => {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimed ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes.buffer;
};

test("reads what the server's own writer wrote", () => {
  const file = readSafetensors(bytesOf(TOKENS));
  expect(JSON.parse(file.metadata.message ?? "")).toMatchObject({ type: "tokens", conversation: "c1", start: 5 });
  expect(tensor(file, "top_ids").shape).toEqual([2, 3, 2]);
  expect([...tensor(file, "ids").values]).toEqual([7, 9]);
  expect([...tensor(file, "entropy").values]).toEqual([0.5, 0.25, 0.125, 1, 2, 3]);
});

test("widens halves, narrows long integers, and copies what is not aligned", () => {
  const file = readSafetensors(bytesOf(MIXED));
  const half = [...tensor(file, "half").values];
  expect(half.slice(0, 5)).toEqual([0, -0, 1, -2, 65504]);
  expect(half[5]).toBeCloseTo(6e-8, 9);
  expect(half[6]).toBeCloseTo(1 / 3, 3);
  expect(half.slice(7)).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  expect([...tensor(file, "long").values]).toEqual([1, -2, 2 ** 40]);
  expect([...tensor(file, "odd").values]).toEqual([1, 2, 3]);
  expect([...tensor(file, "flag").values]).toEqual([1, 0]);
});

/** The definition, in arithmetic. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

test("every half is widened to the number that its bits mean", () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const described = { dtype: "F16", shape: [65536], data_offsets: [0, 131072] };
  const file = readSafetensors(encode({ half: described }, Array.from(new Uint8Array(bits.buffer))));
  expect(tensor(file, "half").values).toEqual(Float32Array.from(bits, halfToNumber));
});

test("refuses what does not fit, and says what", () => {
  const u16 = { dtype: "U16", shape: [2], data_offsets: [0, 4] };
  expect(() => readSafetensors(new ArrayBuffer(4))).toThrow(/at least 8 bytes/);
  expect(() => readSafetensors(encode({}, [], 999))).toThrow(/header claims 999/);
  expect(() => readSafetensors(encode({ a: u16 }, [1, 2]))).toThrow(/ends at byte/);
  expect(() => readSafetensors(encode({ a: { ...u16, shape: [3] } }, [1, 2, 3, 4]))).toThrow(/spans 4/);
  expect(() => readSafetensors(encode({ a: { ...u16, dtype: "F8" } }, [1, 2, 3, 4]))).toThrow(/F8/);
  expect(() => tensor(readSafetensors(encode({ a: u16 }, [1, 0, 2, 0])), "b")).toThrow(/there are a/);
});
