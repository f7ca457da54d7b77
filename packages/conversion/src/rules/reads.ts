import { type Celltype, parse } from "@seamless/celltypes";
import { isSeamlessError } from "@seamless/checksum";

/**
 * Is the buffer one of this celltype?
 *
 * @throws whatever is no verdict on the buffer, such as a limit of the platform: another one may read it.
 */
export function reads(bytes: Uint8Array, celltype: Celltype): boolean {
  try {
    parse(bytes, celltype);
    return true;
  } catch (error) {
    if (isSeamlessError(error, "INVALID_BUFFER")) return false;
    throw error;
  }
}
