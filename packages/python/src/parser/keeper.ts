import { SeamlessError } from "@seamless/checksum";
import { compileParser } from "#platform";
import { ParserInstance } from "./instance.ts";

/** An instance whose memory is larger is replaced when that is next possible: WebAssembly gives no memory back. */
const MEMORY_LIMIT = 2 ** 28;

export interface LoadOptions {
  /**
   * Where `ruff_wasm_bg.wasm` of the package `@astral-sh/ruff-wasm-web` is, for bundlers that do not find it. Of no
   * effect once it is loaded.
   * @default where the package is installed, or where the bundler put it
   */
  readonly wasm?: URL | undefined;
}

let compiled: WebAssembly.Module | undefined;
let instance: ParserInstance | undefined;
let loading: Promise<void> | undefined;

/**
 * Load the parser: 11 MB of WebAssembly (3.8 MB compressed), once. Does nothing when it is loaded and in order; after
 * `PARSER_TRAPPED`, starts it afresh.
 *
 * @throws {SeamlessError} `IO_ERROR` if it cannot be loaded; the next call tries again.
 * @example
 * import { isValidPython, loadPython } from "@seamless/python";
 * await loadPython();
 * console.log(isValidPython("print 'hello'")); // → false
 */
export async function loadPython(options: LoadOptions = {}): Promise<void> {
  if (instance !== undefined && instance.memorySize <= MEMORY_LIMIT) return;
  loading ??= load(options.wasm).finally(() => {
    loading = undefined;
  });
  await loading;
}

async function load(wasm: URL | undefined): Promise<void> {
  try {
    compiled ??= await compileParser(wasm);
    instance = await ParserInstance.start(compiled);
  } catch (cause) {
    throw new SeamlessError("IO_ERROR", `the Python parser could not be loaded: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * An instance in good health: where the platform can, a new one is started at once.
 *
 * @throws {SeamlessError} `INVALID_STATE` before `loadPython()`.
 */
export function requireParser(): ParserInstance {
  if (instance !== undefined && instance.memorySize <= MEMORY_LIMIT) return instance;
  if (compiled === undefined) throw new SeamlessError("INVALID_STATE", "await loadPython() once before");
  try {
    instance = ParserInstance.startSync(compiled);
  } catch (cause) {
    // A large instance is as good as ever.
    if (instance !== undefined) return instance;
    throw new SeamlessError("INVALID_STATE", "the Python parser broke down before: await loadPython() again", {
      cause,
    });
  }
  return instance;
}

/**
 * Ask the parser; if that throws, the instance is thrown away.
 *
 * @throws {SeamlessError} `PARSER_TRAPPED`.
 */
export function askParser<Answer>(ask: () => Answer): Answer {
  try {
    return ask();
  } catch (cause) {
    instance = undefined;
    throw new SeamlessError(
      "PARSER_TRAPPED",
      "the Python parser broke down on this text, which may be nested too deeply; await loadPython() starts it afresh",
      { cause },
    );
  }
}
