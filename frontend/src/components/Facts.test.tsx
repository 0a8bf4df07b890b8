import { render, screen, within } from "@testing-library/react";
import { Facts } from "./Facts";

const isSo = (so: boolean) => so;

test("each fact has its term, its value, and what it means where that is known", () => {
  render(
    <Facts
      look="line"
      label="about it"
      facts={[
        { name: "site", value: "L7.resid_post", mono: "value" },
        isSo(false) && { name: "label", value: "none" },
        { name: "W_enc", value: <b>wide</b>, says: "reads", mono: "name", mark: <i data-testid="mark" /> },
      ]}
    />,
  );
  const list = screen.getByLabelText("about it");
  expect(
    within(list)
      .getAllByRole("term")
      .map(({ textContent }) => textContent),
  ).toEqual(["site", "W_enc"]);
  const [site, wide] = within(list).getAllByRole("definition");
  expect([site?.textContent, site?.className]).toEqual(["L7.resid_post", "mono"]);
  expect([wide?.textContent, wide?.className, wide?.parentElement?.title]).toEqual(["wide", "", "reads"]);
  expect(within(list).getByText("W_enc")).toContainElement(screen.getByTestId("mark"));
});
