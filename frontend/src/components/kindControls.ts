/** What the controls of a `KindForm` share: the form that they stand in, their props, what is wrong with their value. */
import { createContext, use } from "react";
import type { Problems } from "../lib/kindProblems";
import type { Json, Schema } from "../lib/kindSchema";

/** What may be meant; with words where it is no name that people know. */
export type Suggestion = string | { value: string; says: string };

export interface WholeForm {
  /** Its `$defs` are what references lead to. */
  root: Schema;
  problems: Problems;
  insist: boolean;
  suggestions: Readonly<Record<string, readonly Suggestion[]>>;
}

export const Form = createContext<WholeForm>({ root: {}, problems: {}, insist: false, suggestions: {} });

export interface ValueProps {
  schema: Schema;
  /** Undefined where the default holds. */
  value: Json | undefined;
  byDefault: Json | undefined;
  path: string;
  onChange: (value: Json | undefined) => void;
}

export interface ControlProps extends ValueProps {
  /** Of the input that the label names. */
  id?: string;
  /** Of the field. */
  name?: string;
}

/** Null may be chosen too. */
export interface NullableProps extends ControlProps {
  nullable: boolean;
}

/** What is shown: the value, else its default. Null is a value. */
export const shownOf = ({ value, byDefault }: Pick<ValueProps, "value" | "byDefault">): Json | undefined =>
  value === undefined ? byDefault : value;

/**
 * What to say at a field; nothing where nothing was typed yet, unless the form insists.
 *
 * Args:
 *   entries: also of a list's entries, which have no place of their own.
 */
export function useProblem(path: string, value: Json | undefined, entries = false): string | undefined {
  const { problems, insist } = use(Form);
  if (value === undefined && !insist) return undefined;
  const own = problems[path];
  if (own || !entries) return own;
  return Object.entries(problems).find(([at]) => at.startsWith(`${path}.`))?.[1];
}
