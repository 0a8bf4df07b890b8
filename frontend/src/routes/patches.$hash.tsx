import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, Navigate, stripSearchParams } from "@tanstack/react-router";
import { feature } from "../api/features";
import { useTrouble } from "../api/live";
import { patch, patchSet } from "../api/patches";
import { TroublePage, Waiting } from "../components/States";
import { ImportPatch } from "./-patches/ImportPatch";
import { PatchView } from "./-patches/PatchView";
import { patchSearch, TRIAL_DEFAULTS } from "./-patches/params";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/patches/$hash")({
  validateSearch: patchSearch,
  search: { middlewares: [stripSearchParams(TRIAL_DEFAULTS)] },
  component: PatchPage,
});

function PatchPage() {
  const { hash } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const found = useQuery(patch(hash));
  const trouble = useTrouble(found.error);
  useUnread(patchSearch);
  useDocumentTitle(`${found.data?.name ?? hash} · Patches · Microscope`);
  const absent = trouble?.status === 404;
  const set = useQuery({ ...patchSet(hash), enabled: absent });
  const source = found.data?.source;
  // Of what it was made of, a text to begin with; it may be gone.
  const of = source?.type === "feature" ? source : undefined;
  const made = useQuery({ ...feature({ sae: of?.sae ?? "", index: of?.feature ?? 0 }), enabled: of !== undefined });
  if (found.data && !(of && made.isPending))
    return (
      <PatchView
        patch={found.data}
        examples={made.data?.examples ?? []}
        run={made.data?.provenance.run ?? ""}
        search={search}
        keep={(part) => navigate({ search: (now) => ({ ...now, ...part }), replace: true })}
      />
    );
  if (set.data) return <Navigate to="/patches/sets/$hash" params={{ hash }} search={search} replace />;
  return (
    <>
      <h1 className="visually-hidden">Patch {hash}</h1>
      {trouble && !(absent && set.isPending) ? (
        <TroublePage trouble={trouble} retry={() => found.refetch()}>
          <Button component={Link} to="/patches" variant="default">
            All patches
          </Button>
          {absent && <ImportPatch wanted={hash} />}
        </TroublePage>
      ) : (
        <Waiting what={`Opening patch ${hash}…`} />
      )}
    </>
  );
}
