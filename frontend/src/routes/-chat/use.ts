/** The chat page's URL as a view, and the way to change it. */
import { useNavigate } from "@tanstack/react-router";
import { byFeature, type Change, coloredBy, searchOf, selectedOf, type View } from "../-view/params";
import type { ChatSearch } from "./actions";

export function useChatView(search: ChatSearch): {
  view: View;
  change: Change;
  /** Typing and dragging replace the address; a choice is pushed, so that Back undoes it. */
  set: (part: Partial<ChatSearch>, how?: "push" | "replace") => void;
} {
  const navigate = useNavigate();
  const { by, cell, ...rest } = search;
  const view: View = { ...rest, ...selectedOf(search), ...coloredBy(by) };
  const put = (part: Partial<ChatSearch>, replace: boolean) =>
    navigate({ to: ".", search: (now) => ({ ...now, ...part }), replace });
  const change: Change = (part, how = "push") => {
    const { metric, feature, ...others } = searchOf(part, view.token);
    // One parameter holds both: a metric takes the feature's place, and a feature that goes leaves the metric behind.
    const colored = metric !== undefined || "feature" in part ? { by: byFeature(feature) ?? metric ?? "prob" } : {};
    put({ ...others, ...colored }, how === "replace");
  };
  return { view, change, set: (part, how = "replace") => put(part, how === "replace") };
}
