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

/** Nobody answered: the page says so once, at its top, for as long as the line is down. */
export class Away extends Trouble {
  constructor(error = "The server does not answer.", next = "Is it running? Start it with `make run`.") {
    super(error, next);
  }
}

/** A part of the page that is fetched when it is wanted is gone, as each browser says it. */
const CHUNK = /dynamically imported module|Importing a module script failed|Unable to preload CSS/i;

/** The page's files are not there any more, or not there now. */
export const isMissingPart = (thrown: unknown): boolean => thrown instanceof Error && CHUNK.test(thrown.message);

/** Any thrown thing as a Trouble; what is one already stays as it is. */
export function asTrouble(thrown: unknown): Trouble {
  if (thrown instanceof Trouble) return thrown;
  if (isMissingPart(thrown))
    return new Trouble(
      "A part of this page could not be fetched.",
      "Reload the page: the server may have been updated since it was opened.",
    );
  if (thrown instanceof TypeError && /fetch|network/i.test(thrown.message)) return new Away();
  return new Trouble(thrown instanceof Error ? thrown.message : String(thrown));
}
