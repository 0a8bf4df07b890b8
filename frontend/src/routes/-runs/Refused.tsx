/** A run could not be started again as it was: why, and what can be done instead. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Copy, Replace } from "lucide-react";
import { preflight } from "../../api/runs";
import type { Run } from "../../api/types";
import type { TroubleText } from "../../components/States";

interface RefusedProps {
  run: Pick<Run, "row" | "spec">;
  trouble: TroubleText;
  /** Once more, in the place of what the first one wrote. */
  replace: () => void;
  close: () => void;
}

/** Whether it would run if what stands in its place were overwritten; undefined until that is known. */
function useReplaceable(spec: Run["spec"]): boolean | undefined {
  const asks = spec.replace === false;
  const asked = useQuery({
    queryKey: ["preflight", "replacing", spec],
    queryFn: () => preflight({ ...spec, replace: true }),
    enabled: asks,
    retry: false,
  });
  return asks ? (asked.isPending ? undefined : asked.isSuccess) : false;
}

export function Refused({ run, trouble, replace, close }: RefusedProps) {
  const replaceable = useReplaceable(run.spec);
  return (
    <Modal opened onClose={close} title="It cannot run again as it is" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap={12}>
        <div role="alert">{trouble.error}</div>
        <div>
          {replaceable
            ? "Let the new run write elsewhere or under other values: duplicate it with changes. Or let it take the place of what stands there, which is overwritten when the run ends."
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
          {replaceable && (
            <Button variant="default" leftSection={<Replace size={13} />} onClick={replace}>
              Run again and replace it
            </Button>
          )}
          <Button variant="subtle" onClick={close}>
            Leave it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
