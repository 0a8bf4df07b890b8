/** `e`: the rows that the filters let through, in their order, as a file. */
import { Button, Menu } from "@mantine/core";
import { Download, Table2 } from "lucide-react";
import { useState } from "react";
import { exportAddress, type FeatureQuestion } from "../../api/features";
import { useCommands } from "../-shell/commands";
import { copyText } from "../-shell/copy";
import { downloadFrom } from "../-view/download";

const FORMATS = [
  { format: "csv", name: "CSV" },
  { format: "jsonl", name: "JSONL" },
  { format: "parquet", name: "Parquet" },
] as const;

export function TableExport({ question, selected }: { question: FeatureQuestion; selected: ReadonlySet<string> }) {
  const [open, setOpen] = useState(false);
  useCommands([{ label: "Export…", key: "e", act: () => setOpen(true) }]);
  const save = (format: (typeof FORMATS)[number]["format"]) =>
    downloadFrom(exportAddress(question, format), `${question.sae}-features.${format}`);
  const names = [...selected].map((index) => `${question.sae}/${index}`);
  return (
    <Menu opened={open} onChange={setOpen} position="bottom-end" width={220}>
      <Menu.Target>
        <Button aria-label="Export" variant="default" leftSection={<Download size={14} />}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>What the filters let through</Menu.Label>
        {FORMATS.map(({ format, name }) => (
          <Menu.Item key={format} leftSection={<Table2 size={14} />} onClick={() => save(format)}>
            {name}
          </Menu.Item>
        ))}
        {names.length > 0 && (
          <>
            <Menu.Label>{names.length} selected</Menu.Label>
            <Menu.Item onClick={() => copyText(`${names.join("\n")}\n`, "Names copied.")}>Copy their names</Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
