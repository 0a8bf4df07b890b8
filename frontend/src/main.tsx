import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "@mantine/spotlight/styles.layer.css";
import "./styles.css";

import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient, router } from "./router";
import { cssVariables, theme } from "./theme";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root to mount on.");

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

/** The code of the other pages, once this one stands: they have to open also while the server is away. */
async function fetchPages() {
  // One that does not come is asked for again when somebody goes there.
  await Promise.allSettled(Object.values(router.routesById).map((route) => router.loadRouteChunk(route)));
  performance.mark("pages fetched");
}

window.addEventListener("load", () => setTimeout(fetchPages, 2_000));
