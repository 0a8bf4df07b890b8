/** Where a run is in its life: an icon, a word and a colour. */
import { CircleCheck, CircleDashed, CircleDot, CirclePause, CircleSlash, CircleX, type LucideIcon } from "lucide-react";
import type { RunStatus as Status } from "../api/types";
import css from "./RunStatus.module.css";

const ICONS: Record<Status, LucideIcon> = {
  planned: CircleDashed,
  running: CircleDot,
  paused: CirclePause,
  succeeded: CircleCheck,
  failed: CircleX,
  cancelled: CircleSlash,
};

interface RunStatusProps {
  status: Status;
  /** What it was asked for and has not reached yet. Defaults to nothing. */
  stopping?: "pause" | "cancel" | null;
}

export function RunStatus({ status, stopping }: RunStatusProps) {
  const Icon = ICONS[status];
  return (
    <span className={css.status} data-status={status}>
      <Icon size={13} aria-hidden />
      {stopping ? `${stopping === "pause" ? "pausing" : "cancelling"}…` : status}
    </span>
  );
}
