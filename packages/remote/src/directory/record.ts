import { lstat } from "node:fs/promises";
import { fileError, type WriteAtomicOptions, writeAtomic } from "@seamless/checksum/node";
import { unlinkFile } from "@seamless/internal/files";
import { LENGTH_SUFFIX } from "../encoding/forms.ts";
import type { Source } from "./compression.ts";
import type { Place } from "./layout.ts";
import { permissionsOf } from "./layout-detector.ts";

/*
 * The file with the length of a compressed buffer. It is there before the buffer is: who finds that can tell how much it may
 * become. A record that is left without its buffer, by a program that was killed in between, is right for the next one.
 */

/** The same bytes; the length is recorded when all of them were read, and before their reader knows that. */
export async function* withRecord(
  source: Source,
  record: () => Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (source instanceof Uint8Array) yield source;
  else yield* source;
  await record();
}

/**
 * @param file - The plain form.
 * @param length - In bytes.
 */
export async function writeRecord(
  { root }: Place,
  file: string,
  length: number,
  options: Pick<WriteAtomicOptions, "signal" | "sync">,
): Promise<void> {
  // Hashservers in Python write over it.
  const { marker: mode } = await permissionsOf(root);
  await writeAtomic(file + LENGTH_SUFFIX, String(length), { ...options, mode, umask: false });
}

/** @param file - The plain form. */
export async function isRecorded(file: string): Promise<boolean> {
  return lstat(file + LENGTH_SUFFIX).then(
    () => true,
    () => false,
  );
}

/**
 * @returns whether there was such a file.
 * @throws {SeamlessError} file codes.
 */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlinkFile(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw fileError(error, path, "remove");
  }
}
