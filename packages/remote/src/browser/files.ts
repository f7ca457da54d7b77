import { Checksum, SeamlessError } from "@seamless/checksum";
import type { Content } from "./connection.ts";
import type { Added } from "./database.ts";
import { exceptionName } from "./errors.ts";

/** A file that is being read, and stays until it is released. */
export interface OpenFile {
  readonly blob: Blob;
  release(): void;
}

/** Writes in place; only dedicated workers have it, and so TypeScript's types of pages have not. */
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  flush(): void;
  close(): void;
}

type WritableHandle = FileSystemFileHandle & { createSyncAccessHandle?(): Promise<SyncAccessHandle> };
type Folder = FileSystemDirectoryHandle & { keys(): AsyncIterable<string> };

/** What is written at once, in bytes. */
const SLICE = 2 ** 20;
/** What Chromium puts behind the name of a file while it is written, in the same folder. */
const SWAP = /\.crswap$/;

/**
 * Files of large buffers in the origin private file system (OPFS), each by a name of its own. Who writes or reads one holds a
 * lock that all tabs see (Web Locks), and that goes with the tab: nothing is removed under it, and what a tab that died has left is
 * found.
 */
export class Files {
  readonly #folder: string;
  #usable: Promise<boolean> | undefined;

  /** @param database - Its name; each has a folder of its own. */
  constructor(database: string) {
    // Names of files may not be long, nor have all characters.
    this.#folder = `seamless-${Checksum.of(new TextEncoder().encode(database)).hex()}`;
  }

  /** Whether there is such a file system here, and it may be used and written to. */
  usable(): Promise<boolean> {
    this.#usable ??= hasFiles();
    return this.#usable;
  }

  /**
   * Writes a file, and makes it known while nobody can remove it. If that fails, there is no file.
   *
   * @param name - Not used before.
   * @param register - Makes the file known; anything but `added` says that it is not wanted.
   */
  async write(name: string, content: Content, register: () => Promise<Added>): Promise<Added> {
    const unlock = await this.#lock(name, { mode: "exclusive" });
    try {
      const folder = await this.#open();
      const handle: WritableHandle = await folder.getFileHandle(name, { create: true });
      let added: Added | undefined;
      try {
        if (handle.createSyncAccessHandle === undefined) await writeBeside(handle, content);
        else await writeInPlace(await handle.createSyncAccessHandle(), content);
        const { size } = await handle.getFile();
        if (size !== sizeOf(content)) {
          throw new SeamlessError("STORE_FAILED", `${name} has ${size} of ${sizeOf(content)} bytes after writing`);
        }
        added = await register();
        return added;
      } finally {
        // What counts is why it failed; a file that stays is swept.
        if (added !== "added") await folder.removeEntry(name).catch(() => undefined);
      }
    } finally {
      unlock?.();
    }
  }

  /** Opens a file for reading; `undefined` if there is none. */
  async open(name: string): Promise<OpenFile | undefined> {
    const unlock = await this.#lock(name, { mode: "shared" });
    try {
      const blob = await (await (await this.#open()).getFileHandle(name)).getFile();
      return { blob, release: () => unlock?.() };
    } catch (error) {
      unlock?.();
      if (exceptionName(error) === "NotFoundError") return undefined;
      throw error;
    }
  }

  /**
   * Removes a file unless somebody uses it.
   *
   * @param first - What is done before, if nobody uses it; false to leave it.
   * @returns whether it was removed.
   */
  async remove(name: string, first: () => Promise<boolean> = async () => true): Promise<boolean> {
    const unlock = await this.#lock(name, { mode: "exclusive", ifAvailable: true });
    if (unlock === undefined) return false;
    try {
      if (!(await first())) return false;
      await (await this.#open()).removeEntry(name).catch((error: unknown) => {
        if (exceptionName(error) !== "NotFoundError") throw error;
      });
      return true;
    } finally {
      unlock();
    }
  }

  /**
   * Removes what nobody uses or knows: left by tabs that died while they wrote, or removed while it was read.
   *
   * @param isKnown - Whether a file is one of a buffer.
   */
  async sweep(isKnown: (name: string) => Promise<boolean>): Promise<void> {
    for await (const name of (await this.#open()).keys()) {
      const swap = SWAP.test(name);
      const written = name.replace(SWAP, "");
      const unlock = await this.#lock(written, { mode: "exclusive", ifAvailable: true });
      if (unlock === undefined) continue;
      try {
        // Another sweep may have been here.
        if (swap || !(await isKnown(name))) await (await this.#open()).removeEntry(name).catch(() => undefined);
      } finally {
        unlock();
      }
    }
  }

  /** Not kept: the user may clear it at any time. */
  async #open(): Promise<Folder> {
    const root = await navigator.storage.getDirectory();
    return (await root.getDirectoryHandle(this.#folder, { create: true })) as Folder;
  }

  /** @returns what lets go of it; `undefined` if it was to be had at once, and could not. */
  #lock(name: string, options: LockOptions): Promise<(() => void) | undefined> {
    return new Promise((resolve, reject) => {
      const hold = (lock: Lock | null) =>
        lock === null ? resolve(undefined) : new Promise<void>((release) => resolve(release));
      navigator.locks.request(`${this.#folder}/${name}`, options, hold).catch(reject);
    });
  }
}

/** Pages that came by plain http have neither; some browsers refuse the files in private windows. */
async function hasFiles(): Promise<boolean> {
  const { storage, locks } = (globalThis.navigator ?? {}) as Partial<Navigator>;
  if (storage?.getDirectory === undefined || locks === undefined) return false;
  const { prototype } = globalThis.FileSystemFileHandle;
  if (!("createSyncAccessHandle" in prototype || "createWritable" in prototype)) return false;
  return storage.getDirectory().then(
    () => true,
    () => false,
  );
}

export function sizeOf(content: Content): number {
  return content instanceof Blob ? content.size : content.byteLength;
}

/** What is written lies beside until it is closed. */
async function writeBeside(handle: FileSystemFileHandle, content: Content): Promise<void> {
  const writable = await handle.createWritable();
  try {
    await writable.write(content as Blob | Uint8Array<ArrayBuffer>);
    await writable.close();
  } catch (error) {
    // One that has failed to write is aborted already.
    await writable.abort().catch(() => undefined);
    throw error;
  }
}

async function writeInPlace(handle: SyncAccessHandle, content: Content): Promise<void> {
  const size = sizeOf(content);
  try {
    for (let at = 0; at < size; ) {
      const slice = content instanceof Blob ? await readBlob(content.slice(at, at + SLICE)) : content.subarray(at);
      const written = handle.write(slice.subarray(0, SLICE), { at });
      if (written === 0) throw new SeamlessError("DISK_FULL", "the browser writes no more");
      at += written;
    }
    handle.flush();
  } finally {
    handle.close();
  }
}

export async function readBlob(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}
