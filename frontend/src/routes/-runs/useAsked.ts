/** What a spec, or a sweep, would do: asked for once typing rests. */
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { preflight, sweepPlan } from "../../api/runs";
import type { JsonObject } from "../../lib/kindSchema";
import { type Axis, axisText } from "../../lib/sweep";

const ASK_MS = 500;

function useRested<T>(of: string, ok: boolean, ask: () => Promise<T>) {
  const [rested] = useDebouncedValue(of, ASK_MS);
  const asked = useQuery({
    queryKey: ["preflight", rested],
    queryFn: ask,
    enabled: ok && rested === of,
    staleTime: 10_000,
  });
  return { ...asked, current: rested === of };
}

/** Nothing while a field is wrong. */
export const usePreflight = (spec: JsonObject, ok: boolean) =>
  useRested(JSON.stringify(spec), ok, () => preflight({ ...spec }));

/** As `usePreflight`, of every combination of the axes' values. */
export function useSweepPlan(spec: JsonObject, axes: readonly Axis[], ok: boolean) {
  const asked = { spec: { ...spec }, axes: axes.map(axisText) };
  return useRested(JSON.stringify(asked), ok, () => sweepPlan(asked));
}
