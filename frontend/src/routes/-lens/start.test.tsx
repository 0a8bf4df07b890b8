import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { aModel, anAnswer, asked } from "../../../test/server";
import { visit } from "../../../test/visit";

const answers = {
  "/api/model_info": aModel("m"),
  "/api/models/m/examples": [
    { title: "A fact", says: "", text: "The capital of France is", mode: "text", search: {}, adapter: null },
  ],
  "/api/models": [],
  "/api/conversations": { items: [], total: 0 },
};

const opened = () => screen.findByRole("list", { name: "Examples" }, { timeout: 20_000 });

afterEach(() => vi.unstubAllGlobals());

test.each([
  ["/lens", "Text"],
  ["/chat", "Message"],
])("on %s what is typed on arrival is text", async (path, name) => {
  const router = await visit(path, answers);
  await opened();
  await userEvent.keyboard("France r");
  expect(screen.getByRole("textbox", { name })).toHaveValue("France r");
  expect(router.state.location.pathname).toBe(path);
});

test("the tokens that a link brings are run as they are, in the model that it names", async () => {
  const router = await visit("/lens?ids=0,5,7&model=other&token=1&by=feature:l8/2&view=features", {
    ...answers,
    "/api/traces": { hash: "abc" },
  });
  await waitFor(() => expect(router.state.location.pathname).toBe("/lens/abc"));
  expect(asked.at(-1)).toEqual({ method: "POST", path: "/api/traces", body: { ids: [0, 5, 7], model: "other" } });
  expect(router.state.location.searchStr).toBe("?token=1&by=feature:l8/2&view=features");
});

test("the text box takes the keyboard once, and not whenever the page changes", async () => {
  await visit("/lens", answers);
  await opened();
  const [box, button] = [screen.getByRole("textbox", { name: "Text" }), screen.getByRole("link", { name: /^A fact/ })];
  button.focus();
  fireEvent.change(box, { target: { value: "x" } });
  expect(button).toHaveFocus();
});

test("on a touch screen nothing brings up the keyboard", async () => {
  const matchMedia = window.matchMedia;
  vi.stubGlobal("matchMedia", (query: string) => ({ ...matchMedia(query), matches: query === "(pointer: coarse)" }));
  await visit("/lens", answers);
  await opened();
  expect(document.body).toHaveFocus();
});

test("the keys of the examples do nothing while no text is open", async () => {
  const router = await visit("/lens", answers);
  await opened();
  screen.getByRole("textbox", { name: "Text" }).blur();
  for (const key of ["r", "[", "]"]) fireEvent.keyDown(document.body, { key });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(router.state.location.pathname).toBe("/lens");
});

test("a text that answers late leads nobody away from where they went", async () => {
  const { late, come } = anAnswer();
  const traces = () => asked.filter(({ path }) => path === "/api/traces").length;
  const before = traces();
  const router = await visit("/lens", { ...answers, "/api/traces": late });
  await router.navigate({ href: "/lens?text=Mary" });
  await waitFor(() => expect(traces()).toBe(before + 1));
  router.history.back();
  await opened();
  come({ hash: "abc" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(router.state.location.href).toBe("/lens");
});
