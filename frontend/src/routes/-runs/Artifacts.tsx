import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useState } from "react";
import { asJson } from "../../api/json";
import { useTrouble } from "../../api/live";
import { artifactAddress, artifactTable, artifactTensors, artifactText } from "../../api/runs";
import type { Artifact, Run } from "../../api/types";
import { type Column, DataTable } from "../../components/DataTable";
import { JsonTree } from "../../components/JsonTree";
import { Empty, TroubleNote, Waiting } from "../../components/States";
import { formatPrecise } from "../../lib/format";
import type { Json } from "../../lib/kindSchema";
import { PAGE_ROWS } from "../../lib/rows";
import { copyText } from "../-shell/copy";
import { usePages } from "../-shell/usePages";
import { counted } from "../-shell/words";
import { downloadFrom } from "../-view/download";
import { fileVersion } from "./files";
import type { Part } from "./parts";
import css from "./Runs.module.css";
import { fileSize, short } from "./words";

/** Text files are shown up to this size; longer ones are downloaded. */
const TEXT_BYTES = 2_000_000;

/** The files of a run, and the one that is open. */
export function Artifacts({ run, search }: Part) {
  const open = run.artifacts.find(({ path }) => path === search.path);
  if (run.directory_missing)
    return <Empty title="Its directory is gone">Somebody deleted it. Run it again to have the files back.</Empty>;
  if (run.artifacts.length === 0)
    return (
      <Empty title="No file yet">A run writes its spec and environment when it begins, and tables as it goes.</Empty>
    );
  return (
    <div className={css.files}>
      <nav aria-label="Files">
        <ul className={css.list}>
          {run.artifacts.map(({ path, bytes }) => (
            <li key={path}>
              <Link
                to="/runs/$run"
                params={{ run: run.row.id }}
                search={(now) => ({ ...now, tab: "artifacts", path })}
                aria-current={path === search.path}
                title={path}
              >
                <span>{path}</span>
                <span className={css.size}>{fileSize(bytes)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {open ? (
        <Viewer key={open.path} run={run} artifact={open} />
      ) : search.path ? (
        <Empty title={`There is no file ${search.path}`}>Choose one of those beside.</Empty>
      ) : (
        <Empty title="No file is open">Choose one beside: tables, JSON, pictures and tensors are shown here.</Empty>
      )}
    </div>
  );
}

function Viewer({ run, artifact }: { run: Run; artifact: Artifact }) {
  const { path, bytes, sha256, kind } = artifact;
  const address = artifactAddress(run.row.id, path);
  return (
    <section className={css.viewer} aria-label={path}>
      <div className={css.head}>
        <span className="mono">{path}</span>
        <span className="mute" title={sha256 ? `SHA-256 ${sha256}` : undefined}>
          {fileSize(bytes)}
          {sha256 && ` · sha256 ${sha256.slice(0, 12)}…`}
        </span>
        <Button
          className={css.push}
          variant="default"
          leftSection={<Download size={13} />}
          onClick={() => downloadFrom(address, path.slice(path.lastIndexOf("/") + 1))}
        >
          Download
        </Button>
      </div>
      <Content run={run} path={path} bytes={bytes} kind={kind} address={address} />
    </section>
  );
}

interface ContentProps {
  run: Run;
  path: string;
  bytes: number;
  kind: Artifact["kind"];
  address: string;
}

function Content({ run, path, bytes, kind, address }: ContentProps) {
  const file = { run: run.row.id, path, version: fileVersion(run, path) };
  switch (kind) {
    case "json":
    case "text":
      return bytes > TEXT_BYTES ? (
        <p className="mute">Too long to show here: {fileSize(bytes)}. Download it.</p>
      ) : (
        <TextFile file={file} json={kind === "json"} />
      );
    case "image":
      return <img src={address} alt={path} />;
    case "table":
      return <TableFile file={file} />;
    case "tensors":
      return <TensorFile file={file} />;
    case "other":
      return <p className="mute">There is no view for such a file. Download it.</p>;
  }
}

type FileOf = Parameters<typeof artifactText>[0];

function TextFile({ file, json }: { file: FileOf; json: boolean }) {
  const { data, error, refetch } = useQuery(artifactText(file));
  const trouble = useTrouble(error);
  if (trouble) return <TroubleNote trouble={trouble} retry={refetch} />;
  if (data === undefined) return <Waiting what="Reading the file…" />;
  const parsed = json ? parse(data) : undefined;
  if (parsed !== undefined) return <JsonTree value={parsed} label={file.path} onCopy={copyText} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre className={css.text} tabIndex={0}>
      {data}
    </pre>
  );
}

function parse(text: string): Json | undefined {
  try {
    return asJson(JSON.parse(text));
  } catch {
    return undefined;
  }
}

type TableRow = readonly unknown[];

const shownCell = (value: unknown): string => {
  if (value === null || value === undefined) return "–";
  return typeof value === "number" ? short(value) : typeof value === "string" ? value : JSON.stringify(value);
};
const NUMERIC = /INT|FLOAT|DOUBLE|DECIMAL|REAL/i;

function TableFile({ file }: { file: FileOf }) {
  const [{ key, desc }, setSort] = useState({ key: "", desc: false });
  const sort = key && `${desc ? "-" : ""}${key}`;
  const query = (page: number) => artifactTable(file, sort, page, PAGE_ROWS);
  const { data, error, refetch } = useQuery(query(0));
  const pages = usePages(query);
  const trouble = useTrouble(error ?? pages.error);
  if (trouble) return <TroubleNote trouble={trouble} retry={refetch} />;
  if (!data) return <Waiting what="Reading the table…" />;
  const columns: Column<TableRow>[] = data.columns.map((name, at) => {
    const type = data.types[at] ?? "";
    const number = NUMERIC.test(type) && !type.includes("[]");
    return {
      key: name,
      title: name,
      says: type,
      sorts: true,
      number,
      width: number ? 100 : 160,
      grow: number ? 0 : 1,
      text: (row) => (typeof row[at] === "number" ? Number(row[at]) : row[at] === null ? null : shownCell(row[at])),
      cell: (row) => (
        <span title={typeof row[at] === "number" ? formatPrecise(Number(row[at])) : shownCell(row[at])}>
          {shownCell(row[at])}
        </span>
      ),
    };
  });
  return (
    <div style={{ height: "min(60vh, 640px)" }}>
      <DataTable
        label={file.path}
        columns={columns}
        count={data.total}
        rowsAt={pages.rowsAt}
        onPages={pages.onPages}
        keyOf={(row) => JSON.stringify(row)}
        sort={key}
        desc={desc}
        onSort={(by, down) => setSort({ key: by, desc: down })}
        onCopy={copyText}
        of={sort}
        empty="The table has no rows."
      >
        {counted(data.total, "row")}, {counted(data.columns.length, "column")}
      </DataTable>
    </div>
  );
}

function TensorFile({ file }: { file: FileOf }) {
  const { data, error, refetch } = useQuery(artifactTensors(file));
  const trouble = useTrouble(error);
  if (trouble) return <TroubleNote trouble={trouble} retry={refetch} />;
  if (!data) return <Waiting what="Reading the tensors…" />;
  type Head = (typeof data.tensors)[number];
  const number = (value: number | null) => (value === null ? "–" : short(value));
  const columns: Column<Head>[] = [
    {
      key: "name",
      title: "Tensor",
      width: 140,
      grow: 2,
      text: ({ name }) => name,
      cell: ({ name }) => <span className="mono">{name}</span>,
    },
    { key: "dtype", title: "dtype", width: 64, text: ({ dtype }) => dtype },
    { key: "shape", title: "Shape", width: 130, number: true, text: ({ shape }) => shape.join(" × ") },
    { key: "min", title: "Min", width: 86, number: true, text: ({ min }) => min, cell: ({ min }) => number(min) },
    { key: "mean", title: "Mean", width: 86, number: true, text: ({ mean }) => mean, cell: ({ mean }) => number(mean) },
    { key: "max", title: "Max", width: 86, number: true, text: ({ max }) => max, cell: ({ max }) => number(max) },
    { key: "first", title: "First values", width: 180, grow: 2, text: ({ first }) => first.map(short).join(" ") },
  ];
  return (
    <>
      {Object.keys(data.metadata).length > 0 && <JsonTree value={data.metadata} label="metadata" onCopy={copyText} />}
      <div style={{ height: "min(50vh, 480px)" }}>
        <DataTable
          label={file.path}
          columns={columns}
          count={data.tensors.length}
          rowsAt={(page) => data.tensors.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS)}
          onPages={() => {}}
          keyOf={({ name }) => name}
          onCopy={copyText}
          empty="The file holds no tensor."
        >
          {counted(data.tensors.length, "tensor")}
        </DataTable>
      </div>
    </>
  );
}
