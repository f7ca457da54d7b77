import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type DirectoryRecord, type DirectoryRecordOptions, openDirectoryRecord } from "../../src/node/index.ts";
import type { RecordEntry } from "../../src/transformations/record.ts";
import { Transformation } from "../../src/transformations/transformation.ts";
import { int } from "./lab.ts";

/** That a call of a function of this name gave an integer. */
export function entry(name: string, result = 1, cpuSeconds = 0.5): RecordEntry {
  const inputs = {
    x: { checksum: int(7).getChecksum(), celltype: "int" },
    "\u2028\n": { checksum: int(8).getChecksum(), celltype: "str" },
  } as const;
  const transformation = new Transformation({ function: name, inputs, output: "int" });
  return { transformation, result: int(result).getChecksum(), cpuSeconds };
}

/** A fresh folder that goes away with the test. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "record-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Open a record until the test ends. */
export async function open(folder: string, options?: DirectoryRecordOptions): Promise<DirectoryRecord> {
  const record = await openDirectoryRecord(folder, options);
  onTestFinished(() => record.close());
  return record;
}

/** Names of the functions in it, sorted. */
export async function names(record: DirectoryRecord): Promise<string[]> {
  const found: string[] = [];
  for await (const { transformation } of record.entries()) found.push(transformation.function);
  return found.sort();
}

/** Open a record, add these, close it. */
export async function write(folder: string, ...entries: readonly RecordEntry[]): Promise<void> {
  const record = await openDirectoryRecord(folder);
  for (const one of entries) await record.add(one);
  await record.close();
}

/** The only file in a folder. */
export function segment(folder: string): string {
  const [name, ...more] = readdirSync(folder);
  expect(more).toEqual([]);
  return join(folder, name!);
}
