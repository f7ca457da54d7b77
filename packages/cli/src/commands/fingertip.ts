import { stat } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { Transformations } from "@seamless/cache";
import type { Celltype } from "@seamless/celltypes";
import { SeamlessError } from "@seamless/checksum";
import { absolutePath, fileError } from "@seamless/checksum/node";
import { oneLine, showPath } from "@seamless/internal/text";
import { OPERAND_HELP, operandChecksum, resolveOperands } from "../files/operands.ts";
import { chunksOf } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { CELLTYPE_HELP, celltypeOption } from "../values/celltypes.ts";
import { PUT_OPTION, putBuffer } from "../values/put-buffer.ts";
import { printValue } from "./cat.ts";

export const fingertip: Subcommand = {
  operands: "X",
  details: [
    `X is ${OPERAND_HELP[0]}`,
    OPERAND_HELP[1],
    "What the store does not have is computed again, from a record of transformations (DIR, as @seamless/cache writes it)",
    "and the functions that they name: what FILE exports, by its names. FILE is a program, and is run.",
    "The value is printed whole, as text unless another celltype is given.",
    CELLTYPE_HELP,
  ].join("\n"),
  options: {
    record: { kind: "text", value: "DIR", does: "the record: which transformation gave which result" },
    functions: { kind: "text", value: "FILE", does: "a module whose exports are the functions; it is run" },
    ...celltypeOption("as", "read it as this, and print the value (default text)"),
    ...PUT_OPTION,
    ...STORE_OPTIONS,
  },
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ seamless put - <<< hello",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ echo 'export const add = ({ a, b }) => a + b;' > functions.mjs",
    "$ mkdir record",
    "$ seamless-checksum - <<< hello > result.CHECKSUM",
    "$ seamless fingertip result.CHECKSUM --record record --functions functions.mjs",
    "hello",
  ].join("\n"),

  async run(call) {
    const { signal, flags } = call;
    const [record, functions] = [required(call, "record", "DIR"), required(call, "functions", "FILE")];
    const [operand] = await resolveOperands(call.operands);
    const checksum = await operandChecksum(operand!);
    await checkRecord(record);
    return withStore(call, flags["put"] === true, async (store) => {
      const { createRuntime, Transformations } = await import("@seamless/cache");
      const { openDirectoryRecord } = await import("@seamless/cache/node");
      await using opened = await openDirectoryRecord(record, { signal });
      const transformations = new Transformations({ record: opened });
      await registerFunctions(transformations, functions);
      await using runtime = createRuntime({ stores: [store], transformations });
      const buffer = await runtime.fingertip(checksum, undefined, { signal });
      const { content } = buffer;
      if (flags["put"]) await putBuffer(call, async () => store, checksum, content);
      const celltype = (call.texts["as"] ?? "text") as Celltype;
      await printValue(call, { checksum, chunks: () => chunksOf(content) }, { celltype, full: true });
      return true;
    });
  },
};

function required({ texts }: Call, name: string, value: string): string {
  const given = texts[name];
  if (given === undefined) throw new UsageError(`--${name} ${value} is missing`);
  return given;
}

/** A record that does not exist would be made, and be of no use. */
async function checkRecord(path: string): Promise<void> {
  const stats = await stat(path).catch((error) => {
    throw fileError(error, path, "read");
  });
  if (stats.isDirectory()) return;
  throw new SeamlessError("NOT_A_DIRECTORY", `${showPath(path)} is not a record: it is no directory`, { file: path });
}

/**
 * Runs a module, and registers the functions that it exports, by their names; of a default export that is an object, the
 * functions in it.
 *
 * @throws {SeamlessError} `INVALID_VALUE` if it fails, or exports no function.
 */
async function registerFunctions(transformations: Transformations, file: string): Promise<void> {
  const exported = await importFile(file);
  const { default: inner, ...named } = exported;
  const all = { ...(typeof inner === "object" ? inner : {}), ...named };
  const functions = Object.entries(all).filter(([, value]) => typeof value === "function");
  if (functions.length === 0) {
    throw new SeamlessError("INVALID_VALUE", `${showPath(file)} exports no function`, { file });
  }
  for (const [name, value] of functions) transformations.register(name, value as never);
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  const path = absolutePath(file);
  await stat(path).catch((error) => {
    throw fileError(error, file, "read");
  });
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new SeamlessError("INVALID_VALUE", `cannot run ${showPath(file)}: ${oneLine(cause)}`, { file, cause });
  }
}
