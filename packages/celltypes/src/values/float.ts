import { describe, SeamlessError } from "@seamless/checksum";

const BRAND = Symbol.for("@seamless/float");
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * A float, also where its value is whole: `new Float(1)` is written `1.0`, which is another value than `1`.
 * Reading in lossless mode gives one for every whole float.
 *
 * @example
 * import { Float, serialize } from "@seamless/celltypes";
 * const text = (value) => new TextDecoder().decode(serialize(value, "plain")).trim();
 * console.log(text(1), text(new Float(1))); // → 1 1.0
 */
export class Float {
  readonly value: number;

  /**
   * @throws {SeamlessError} `INVALID_ARGUMENT` if it is not a number.
   */
  constructor(value: number) {
    if (typeof value !== "number") {
      throw new SeamlessError("INVALID_ARGUMENT", `a Float wraps a number, got ${describe(value)}`);
    }
    this.value = value;
    Object.freeze(this);
  }

  /** Is it a `Float`, of this or another installed copy of the package? */
  static isFloat(value: unknown): value is Float {
    return typeof value === "object" && value !== null && (value as Record<PropertyKey, unknown>)[BRAND] === true;
  }

  valueOf(): number {
    return this.value;
  }

  toString(): string {
    return String(this.value);
  }

  toJSON(): number {
    return this.value;
  }

  get [BRAND](): true {
    return true;
  }

  [INSPECT](): string {
    return `Float(${this.value})`;
  }
}
