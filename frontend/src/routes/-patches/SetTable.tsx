/** The sets of patches as a table. */
import { Button } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { PatchSetRow } from "../../api/types";
import { type Column, DataTable } from "../../components/DataTable";
import { memberWords } from "../../lib/patchRail";
import { PAGE_ROWS } from "../../lib/rows";
import { copyText } from "../-shell/copy";
import { ago } from "../-shell/words";
import classes from "./Patches.module.css";

/** `Held × 2 + Away with it × 1 on the prompt`. */
export const membersText = ({ members }: Pick<PatchSetRow, "members">): string =>
  members.map((member) => memberWords(member.name, member)).join(" + ");

const COLUMNS: readonly Column<PatchSetRow>[] = [
  {
    key: "name",
    title: "set",
    width: 120,
    grow: 1,
    text: ({ name, hash }) => name || hash,
    cell: ({ name, hash }) => (
      <Link to="/patches/sets/$hash" params={{ hash }} title={hash}>
        {name ? <bdi>{name}</bdi> : <span className="mono">{hash}</span>}
      </Link>
    ),
  },
  {
    key: "members",
    title: "patches in order",
    says: "In the order in which they act.",
    width: 210,
    grow: 4,
    text: membersText,
    cell: (row) => <bdi title={membersText(row)}>{membersText(row)}</bdi>,
  },
  {
    key: "made",
    title: "kept",
    width: 90,
    text: ({ made_at }) => (made_at === null ? "" : new Date(made_at * 1000).toISOString()),
    cell: ({ made_at }) =>
      made_at === null ? (
        <span className="mute">before it was noted</span>
      ) : (
        <span title={new Date(made_at * 1000).toISOString()}>{ago(made_at, Date.now())}</span>
      ),
  },
];

const ON_PHONE = ["name", "members"];

interface Props {
  rows: readonly PatchSetRow[];
  total: number;
  narrow: boolean;
  /** The filters in words: with others the table begins at its top. */
  of: string;
  /** Asks for those behind the last row; undefined where there are too many to list. */
  more: (() => void) | undefined;
  children?: ReactNode;
}

export function SetTable({ rows, total, narrow, of, more, children }: Props) {
  const navigate = useNavigate();
  return (
    <>
      <DataTable
        label="Sets of patches"
        columns={COLUMNS}
        count={rows.length}
        rowsAt={(page) => rows.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS)}
        onPages={() => {}}
        keyOf={({ hash }) => hash}
        shown={narrow ? ON_PHONE : undefined}
        onOpen={({ hash }) => navigate({ to: "/patches/sets/$hash", params: { hash } })}
        onCopy={(tsv, says) => copyText(tsv, says)}
        of={of}
        empty="No set is called so. Sets that nobody gave a name are left out unless you ask for them."
      >
        {children}
      </DataTable>
      {rows.length < total && (
        <p className={classes.none}>
          The last {rows.length} of {total}.{" "}
          {more ? (
            <Button variant="default" size="compact-xs" onClick={more}>
              Show more
            </Button>
          ) : (
            "A search finds the others."
          )}
        </p>
      )}
    </>
  );
}
