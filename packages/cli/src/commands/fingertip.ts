import { stat } from "node:fs/promises";
import type { Celltype } from "@seamless/celltypes";
import { type Checksum, isSeamlessError, SeamlessError } from "@seamless/checksum";
import { fileError } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import { OPERAND_HELP, operandChecksum, resolveOperands } from "../files/operands.ts";
import { chunksOf } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { CELLTYPE_HELP, celltypeOption } from "../values/celltypes.ts";
import { checkFunctions, endProcess, registerFunctions, withProgram } from "../values/functions.ts";
import { PUT_OPTION, putBuffer } from "../values/put-buffer.ts";
import { printValue } from "./cat.ts";

export const fingertip: Subcommand = {
  operands: "X",
  details: [
    `X is ${OPERAND_HELP[0]}`,
    OPERAND_HELP[1],
    "What the store does not have is computed again, from a record of transformations (DIR, as @seamless/cache writes it)",
    "and the functions that they name: what FILE exports, by its names. FILE is a program, and is run then; what it prints",
    "goes to standard error. In the example, the record says that 5 came of add, of 2 and 3.",
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
    "$ echo 'export const add = ({ a, b }) => a + b;' > functions.mjs",
    "$ seamless checksum-of 5 --as int > result.CHECKSUM",
    "$ seamless has result || true",
    "f0b5c2c2211c8d67ed15e75e656c7862d086e9245420892a7de62cd9ec582a06  missing",
    "$ seamless fingertip result --as int --record record --functions functions.mjs",
    "5",
  ].join("\n"),

  async run(call) {
    const { signal, flags } = call;
    const [record, functions] = [required(call, "record", "DIR"), required(call, "functions", "FILE")];
    const [operand] = await resolveOperands(call.operands);
    const checksum = await operandChecksum(operand!);
    await checkRecord(record);
    await checkFunctions(functions);
    let ran = false;
    try {
      return await withStore(call, flags["put"] === true, async (store) => {
        let content = await storedContent(store, checksum, signal);
        ran = content === undefined;
        content ??= await compute(call, store, checksum, record, functions);
        if (flags["put"]) await putBuffer(call, async () => store, checksum, content);
        const celltype = (call.texts["as"] ?? "text") as Celltype;
        await printValue(call, { checksum, chunks: () => chunksOf(content) }, { celltype, full: true });
        return true;
      });
    } finally {
      // Not before all is put and printed, however long that takes.
      if (ran) endProcess();
    }
  },
};

/** What the store has; what is wrong with that, the runtime finds too, and judges. */
async function storedContent(store: Store, checksum: Checksum, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return await store.get(checksum, { signal });
  } catch (error) {
    if (isSeamlessError(error)) return undefined;
    throw error;
  }
}

async function compute(
  call: Call,
  store: Store,
  checksum: Checksum,
  record: string,
  functions: string,
): Promise<Uint8Array> {
  const { signal } = call;
  const { createRuntime, Transformations } = await import("@seamless/cache");
  const { openDirectoryRecord } = await import("@seamless/cache/node");
  await using opened = await openDirectoryRecord(record, { signal });
  const transformations = new Transformations({ record: opened });
  await using runtime = createRuntime({ stores: [store], transformations });
  return await withProgram(call, functions, async () => {
    await registerFunctions(transformations, functions);
    return (await runtime.fingertip(checksum, undefined, { signal })).content;
  });
}

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
