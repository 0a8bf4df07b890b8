/** A length from one line, in one hue: blue of what adds, orange of what takes away, grey of what stands beside them. */
import type { ReactNode } from "react";
import css from "./HueBar.module.css";

export interface HueBarProps {
  /** Of the whole length, 0 to 1; what is beyond is cut off. */
  share: number;
  /** Defaults to positive. */
  hue?: "positive" | "negative" | "plain";
  /** Placed over it: a mark of its own. Defaults to none. */
  children?: ReactNode;
}

/** Decoration beside a number that is written out: hidden from screen readers. */
export function HueBar({ share, hue = "positive", children }: HueBarProps) {
  return (
    <span className={css.track} aria-hidden="true">
      <span className={`${css.fill} ${css[hue]}`} style={{ width: `${Math.min(1, share) * 100}%` }} />
      {children}
    </span>
  );
}
