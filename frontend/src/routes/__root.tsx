import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  type ErrorComponentProps,
  Link,
  Outlet,
  retainSearchParams,
  stripSearchParams,
  useRouter,
} from "@tanstack/react-router";
import { useEffect } from "react";
import * as z from "zod/mini";
import { asTrouble, isMissingPart } from "../api/trouble";
import { Empty, TroublePage, Waiting } from "../components/States";
import { p } from "../lib/search";
import { usePreferences } from "./-shell/preferences";
import { NoticesSlot, Shell } from "./-shell/Shell";

interface Context {
  queryClient: QueryClient;
  /** The address that the browser was opened at, before what cannot be read was taken out of it. */
  arrival: { path: string; search: Record<string, string> };
}

export const Route = createRootRouteWithContext<Context>()({
  validateSearch: z.object({ embed: p.bool() }),
  // In this order: what is retained is stripped of its default too.
  search: { middlewares: [stripSearchParams({ embed: false }), retainSearchParams(["embed"])] },
  component: Root,
  errorComponent: Failure,
  notFoundComponent: NotFound,
});

function Root() {
  const { embed } = Route.useSearch();
  const [{ density }] = usePreferences();
  useEffect(() => {
    document.documentElement.dataset.density = density;
  }, [density]);
  return (
    <>
      <NoticesSlot />
      <Shell embed={embed}>
        <Outlet />
      </Shell>
    </>
  );
}

/** The page of last resort; every route uses it through the router's defaults. */
export function Failure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const gone = isMissingPart(error);
  const retry = () => {
    reset();
    router.invalidate();
  };
  return (
    <TroublePage trouble={asTrouble(error)} retry={gone ? undefined : retry}>
      {gone && (
        <Button variant="default" onClick={() => window.location.reload()}>
          Reload the page
        </Button>
      )}
      <Button component={Link} to="/" variant="default">
        Home
      </Button>
    </TroublePage>
  );
}

export function NotFound() {
  useDocumentTitle("No such page · Microscope");
  return (
    <Empty title="There is no such page" order={1}>
      The address {window.location.pathname} leads nowhere. <Link to="/">Home</Link> shows what there is.
    </Empty>
  );
}

export function Pending() {
  return <Waiting what="Loading the page…" />;
}
