/** A file of a folder. */
export interface FolderFile {
  /** Relative to the folder, with `/` between its parts. */
  readonly path: string;
  /** Its content lies on the disk until it is read. */
  readonly file: File;
}

/** One side of a comparison, as it was chosen: an index, or a folder whose files are to be hashed. */
export type Chosen =
  | { readonly kind: "index"; readonly name: string; readonly file: File }
  | { readonly kind: "folder"; readonly name: string; readonly list: () => Promise<readonly FolderFile[]> };

/** Files at most: each takes some memory of the page, twice. */
export const MAX_FILES = 200_000;

/** Collects files up to the limit. */
class Collection {
  readonly files: FolderFile[] = [];

  add(path: string, file: File): void {
    if (this.files.length >= MAX_FILES) {
      throw new Error(`the folder has over ${MAX_FILES} files: 'seamless diff' compares any number`);
    }
    this.files.push({ path, file });
  }
}

/** The files of a folder that was picked, at any depth. */
export async function listHandle(root: FileSystemDirectoryHandle): Promise<readonly FolderFile[]> {
  const found = new Collection();
  const walk = async (directory: FileSystemDirectoryHandle, parent: string): Promise<void> => {
    for await (const handle of directory.values()) {
      const path = parent + handle.name;
      if (handle.kind === "directory") await walk(handle as FileSystemDirectoryHandle, `${path}/`);
      else found.add(path, await (handle as FileSystemFileHandle).getFile());
    }
  };
  await walk(root, "");
  return found.files;
}

/** The files of a folder that was dropped, at any depth. */
async function listEntry(root: FileSystemDirectoryEntry): Promise<readonly FolderFile[]> {
  const found = new Collection();
  const walk = async (directory: FileSystemDirectoryEntry, parent: string): Promise<void> => {
    const reader = directory.createReader();
    for (;;) {
      // A part of them at a time; none is the end.
      const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (entries.length === 0) return;
      for (const entry of entries) {
        const path = parent + entry.name;
        if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, `${path}/`);
        else found.add(path, await fileOf(entry as FileSystemFileEntry));
      }
    }
  };
  await walk(root, "");
  return found.files;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** The files of a folder from a field for folders, whose paths begin with the name of the folder. */
export function listField(files: readonly File[]): readonly FolderFile[] {
  const found = new Collection();
  for (const file of files) found.add(file.webkitRelativePath.split("/").slice(1).join("/"), file);
  return found.files;
}

/** What was chosen in a field for folders; undefined for none. */
export function chosenFromField(files: readonly File[]): Chosen | undefined {
  const name = files[0]?.webkitRelativePath.split("/")[0];
  return name === undefined ? undefined : { kind: "folder", name, list: async () => listField(files) };
}

/** What was dropped, in its order. Has to be called at once: afterwards the browser has forgotten it. */
export function chosenFromDrop(items: readonly DataTransferItem[]): readonly Chosen[] {
  return items.flatMap((item): Chosen[] => {
    if (item.kind !== "file") return [];
    const entry = item.webkitGetAsEntry();
    if (entry?.isDirectory) {
      return [{ kind: "folder", name: entry.name, list: () => listEntry(entry as FileSystemDirectoryEntry) }];
    }
    const file = item.getAsFile();
    return file === null ? [] : [{ kind: "index", name: file.name, file }];
  });
}
