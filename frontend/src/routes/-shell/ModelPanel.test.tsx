import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { aModel, serve } from "../../../test/server";
import ModelPanel from "./ModelPanel";

const tuned = { path: "/home/lenses/tuned_lens.safetensors", sha256: "c0ffee".repeat(10), says: "fitted on 2 tokens" };

test("the panel of models tells which tuned lens is read", async () => {
  serve({ "/api/model_info": { ...aModel("walk"), tuned_lens: tuned }, "/api/models": [] });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MantineProvider env="test">
        <ModelPanel />
      </MantineProvider>
    </QueryClientProvider>,
  );
  expect(await screen.findByText(/^Tuned lens of walk: /, {}, { timeout: 20_000 })).toHaveTextContent(
    "/home/lenses/tuned_lens.safetensors (sha256 c0ffeec0ffee), fitted on 2 tokens.",
  );
});
