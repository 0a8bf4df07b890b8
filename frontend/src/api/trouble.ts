/** The one error of the API layer: what is wrong, what to do next, and the HTTP status (0: no answer at all). */
export class Trouble extends Error {
  readonly error: string;
  readonly next: string;
  readonly status: number;

  constructor(error: string, next = "", status = 0) {
    super(next ? `${error} ${next}` : error);
    this.name = "Trouble";
    this.error = error;
    this.next = next;
    this.status = status;
  }
}

/** Any thrown thing as a Trouble; what is one already stays as it is. */
export function asTrouble(thrown: unknown): Trouble {
  if (thrown instanceof Trouble) return thrown;
  if (thrown instanceof TypeError && /fetch|network/i.test(thrown.message))
    return new Trouble("The server does not answer.", "Is it running? Start it with `make run`.");
  return new Trouble(thrown instanceof Error ? thrown.message : String(thrown));
}
