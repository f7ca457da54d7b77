import type { Celltype } from "@seamless/celltypes";
import { isSeamlessError } from "@seamless/checksum";
import { expose } from "comlink";
import type { Window } from "./arrays.ts";
import { Reading } from "./reading.ts";
import { writeTyped } from "./typed.ts";

/** Why something cannot be read or written. */
export interface Failure {
  readonly message: string;
  /** Of a `SeamlessError`. */
  readonly code?: string;
}

/** What a function of the worker gives: errors lose their fields on the way otherwise. */
export type Outcome<T> = { readonly value: T } | { readonly failure: Failure };

async function attempt<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!isSeamlessError(error))
      return { failure: { message: error instanceof Error ? error.message : String(error) } };
    const { message, code } = error;
    return { failure: { message, code } };
  }
}

/** Of the blob that was loaded last. */
let reading = new Reading(new Uint8Array());

const functions = {
  /** The buffer of a value as it was typed. */
  write: (text: string, celltype: Celltype) => attempt(() => writeTyped(text, celltype)),
  /** Takes a blob into memory, for all that follows. */
  load: (blob: Blob) =>
    attempt(async () => {
      reading = new Reading(new Uint8Array(await blob.arrayBuffer()));
    }),
  check: (celltype: Celltype) => attempt(() => reading.check(celltype)),
  open: (celltype: Celltype) => attempt(() => reading.open(celltype)),
  children: (id: number, start: number, count: number) => attempt(() => reading.children(id, start, count)),
  lines: (start: number, count: number) => attempt(() => reading.lines(start, count)),
  table: (id: number, window: Window) => attempt(() => reading.table(id, window)),
  line: (id: number) => attempt(() => reading.line(id)),
  grid: (id: number) => attempt(() => reading.grid(id)),
  picture: (id: number) => attempt(() => reading.picture(id)),
};

export type ReaderFunctions = typeof functions;

expose(functions);
