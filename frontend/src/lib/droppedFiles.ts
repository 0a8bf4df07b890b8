/** Files that are dropped or chosen, folders looked through, each by its name in what was given. */

export interface SentFile {
  /** `adapter/adapter_config.json` */
  name: string;
  file: File;
}

const MAX_FILES = 1_000;
const HIDDEN = /(^|\/)(\.|__MACOSX)/;

/** Of an `<input type="file">`, a folder's by their paths in it. */
export const chosenFiles = (files: Iterable<File>): SentFile[] =>
  wanted([...files].map((file) => ({ name: file.webkitRelativePath || file.name, file })));

/** Of a drop. Ask at once: the browser forgets what was dropped when the event is over. */
export async function droppedFiles(data: DataTransfer): Promise<SentFile[]> {
  const given = [...data.items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found = given.map(({ entry, file }) => (entry ? inside(entry) : file ? [{ name: file.name, file }] : []));
  return wanted((await Promise.all(found)).flat());
}

/** Whether somebody drags files, and no text or link of a page. */
export const dragsFiles = (data: DataTransfer | null): boolean => data?.types.includes("Files") ?? false;

const wanted = (files: SentFile[]): SentFile[] => files.filter(({ name }) => !HIDDEN.test(name)).slice(0, MAX_FILES);

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

async function inside(entry: FileSystemEntry): Promise<SentFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ name: entry.fullPath.replace(/^\//, ""), file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const found: FileSystemEntry[] = [];
  // It gives a hundred at a time, and none in the end.
  for (let some = await read(reader); some.length > 0; some = await read(reader)) found.push(...some);
  return (await Promise.all(found.map((one) => inside(one)))).flat();
}

const read = (reader: FileSystemDirectoryReader) =>
  new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
