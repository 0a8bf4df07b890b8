import { render, screen, within } from "@testing-library/react";
import { vocabularyOf } from "../../test/vocabulary";
import { Continuations } from "./Continuations";
import { ControlDots } from "./ControlDots";
import { NextTokens } from "./NextTokens";
import { PatchOutcome } from "./PatchOutcome";

test("a token has both probabilities, the difference in points, and what random pushes do", () => {
  const tokens = [
    { token_id: 3, base: 0.1, patched: 0.4, controls: [0.08, 0.11], other: null, other_controls: [] },
    { token_id: 4, base: 0.3, patched: 0.05, controls: [0.3, 0.3], other: null, other_controls: [] },
  ];
  render(<NextTokens tokens={tokens} label={(id) => `<${id}>`} />);
  const [, first, second] = screen.getAllByRole("row");
  const cells = (row: HTMLElement | undefined) =>
    row
      ? within(row)
          .getAllByRole("cell")
          .slice(1)
          .map(({ textContent }) => textContent)
      : [];
  expect(cells(first)).toEqual(["0.10", "0.40", "+30.0", "−2.0…+1.0"]);
  expect(cells(second)).toEqual(["0.30", "0.05", "−25.0", "0.0"]);
  expect(within(screen.getByRole("table")).getByRole("rowheader", { name: "<3>" })).toBeInTheDocument();
  const widths = [...(first?.querySelectorAll<HTMLElement>("td span span") ?? [])].map(({ style }) => style.width);
  expect(widths.slice(0, 2)).toEqual(["20%", "80%"]);
});

test("dots stand where their numbers are between 0 and the greatest", () => {
  render(<ControlDots value={1} controls={[0.25, 0.5]} says="1 nat; random: 0.25–0.5" />);
  const all = screen.getByRole("img", { name: "1 nat; random: 0.25–0.5" }).querySelectorAll<HTMLElement>("[title]");
  expect([...all].map(({ style }) => style.left)).toEqual(["25%", "50%", "100%"]);
  expect([...all].map(({ title }) => title)).toEqual(["random: 0.25 nats", "random: 0.5 nats", "1 nat"]);
  expect(screen.getByText("1 nat")).toBeInTheDocument();
});

test("without any effect nothing is divided by 0", () => {
  render(<ControlDots value={0} controls={[0]} says="none" />);
  const all = screen.getByRole("img").querySelectorAll<HTMLElement>("[title]");
  expect([...all].map(({ style }) => style.left)).toEqual(["0%", "0%"]);
});

test("of three continuations the tokens that differ are marked and counted", () => {
  const vocab = vocabularyOf(["a", "b", "c"]);
  render(
    <Continuations
      {...{ vocab }}
      length={5}
      base={[0, 1, 2]}
      patched={[0, 2, 2]}
      controls={[
        [0, 1, 2],
        [0, 2, 2],
      ]}
    />,
  );
  const patched = screen.getByRole("region", { name: "With the patch" });
  expect(patched).toHaveTextContent("1 of 3 tokens differ.");
  expect(within(patched).getAllByTitle(/differs 1$/)).toHaveLength(1);
  const pushed = screen.getByRole("region", { name: "Random pushes as hard" });
  expect(pushed).toHaveTextContent("Of 2 directions 1 changes no token, 1 parts at token 6.");
  expect(within(pushed).getByRole("region", { name: "Direction 1", hidden: true })).toHaveTextContent(
    "The same, token for token",
  );
});

test("a text that ends at once says so", () => {
  render(<Continuations vocab={vocabularyOf(["a"])} length={5} base={[0]} patched={[]} controls={[]} />);
  expect(screen.getByRole("region", { name: "With the patch" })).toHaveTextContent("its next token ends the text");
});

test("of two changes each is told where it parts from the text as it is, and B where it parts from A", () => {
  const vocab = vocabularyOf(["a", "b", "c"]);
  const three = { base: [0, 1, 2], patched: [0, 2, 2], controls: [[0, 1, 2]], other: [0, 2], other_controls: [[1, 1]] };
  render(<Continuations {...{ vocab, ...three }} length={5} />);
  expect(screen.getByRole("region", { name: "With A" })).toHaveTextContent(
    "It parts at token 6: 1 of 3 tokens differ.",
  );
  expect(screen.getByRole("region", { name: "With B" })).toHaveTextContent("From A it parts at token 7.");
  expect(screen.getByRole("region", { name: "Random pushes as hard as A" })).toHaveTextContent("none changes a token");
  // As far as B's own text goes.
  expect(screen.getByRole("region", { name: "Random pushes as hard as B" })).toHaveTextContent("It parts at token 5.");
});

test("two changes stand beside the model as it is, each with a bar of its own", () => {
  const tokens = [
    { token_id: 3, base: 0.1, patched: 0.4, controls: [0.08, 0.11], other: 0.2, other_controls: [0.1, 0.15] },
  ];
  render(<NextTokens tokens={tokens} label={(id) => `<${id}>`} />);
  const table = screen.getByRole("table", { name: "Next token: base, A and B" });
  const shown = within(table).getAllByRole("cell").slice(1);
  expect(shown.map(({ textContent }) => textContent)).toEqual(["0.10", "0.40", "0.20"]);
  expect(shown.map(({ title }) => title)).toEqual([
    "0.1",
    "0.4; random pushes as hard: 0.08 to 0.11",
    "0.2; random pushes as hard: 0.10 to 0.15",
  ]);
});

test("the KL of two changes stands beside pushes as hard as each", () => {
  const says = (kl: number) => ({ kl, control_kl: [0.1, 0.2], tokens: [] });
  const tried = { ...says(2), other_kl: 0.15, other_control_kl: [0.3, 0.4] };
  // biome-ignore lint/suspicious/noExplicitAny: what it shows is all that it reads.
  render(<PatchOutcome tried={tried as any} label={String} />);
  expect(screen.getByRole("img", { name: "A: 2 nats; random pushes as hard: 0.1–0.2" })).toBeInTheDocument();
  expect(screen.getByRole("img", { name: "B: 0.15 nats; random pushes as hard: 0.3–0.4" })).toBeInTheDocument();
  expect(screen.getByText(/Less than any of them/)).toBeInTheDocument();
});

test("beside the model as it is the two columns are called by their letters", () => {
  const tokens = [{ token_id: 3, base: 0.1, patched: 0.4, controls: [], other: null, other_controls: [] }];
  const heads = () => screen.getAllByRole("columnheader").map(({ textContent }) => textContent?.trim());
  const { rerender } = render(<NextTokens tokens={tokens} label={String} after="A" />);
  expect(heads().slice(2, 4)).toEqual(["B", "A"]);
  rerender(<NextTokens tokens={tokens} label={String} after="B" />);
  expect(heads().slice(2, 4)).toEqual(["A", "B"]);
});
