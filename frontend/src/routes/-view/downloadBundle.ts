import { notifications } from "@mantine/notifications";
import type { Bundle } from "../../api/types";
import { formatBytes } from "../../lib/format";
import { warn } from "../-shell/Warnings";
import { download } from "./download";

/** Hands a bundle to the reader, and says what it carries of what its patches read, and what it has no room for. */
export function downloadBundle(bundle: Bundle, name: string): void {
  download(`${JSON.stringify(bundle, null, 1)}\n`, name, "application/json");
  const { tensors, tensors_bytes, left_out } = bundle;
  if (tensors.length > 0)
    notifications.show({ message: `It carries ${formatBytes(tensors_bytes)} of what its patches read.` });
  warn(left_out);
}
