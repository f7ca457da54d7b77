import { joinPieces } from "@seamless/cache";
import { Checksum, createSha256, hashInSlices } from "@seamless/checksum";
import { type FormReader, formPieces } from "./compressed.ts";
import type { Form } from "./forms.ts";
import { openFile, readWhole } from "./read-file.ts";

/** What lies in a file. */
export interface Contents {
  readonly checksum: Checksum;
  /** Decoded; no bytes at all if only their checksum was asked for. */
  readonly bytes: Uint8Array;
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
    const hash = createSha256();
    if (form.coding === undefined) {
      const bytes = await readWhole(file, (slice) => hash.update(slice), signal);
      return { checksum: new Checksum(hash.digest()), bytes };
    }
    const bytes = await joinPieces(formPieces(form, file, reader));
    return { checksum: await hashInSlices(bytes, { signal }), bytes };
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
    return { checksum: new Checksum(hash.digest()), bytes: new Uint8Array() };
  } finally {
    await file.handle.close();
  }
};
