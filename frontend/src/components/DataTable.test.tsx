import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, within } from "@testing-library/react";
import { useState } from "react";
import { type Column, DataTable, type DataTableProps } from "./DataTable";

interface Beast {
  name: string;
  legs: number;
}
const COLUMNS: readonly Column<Beast>[] = [
  { key: "name", title: "Name", text: ({ name }) => name, sorts: true, grow: 1 },
  { key: "legs", title: "Legs", text: ({ legs }) => legs, number: true, sorts: true },
];
const beasts = (count: number): Beast[] =>
  Array.from({ length: count }, (_, i) => ({ name: `beast ${i}`, legs: i % 9 }));

function show(props: Partial<DataTableProps<Beast>> = {}, rows: readonly Beast[] = beasts(6)) {
  const all: DataTableProps<Beast> = {
    label: "Beasts",
    columns: COLUMNS,
    count: rows.length,
    rowsAt: (page) => rows.slice(page * 200, (page + 1) * 200),
    onPages: () => {},
    keyOf: ({ name }) => name,
    ...props,
  };
  return render(
    <MantineProvider env="test">
      <DataTable {...all} />
    </MantineProvider>,
  );
}
const press = (key: string, more: object = {}) => fireEvent.keyDown(screen.getByRole("table"), { key, ...more });

test("rows have their place in the whole, and the header says how they are sorted", () => {
  show({ count: 1_000_000, sort: "legs", desc: true, onSort: () => {} });
  expect(screen.getByRole("table")).toHaveAttribute("aria-rowcount", "1000001");
  expect(screen.getAllByRole("row")[1]).toHaveAttribute("aria-rowindex", "2");
  expect(screen.getByRole("columnheader", { name: "Legs" })).toHaveAttribute("aria-sort", "descending");
  expect(screen.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "none");
});

test("a header sorts: numbers from the greatest, texts from the least, a second click turns it round", () => {
  const onSort = vi.fn();
  show({ sort: "name", onSort });
  fireEvent.click(screen.getByRole("button", { name: "Legs" }));
  expect(onSort).toHaveBeenLastCalledWith("legs", true);
  fireEvent.click(screen.getByRole("button", { name: "Name" }));
  expect(onSort).toHaveBeenLastCalledWith("name", true);
});

test("the keyboard moves the row, opens it and selects it", () => {
  const [onOpen, onSelect] = [vi.fn(), vi.fn()];
  show({ onOpen, onSelect, selected: new Set(["beast 1"]) });
  press("ArrowDown");
  press("ArrowDown");
  press("ArrowDown");
  press("Enter");
  expect(onOpen).toHaveBeenLastCalledWith({ name: "beast 2", legs: 2 }, 2);
  press("End");
  press(" ");
  expect(onSelect).toHaveBeenLastCalledWith("beast 5", { name: "beast 5", legs: 5 });
  press("Home");
  expect(screen.getByText("Row 1 of 6: Name beast 0, Legs 0")).toBeInTheDocument();
  expect(screen.getByRole("checkbox", { name: "Select row 2" })).toBeChecked();
});

test("pages in view are asked for, and rows that have not come are placeholders", () => {
  const onPages = vi.fn();
  const { container } = show({ count: 500, rowsAt: () => undefined, onPages });
  expect(onPages).toHaveBeenLastCalledWith([0]);
  expect(container.querySelectorAll("[class*=waiting]").length).toBeGreaterThan(0);
  expect(screen.queryByText("beast 0")).toBeNull();
});

test("a copy holds what is shown: the selected rows, else all that are here", () => {
  const onCopy = vi.fn();
  const { unmount } = show({ onCopy, shown: ["legs"] });
  fireEvent.click(screen.getByRole("button", { name: "Copy the rows that are here as TSV" }));
  expect(onCopy).toHaveBeenLastCalledWith("Legs\n0\n1\n2\n3\n4\n5\n", "Copied 6 rows.");
  unmount();
  show({ onCopy, selected: new Set(["beast 3"]) });
  press("c", { ctrlKey: true });
  expect(onCopy).toHaveBeenLastCalledWith("Name\tLegs\nbeast 3\t3\n", "Copied 1 row.");
});

function Choosing() {
  const [shown, setShown] = useState<readonly string[]>(["name", "legs"]);
  return (
    <MantineProvider env="test">
      <DataTable
        label="Beasts"
        columns={COLUMNS}
        count={1}
        rowsAt={() => beasts(1)}
        onPages={() => {}}
        keyOf={({ name }) => name}
        shown={shown}
        onShown={setShown}
      />
    </MantineProvider>
  );
}

test("columns are chosen, and the last one stays", async () => {
  render(<Choosing />);
  fireEvent.click(screen.getByRole("button", { name: "Columns" }));
  fireEvent.click(await screen.findByRole("menuitemcheckbox", { name: "Name" }));
  expect(within(screen.getByRole("table")).queryByText("Name")).toBeNull();
  expect(screen.getByRole("menuitemcheckbox", { name: "Legs" })).toBeDisabled();
});

test("without rows it says why", () => {
  show({ count: 0, empty: "No beast has so many legs." }, []);
  expect(screen.getByText("No beast has so many legs.")).toBeVisible();
  expect(screen.getByRole("cell")).toHaveTextContent("No beast has so many legs.");
});

test("a table whose page says the row keeps the router from putting its pixels back, another does not", () => {
  const { unmount } = show({ active: 2 });
  const first = screen.getByRole("table").getAttribute("data-scroll-restoration-id");
  unmount();
  const again = show({ active: 2 });
  expect(first).not.toBeNull();
  expect(screen.getByRole("table").getAttribute("data-scroll-restoration-id")).not.toBe(first);
  again.unmount();
  show();
  expect(screen.getByRole("table")).not.toHaveAttribute("data-scroll-restoration-id");
});
