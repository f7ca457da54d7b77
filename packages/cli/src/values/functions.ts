import { Console } from "node:console";
import { pathToFileURL } from "node:url";
import type { Transformations } from "@seamless/cache";
import { SeamlessError } from "@seamless/checksum";
import { absolutePath } from "@seamless/checksum/node";
import { oneLine, showPath } from "@seamless/internal/text";
import { refuseFifo } from "../files/streams.ts";
import type { Call } from "../program/command.ts";
import { standardError, standardOutput } from "../program/output.ts";

/** Checks that there is such a file, before anything is done. */
export async function checkFunctions(file: string): Promise<void> {
  await refuseFifo(file);
}

/**
 * Runs work in which the program of a user runs in this process: what that prints goes to standard error, since standard
 * output is for the value; and if it ends the process, or waits for what never comes, that is a failure.
 */
export async function withProgram<T>({ console }: Call, file: string, work: () => Promise<T>): Promise<T> {
  const before = globalThis.console;
  globalThis.console = new Console(standardError.stream, standardError.stream);
  const onExit = () => {
    console.report(new SeamlessError("INVALID_VALUE", `${showPath(file)} ended before there was a value`, { file }));
    process.exitCode = 1;
  };
  process.once("exit", onExit);
  try {
    return await work();
  } finally {
    process.off("exit", onExit);
    globalThis.console = before;
  }
}

/** In ms. */
const POLL = 50;

/** Ends the process once what it printed is written, although timers and sockets of the program may be open. */
export function endProcess(): void {
  setInterval(() => {
    if (standardOutput.pending === 0) process.exit();
  }, POLL).unref();
}

/**
 * Runs a module, and registers the functions that it exports, by their names; of a default export that is an object, the
 * functions in it.
 *
 * @throws {SeamlessError} `INVALID_VALUE` if it fails, or exports no function.
 */
export async function registerFunctions(transformations: Transformations, file: string): Promise<void> {
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
  try {
    return await import(pathToFileURL(absolutePath(file)).href);
  } catch (cause) {
    throw new SeamlessError("INVALID_VALUE", `cannot run ${showPath(file)}: ${oneLine(cause)}`, { file, cause });
  }
}
