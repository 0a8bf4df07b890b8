/** Opens a conversation with the patch in force. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import { keepSet } from "../../api/patches";
import type { PatchInfo } from "../../api/types";
import { EVERYWHERE } from "../../lib/patchRail";
import { complain } from "../-shell/complain";

interface Props {
  patch: Pick<PatchInfo, "hash" | "model">;
  /** 0 would change nothing: then 1 is taken. */
  strength: number;
}

export function UseInChat({ patch: { hash, model }, strength }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const use = useMutation({
    mutationFn: () => keepSet(client, model || null, [{ hash, strength: strength || 1, scope: EVERYWHERE }]),
    onSuccess: (patches) => navigate({ to: "/chat", search: { patches } }),
    onError: complain,
  });
  return (
    <Button
      variant="default"
      leftSection={<MessageSquare size={14} />}
      loading={use.isPending}
      onClick={() => use.mutate()}
    >
      Use in chat
    </Button>
  );
}
