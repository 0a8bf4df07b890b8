import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { modelInfo } from "../../api/queries";
import { Empty } from "../../components/States";
import { complain } from "./complain";
import { useLoadModel } from "./loadModel";

interface Props {
  /** What is looked at: "conversation". */
  what: string;
  /** What made it, as the page calls it; empty where that was never opened here. */
  slug: string;
  /** The same by the name that loads it. */
  model: string;
  /** Called when it is there. */
  then: () => void;
  children?: ReactNode;
}

interface LoadProps {
  /** What loads it. */
  model: string;
  /** What it is called; `model` where that is empty. */
  slug?: string;
  /** Called when it is there. */
  then: () => void;
}

/** Has a model in memory, as the current one. */
export function LoadButton({ model, slug = "", then }: LoadProps) {
  const load = useLoadModel();
  const request = { model, revision: "", dtype: "auto", device: "auto" } as const;
  return (
    <Button loading={load.isPending} onClick={() => load.mutate(request, { onSuccess: then, onError: complain })}>
      Load {slug || model}
    </Button>
  );
}

/** In the place of what a model made that is not in memory: whose it is, and the way to it. */
export function OtherModel({ what, slug, model, then, children }: Props) {
  const { data: current } = useQuery(modelInfo);
  const named = slug || model;
  return (
    <Empty title={`This ${what} belongs to ${named}`}>
      <p>
        {current ? `${current.slug} is loaded now` : "No model is loaded now"}: only {named} can read these tokens.
      </p>
      <Group gap={8} justify="center">
        <LoadButton {...{ model, slug, then }} />
        {children}
      </Group>
    </Empty>
  );
}
