import { Checksum, isSeamlessError } from "@seamless/checksum";
import { type Store, streamChunks } from "@seamless/store";
import { type Remote, transfer, wrap } from "comlink";
import type { FileEntry } from "./folder.ts";
import type { FolderPart, IndexFunctions } from "./index.worker.ts";

/** A buffer of the store. */
export interface FoundBuffer {
  readonly kind: "buffer";
  readonly checksum: string;
  /** In bytes. */
  readonly length: number;
  /** Might it be an index, but too long a one to be fetched before somebody wants it? */
  readonly maybeIndex?: boolean;
}

/** A folder of a directory. */
export interface FoundFolder extends FolderPart {
  readonly kind: "folder";
  /** Of the rows, among all. */
  readonly start: number;
}

/** Nothing: of what, says the checksum or the path. */
interface NotFound {
  readonly kind: "missing";
  readonly checksum: string;
  /** Set if the directory is there, but has no such path. */
  readonly path?: readonly string[];
}

export type Found = FoundBuffer | FoundFolder | NotFound;

/** In bytes: an index that is longer is fetched only if somebody wants that, or a path in it. A file takes some 100 in it. */
const UNASKED = 2 ** 25;
/** Rows that are shown at once. */
export const ROWS = 500;

/** Finds what is at a place of the store, and keeps the index that it was in: parsing one may take a second. */
export class StoreBrowser {
  readonly #store: Store;
  #worker: Worker | undefined;
  #functions: Remote<IndexFunctions> | undefined;
  /** What is in the worker: checksum, and the files of the index that it is, if it is one. */
  #opened: { readonly checksum: string; readonly files: number | undefined } | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * What is at a place. A buffer that is a directory index, and not empty, is a folder.
   *
   * @param start - Of the rows of a folder.
   * @param isWanted - Should a long index be fetched, too?
   * @throws {SeamlessError} what the store throws.
   */
  async find(
    checksum: string,
    path: readonly string[],
    { start, isWanted, signal }: { readonly start: number; readonly isWanted: boolean; readonly signal: AbortSignal },
  ): Promise<Found> {
    const length = await this.#lengthOf(checksum, signal);
    if (length === undefined) return { kind: "missing", checksum };
    const fetches = length <= UNASKED || isWanted || path.length > 0;
    const files = await this.#open(checksum, fetches, signal).catch((error) => failIfAsked(error, path));
    if (files === "not fetched") return { kind: "buffer", checksum, length, maybeIndex: true };
    if (files === undefined || files === 0) {
      return path.length === 0 ? { kind: "buffer", checksum, length } : { kind: "missing", checksum, path };
    }
    const found = await this.#functions!.look(path, start, ROWS);
    signal.throwIfAborted();
    if (found === undefined) return { kind: "missing", checksum, path };
    if ("rows" in found) return { kind: "folder", start, ...found };
    return this.#file(found, signal);
  }

  /** The lengths of files, in bytes; `undefined` for what is not in the store. */
  lengths(files: readonly FileEntry[], signal: AbortSignal): Promise<(number | undefined)[]> {
    return this.#store.lengths(
      files.map(({ checksum }) => new Checksum(checksum)),
      { signal },
    );
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#functions = undefined;
    this.#opened = undefined;
  }

  async #file({ checksum }: FileEntry, signal: AbortSignal): Promise<Found> {
    const length = await this.#lengthOf(checksum, signal);
    return length === undefined ? { kind: "missing", checksum } : { kind: "buffer", checksum, length };
  }

  async #lengthOf(checksum: string, signal: AbortSignal): Promise<number | undefined> {
    const [length] = await this.#store.lengths([new Checksum(checksum)], { signal });
    return length;
  }

  /** @returns how many files the index has; `undefined` if the buffer is none. */
  async #open(checksum: string, fetches: boolean, signal: AbortSignal): Promise<number | "not fetched" | undefined> {
    if (this.#opened?.checksum === checksum) return this.#opened.files;
    const bytes = await this.#bytesOfDict(checksum, fetches, signal);
    if (bytes === undefined || bytes === "not fetched") return bytes;
    this.#worker ??= new Worker(new URL("./index.worker.ts", import.meta.url), { type: "module" });
    this.#functions ??= wrap<IndexFunctions>(this.#worker);
    const opened = await this.#functions.open(transfer(bytes, [bytes.buffer]));
    const files = "files" in opened ? opened.files : undefined;
    this.#opened = { checksum, files };
    signal.throwIfAborted();
    return files;
  }

  /** The bytes of a buffer that begins as a dict does: of another one, no more than the first chunk is read. */
  async #bytesOfDict(
    checksum: string,
    fetches: boolean,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer> | "not fetched" | undefined> {
    const stream = await this.#store.getStream(new Checksum(checksum), { signal });
    if (stream === undefined) return undefined;
    let isDict: boolean | undefined;
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of streamChunks(stream)) {
      isDict ??= beginsAsDict(chunk);
      if (!isDict) return undefined;
      if (!fetches) return "not fetched";
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
    }
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  }
}

/** That a buffer is broken is told by whoever shows it: here it is just no index, unless a path in it was asked for. */
function failIfAsked(error: unknown, path: readonly string[]): undefined {
  const isBroken = isSeamlessError(error, "CHECKSUM_MISMATCH") || isSeamlessError(error, "STORE_FAILED");
  if (!isBroken || path.length > 0) throw error;
}

/** After white space, or lines that are comments. */
function beginsAsDict(chunk: Uint8Array): boolean {
  const text = new TextDecoder().decode(chunk.subarray(0, 4096));
  return /^(?:\s|#[^\n]*(?:\n|$))*(?:\{|$)/.test(text);
}
