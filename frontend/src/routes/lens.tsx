import { createFileRoute, Outlet, stripSearchParams } from "@tanstack/react-router";
import { LENS_DEFAULTS, lensSearch } from "./-view/params";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/lens")({
  validateSearch: lensSearch,
  search: { middlewares: [stripSearchParams(LENS_DEFAULTS)] },
  component: Lens,
});

function Lens() {
  useUnread(lensSearch);
  return <Outlet />;
}
