import type { Checksum } from "@seamless/checksum";
import { type Store, streamChunks } from "@seamless/store";

/** How a download is watched, and ended early. */
export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** @param bytes - That have come so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** Bytes that are collected before they become a blob, which browsers can put on the disk. */
const PART = 2 ** 23;

/**
 * A buffer of the store as a blob: hashed on its way, and flat in the memory of the page.
 *
 * @returns `undefined` if the store has not got it.
 * @throws {SeamlessError} `CHECKSUM_MISMATCH`, and what the store throws; the signal's reason.
 */
export async function fetchBlob(
  store: Store,
  checksum: Checksum,
  { signal, onProgress }: DownloadOptions,
): Promise<Blob | undefined> {
  const stream = await store.getStream(checksum, { signal });
  if (stream === undefined) return undefined;
  const parts: Blob[] = [];
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let [held, total] = [0, 0];
  for await (const chunk of streamChunks(stream)) {
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
    held += chunk.byteLength;
    total += chunk.byteLength;
    onProgress?.(total);
    if (held < PART) continue;
    parts.push(new Blob(chunks));
    [chunks, held] = [[], 0];
  }
  return new Blob([...parts, ...chunks]);
}

/** A file that somebody has chosen to save to, as far as it is used here (File System Access). */
interface SaveHandle {
  getFile(): Promise<Blob>;
  /** Not in every browser. */
  remove?(): Promise<void>;
  createWritable(): Promise<{
    write(chunk: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(reason?: unknown): Promise<void>;
  }>;
}

type SavePicker = (options: { readonly suggestedName: string }) => Promise<SaveHandle>;

/** What became of a download. */
export type Saved = "saved" | "missing" | "cancelled";

/**
 * Save a buffer of the store as a file: straight to the disk where the browser lets a page do that, else by way of a blob.
 * It is hashed on its way; of a wrong one nothing is saved. The store's token goes into a header, never into an address.
 *
 * @param name - Proposed to whoever saves it.
 * @throws as `fetchBlob`, and what the disk throws.
 */
export async function saveBuffer(
  store: Store,
  checksum: Checksum,
  name: string,
  { signal, onProgress }: DownloadOptions,
): Promise<Saved> {
  const { showSaveFilePicker: pick } = globalThis as { readonly showSaveFilePicker?: SavePicker };
  if (pick === undefined) {
    const blob = await fetchBlob(store, checksum, { signal, ...(onProgress && { onProgress }) });
    if (blob === undefined) return "missing";
    offer(blob, name);
    return "saved";
  }
  let handle: SaveHandle;
  try {
    handle = await pick({ suggestedName: name });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return "cancelled";
    throw error;
  }
  try {
    const stream = await store.getStream(checksum, { signal });
    if (stream !== undefined) {
      await writeStream(stream, handle, onProgress);
      return "saved";
    }
  } catch (error) {
    await removeEmpty(handle);
    throw error;
  }
  await removeEmpty(handle);
  return "missing";
}

async function writeStream(
  stream: ReadableStream<Uint8Array>,
  handle: SaveHandle,
  onProgress: DownloadOptions["onProgress"],
): Promise<void> {
  // What is written becomes the file only when it is closed.
  const file = await handle.createWritable();
  try {
    let total = 0;
    for await (const chunk of streamChunks(stream)) {
      await file.write(chunk);
      total += chunk.byteLength;
      onProgress?.(total);
    }
  } catch (error) {
    await file.abort(error);
    throw error;
  }
  await file.close();
}

/** Browsers make the file that somebody chooses at once, empty: where nothing comes of it, it goes again. */
async function removeEmpty(handle: SaveHandle): Promise<void> {
  const { size } = await handle.getFile();
  if (size === 0) await handle.remove?.();
}

/** In milliseconds: until a browser has begun to save a blob. */
const BEGUN = 60_000;

/** Let the browser save a blob, as if a link to it had been clicked. */
function offer(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), BEGUN);
}
