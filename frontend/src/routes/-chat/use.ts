/** The chat page's URL as a view, and the way to change it. */
import { useNavigate } from "@tanstack/react-router";
import { type Change, layerOf, searchOf, type View } from "../-view/params";
import type { ChatSearch } from "./actions";

export function useChatView(search: ChatSearch): {
  view: View;
  change: Change;
  set: (part: Partial<ChatSearch>) => void;
} {
  const navigate = useNavigate();
  const { by, cell, ...rest } = search;
  const view: View = { ...rest, metric: by, layer: layerOf(cell, search.token) };
  const put = (part: Partial<ChatSearch>, replace: boolean) =>
    navigate({ to: ".", search: (now) => ({ ...now, ...part }), replace });
  const change: Change = (part, how = "push") => {
    const { metric, ...others } = searchOf(part, search.token);
    put(metric ? { ...others, by: metric } : others, how === "replace");
  };
  return { view, change, set: (part) => put(part, true) };
}
