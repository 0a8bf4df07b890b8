import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ask } from "../../api/live";
import { loading, loadingWords, models } from "../../api/queries";
import type { LoadModel } from "../../api/types";

/** Loads a model, or switches to one that is resident. */
export function useLoadModel() {
  return useMutation({
    mutationFn: (request: LoadModel) => ask({ type: "load_model", request }, "model_loaded"),
    onSuccess: ({ model }) => notifications.show({ message: `${model.slug} is ready.`, color: "green" }),
  });
}

/** What is being loaded now, in words; undefined while nothing is. */
export function useModelLoading(): string | undefined {
  const { data: progress } = useQuery(loading);
  const { data: choices } = useQuery(models);
  return loadingWords(progress, choices);
}
