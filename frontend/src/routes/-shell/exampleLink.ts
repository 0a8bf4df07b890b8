import { linkOptions } from "@tanstack/react-router";
import type { Example } from "../../api/types";

/** Where an example leads: a new conversation, or the lens at the token whose answer is followed. */
export function exampleLink({ mode, text, read, token, pins }: Example) {
  const search = { text, read, token: token ?? undefined, pins };
  return mode === "chat" ? linkOptions({ to: "/chat", search }) : linkOptions({ to: "/lens", search });
}
