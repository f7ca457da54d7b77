import { Buffer } from "@seamless/celltypes";
import { SeamlessError } from "@seamless/checksum";
import { untilAborted } from "@seamless/internal/abort";
import { describe, oneLine } from "@seamless/internal/text";
import { SharedWork } from "../resolve/shared-work.ts";
import type { Transformation } from "./transformation.ts";
import type { Transformations } from "./transformations.ts";

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
