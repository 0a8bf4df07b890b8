/** A server that answers from a table. Import it first: a client keeps the `fetch` that it finds. */

/**
 * Bodies by path, with or without its query, or promises of them; an array buffer is sent as it is. Anything else, and what
 * is undefined, is answered with 404.
 */
export type Answers = Readonly<Record<string, unknown>>;

const NOTHING = { error: "It is not loaded.", next: "POST /api/load-model", status: 404 };

let table: Answers = {};

/** What it was asked to do, the newest last. */
export const asked: { method: string; path: string; body: unknown }[] = [];

export const serve = (answers: Answers): void => {
  table = answers;
};

/** JSON as it was meant; of a form nothing. */
const sent = async (request: Request): Promise<unknown> =>
  request.headers.get("content-type")?.startsWith("multipart/")
    ? null
    : JSON.parse((await request.clone().text()) || "null");

globalThis.fetch = async (request) => {
  const address = request instanceof Request ? request.url : request;
  const { pathname, search } = new URL(address, window.location.origin);
  const whole = pathname + search;
  if (request instanceof Request && request.method !== "GET")
    asked.push({ method: request.method, path: pathname, body: await sent(request) });
  const found = await table[whole in table ? whole : pathname];
  if (found instanceof ArrayBuffer) return new Response(found);
  return found === undefined ? Response.json(NOTHING, { status: 404 }) : Response.json(found);
};

/** As much of a loaded model as the pages' frame and their beginnings show. */
export const aModel = (slug: string) => ({
  slug,
  n_layers: 2,
  n_parameters: 6,
  dtype: "float32",
  device: "cpu",
  chat: true,
  thinking: false,
  begins: [0],
  lenses: ["logit"],
  tuned_lens: null,
  parity: { ok: true, checks: [], problems: [] },
});

/** An answer that comes when it is told to. */
export function anAnswer(): { late: Promise<object>; come: (answer: object) => void } {
  let come = (_: object): void => {};
  const late = new Promise<object>((resolve) => {
    come = resolve;
  });
  return { late, come };
}
