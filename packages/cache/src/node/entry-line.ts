import { Checksum, sha256 } from "@seamless/checksum";
import { type RecordEntry, Transformation, type TransformationSpec } from "../transformations/index.ts";

/** Hex digits in front of each line: enough to tell a line that a crash cut short from a whole one. */
const DIGITS = 16;

/** What one line says. */
interface Line extends TransformationSpec {
  readonly result: string;
  /** In seconds. */
  readonly cpuSeconds: number;
}

/** An entry as one line: the start of the SHA-256 of the rest, a space, JSON, a newline. */
export function encodeLine({ transformation, result, cpuSeconds }: RecordEntry): string {
  const { function: name, inputs, output } = transformation;
  const json = JSON.stringify({ function: name, inputs, output, result: result.hex(), cpuSeconds });
  return `${digest(Buffer.from(json))} ${json}\n`;
}

/**
 * Read a line, without its newline.
 *
 * @returns `undefined` for one that is not whole.
 */
export function decodeLine(line: Uint8Array): RecordEntry | undefined {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const json = text.subarray(DIGITS + 1);
  if (text[DIGITS] !== 0x20 || digest(json) !== text.toString("latin1", 0, DIGITS)) return undefined;
  // Whole, and so as it was written; what fails now is a fault of whoever wrote it, and thrown.
  const { result, cpuSeconds, ...spec } = JSON.parse(json.toString("utf8")) as Line;
  return { transformation: new Transformation(spec), result: new Checksum(result), cpuSeconds: Number(cpuSeconds) };
}

function digest(bytes: Uint8Array): string {
  return Buffer.from(sha256(bytes)).toString("hex", 0, DIGITS / 2);
}
