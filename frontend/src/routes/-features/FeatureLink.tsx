import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { FeatureOrder } from "./params";

interface Props {
  sae: string;
  index: number;
  /** Defaults to the index. */
  children?: ReactNode;
  className?: string;
  /** The table that it stands in, to be walked through. Defaults to none. */
  order?: FeatureOrder;
  /** Before it leads away: in an event before the click, for steps of one event are one step of the history. */
  onLeave?: () => void;
}

/** A feature's page, as a real link: a middle click opens a tab. */
export function FeatureLink({ sae, index, children, className, order, onLeave }: Props) {
  return (
    <Link
      to="/features/$sae/$index"
      params={{ sae, index: String(index) }}
      search={order}
      className={className}
      onPointerUp={onLeave}
      onKeyDown={(event) => event.key === "Enter" && onLeave?.()}
    >
      {children ?? <span className="mono">{index}</span>}
    </Link>
  );
}
