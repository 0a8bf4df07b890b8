/** Typed HTTP: a wrong path, parameter or field is a compile error; every failure is a `Trouble`. */
import createClient from "openapi-fetch";
import * as z from "zod/mini";
import { readSafetensors, type Safetensors } from "./safetensors";
import type { paths } from "./schema.gen";
import { asTrouble, Trouble } from "./trouble";

export const http = createClient<paths>({ baseUrl: window.location.origin });

const problem = z.object({ error: z.string(), next: z._default(z.string(), ""), status: z.number() });

function troubleOf(body: unknown, response: Response): Trouble {
  const parsed = problem.safeParse(body);
  if (parsed.success) return new Trouble(parsed.data.error, parsed.data.next, parsed.data.status);
  return new Trouble(`The server answered ${response.status} ${response.statusText}.`, "", response.status);
}

/** The body of an answer, or the Trouble that it carries. */
export async function body<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call.catch((thrown: unknown) => {
    throw asTrouble(thrown);
  });
  if (!response.ok) throw troubleOf(error, response);
  // A 204 has no body; its callers expect none.
  return data as T;
}

/** GET of a safetensors file. */
export async function tensors(path: string, signal?: AbortSignal): Promise<Safetensors> {
  return readSafetensors(await (await answer(path, signal)).arrayBuffer());
}

/** GET of a file or a page of it, whose path has slashes that openapi-fetch would hide. */
export async function answer(path: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(path, { signal: signal ?? null }).catch((thrown: unknown) => {
    throw asTrouble(thrown);
  });
  if (!response.ok) throw troubleOf(await response.json().catch(() => undefined), response);
  return response;
}

/** `/api/x?lens=logit`: absent values are left out. */
export function address(path: string, query: Record<string, string | number | undefined>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const text = new URLSearchParams(pairs).toString();
  return text ? `${path}?${text}` : path;
}
