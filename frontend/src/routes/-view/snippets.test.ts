import { CHAT_DEFAULTS, type View } from "./params";
import { asCurl, asPython, gridFiles } from "./snippets";

const textOf = (trace: string, length: number) => ({
  source: { trace, text: "t" },
  title: `text ${trace}`,
  ids: Array.from({ length }, () => 1),
  turns: [],
  patches: null as string | null,
  epoch: 0,
  model: { weights_sha256: "0", dtype: "float32" },
  generating: false,
});

const viewOf = (part: Partial<View>): View => ({ ...CHAT_DEFAULTS, metric: "prob", ...part });

function python(part: Partial<View>, other?: ReturnType<typeof textOf>): string {
  const [view, own] = [viewOf(part), textOf("a", 8)];
  const side = other && { ownTitle: own.title, title: other.title, material: other, lens: view.lens };
  return asPython(gridFiles("http://x", own, view, side), "m", view);
}

test("a selected token inside the span is counted from the span's first column", () => {
  const script = python({ token: 4, span: "2-5" });
  expect(script).toContain("start=2&end=6");
  expect(script).toContain("position = 4\n");
  expect(script).toContain('lens["top_ids"][rows, position - 2]');
});

test("a selected token outside the span is not passed off as another", () => {
  for (const token of [0, 6]) {
    const script = python({ token, span: "2-5" });
    expect(script).toContain(`position = 2  # token ${token} lies outside of the span`);
    expect(script).toContain('lens["top_ids"][rows, position - 2]');
  }
});

test("without a token the first position that has a prediction is read", () => {
  expect(python({})).toContain("position = 1\n");
  expect(python({ span: "3-5" })).toContain("position = 3\n");
});

test("the layers in view are the rows that are printed", () => {
  expect(python({})).toContain("rows = slice(None)");
  expect(python({ layers: "0-3" })).toContain("rows = slice(0, 5)");
  expect(python({ layers: "2-3" })).toContain("rows = slice(3, 5)");
  expect(python({ layers: "2-3", component: "mlp_out" })).toContain("rows = slice(2, 4)");
});

test("what it is compared with is read too, where it has the position", () => {
  expect(python({ token: 4 }, textOf("b", 6))).toContain('beside["top_ids"][rows, position - 0]');
  const short = python({ token: 4 }, textOf("b", 3));
  expect(short).toContain("/api/traces/b/grid");
  expect(short).toContain('# "text b" has no position 4');
});

test("a script names the sets of patches of what it reads", () => {
  expect(python({}, { ...textOf("b", 6), patches: "0123456789abcdef" })).toContain(
    '# "text b", patches 0123456789abcdef\nbeside = read(',
  );
  expect(python({})).not.toContain("patches");
});

test("scripts carry the server's token from the environment, and never write it down", () => {
  expect(python({})).toContain("Bearer {os.environ.get('MICROSCOPE_TOKEN', '')}");
  const curl = asCurl(gridFiles("http://x", textOf("a", 8), viewOf({}), undefined));
  expect(curl).toContain('curl -f -H "Authorization: Bearer $MICROSCOPE_TOKEN" -o lens.safetensors \'http://x/api/');
});
