import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, stripSearchParams } from "@tanstack/react-router";
import { useTrouble } from "../api/live";
import { model, modelInfo } from "../api/queries";
import { TroublePage, Waiting } from "../components/States";
import { NewPatchPage } from "./-patches/NewPatchPage";
import { NEW_PATCH_DEFAULTS, newPatchSearch } from "./-patches/params";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/patches/new")({
  validateSearch: newPatchSearch,
  search: { middlewares: [stripSearchParams(NEW_PATCH_DEFAULTS)] },
  component: NewPatch,
});

function NewPatch() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const current = useQuery({ ...modelInfo, enabled: search.model === undefined });
  const named = useQuery({ ...model(search.model ?? ""), enabled: search.model !== undefined });
  const found = search.model === undefined ? current : named;
  const trouble = useTrouble(found.error);
  useUnread(newPatchSearch);
  useDocumentTitle("New patch · Patches · Microscope");
  if (!found.data)
    return (
      <>
        <h1 className="visually-hidden">New patch</h1>
        {trouble ? (
          <TroublePage trouble={trouble} retry={() => found.refetch()} />
        ) : (
          <Waiting what="Asking for the model…" />
        )}
      </>
    );
  return (
    <NewPatchPage
      model={found.data}
      search={search}
      change={(part, how = "push") =>
        navigate({ search: (now) => ({ ...now, ...part }), replace: how === "replace", resetScroll: false })
      }
    />
  );
}
