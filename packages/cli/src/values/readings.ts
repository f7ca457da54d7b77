import { type Celltype, NdArray, parse } from "@seamless/celltypes";
import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { messageOf } from "@seamless/internal/text";
import { CELLTYPES } from "./celltypes.ts";
import { loadFor } from "./render.ts";

/** What came of reading a buffer as a celltype. */
export interface Reading {
  readonly celltype: Celltype;
  /** Why it cannot be read so. */
  readonly reason?: string;
  readonly array?: NdArray;
}

/** Reads a buffer as each celltype. */
export async function readAsEach(bytes: Uint8Array): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  for (const celltype of CELLTYPES) {
    try {
      await loadFor(celltype);
      const value = parse(bytes, celltype);
      readings.push({ celltype, ...(NdArray.isNdArray(value) ? { array: value } : {}) });
    } catch (error) {
      if (!isSeamlessError(error)) throw error;
      readings.push({ celltype, reason: reasonOf(error) });
    }
  }
  return readings;
}

/** What can be said of a buffer that is too large to be read: as bytes it is what it is. */
export function unread(reason: string): readonly Reading[] {
  return CELLTYPES.map((celltype) => (celltype === "bytes" ? { celltype } : { celltype, reason }));
}

/** The reason without what the line says already. */
function reasonOf(error: SeamlessError): string {
  return messageOf(error).replace(/^cannot read this buffer as \w+: /, "");
}
