/** At which tokens of a conversation the patches of its turns acted: under the tokens, and in words below them. */
import { useQuery } from "@tanstack/react-query";
import { actedIn } from "../../api/patches";
import type { StripMark } from "../../components/TokenStrip";
import { formatCount, withUnit } from "../../lib/format";
import { setsOf } from "../../lib/patchRail";
import { useMemberWords } from "../-patch-rail/names";
import type { Material } from "../-view/material";
import classes from "./Chat.module.css";

export interface Acted {
  marks: readonly StripMark[];
  /** Each patch, and at how many tokens it acted. */
  members: readonly { key: string; words: string; count: number }[];
  /** Of how many. */
  read: number;
}

/** Of patches that do not act at every token; while a turn is written, of what stood before it. */
export function useActed(id: string, { ids, turns, epoch }: Material, generating: boolean): Acted {
  const { data } = useQuery({
    ...actedIn(id, epoch, ids.length),
    enabled: !generating && setsOf(turns).length > 0,
    placeholderData: (before, query) => (query?.queryKey[2] === id ? before : undefined),
  });
  const found = data?.members ?? [];
  const wordsOf = useMemberWords([...new Set(found.map(({ set }) => set))]);
  const members = found.map(({ set, member, spans }) => ({
    key: `${set}-${member}`,
    words: wordsOf(set, member),
    count: spans.reduce((sum, [start = 0, end = 0]) => sum + end - start, 0),
    spans,
  }));
  const marks = members.flatMap(({ words, spans }) =>
    spans.map(([start = 0, end = 0]) => ({ start, end, words: `acted on by ${words}` })),
  );
  return { marks, members, read: data?.end ?? 0 };
}

export function ActedAt({ acted: { members, read } }: { acted: Acted }) {
  if (members.length === 0) return null;
  return (
    <ul className={classes.acted} aria-label="Where patches acted">
      {members.map(({ key, words, count }) => (
        <li key={key}>
          <span className={classes.dotted}>
            <bdi>{words}</bdi>
          </span>{" "}
          acted at {formatCount(count)} of {withUnit(formatCount(read), "token")}
        </li>
      ))}
    </ul>
  );
}
