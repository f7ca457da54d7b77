import { isSeamlessError } from "@seamless/checksum";

/** The code and message of the error that the work throws; anything but an error of ours is thrown on. */
export function fault(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!isSeamlessError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
  return "no error";
}
