/** A safetensors file: what its head says, and what its tensors are like. */

import { useQuery } from "@tanstack/react-query";
import { useTrouble } from "../../api/live";
import { artifactTensors, type FileOf } from "../../api/runs";
import { type Column, DataTable } from "../../components/DataTable";
import { JsonTree } from "../../components/JsonTree";
import { TroubleNote, Waiting } from "../../components/States";
import { formatNumber } from "../../lib/format";
import { PAGE_ROWS } from "../../lib/rows";
import { copyText } from "../-shell/copy";
import { counted } from "../-shell/words";
import { tableHeight } from "./files";

export function TensorFile({ file }: { file: FileOf }) {
  const { data, error, refetch } = useQuery(artifactTensors(file));
  const trouble = useTrouble(error);
  if (trouble) return <TroubleNote trouble={trouble} retry={refetch} />;
  if (!data) return <Waiting what="Reading the tensors…" />;
  type Head = (typeof data.tensors)[number];
  const number = (value: number | null) => formatNumber(value, 4);
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
    {
      key: "first",
      title: "First values",
      width: 180,
      grow: 2,
      text: ({ first }) => first.map((value) => formatNumber(value, 4)).join(" "),
    },
  ];
  return (
    <>
      {Object.keys(data.metadata).length > 0 && <JsonTree value={data.metadata} label="metadata" onCopy={copyText} />}
      <div style={{ height: tableHeight(data.tensors.length) }}>
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
