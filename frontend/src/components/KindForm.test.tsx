import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { TRAIN } from "../../test/trainSchema";
import { problemsOf } from "../lib/kindProblems";
import { changedOnly, type Json } from "../lib/kindSchema";
import { KindForm } from "./KindForm";

let sent: Json | undefined;

function Filled({ start = {}, insist }: { start?: Json; insist?: boolean }) {
  const [value, setValue] = useState<Json>(start);
  sent = changedOnly(TRAIN, value);
  return (
    <MantineProvider env="test">
      <KindForm
        schema={TRAIN}
        value={value}
        onChange={setValue}
        problems={problemsOf(TRAIN, value)}
        insist={insist}
        suggestions={{ path: ["acts.parquet"] }}
      />
    </MantineProvider>
  );
}
const type = (name: RegExp, value: string) =>
  fireEvent.change(screen.getByRole("textbox", { name }), { target: { value } });

test("every field shows its default, its docstring, and no tag to choose", () => {
  render(<Filled />);
  expect(screen.getByRole("textbox", { name: /^Seed/ })).toHaveValue("0");
  expect(screen.getByRole("textbox", { name: /^K/ })).toHaveValue("32");
  expect(screen.getByText("Features that fire.")).toBeVisible();
  expect(screen.getByRole("switch", { name: /Resample/ })).toBeChecked();
  expect(screen.queryByRole("textbox", { name: /Kind/ })).toBeNull();
});

test("what is typed is sent, and only that", () => {
  render(<Filled />);
  fireEvent.change(screen.getByRole("combobox", { name: /^Path/ }), { target: { value: "x.parquet" } });
  type(/^Lr/, "3e-4");
  fireEvent.click(screen.getByRole("switch", { name: /Resample/ }));
  expect(sent).toEqual({ kind: "train_sae", data: { path: "x.parquet" }, lr: 3e-4, resample: false });
  type(/^Lr/, "");
  expect(sent).not.toHaveProperty("lr");
});

test("a field goes back to its default", () => {
  render(<Filled start={{ seed: 5 }} />);
  fireEvent.click(screen.getByRole("button", { name: "Back to the default of Seed: 0" }));
  expect(screen.getByRole("textbox", { name: /^Seed/ })).toHaveValue("0");
  expect(sent).not.toHaveProperty("seed");
});

test("another kind of a union brings its own fields", async () => {
  render(<Filled />);
  fireEvent.click(screen.getByRole("combobox", { name: /^Architecture/ }));
  fireEvent.click(await screen.findByRole("option", { name: "relu · Relu" }));
  type(/^l1/, "0.2");
  expect(screen.queryByRole("textbox", { name: /^K/ })).toBeNull();
  expect(sent).toHaveProperty("architecture", { kind: "relu", l1: 0.2 });
});

test("what is wrong is said at its field: at once where something was typed, else when it is asked for", () => {
  const { rerender } = render(<Filled />);
  expect(screen.queryByText("Needed.")).toBeNull();
  type(/^Seed/, "-1");
  expect(screen.getByText("Expected at least 0, got -1.")).toBeVisible();
  rerender(<Filled insist />);
  expect(screen.getByText("Needed.")).toBeVisible();
});

test("a spec that was run fills the form", () => {
  render(
    <Filled
      start={{ kind: "train_sae", data: { path: "a" }, architecture: { kind: "relu", l1: 0.5 }, layers: [3, 7] }}
    />,
  );
  expect(screen.getByRole("textbox", { name: /^l1/ })).toHaveValue("0.5");
  expect(screen.getByText("7")).toBeVisible();
  expect(sent).toEqual({
    kind: "train_sae",
    data: { path: "a" },
    architecture: { kind: "relu", l1: 0.5 },
    layers: [3, 7],
  });
});

test("of two fields one is enough: both come first, and neither is asked for once one has something", () => {
  const schema = {
    type: "object",
    properties: {
      seed: { type: "integer", default: 0 },
      sites: { type: "array", items: { type: "string" }, default: [] },
      layers: { type: "array", items: { type: "integer" }, default: [] },
    },
    allOf: [{ anyOf: [{ required: ["sites"] }, { required: ["layers"] }] }],
  };
  const form = (value: Json) => (
    <MantineProvider env="test">
      <KindForm schema={schema} value={value} onChange={() => undefined} />
    </MantineProvider>
  );
  const { container, rerender } = render(form({}));
  const names = [...container.querySelectorAll("label")].map((label) => label.textContent);
  expect(names).toEqual(["Sites", "Layers", "Seed"]);
  expect(screen.getAllByText(/^this or/).map((hint) => hint.textContent)).toEqual(["this or Layers", "this or Sites"]);
  rerender(form({ layers: [3] }));
  expect(screen.queryByText(/^this or/)).toBeNull();
});
