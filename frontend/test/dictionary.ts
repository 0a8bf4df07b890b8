/** A dictionary of three live features of four, as the server tells it. */
export const DICTIONARY = {
  sae: "l8",
  made_of: "l8",
  model: "",
  model_name: "specimen",
  weights_sha256: "0".repeat(64),
  site: "L8.resid_post",
  architecture: "topk",
  d_sae: 4,
  live: 3,
  tokens: 1000,
  documents: 10,
  held_out_documents: 1,
  skipped: 1,
  context: 16,
  l0: 2,
  dataset: "bundled",
  run: "",
  made: 0,
  explainer: "",
};

export const aRow = (index: number, more: object = {}) => ({
  index,
  density: 0.01 * index,
  count: 10 * index,
  max: index,
  mean: index / 2,
  label: "",
  label_kind: null,
  score: null,
  top_tokens: [],
  top_logits: [],
  starred: false,
  ...more,
});

/** A page of the table with these rows. */
export const aPage = (...rows: readonly ReturnType<typeof aRow>[]) => ({
  rows,
  offset: 0,
  total: rows.length,
  columns: ["index", "density", "count", "max", "mean", "label", "score", "top_tokens", "top_logits", "starred"],
  dictionary: DICTIONARY,
});
