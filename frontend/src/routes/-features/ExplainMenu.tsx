/** Labels that nobody has to type: by a rule that reads the numbers, or by the model that the settings name. */
import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ruler, Sparkles } from "lucide-react";
import { featureKeys } from "../../api/features";
import { body, http } from "../../api/http";
import type { Dictionary, Explained, ExplainFeatures } from "../../api/types";
import { complain } from "../-shell/complain";
import { counted } from "../-shell/words";

const RULES = [
  { by: "tokens", name: "Tokens at its strongest peaks" },
  { by: "lift", name: "Tokens it fires on more than chance" },
  { by: "logits", name: "Tokens it promotes" },
] as const;

interface Props {
  dictionary: Dictionary;
  indices: readonly number[];
  /** Defaults to the size of a page's buttons. */
  size?: "compact-xs";
}

function told({ labels, unchanged, empty }: Explained): string {
  const rest = [unchanged && `${unchanged} as before`, empty && `nothing to say of ${empty}`];
  return [`${counted(labels, "new label")}`, ...rest.filter(Boolean)].join(", ");
}

export function ExplainMenu({ dictionary: { sae, explainer }, indices, size }: Props) {
  const client = useQueryClient();
  const explain = useMutation({
    mutationFn: (by: ExplainFeatures["by"]) =>
      body(
        http.POST("/api/features/{sae}/explain", { params: { path: { sae } }, body: { by, indices: [...indices] } }),
      ),
    onSuccess: (answer) => {
      notifications.show({ message: `${told(answer)}.` });
      return client.invalidateQueries({ queryKey: featureKeys.of(sae) });
    },
    onError: complain,
  });
  return (
    <Menu position="bottom-start" width={270}>
      <Menu.Target>
        <Button variant="default" size={size} leftSection={<Sparkles size={12} />} loading={explain.isPending}>
          Explain
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {explainer && (
          <>
            <Menu.Label>By an explainer, which reads its examples</Menu.Label>
            <Menu.Item leftSection={<Sparkles size={14} />} onClick={() => explain.mutate("model")}>
              Ask {explainer}
            </Menu.Item>
          </>
        )}
        <Menu.Label>By a rule, and marked as one</Menu.Label>
        {RULES.map(({ by, name }) => (
          <Menu.Item key={by} leftSection={<Ruler size={14} />} onClick={() => explain.mutate(by)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
