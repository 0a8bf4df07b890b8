import { chosenFiles, dragsFiles, droppedFiles } from "./droppedFiles";

const file = (name: string) => new File(["x"], name);

const fileEntry = (fullPath: string) => ({
  isFile: true,
  isDirectory: false,
  fullPath,
  file: (take: (one: File) => void) => take(file(fullPath.split("/").at(-1) ?? "")),
});

const folderEntry = (pages: unknown[][]) => ({
  isFile: false,
  isDirectory: true,
  createReader: () => {
    const left = [...pages, []];
    return { readEntries: (take: (some: unknown[]) => void) => take(left.shift() ?? []) };
  },
});

const dropped = (...entries: unknown[]) =>
  ({
    items: entries.map((entry) => ({ webkitGetAsEntry: () => entry, getAsFile: () => null })),
  }) as unknown as DataTransfer;

test("a dropped folder is looked through to its end, each file by its name in it", async () => {
  const inner = folderEntry([[fileEntry("/a/b/two.json")]]);
  const folder = folderEntry([[fileEntry("/a/one.json"), inner], [fileEntry("/a/three.json")]]);
  const found = await droppedFiles(dropped(folder, fileEntry("/x.zip")));
  expect(found.map(({ name }) => name)).toEqual(["a/one.json", "a/b/two.json", "a/three.json", "x.zip"]);
});

test("a file that lies in no folder is taken as it is", async () => {
  const item = { webkitGetAsEntry: () => null, getAsFile: () => file("x.zip") };
  const found = await droppedFiles({ items: [item] } as unknown as DataTransfer);
  expect(found.map(({ name }) => name)).toEqual(["x.zip"]);
});

test("what a system puts beside files is left out", () => {
  expect(chosenFiles([file("a.zip"), file(".DS_Store")]).map(({ name }) => name)).toEqual(["a.zip"]);
});

test("text that is dragged is no file", () => {
  expect(dragsFiles({ types: ["text/plain"] } as unknown as DataTransfer)).toBe(false);
  expect(dragsFiles({ types: ["Files"] } as unknown as DataTransfer)).toBe(true);
  expect(dragsFiles(null)).toBe(false);
});
