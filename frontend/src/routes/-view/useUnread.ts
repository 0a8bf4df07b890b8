import { notifications } from "@mantine/notifications";
import { useRouteContext } from "@tanstack/react-router";
import { useEffect } from "react";
import type * as z from "zod/mini";
import { unread } from "../../lib/search";

/** Says once which view parameters of the address that the browser was opened at have fallen back to their defaults. */
export function useUnread(schema: z.ZodMiniObject): void {
  const { arrival } = useRouteContext({ from: "__root__" });
  useEffect(() => {
    const lost = arrival.path === window.location.pathname ? unread(schema, arrival.search) : [];
    if (lost.length === 0) return;
    const message = `${lost.join(", ")} in the address cannot be read here. The default is shown.`;
    notifications.show({ id: "unread", message, autoClose: 10_000 });
  }, [arrival, schema]);
}
