import { readFileSync } from "node:fs";

export interface PythonRow {
  readonly id: number;
  readonly class: string;
  readonly python: string;
  /** Does `ast.parse` of CPython 3.13 accept it? */
  readonly accept: boolean;
}

/** Those of the file `vectors/NAME.jsonl`. */
function read(name: string): PythonRow[] {
  const lines = readFileSync(new URL(`../vectors/${name}.jsonl`, import.meta.url), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as PythonRow);
}

export const pythonRows: readonly PythonRow[] = [...read("python"), ...read("python-rare")];
