/** Something in the library that cannot be read; one that was imported can be forgotten. */
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { saeKeys } from "../../api/saes";
import type { BrokenSae } from "../../api/types";
import { TroubleNote } from "../../components/States";
import { complain } from "../-shell/complain";
import { removeSae } from "./actions";

export function Broken({ slug, path, error, next }: BrokenSae) {
  const client = useQueryClient();
  const forget = async () => {
    await removeSae(slug);
    await client.invalidateQueries({ queryKey: saeKeys.all });
  };
  // Most say where it lies themselves.
  const says = error.includes(path) ? error : `${path}: ${error}`;
  return (
    <TroubleNote trouble={{ error: says, next, status: 0 }}>
      {slug && (
        <Button
          variant="default"
          leftSection={<Trash2 size={14} />}
          aria-label={`Forget ${slug}`}
          onClick={() => forget().catch(complain)}
        >
          Forget
        </Button>
      )}
    </TroubleNote>
  );
}
