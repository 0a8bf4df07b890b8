import { createFileRoute, redirect } from "@tanstack/react-router";
import { savedView } from "../api/queries";
import { stringifySearch } from "../lib/search";

/** A saved view leads on to its page with its full state. */
export const Route = createFileRoute("/s/$hash")({
  loader: async ({ context, params }) => {
    const { path, search } = await context.queryClient.ensureQueryData(savedView(params.hash));
    throw redirect({ href: `${path}${stringifySearch(search)}`, replace: true });
  },
});
