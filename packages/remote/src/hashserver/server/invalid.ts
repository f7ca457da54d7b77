import { json } from "./respond.ts";
import type { HashserverResponse } from "./types.ts";

// Python's hashserver is written with FastAPI, whose checks are pydantic's: their way to say what is wrong, word by word, so
// that a program that reads it need not know which server it speaks to.

/** What is wrong with what a client sent. */
export interface Fault {
  readonly type: "value_error" | "string_type" | "list_type" | "missing" | "json_invalid";
  /** Where: `path` and a name, or `body` and what leads there. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  /** What stood there. */
  readonly input: unknown;
}

/** The answer to what cannot be understood. */
export function invalidData({ type, loc, msg, input }: Fault): HashserverResponse {
  return json(400, { message: "Invalid data", exception: { type, loc, msg, input } });
}

/** Is it the hex of a checksum, in either case? */
export function isChecksum(input: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(input);
}

/** The answer to a path that should be a checksum. */
export function invalidPath(input: string): HashserverResponse {
  return invalidData(checksumFault(["path", "checksum"], input));
}

/** Why a value is no checksum, as Python's `bytes.fromhex` says it. */
export function checksumFault(loc: Fault["loc"], input: unknown): Fault {
  if (typeof input !== "string") {
    return { type: "string_type", loc: [...loc, "str"], msg: "Input should be a valid string", input };
  }
  return { type: "value_error", loc, msg: `Value error, ${hexFault(input)}`, input };
}

function hexFault(input: string): string {
  const characters = [...input];
  if (characters.length % 2 === 1) return "Wrong length";
  const foreign = characters.findIndex((each) => each > "\x7f");
  // Before it looks at anything else.
  const position = foreign === -1 ? hexEnd(input) : foreign;
  if (position === undefined) return "Wrong length";
  return `non-hexadecimal number found in fromhex() arg at position ${position}`;
}

/** Where something else comes than pairs of hexadecimal digits, or half a pair; white space may stand between pairs. */
function hexEnd(input: string): number | undefined {
  const [pairs, half] = /^(?:[0-9a-fA-F]{2}|[ \t-\r])*([0-9a-fA-F])?/.exec(input)!;
  return half === undefined && pairs.length === input.length ? undefined : pairs.length;
}
