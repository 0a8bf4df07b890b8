/** The library of patches as a table. */
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { PatchRow } from "../../api/types";
import { type Column, DataTable } from "../../components/DataTable";
import { PAGE_ROWS } from "../../lib/rows";
import { copyText } from "../-shell/copy";
import { ago } from "../-shell/words";
import { MadeOf, madeOfText } from "./MadeOf";
import { RestorePatch } from "./PutAway";

const COLUMNS: readonly Column<PatchRow>[] = [
  {
    key: "name",
    title: "patch",
    width: 180,
    grow: 2,
    text: ({ name }) => name,
    cell: ({ name, hash }) => (
      <Link to="/patches/$hash" params={{ hash }} title={hash}>
        <bdi>{name}</bdi>
      </Link>
    ),
  },
  { key: "kind", title: "kind", width: 66, text: ({ kind }) => kind },
  {
    key: "says",
    title: "what strength 1 does",
    width: 240,
    grow: 3,
    text: ({ says }) => says,
    cell: ({ says }) => <span title={says}>{says}</span>,
  },
  {
    key: "site",
    title: "where",
    width: 136,
    text: ({ where }) => where,
    cell: ({ where }) => <span className="mono">{where}</span>,
  },
  {
    key: "source",
    title: "made of",
    width: 150,
    grow: 1,
    text: ({ source }) => madeOfText(source),
    cell: ({ source }) => <MadeOf source={source} />,
  },
  {
    key: "model",
    title: "model",
    width: 110,
    text: ({ model, model_name }) => model || model_name,
    cell: ({ model, model_name }) => <span title={model_name}>{model || model_name}</span>,
  },
  {
    key: "made",
    title: "kept",
    width: 90,
    text: ({ made_at }) => new Date(made_at * 1000).toISOString(),
    cell: ({ made_at }) => <span title={new Date(made_at * 1000).toISOString()}>{ago(made_at, Date.now())}</span>,
  },
];

const ON_PHONE = ["name", "kind", "made", "restore"];

const RESTORE: Column<PatchRow> = {
  key: "restore",
  title: "restore",
  width: 90,
  text: () => null,
  cell: (patch) => <RestorePatch patch={patch} />,
};

const OF_AWAY = [...COLUMNS.slice(0, 1), RESTORE, ...COLUMNS.slice(1)];

interface Props {
  rows: readonly PatchRow[];
  /** These were put away, and each can be restored. Defaults to false. */
  away?: boolean;
  narrow: boolean;
  /** The filters in words: with others the table begins at its top. */
  of: string;
  children?: ReactNode;
}

export function PatchTable({ rows, away = false, narrow, of, children }: Props) {
  const navigate = useNavigate();
  return (
    <DataTable
      label={away ? "Patches that were put away" : "Patches"}
      columns={away ? OF_AWAY : COLUMNS}
      count={rows.length}
      rowsAt={(page) => rows.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS)}
      onPages={() => {}}
      keyOf={({ hash }) => hash}
      shown={narrow ? ON_PHONE.filter((key) => away || key !== RESTORE.key) : undefined}
      onOpen={({ hash }) => navigate({ to: "/patches/$hash", params: { hash } })}
      onCopy={(tsv, says) => copyText(tsv, says)}
      of={of}
      empty="No patch that is kept here is like that."
    >
      {children}
    </DataTable>
  );
}
