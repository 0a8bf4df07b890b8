import { CHAT_DEFAULTS, type View } from "./params";
import { differenceTitle, heatmapTitle } from "./titles";

const view: View = { ...CHAT_DEFAULTS, metric: "prob" };
const own = { title: "One", model: { slug: "m" } };

test("a heatmap of one text names its lens, model and text", () => {
  expect(heatmapTitle(own, view, undefined)).toBe("logit lens of resid, for each token · m · One");
});

test("a difference names what is subtracted from what", () => {
  const beside = { sets: false, ownTitle: "One", title: "Two", material: { title: "Two", model: { slug: "m" } } };
  expect(heatmapTitle(own, view, beside)).toBe("logit lens of resid, for each token · m · “One” − “Two”");
  const lenses = { sets: false, ownTitle: "logit lens", title: "tuned lens", material: own };
  expect(heatmapTitle(own, view, lenses)).toBe("logit lens − tuned lens of resid, for each token · m · One");
});

test("two models are told apart", () => {
  const beside = { sets: false, ownTitle: "One", title: "One", material: { title: "One", model: { slug: "n" } } };
  expect(differenceTitle(own, beside)).toBe("“One” by m − “One” by n");
});
