import { notifications } from "@mantine/notifications";
import { asTrouble } from "../../api/trouble";

/** Says what went wrong where no place on the page can. */
export function complain(thrown: unknown): void {
  const { error, next } = asTrouble(thrown);
  notifications.show({ title: error, message: next, color: "red", autoClose: 12_000 });
}
