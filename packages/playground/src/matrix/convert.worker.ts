import { Buffer, type Celltype } from "@seamless/celltypes";
import { isSeamlessError } from "@seamless/checksum";
import { convertBuffer, type TargetOf } from "@seamless/conversion";
import "@seamless/python/register";
import { expose, transfer } from "comlink";
import { previewOf } from "../preview.ts";

/** A buffer, to be shown. */
export interface ShownBuffer {
  /** 64 hex digits. */
  readonly checksum: string;
  /** In bytes; undefined for one that is only known by its checksum. */
  readonly length?: number;
  readonly preview?: string;
}

/** What came of a conversion. */
export interface Outcome {
  readonly before: ShownBuffer;
  /** The same as before where the checksum stayed; undefined where the conversion failed. */
  readonly after?: ShownBuffer;
  /** Of the new buffer; undefined where there is none, and where it is not here. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly failure?: ConversionFailure;
}

/** Why a conversion failed: errors lose their fields on the way otherwise. */
export interface ConversionFailure {
  readonly message: string;
  /** Of a `SeamlessError`. */
  readonly code?: string;
}

/** What the bytes are, and what the conversion makes of them. The first is told of a conversion that fails, too. */
async function convertBlob(blob: Blob, source: Celltype, target: Celltype): Promise<Outcome> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const given = new Buffer(bytes, { copy: false });
  const before = { checksum: given.getChecksum().hex(), length: bytes.length, preview: previewOf(bytes) };
  try {
    // What is forbidden is tried as well, so that its error is seen.
    const { checksum, buffer } = await convertBuffer(given, source, target as TargetOf<Celltype>);
    const hex = checksum.hex();
    if (hex === before.checksum) return { before, after: before };
    if (buffer === undefined) return { before, after: { checksum: hex } };
    const made = new Uint8Array(buffer.content);
    const after = { checksum: hex, length: made.length, preview: previewOf(made) };
    return transfer({ before, after, bytes: made }, [made.buffer]);
  } catch (error) {
    return { before, failure: failureOf(error) };
  }
}

function failureOf(error: unknown): ConversionFailure {
  if (isSeamlessError(error)) return { message: error.message, code: error.code };
  return { message: error instanceof Error ? error.message : String(error) };
}

const functions = { convertBlob };

export type ConvertFunctions = typeof functions;

expose(functions);
