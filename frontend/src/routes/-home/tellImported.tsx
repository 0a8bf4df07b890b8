/** What came with a bundle: how many texts, and its sets of patches, each a way to its page. */
import { notifications } from "@mantine/notifications";
import { Link } from "@tanstack/react-router";
import type { Bundle, Imported } from "../../api/types";
import { withUnit } from "../../lib/format";
import { memberWords } from "../../lib/patchRail";

/** Long enough to read what a set is made of, and to go there. */
const SHOWN_MS = 15_000;

export function tellImported({ patch_sets = [] }: Pick<Bundle, "patch_sets">, imported: Imported): void {
  const texts = [
    imported.conversations.length > 0 && withUnit(String(imported.conversations.length), "conversation"),
    imported.traces.length > 0 && withUnit(String(imported.traces.length), "text"),
  ].filter(Boolean);
  notifications.show({
    id: `imported-${imported.open}`,
    title: "The bundle was imported",
    message: (
      <>
        {texts.length > 0 && <div>{texts.join(", ")}</div>}
        {patch_sets.map(({ hash, name, members }) => (
          <div key={hash}>
            Set of patches{" "}
            <Link to="/patches/sets/$hash" params={{ hash }}>
              <bdi>{name || hash}</bdi>
            </Link>
            : <bdi>{members.map((member) => memberWords(member.name || member.says, member)).join(" + ")}</bdi>
          </div>
        ))}
      </>
    ),
    autoClose: SHOWN_MS,
  });
}
