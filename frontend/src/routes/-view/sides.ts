/** What `vs` names: the other lens over the same tokens, another conversation, another trace. */
import type { LensName } from "../../api/types";
import { type Loadable, type Material, useConversation, useTrace } from "./material";
import type { View } from "./params";

export interface Side {
  /** Heading of what is being looked at. */
  ownTitle: string;
  /** Heading of what it is compared with. */
  title: string;
  material: Material;
  lens: LensName;
}

const OTHER_LENS = /^lens:(logit|tuned)$/;

/** The lens that `vs` names, if it names one. */
export function otherLens(vs: string | undefined): LensName | undefined {
  const name = vs === undefined ? undefined : OTHER_LENS.exec(vs)?.[1];
  return name === "logit" || name === "tuned" ? name : undefined;
}

export interface Sides {
  side: Side | undefined;
  /** The other conversation, for a pane of its own. */
  conversation: string | undefined;
  /** A claim that could not be kept, or what is still on its way. */
  pending: Exclude<Loadable<Material>, { state: "ready" }> | undefined;
}

/** Resolves `vs`. `own` is undefined while the page itself still loads. */
export function useSides(own: Material | undefined, view: View, kind: "conversation" | "trace"): Sides {
  const lens = otherLens(view.vs);
  const id = lens === undefined ? view.vs : undefined;
  const conversation = useConversation(kind === "conversation" ? id : undefined).material;
  const trace = useTrace(kind === "trace" ? id : undefined);
  if (!own || view.vs === undefined) return { side: undefined, conversation: undefined, pending: undefined };
  if (lens !== undefined)
    return {
      side: { ownTitle: `${view.lens} lens`, title: `${lens} lens`, material: own, lens },
      conversation: undefined,
      pending: undefined,
    };
  const other = kind === "conversation" ? conversation : trace;
  if (other.state !== "ready")
    return { side: undefined, conversation: kind === "conversation" ? id : undefined, pending: other };
  return {
    side: { ownTitle: own.title, title: other.value.title, material: other.value, lens: view.lens },
    conversation: kind === "conversation" ? id : undefined,
    pending: undefined,
  };
}
