import { type BytesLike, SeamlessError } from "@seamless/checksum";
import { bytesViewer } from "@seamless/internal/bytes";

/**
 * A `Uint8Array` on the same memory.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not bytes.
 */
export const asBytes: (value: BytesLike) => Uint8Array = /* @__PURE__ */ bytesViewer(
  (message) => new SeamlessError("INVALID_ARGUMENT", message),
);
