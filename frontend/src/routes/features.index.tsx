import { useDocumentTitle } from "@mantine/hooks";
import { createFileRoute, stripSearchParams } from "@tanstack/react-router";
import { Chooser } from "./-features/Chooser";
import { FeatureBrowser } from "./-features/FeatureBrowser";
import { FEATURES_DEFAULTS, type FeaturesSearch, featuresSearch } from "./-features/params";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/features/")({
  validateSearch: featuresSearch,
  search: { middlewares: [stripSearchParams(FEATURES_DEFAULTS)] },
  component: Features,
});

function Features() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  useUnread(featuresSearch);
  useDocumentTitle(search.sae ? `Features of ${search.sae} · Microscope` : "Features · Microscope");
  // Its rows say where the table stands: the router would put it back to where it was before the key or the click.
  const change = (part: Partial<FeaturesSearch>, how: "push" | "replace" = "push") =>
    navigate({ search: (now) => ({ ...now, ...part }), replace: how === "replace", resetScroll: false });
  if (!search.sae) return <Chooser />;
  return <FeatureBrowser key={search.sae} sae={search.sae} search={search} change={change} />;
}
