import { Buffer, CELLTYPES, type Celltype, serialize } from "@seamless/celltypes";
import { Checksum, type ChecksumLike, SeamlessError } from "@seamless/checksum";
import { hasBrand } from "@seamless/internal/brand";
import { describe } from "@seamless/internal/text";

/** One input of a transformation: a buffer, and what its function reads it as. */
export interface TransformationInput<C = Checksum> {
  readonly checksum: C;
  readonly celltype: Celltype;
}

/** What a transformation is made from. */
export interface TransformationSpec {
  /** Name of the function, as it was registered. */
  readonly function: string;
  /** Name of the input → what it is. */
  readonly inputs: Readonly<Record<string, TransformationInput<ChecksumLike>>>;
  /** What the function's result is written as. */
  readonly output: Celltype;
}

/** In bytes, of the canonical form. */
const MAX_LENGTH = 2 ** 20;
const BRAND = Symbol.for("@seamless/transformation");

/**
 * A call of a pure function with buffers as its inputs. It has a canonical form, a `plain` buffer, and so a checksum:
 * the same call is the same transformation on every machine. Immutable.
 *
 * @example
 * import { Buffer } from "@seamless/celltypes";
 * import { Transformation } from "@seamless/cache";
 * const one = new Buffer(1, "int").getChecksum();
 * const inputs = { a: { checksum: one, celltype: "int" } };
 * const call = new Transformation({ function: "double", inputs, output: "int" });
 * console.log(call.getChecksum().hex().slice(0, 8)); // → 0108fde6
 * console.log(Transformation.parse(call.toBuffer().content).function); // → double
 */
export class Transformation implements TransformationSpec {
  readonly function: string;
  /** Without a prototype: a name may be `__proto__`. */
  readonly inputs: Readonly<Record<string, TransformationInput>>;
  readonly output: Celltype;
  readonly #checksum: Checksum;

  /**
   * @throws {SeamlessError} `INVALID_ARGUMENT` for a wrong `spec`, `INVALID_VALUE` for names that JSON has no
   * form for, `TOO_LARGE` for more than 1 MiB of it.
   */
  constructor(spec: TransformationSpec) {
    if (!isDict(spec)) throw invalidError(`expected { function, inputs, output }, got ${describe(spec)}`);
    const { function: name, inputs, output } = spec;
    if (typeof name !== "string" || name === "") throw invalidError(`function must be a name, got ${describe(name)}`);
    if (!isDict(inputs)) throw invalidError(`inputs must be { name: { checksum, celltype } }, got ${describe(inputs)}`);
    const read: Record<string, TransformationInput> = Object.create(null);
    for (const [key, input] of Object.entries(inputs)) read[key] = readInput(key, input);
    this.function = name;
    this.inputs = Object.freeze(read);
    this.output = readCelltype(output, "output");
    this.#checksum = this.toBuffer().getChecksum();
    Object.freeze(this);
  }

  /** Is it a `Transformation`, of this or another installed copy of the package? */
  static isTransformation(value: unknown): value is Transformation {
    return hasBrand(value, BRAND);
  }

  /** The same, if it is one already. */
  static from(spec: TransformationSpec): Transformation {
    return Transformation.isTransformation(spec) ? spec : new Transformation(spec);
  }

  /**
   * Read the canonical form.
   *
   * @throws {SeamlessError} `INVALID_BUFFER` for anything else.
   */
  static parse(bytes: Uint8Array): Transformation {
    const checksum = Checksum.of(bytes);
    let transformation: Transformation | undefined;
    let cause: unknown;
    try {
      const value: unknown = new Buffer(bytes, { copy: false }).getValueSync("plain");
      transformation = new Transformation(value as TransformationSpec);
    } catch (error) {
      cause = error;
    }
    // Compared by checksum, so that more fields or other white space are refused too.
    if (transformation?.getChecksum().equals(checksum)) return transformation;
    throw new SeamlessError("INVALID_BUFFER", `${checksum.hex()} is not a transformation in canonical form`, {
      checksum,
      cause,
    });
  }

  /** The canonical form: `{ function, inputs, output }` as `plain`. */
  toBuffer(): Buffer {
    const { function: name, inputs, output } = this;
    const bytes = serialize({ function: name, inputs, output }, "plain");
    if (bytes.byteLength <= MAX_LENGTH) return new Buffer(bytes, { copy: false });
    throw new SeamlessError("TOO_LARGE", `a transformation of ${bytes.byteLength} bytes; the limit is ${MAX_LENGTH}`);
  }

  /** The checksum of the canonical form. */
  getChecksum(): Checksum {
    return this.#checksum;
  }

  /** The checksums of the inputs; one that is given under two names twice. */
  inputChecksums(): Checksum[] {
    return Object.values(this.inputs).map(({ checksum }) => checksum);
  }

  get [BRAND](): true {
    return true;
  }
}

function readInput(key: string, input: unknown): TransformationInput {
  if (!isDict(input))
    throw invalidError(`input ${describe(key)} must be { checksum, celltype }, got ${describe(input)}`);
  const { checksum, celltype } = input as { checksum?: unknown; celltype?: unknown };
  try {
    return Object.freeze({
      checksum: new Checksum(checksum as ChecksumLike),
      celltype: readCelltype(celltype, `celltype of input ${describe(key)}`),
    });
  } catch (cause) {
    throw new SeamlessError("INVALID_ARGUMENT", `input ${describe(key)}: ${(cause as Error).message}`, { cause });
  }
}

function readCelltype(value: unknown, what: string): Celltype {
  const found = CELLTYPES.find((celltype) => celltype === value);
  if (found !== undefined) return found;
  throw invalidError(`${what} must be a celltype, got ${describe(value)}`);
}

function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalidError(message: string): SeamlessError {
  return new SeamlessError("INVALID_ARGUMENT", `a transformation: ${message}`);
}
