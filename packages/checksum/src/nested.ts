import { describe } from "@seamless/internal/text";
import { Checksum, isChecksumHex } from "./checksum.ts";
import { isSeamlessError, SeamlessError } from "./errors.ts";

/** A checksum, or a list or dict of them, nested at will: what a `checksum` buffer can hold. */
export type NestedChecksum = Checksum | readonly NestedChecksum[] | { readonly [key: string]: NestedChecksum };

/** One checksum of a nested one, with the keys and list indexes that lead to it. */
export interface NestedEntry {
  readonly path: readonly (string | number)[];
  readonly checksum: Checksum;
}

/** No `plain` buffer can hold deeper nesting. */
const MAX_DEPTH = 254;

/**
 * Walk a nested checksum, validating it on the way: lists in order, dicts in the order of their keys.
 *
 * @param value - Checksums may be `Checksum` objects or 64 lowercase hex digits; dicts plain objects or `Map`s.
 * @throws {SeamlessError} `INVALID_ARGUMENT`, with the `path` to what is not a checksum, list or dict, is nested over 254
 * levels, or contains itself.
 *
 * @example
 * import { Checksum, walkChecksums } from "@seamless/checksum";
 * const leaf = Checksum.of(new Uint8Array());
 * for (const { path } of walkChecksums({ a: leaf, b: [leaf, leaf] })) console.log(path.join("."));
 * // → a
 * // → b.0
 * // → b.1
 */
export function* walkChecksums(value: unknown): Generator<NestedEntry, void, undefined> {
  yield* walk(value, undefined);
}

/**
 * Check that a value is a nested checksum; every hex string in it becomes a `Checksum`.
 *
 * @throws {SeamlessError} `INVALID_ARGUMENT` as `walkChecksums`.
 */
export function toNestedChecksum(value: unknown): NestedChecksum {
  return convert(value, undefined);
}

/** Is it a checksum, or a list or dict of them, nested at will? */
export function isNestedChecksum(value: unknown): boolean {
  try {
    for (const _ of walkChecksums(value));
    return true;
  } catch (error) {
    if (isSeamlessError(error)) return false;
    throw error;
  }
}

/** A container around what the walk is at, and the key that led on from there. Paths are made of them only when asked for. */
interface Container {
  readonly container: unknown;
  readonly key: string | number;
  readonly around: Container | undefined;
  /** Containers around, this one included. */
  readonly depth: number;
}

function* walk(value: unknown, place: Container | undefined): Generator<NestedEntry, void, undefined> {
  const checksum = leaf(value);
  if (checksum !== undefined) {
    yield { path: pathTo(place), checksum };
    return;
  }
  for (const [key, child] of children(value, place)) yield* walk(child, inside(place, value, key));
}

function convert(value: unknown, place: Container | undefined): NestedChecksum {
  const checksum = leaf(value);
  if (checksum !== undefined) return checksum;
  const items = children(value, place).map(([key, child]) => [key, convert(child, inside(place, value, key))] as const);
  return Array.isArray(value) ? items.map(([, child]) => child) : Object.fromEntries(items);
}

function inside(around: Container | undefined, container: unknown, key: string | number): Container {
  return { container, key, around, depth: (around?.depth ?? 0) + 1 };
}

function pathTo(place: Container | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let each = place; each !== undefined; each = each.around) path.push(each.key);
  return path.reverse();
}

function isWithin(value: unknown, place: Container | undefined): boolean {
  for (let each = place; each !== undefined; each = each.around) if (each.container === value) return true;
  return false;
}

function leaf(value: unknown): Checksum | undefined {
  if (Checksum.isChecksum(value)) return value;
  return typeof value === "string" && isChecksumHex(value) ? new Checksum(value) : undefined;
}

function children(value: unknown, place: Container | undefined): (readonly [string | number, unknown])[] {
  if ((place?.depth ?? 0) >= MAX_DEPTH) throw nestedError(`nesting over ${MAX_DEPTH} levels`, place);
  if (isWithin(value, place)) throw nestedError("a container that contains itself", place);
  if (Array.isArray(value)) return Array.from(value, (child, index) => [index, child] as const);
  if (value instanceof Map) {
    const key = [...value.keys()].find((key) => typeof key !== "string");
    if (key !== undefined) throw nestedError(`a dict with a key that is no string (${describe(key)})`, place);
    return [...value];
  }
  if (isPlainObject(value)) return Object.entries(value);
  throw nestedError(describe(value), place);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function nestedError(found: string, place: Container | undefined): SeamlessError {
  const path = pathTo(place);
  const where = path.length === 0 ? "" : ` at ${JSON.stringify(path.slice(0, 8))}${path.length > 8 ? "…" : ""}`;
  return new SeamlessError(
    "INVALID_ARGUMENT",
    `expected a checksum, or a list or dict of checksums${where}, got ${found}`,
    { path },
  );
}
