import { readFileSync } from "node:fs";
import { type Celltype, loadCodeSupport } from "@seamless/celltypes";
import { isSeamlessError } from "@seamless/checksum";
import { plan } from "../../src/index.ts";

/** One line of `convert.jsonl`, made with CPython, NumPy, orjson, PyYAML and IPython. */
export interface ConvertRow {
  readonly id: number;
  readonly source: Celltype;
  readonly target: Celltype;
  /** In base64, as `new`. */
  readonly bytes: string;
  readonly result: "same" | "new" | "reference" | "error";
  readonly new?: string;
  readonly checksum?: string;
}

export const rows: readonly ConvertRow[] = readFileSync(new URL("../vectors/convert.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as ConvertRow);

/** Does the conversion ask what is valid Python? Only in a step that reads code, or makes it out of cells. */
export function readsCode(source: Celltype, target: Celltype): boolean {
  return plan(source, target).some(
    (step) => (step.target === "python" || step.target === "ipython") && step.category.startsWith("re"),
  );
}

/** Can celltypes load `@seamless/python`? */
export async function hasPython(): Promise<boolean> {
  try {
    await loadCodeSupport();
    return true;
  } catch (error) {
    if (isSeamlessError(error, "NO_CODE_SUPPORT")) return false;
    throw error;
  }
}

/** Rows by pair, in the order of their first. */
export function byPair(all: readonly ConvertRow[]): [string, ConvertRow[]][] {
  const groups = new Map<string, ConvertRow[]>();
  for (const row of all) {
    const pair = `${row.source} → ${row.target}`;
    groups.set(pair, [...(groups.get(pair) ?? []), row]);
  }
  return [...groups];
}

/** Bytes of a base64 string. */
export function base64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
