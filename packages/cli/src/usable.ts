import { isSeamlessError } from "@seamless/checksum";
import { UsageError } from "./usage.ts";

/**
 * Make something of what the command line says.
 *
 * @throws {UsageError} where it cannot be made of that.
 */
export function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (isSeamlessError(error, "INVALID_ARGUMENT")) throw new UsageError(error.message);
    throw error;
  }
}
