import { MantineProvider } from "@mantine/core";
import "@mantine/core/styles.layer.css";
import { act, cleanup, render } from "@testing-library/react";
import "../styles.css";
import { type Column, DataTable } from "./DataTable";

const COLUMNS: readonly Column<number>[] = [{ key: "row", title: "Row", text: (row) => row, number: true }];
const page = (at: number) => Array.from({ length: 200 }, (_, i) => at * 200 + i);

const settled = () =>
  act(async () => {
    await new Promise((resolve) => setTimeout(resolve, 250));
  });

async function show(count: number) {
  cleanup();
  const { container } = render(
    <MantineProvider env="test">
      <div style={{ width: 400, height: 420 }}>
        <DataTable
          label="rows"
          columns={COLUMNS}
          count={count}
          rowsAt={page}
          onPages={() => undefined}
          keyOf={String}
        />
      </div>
    </MantineProvider>,
  );
  await settled();
  const scroller = container.querySelector<HTMLElement>("[role=table]");
  if (!scroller) throw new Error("there is no table");
  /** What stands in the pixel row right below the header, and in the last one. */
  const seen = () => {
    const box = scroller.getBoundingClientRect();
    const at = (y: number) => Number(document.elementFromPoint(box.left + 60, y)?.closest("[role=row]")?.textContent);
    return { first: at(box.top + 30), last: at(box.bottom - 4) };
  };
  const press = (key: string) =>
    act(async () => {
      scroller.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    });
  return { scroller, seen, press };
}

test.each([1_000, 1_000_000, 3_000_000])(
  "every row of %d can be reached: by wheel, jump, and the End key",
  async (count) => {
    const { scroller, seen, press } = await show(count);
    expect(seen().first).toBe(0);

    scroller.scrollTop += 280;
    await settled();
    expect(seen().first).toBe(10);

    scroller.scrollTop = scroller.scrollHeight;
    await settled();
    expect(seen().last).toBe(count - 1);
    scroller.scrollTop -= 280;
    await settled();
    expect(seen().last).toBe(count - 11);

    scroller.scrollTop = scroller.scrollHeight / 2;
    await settled();
    const { first } = seen();
    expect(first).toBeGreaterThan(count * 0.4);
    expect(first).toBeLessThan(count * 0.6);
    scroller.scrollTop += 280;
    await settled();
    expect(seen().first).toBe(first + 10);

    await press("Home");
    await settled();
    expect(seen().first).toBe(0);
    await press("End");
    await settled();
    expect(seen().last).toBe(count - 1);
  },
);

test("an end of a million rows is drawn within half a second", async () => {
  const { seen, press } = await show(1_000_000);
  const start = performance.now();
  await press("End");
  await act(async () => {
    await new Promise((resolve) => requestAnimationFrame(resolve));
  });
  expect(seen().last).toBe(999_999);
  expect(performance.now() - start).toBeLessThan(500);
});
