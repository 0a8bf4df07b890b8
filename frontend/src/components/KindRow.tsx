/** The row of a field: its name and docstring, its control, and the way back to its default. */
import { RotateCcw } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "../lib/classes";
import { type Field, type Json, same } from "../lib/kindSchema";
import { Hint } from "./Hint";
import css from "./KindForm.module.css";
import { ToolButton } from "./ToolButton";

interface KindRowProps {
  field: Field;
  /** Of the control that the name belongs to. */
  id: string;
  /** Undefined where the default holds. */
  value: Json | undefined;
  /** Said where a value is needed and none is there yet; empty otherwise. */
  needed: string;
  /** The control has fields of its own: it stands below the name. */
  wide: boolean;
  onReset: () => void;
  /** The control. */
  children: ReactNode;
}

const brief = (value: Json | undefined): string => {
  const text =
    value === undefined || value === null
      ? "empty"
      : typeof value === "string"
        ? value || "empty"
        : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

export function KindRow({ field, id, value, needed, wide, onReset, children }: KindRowProps) {
  const { name, title, says, required, byDefault } = field;
  const changed = value !== undefined && !required && !same(value, byDefault);
  return (
    <div className={classes(css.field, wide && css.wide)} data-changed={changed}>
      <div>
        <div className={css.name}>
          <label htmlFor={id} id={`${id}-name`} title={name}>
            {title}
          </label>
          {needed && <span className={css.needed}>{needed}</span>}
        </div>
        {says && (
          <p className={css.says}>
            <Hint text={says} />
          </p>
        )}
      </div>
      <div className={css.control}>
        {children}
        {changed && byDefault !== undefined && (
          <ToolButton label={`Back to the default of ${title}: ${brief(byDefault)}`} onClick={onReset}>
            <RotateCcw size={12} />
          </ToolButton>
        )}
      </div>
    </div>
  );
}
