/** A small button of a picture's or a table's own bar: an icon with a name. */
import type { ComponentPropsWithRef, ReactNode } from "react";
import css from "./ToolButton.module.css";

interface ToolButtonProps extends ComponentPropsWithRef<"button"> {
  /** Names it, and is its tooltip. */
  label: string;
  /** Shown beside the name. Defaults to none. */
  hotkey?: string;
  /** Down while true; a plain button where undefined. */
  pressed?: boolean;
  children: ReactNode;
}

export function ToolButton({ label, hotkey, pressed, children, ...rest }: ToolButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={css.tool}
      aria-pressed={pressed}
      aria-label={label}
      title={hotkey ? `${label} ( ${hotkey} )` : label}
    >
      {children}
    </button>
  );
}
