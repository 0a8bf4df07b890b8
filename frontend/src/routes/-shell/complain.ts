import { notifications } from "@mantine/notifications";
import { Away, asTrouble } from "../../api/trouble";

/** Says what went wrong where no place on the page can. */
export function complain(thrown: unknown): void {
  const trouble = asTrouble(thrown);
  const { error, next } = trouble;
  // Everything fails alike while the server is away: one notice says it.
  const id = trouble instanceof Away ? "away" : undefined;
  notifications.show({ id, title: error, message: next, color: "red", autoClose: 12_000 });
}
