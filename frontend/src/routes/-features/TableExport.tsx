/** `e`: the rows that the filters let through, or those that are selected, in their order, as a file. */
import { Button, Menu } from "@mantine/core";
import { Download, Table2 } from "lucide-react";
import { useState } from "react";
import { exportAddress, exportOfAddress, type FeatureQuestion } from "../../api/features";
import { formatCount } from "../../lib/format";
import { useCommands } from "../-shell/commands";
import { copyText } from "../-shell/copy";
import { downloadFrom } from "../-view/download";

const FORMATS = [
  { format: "csv", name: "CSV" },
  { format: "jsonl", name: "JSONL" },
  { format: "parquet", name: "Parquet" },
] as const;
type Format = (typeof FORMATS)[number]["format"];

interface Props {
  question: FeatureQuestion;
  /** Rows that the filters let through. */
  total: number;
  selected: ReadonlySet<string>;
}

export function TableExport({ question, total, selected }: Props) {
  const [open, setOpen] = useState(false);
  useCommands([{ label: "Export…", key: "e", act: () => setOpen(true) }]);
  const names = [...selected].map((index) => `${question.sae}/${index}`);
  const all = (format: Format) => exportAddress(question, format);
  const some = (format: Format) => exportOfAddress(question, [...selected], format);
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end" width={220}>
      <Menu.Target>
        <Button aria-label="Export" variant="default" leftSection={<Download size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {names.length > 0 && (
          <>
            <Formats what={`the ${formatCount(names.length)} selected`} name={`${question.sae}-selected`} from={some} />
            <Menu.Item onClick={() => copyText(`${names.join("\n")}\n`, "Names copied.")}>Copy their names</Menu.Item>
            <Menu.Divider />
          </>
        )}
        <Formats what={`all ${formatCount(total)} of the table`} name={`${question.sae}-features`} from={all} />
      </Menu.Dropdown>
    </Menu>
  );
}

interface FormatsProps {
  what: string;
  /** Of the file, without its ending. */
  name: string;
  /** Undefined where they are too many. */
  from: (format: Format) => string | undefined;
}

function Formats({ what, name, from }: FormatsProps) {
  return (
    <>
      <Menu.Label>{what}</Menu.Label>
      {from("csv") === undefined && <Menu.Label>Too many for an address: keep them as a list and show it.</Menu.Label>}
      {FORMATS.map(({ format, name: title }) => {
        const address = from(format);
        return (
          <Menu.Item
            key={format}
            aria-label={`${title}, ${what}`}
            leftSection={<Table2 size={14} />}
            disabled={address === undefined}
            onClick={() => address && downloadFrom(address, `${name}.${format}`)}
          >
            {title}
          </Menu.Item>
        );
      })}
    </>
  );
}
