/** A menu of a table's columns: each is shown or not. */
import { Menu } from "@mantine/core";
import { Columns3 } from "lucide-react";
import { ToolButton } from "./ToolButton";
import type { Column } from "./tableColumns";

interface ChoiceProps<R> {
  columns: readonly Column<R>[];
  shown: readonly Column<R>[];
  onShown: (keys: readonly string[]) => void;
}

export function ColumnChoice<R>({ columns, shown, onShown }: ChoiceProps<R>) {
  const keys = new Set(shown.map(({ key }) => key));
  const toggle = (key: string) =>
    onShown(columns.filter((column) => keys.has(column.key) !== (column.key === key)).map((column) => column.key));
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <ToolButton label="Columns">
          <Columns3 size={13} />
        </ToolButton>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map(({ key, title }) => (
          <Menu.CheckboxItem
            key={key}
            checked={keys.has(key)}
            // The last one stays: a table without columns shows nothing to bring one back with.
            disabled={keys.has(key) && keys.size === 1}
            onChange={() => toggle(key)}
          >
            {title}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
