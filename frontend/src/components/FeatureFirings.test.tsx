import { fireEvent, render, screen, within } from "@testing-library/react";
import type { FeatureReading } from "../api/types";
import { FeatureFirings, type FeatureFiringsProps } from "./FeatureFirings";

const READING: FeatureReading = {
  sae: "l8",
  site: "L8.resid_post",
  features: [
    { index: 451, activation: 1.5, norm: 34, share: 0.6, label: "<b>the</b>", top_tokens: [7] },
    { index: 43, activation: 0.75, norm: 17, share: -0.1, label: "", top_tokens: [] },
  ],
  l0: 32,
  shown_share: 0.5,
  error_norm: 128,
  residual_norm: 305,
  fvu: 0.71,
  dictionary: "l8",
};

function show(props: Partial<FeatureFiringsProps> = {}) {
  const onColor = vi.fn();
  render(
    <FeatureFirings
      reading={READING}
      title="l8"
      link={(index, children) => <a href={`/features/l8/${index}`}>{children}</a>}
      written={(id) => `·word${id}`}
      onColor={onColor}
      {...props}
    />,
  );
  return onColor;
}

test("each feature links to its page, and its label is text", () => {
  show();
  const link = screen.getByRole("link", { name: "451 <b>the</b>" });
  expect(link).toHaveAttribute("href", "/features/l8/451");
  expect(screen.getByRole("link", { name: "43 no label" })).toBeInTheDocument();
});

test("one without a label is told by the tokens that it peaks on", () => {
  const [first] = READING.features;
  if (!first) throw new Error("there is no feature");
  show({ reading: { ...READING, features: [{ ...first, label: "", top_tokens: [7, 8] }] } });
  expect(screen.getByRole("link", { name: "451 on ·word7 ·word8" })).toBeInTheDocument();
});

test("activation, share of the reconstruction, error and FVU are written out", () => {
  show();
  const row = screen.getByRole("link", { name: /43/ }).closest("tr");
  expect(row).not.toBeNull();
  expect(within(row as HTMLElement).getByText("0.75")).toBeInTheDocument();
  expect(within(row as HTMLElement).getByText("−0.100")).toBeInTheDocument();
  expect(screen.getByText("128 of 305")).toBeInTheDocument();
  expect(screen.getByText("0.71")).toBeInTheDocument();
  expect(screen.getByText("30 more with 0.500 of the reconstruction.")).toBeInTheDocument();
});

test("the shares that are listed and the rest add up to 1, though the rest may work against them", () => {
  const shares = [0.9962, 0.02, 0.00996, 0.08];
  const features = shares.map((share, index) => ({ index, activation: 1, norm: 1, share, label: "", top_tokens: [] }));
  show({ reading: { ...READING, features, shown_share: shares.reduce((sum, share) => sum + share) } });
  const listed = screen.getAllByRole("row").slice(1);
  expect(listed.map((row) => row.lastElementChild?.textContent)).toEqual(["0.996", "0.020", "0.010", "0.080"]);
  expect(screen.getByText("28 more with −0.106 of the reconstruction.")).toBeInTheDocument();
});

test("a click colours the text by a feature, and the one that does says so", () => {
  const onColor = show({ colored: 43 });
  fireEvent.click(screen.getByRole("button", { name: "Colour the text by it" }));
  expect(onColor).toHaveBeenLastCalledWith(451);
  expect(screen.getByRole("button", { name: "Stop colouring by it" })).toHaveAttribute("aria-pressed", "true");
});

test("where nothing fires, it says so, and a missing FVU is no number", () => {
  show({ reading: { ...READING, features: [], l0: 0, fvu: null } });
  expect(screen.getByText("No feature fires at this token.")).toBeInTheDocument();
  expect(screen.queryByRole("table")).toBeNull();
  expect(screen.getByText("–")).toBeInTheDocument();
});
