/** Controls of a form for what is one of several kinds, and for what may be left out. */
import { Select, Switch } from "@mantine/core";
import type { ReactNode } from "react";
import { isObject, type Json, optionOf, type Shape, titleOf } from "../lib/kindSchema";
import { Hint } from "./Hint";
import css from "./KindForm.module.css";
import { type ControlProps, type NullableProps, shownOf, type ValueProps } from "./kindControls";

/** An object that may be none: a switch brings it and takes it away. */
export function Optional(props: NullableProps & { children: ReactNode }) {
  const { onChange, nullable, children, name = "" } = props;
  if (!nullable) return children;
  const now = shownOf(props) ?? null;
  return (
    <div>
      <Switch
        label={now === null ? "empty" : "set"}
        aria-label={`Set ${titleOf(name)}`}
        checked={now !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? {} : null)}
      />
      {now !== null && children}
    </div>
  );
}

interface UnionProps extends ControlProps {
  shape: Extract<Shape, { is: "union" }>;
  /** Draws the fields of the kind that is chosen. */
  fields: (props: ValueProps & { without?: string }) => ReactNode;
}

export function UnionControl({ id, shape, value, byDefault, path, onChange, fields: Fields }: UnionProps) {
  const option = optionOf(shape, value, byDefault);
  const hasTag = (given: Json | undefined) => isObject(given) && given[shape.tag] === option?.tag;
  return (
    <fieldset className={css.nested} aria-labelledby={`${id}-name`}>
      <Select
        id={id}
        data={shape.options.map(({ tag, title }) => ({
          value: tag,
          label: title && title !== tag ? `${tag} · ${title}` : tag,
        }))}
        value={option?.tag ?? null}
        allowDeselect={false}
        // Another kind has other fields: those of the last one mean nothing to it.
        onChange={(tag) => tag !== null && tag !== option?.tag && onChange({ [shape.tag]: tag })}
      />
      {option?.says && (
        <p className={css.says}>
          <Hint text={option.says} />
        </p>
      )}
      {option && (
        <Fields
          schema={option.schema}
          value={value}
          byDefault={hasTag(byDefault) ? byDefault : undefined}
          path={path}
          without={shape.tag}
          onChange={(next) => onChange({ ...(isObject(next) ? next : {}), [shape.tag]: option.tag })}
        />
      )}
    </fieldset>
  );
}
