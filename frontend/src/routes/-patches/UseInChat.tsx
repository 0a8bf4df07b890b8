/** Opens a conversation with patches in force. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import { atStrength, keepSet } from "../../api/patches";
import type { SetMember } from "../../lib/patchRail";
import { complain } from "../-shell/complain";
import { useHere } from "../-shell/here";

interface Props {
  members: readonly SetMember[];
  /** Slug; empty is the current one. */
  model: string;
  /** Times each member's own; 0 would change nothing: then 1 is taken. */
  strength: number;
}

export function UseInChat({ members, model, strength }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const use = useMutation({
    mutationFn: () => keepSet(client, model || null, atStrength(members, strength || 1)),
    onMutate: useHere(),
    onSuccess: (patches, _, here) => here() && navigate({ to: "/chat", search: { patches } }),
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
