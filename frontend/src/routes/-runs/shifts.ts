/** Which features patches moved, as the run's table has it. */
import { objects, type Page } from "./replies";

export interface Shift {
  feature: number;
  /** Surer than what flipped signs show. */
  moved: boolean;
  /** Mean activation with the patches less that without, over texts. */
  difference: number;
  /** Of the difference. */
  error: number;
  z: number;
  before: number;
  after: number;
  density_before: number;
  density_after: number;
}

/** The surest first, as the run wrote them. */
export const shiftsOf = (page: Page): Shift[] =>
  objects<Shift>(page, {
    feature: "number",
    moved: "boolean",
    difference: "number",
    error: "number",
    z: "number",
    before: "number",
    after: "number",
    density_before: "number",
    density_after: "number",
  });
