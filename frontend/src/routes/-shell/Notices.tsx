import { Notifications } from "@mantine/notifications";

/** What happened, in a corner. */
export default function Notices() {
  return <Notifications position="bottom-right" limit={4} />;
}
