/** The chat page's URL as a view, and the way to change it. */
import { useNavigate } from "@tanstack/react-router";
import { type Change, searchOf, selectedOf, type View } from "../-view/params";
import type { ChatSearch } from "./actions";

export function useChatView(search: ChatSearch): {
  view: View;
  change: Change;
  /** Typing and dragging replace the address; a choice is pushed, so that Back undoes it. */
  set: (part: Partial<ChatSearch>, how?: "push" | "replace") => void;
} {
  const navigate = useNavigate();
  const { by, cell, ...rest } = search;
  const view: View = { ...rest, ...selectedOf(search), metric: by };
  const put = (part: Partial<ChatSearch>, replace: boolean) =>
    navigate({ to: ".", search: (now) => ({ ...now, ...part }), replace });
  const change: Change = (part, how = "push") => {
    const { metric, ...others } = searchOf(part, view.token);
    put(metric ? { ...others, by: metric } : others, how === "replace");
  };
  return { view, change, set: (part, how = "replace") => put(part, how === "replace") };
}
