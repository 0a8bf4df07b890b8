import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, Navigate, stripSearchParams } from "@tanstack/react-router";
import { feature as featureQuery } from "../api/features";
import { useTrouble } from "../api/live";
import { TroublePage, Waiting } from "../components/States";
import { FeatureDashboard } from "./-features/FeatureDashboard";
import { NoDictionary } from "./-features/NoDictionary";
import { FEATURE_DEFAULTS, type FeatureSearch, featureSearch } from "./-features/params";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/features/$sae/$index")({
  validateSearch: featureSearch,
  search: { middlewares: [stripSearchParams(FEATURE_DEFAULTS)] },
  component: FeaturePage,
});

function FeaturePage() {
  const { sae, index } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  useUnread(featureSearch);
  useDocumentTitle(`${sae}/${index} · Microscope`);
  const named = /^\d{1,9}$/.test(index);
  const found = useQuery({ ...featureQuery({ sae, index: Number(index) }), enabled: named });
  const trouble = useTrouble(found.error);
  const change = (part: Partial<FeatureSearch>, how: "push" | "replace" = "push") =>
    navigate({ search: (now) => ({ ...now, ...part }), replace: how === "replace" });
  const heading = <h1 className="visually-hidden">{`Feature ${sae}/${index}`}</h1>;
  if (!named) {
    const wrong = {
      error: `“${index}” is no feature of ${sae}.`,
      next: "A feature is a whole number from 0.",
      status: 404,
    };
    return (
      <>
        {heading}
        <TroublePage trouble={wrong}>
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/features" search={{ sae }} />}>
            All features of {sae}
          </Button>
        </TroublePage>
      </>
    );
  }
  if (trouble && !found.data)
    return (
      <>
        {heading}
        <NoDictionary
          {...{ sae, trouble }}
          retry={() => found.refetch()}
          moved={(name) => (
            <Navigate to="/features/$sae/$index" params={{ sae: name, index }} search={search} replace />
          )}
        />
      </>
    );
  if (!found.data)
    return (
      <>
        {heading}
        <Waiting what={`Opening feature ${sae}/${index}…`} />
      </>
    );
  return <FeatureDashboard feature={found.data} search={search} change={change} />;
}
