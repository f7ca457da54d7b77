import { SeamlessError } from "@seamless/checksum";
import { describe } from "@seamless/internal/text";
import { memoryRecord } from "./memory-record.ts";
import type { TransformationRecord } from "./record.ts";
import type { Transformation } from "./transformation.ts";

/** What a function is told beside its inputs. */
export interface FunctionContext {
  /** Aborted when nobody wants the result any more. */
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

export interface TransformationsOptions {
  /**
   * What gave what.
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

  /** Is there a function of this name? */
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
