import { notifications } from "@mantine/notifications";

/** Whether a link to this server opens on this machine alone. */
export const ON_LOOPBACK = ["127.0.0.1", "localhost", "[::1]"].includes(window.location.hostname);

/** Puts text on the clipboard and says so; where the browser forbids it, shows the text to be copied by hand. */
export async function copyText(text: string, says: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notifications.show({ message: says });
  } catch {
    notifications.show({
      title: "The browser does not allow copying here. Copy it by hand:",
      message: text,
      autoClose: false,
    });
  }
}
