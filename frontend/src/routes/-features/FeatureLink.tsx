import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface Props {
  sae: string;
  index: number;
  /** Defaults to the index. */
  children?: ReactNode;
  className?: string;
}

/** A feature's page, as a real link: a middle click opens a tab. */
export function FeatureLink({ sae, index, children, className }: Props) {
  return (
    <Link to="/features/$sae/$index" params={{ sae, index: String(index) }} className={className}>
      {children ?? <span className="mono">{index}</span>}
    </Link>
  );
}
