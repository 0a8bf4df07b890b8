/** Who says what a feature is called, in the same words wherever a label stands. */
import type { FeatureLabel } from "../api/types";

interface Speaker {
  name: string;
  says: string;
}

export const SPEAKERS: Readonly<Record<FeatureLabel["kind"], Speaker>> = {
  human: { name: "person", says: "A person wrote this label" },
  heuristic: { name: "rule", says: "A rule made this label of the feature's tokens; nobody has read them" },
  model: { name: "explainer", says: "A language model wrote this label" },
};
