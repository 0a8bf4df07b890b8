import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";

const UNDO_MS = 8_000;

/** A notice with an Undo button, eight seconds long. */
export function undoToast(says: string, undo: () => void): void {
  const id = `undo-${performance.now()}`;
  const message = (
    <Group justify="space-between" wrap="nowrap">
      <span style={{ overflowWrap: "anywhere" }}>{says}</span>
      <Button
        variant="default"
        onClick={() => {
          notifications.hide(id);
          undo();
        }}
      >
        Undo
      </Button>
    </Group>
  );
  notifications.show({ id, message, autoClose: UNDO_MS });
}
