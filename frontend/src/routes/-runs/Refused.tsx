/** A run could not be started again as it was: why, and what can be done instead. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Copy } from "lucide-react";
import type { Run } from "../../api/types";
import type { TroubleText } from "../../components/States";
import { useWays, Ways } from "./Ways";

interface RefusedProps {
  run: Pick<Run, "row" | "spec">;
  trouble: TroubleText;
  /** Once more, with these fields changed. */
  again: (fields: Run["spec"]) => void;
  close: () => void;
}

export function Refused({ run, trouble, again, close }: RefusedProps) {
  const ways = useWays(run.spec, true) ?? [];
  return (
    <Modal opened onClose={close} title="It cannot run again as it is" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap={12}>
        <div role="alert">{trouble.error}</div>
        <div>
          {ways.length > 0
            ? "Let the new run write elsewhere or under other values: duplicate it with changes. Or run it again at once in one of these ways; what it replaces is overwritten when it ends."
            : trouble.next}
        </div>
        <Group gap={8}>
          <Button
            renderRoot={(props) => (
              <Link
                {...props}
                to="/experiments/$family/new"
                params={{ family: run.row.family }}
                search={{ from: run.row.id }}
              />
            )}
            leftSection={<Copy size={13} />}
          >
            Duplicate with changes
          </Button>
          <Ways of={ways} after="Run again and" take={({ fields }) => again(fields)} />
          <Button variant="subtle" onClick={close}>
            Leave it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
