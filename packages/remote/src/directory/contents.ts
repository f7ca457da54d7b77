import { Checksum, createSha256, type ProvenBytes } from "@seamless/checksum";
import { createProver, proveOwnedInSlices } from "@seamless/checksum/unsafe";
import { joinChunks } from "@seamless/store";
import { type FormReader, formPieces } from "./compressed.ts";
import type { Form } from "./forms.ts";
import { type OpenFile, openFile, readWhole } from "./read-file.ts";

/** What lies in a file. */
export interface Contents {
  readonly checksum: Checksum;
  /** Decoded; missing if only their checksum was asked for. */
  readonly proven?: ProvenBytes | undefined;
}

/** How to get at it; `undefined` if there is no such file. */
export type ReadContents = (
  path: string,
  form: Form,
  reader: FormReader,
  signal: AbortSignal | undefined,
) => Promise<Contents | undefined>;

/** All bytes, hashed as they come, so that a gigabyte stops nobody. */
export const readContents: ReadContents = async (path, form, reader, signal) => {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const proven =
      form.coding === undefined
        ? await proveWhole(file, signal)
        : await proveOwnedInSlices(await joinChunks(formPieces(form, file, reader)), { signal });
    return { checksum: proven.checksum, proven };
  } finally {
    await file.handle.close();
  }
};

/** The checksum alone, in constant memory. */
export const hashContents: ReadContents = async (path, form, reader, signal) => {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const hash = createSha256();
    for await (const piece of formPieces(form, file, reader)) {
      signal?.throwIfAborted();
      hash.update(piece);
    }
    return { checksum: new Checksum(hash.digest()) };
  } finally {
    await file.handle.close();
  }
};

/** Hashed while it is read. */
async function proveWhole(file: OpenFile, signal: AbortSignal | undefined): Promise<ProvenBytes> {
  const prover = createProver();
  await readWhole(file, (slice) => prover.update(slice), signal);
  return prover.finish();
}
