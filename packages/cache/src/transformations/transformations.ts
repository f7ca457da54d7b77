import { Buffer } from "@seamless/celltypes";
import { SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { describe, oneLine } from "@seamless/internal/text";
import { SharedWork } from "../resolve/shared-work.ts";
import { memoryRecord, type TransformationRecord } from "./record.ts";
import type { Transformation } from "./transformation.ts";

/** What a function is given beside its inputs. */
export interface FunctionContext {
  /** Aborted when the result is not wanted any more. */
  readonly signal: AbortSignal;
  readonly transformation: Transformation;
}

/**
 * A pure function: the same inputs give the same result, on every machine and at any time. A change of what it computes
 * needs a new name.
 *
 * @param inputs - Name of the input → its value, which the function may change. Has no prototype.
 * @returns a value that the output celltype of the transformation has a form for, or a promise of it.
 */
export type PureFunction<Inputs = Readonly<Record<string, unknown>>> = (
  inputs: Inputs,
  context: FunctionContext,
) => unknown;

/** Where the results of transformations are recorded. */
export interface TransformationsOptions {
  /**
   * Which transformation gave which result.
   * @default `memoryRecord()`, gone with the process
   */
  readonly record?: TransformationRecord | undefined;
}

/**
 * The functions that transformations call, by name, and the record of what they gave.
 *
 * @example
 * import { Transformations } from "@seamless/cache";
 * const transformations = new Transformations();
 * transformations.register("add", ({ a, b }) => a + b);
 * console.log(transformations.has("add")); // → true
 */
export class Transformations {
  readonly record: TransformationRecord;
  readonly #functions = new Map<string, PureFunction>();

  constructor({ record = memoryRecord() }: TransformationsOptions = {}) {
    this.record = record;
  }

  /**
   * Make a function known. Its name is part of the identity of every transformation that calls it.
   *
   * @returns this, for chaining.
   * @throws {SeamlessError} `INVALID_ARGUMENT` for no name or no function, `INVALID_STATE` for a name that is taken by
   * another function.
   */
  register<Inputs = Readonly<Record<string, unknown>>>(name: string, run: PureFunction<Inputs>): this {
    if (typeof name !== "string" || name === "" || typeof run !== "function") {
      throw new SeamlessError("INVALID_ARGUMENT", `expected a name and a function, got ${describe(name)}`);
    }
    const known = this.#functions.get(name);
    if (known !== undefined && known !== run) {
      throw new SeamlessError(
        "INVALID_STATE",
        `another function is registered as ${describe(name)}: a function that computes something else needs a new name`,
      );
    }
    this.#functions.set(name, run as PureFunction);
    return this;
  }

  /** Whether there is a function of this name. */
  has(name: string): boolean {
    return this.#functions.has(name);
  }

  /**
   * The function that a transformation calls.
   *
   * @throws {SeamlessError} `UNKNOWN_FUNCTION`.
   */
  functionOf(transformation: Transformation): PureFunction {
    const found = this.#functions.get(transformation.function);
    if (found !== undefined) return found;
    throw new SeamlessError("UNKNOWN_FUNCTION", `no function is registered as ${describe(transformation.function)}`, {
      transformation: transformation.getChecksum(),
    });
  }
}

/** What a function gave. */
export interface Execution {
  readonly buffer: Buffer;
  /** CPU time, in seconds. */
  readonly cpuSeconds: number;
}

/** Name of the input → its buffer. */
export type InputBuffers = Readonly<Record<string, Buffer>>;

/** Runs functions; one transformation that is wanted twice at the same time runs once. */
export class Executor {
  readonly #transformations: Transformations;
  readonly #cpuTime: () => number;
  readonly #running = new SharedWork<Execution>();

  /** @param cpuTime - In seconds. */
  constructor(transformations: Transformations, cpuTime: () => number) {
    this.#transformations = transformations;
    this.#cpuTime = cpuTime;
  }

  /**
   * Call the function of a transformation.
   *
   * @throws {SeamlessError} `UNKNOWN_FUNCTION`; `TRANSFORMATION_FAILED` if an input cannot be read as its celltype, the
   * function throws, or the output celltype has no form for what it gave. The signal's reason when it is aborted, at
   * once, even if the function goes on.
   */
  execute(transformation: Transformation, inputs: InputBuffers, signal: AbortSignal): Promise<Execution> {
    return this.#running.run(transformation.getChecksum().hex(), signal, (running) =>
      this.#execute(transformation, inputs, running),
    );
  }

  async #execute(transformation: Transformation, inputs: InputBuffers, signal: AbortSignal): Promise<Execution> {
    const run = this.#transformations.functionOf(transformation);
    const values: Record<string, unknown> = Object.create(null);
    for (const [name, { celltype }] of Object.entries(transformation.inputs)) {
      const what = `input ${describe(name)} cannot be read as ${celltype}`;
      values[name] = await attempt(transformation, what, signal, async () => inputs[name]!.getValue(celltype));
    }
    const start = this.#cpuTime();
    const value = await attempt(transformation, "it threw", signal, async () =>
      run(values, { signal, transformation }),
    );
    const what = `its result has no form as ${transformation.output}`;
    const buffer = await attempt(transformation, what, signal, async () => new Buffer(value, transformation.output));
    const cpuSeconds = Math.max(0, this.#cpuTime() - start);
    await buffer.computeChecksum({ signal });
    return { buffer, cpuSeconds };
  }
}

/** Do one thing; if that fails, say which transformation, what and why. */
async function attempt<T>(
  transformation: Transformation,
  what: string,
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  try {
    return await untilAborted(run(), signal);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new SeamlessError("TRANSFORMATION_FAILED", `${what}: ${oneLine(cause)}`, {
      cause,
      transformation: transformation.getChecksum(),
    });
  }
}

/** What Node has, and browsers have not. */
interface NodeProcess {
  cpuUsage?(): { user: number; system: number };
}

/**
 * A clock of CPU time, in seconds: that of the whole process in Node, so that functions that run at the same time are
 * each charged for all of them; the time that passes in browsers.
 */
export function cpuTime(): number {
  const { process } = globalThis as { process?: NodeProcess };
  const usage = process?.cpuUsage?.();
  return usage === undefined ? performance.now() / 1000 : (usage.user + usage.system) / 1e6;
}
