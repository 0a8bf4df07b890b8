import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { createFileRoute, Link, redirect } from "@tanstack/react-router";
import { savedView } from "../api/queries";
import { asTrouble } from "../api/trouble";
import { Empty, TroublePage } from "../components/States";
import { stringifySearch } from "../lib/search";

/** A saved view leads on to its page with its full state. */
export const Route = createFileRoute("/s/$hash")({
  loader: async ({ context, params }) => {
    // A view that is not there is an answer of this page and no failure of the router.
    const found = await context.queryClient.fetchQuery(savedView(params.hash)).catch(asTrouble);
    if ("path" in found) throw redirect({ href: `${found.path}${stringifySearch(found.search)}`, replace: true });
    return found;
  },
  component: NoView,
});

function NoView() {
  const trouble = Route.useLoaderData();
  useDocumentTitle("Saved view · Microscope");
  const home = (
    <Button component={Link} to="/" variant="default">
      Home
    </Button>
  );
  if (trouble.status !== 404)
    return (
      <>
        <h1 className="visually-hidden">Saved view</h1>
        <TroublePage trouble={trouble}>{home}</TroublePage>
      </>
    );
  return (
    <Empty title="This server has no such view" order={1}>
      <p>{trouble.error} A short link opens on the server where it was saved.</p>
      {home}
    </Empty>
  );
}
