import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { useTrouble } from "../api/live";
import { patchSet } from "../api/patches";
import { TroublePage, Waiting } from "../components/States";
import { ImportPatch } from "./-patches/ImportPatch";
import { patchSearch, TRIAL_DEFAULTS } from "./-patches/params";
import { SetView } from "./-patches/SetView";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/patches/sets/$hash")({
  validateSearch: patchSearch,
  search: { middlewares: [stripSearchParams(TRIAL_DEFAULTS)] },
  component: SetPage,
});

function SetPage() {
  const { hash } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const found = useQuery({ ...patchSet(hash), staleTime: 0 });
  const trouble = useTrouble(found.error);
  useUnread(patchSearch);
  useDocumentTitle(`${found.data?.name || hash} · Patches · Microscope`);
  if (found.data)
    return (
      <SetView
        key={hash}
        set={found.data}
        search={search}
        keep={(part) => navigate({ search: (now) => ({ ...now, ...part }), replace: true })}
      />
    );
  return (
    <>
      <h1 className="visually-hidden">Set of patches {hash}</h1>
      {trouble ? (
        <TroublePage trouble={trouble} retry={() => found.refetch()}>
          <Button renderRoot={(props) => <Link to="/patches" search={{ show: "sets" }} {...props} />} variant="default">
            All sets
          </Button>
          {trouble.status === 404 && <ImportPatch wanted={hash} />}
        </TroublePage>
      ) : (
        <Waiting what={`Opening set ${hash}…`} />
      )}
    </>
  );
}
