import { readFileSync } from "node:fs";

export interface PythonRow {
  readonly id: number;
  readonly class: string;
  readonly python: string;
  /** Does `ast.parse` of CPython 3.13 accept it? */
  readonly accept: boolean;
}

export const pythonRows: readonly PythonRow[] = readFileSync(
  new URL("../vectors/python.jsonl", import.meta.url),
  "utf8",
)
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as PythonRow);
