// A file of its own, so that it is a chunk of its own: what reads buffers.
import { type Celltype, loadCodeSupport, parse } from "@seamless/celltypes";
import "@seamless/python/register";

const CODE: ReadonlySet<Celltype> = new Set(["python", "ipython"]);

/**
 * Reads a buffer, and throws what is wrong with it.
 *
 * @throws {SeamlessError} `INVALID_BUFFER`.
 */
export async function parseChecked(bytes: Uint8Array, celltype: Celltype): Promise<void> {
  if (CODE.has(celltype)) await loadCodeSupport();
  parse(bytes, celltype);
}
