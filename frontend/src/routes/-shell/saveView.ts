import { body, http } from "../../api/http";
import { addressSettled } from "../../lib/following";
import { parseSearch } from "../../lib/search";
import { complain } from "./complain";
import { copyText } from "./copy";

/** As many as the server takes. */
const TITLE_CHARS = 200;

/** Keeps what the address shows under the hash of its content, and hands over the short link. */
export async function saveView(): Promise<void> {
  await addressSettled();
  const { pathname, search, origin } = window.location;
  const view = { path: pathname, search: parseSearch(search), title: document.title.slice(0, TITLE_CHARS) };
  try {
    const { hash } = await body(http.POST("/api/views", { body: view }));
    await copyText(`${origin}/s/${hash}`, "Short link copied: this server keeps the view as it is now.");
  } catch (thrown) {
    complain(thrown);
  }
}
