// How inputs of any size are made: each function here gives a `Make`.

/**
 * Makes an input of about so many bytes. A text stands for its UTF-8.
 *
 * @typedef {(size: number) => string | Uint8Array} Make
 */

/**
 * A hostile input, in any size.
 *
 * @typedef {object} Shape
 * @property {string} name - Family and name: `json/deep-lists`.
 * @property {readonly string[]} readers - Who reads it: names of `readers.mjs`.
 * @property {Make} make
 */

/**
 * Shapes that the same readers read.
 *
 * @param {string} family
 * @param {readonly string[]} readers
 * @param {Readonly<Record<string, Make>>} makes - By name.
 * @returns {Shape[]}
 */
export const shapes = (family, readers, makes) =>
  Object.entries(makes).map(([name, make]) => ({ name: `${family}/${name}`, readers, make }));

/** @param {string} text */
export const byteLength = (text) => Buffer.byteLength(text);

/** @param {number} room @param {number} length */
const times = (room, length) => Math.max(1, Math.floor(room / length));

/**
 * The same again and again.
 *
 * @param {string} unit
 * @param {string} [before]
 * @param {string} [after]
 * @returns {(size: number) => string}
 */
export const repeat =
  (unit, before = "", after = "") =>
  (size) =>
    before + unit.repeat(times(size - byteLength(before + after), byteLength(unit))) + after;

/**
 * As deep as there is room.
 *
 * @param {string} open
 * @param {string} inner
 * @param {string} close
 * @returns {(size: number) => string}
 */
export const nest = (open, inner, close) => (size) => {
  const depth = times(size - byteLength(inner), byteLength(open + close));
  return open.repeat(depth) + inner + close.repeat(depth);
};

/**
 * Items that differ.
 *
 * @param {(i: number) => string} item
 * @param {object} [around]
 * @param {string} [around.before]
 * @param {string} [around.join]
 * @param {string} [around.after]
 * @returns {(size: number) => string}
 */
export const each =
  (item, { before = "", join = "", after = "" } = {}) =>
  (size) => {
    const items = [];
    let length = byteLength(before + after);
    for (let i = 0; i === 0 || length < size; i++) {
      items.push(item(i));
      length += byteLength(items[i] ?? "") + byteLength(join);
    }
    return before + items.join(join) + after;
  };

/**
 * Each line indented more than the one before: the number of lines grows with the square root of the size.
 *
 * @param {string} line
 * @param {string} [inner]
 * @returns {(size: number) => string}
 */
export const stairs =
  (line, inner = "x\n") =>
  (size) => {
    const each = byteLength(line) + 0.5;
    const steps = Math.floor(Math.sqrt(each * each + 2 * (size - byteLength(inner))) - each);
    const lines = Array.from({ length: steps }, (_, i) => " ".repeat(i) + line);
    return `${lines.join("")}${" ".repeat(steps)}${inner}`;
  };

/** @param {number} value @returns {(size: number) => Uint8Array} */
export const fill = (value) => (size) => new Uint8Array(size).fill(value);

/**
 * @param {readonly (string | Uint8Array)[]} parts
 * @returns {Uint8Array}
 */
export const join = (...parts) =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))));

/** @param {number} value @param {number} bytes */
export function littleEndian(value, bytes) {
  const array = new Uint8Array(bytes);
  for (let i = 0, rest = BigInt(value); i < bytes; i++, rest >>= 8n) array[i] = Number(rest & 255n);
  return array;
}

/**
 * Bytes that look random, the same each time (xorshift).
 *
 * @param {number} size
 */
export function noise(size) {
  const bytes = new Uint8Array(size);
  for (let i = 0, state = 2463534242; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 255;
  }
  return bytes;
}
