import { NdArray, type PlainValue, parse } from "@seamless/celltypes";
import { SeamlessError } from "@seamless/checksum";

const QUOTE = 0x22;
const POINT = 0x2e;
const EXPONENTS = [0x65, 0x45];

/**
 * The array that NumPy makes of a JSON number or boolean, or of lists of such or of strings.
 *
 * To tell `1.0` from `1`, reading losslessly makes an object of every whole float. But of numbers alone it is enough to
 * know that there is a float among them, which makes all of them floats. Measured on a million whole float64s: 110 ms
 * that way, 340 ms losslessly.
 *
 * @param maxBytes - How large it may be: one long string among many short ones makes all of them long.
 * @throws {SeamlessError} `INVALID_BUFFER` if it is no JSON, `INVALID_VALUE` if it makes no array but one of objects;
 * `TOO_LARGE`.
 */
export function plainToArray(bytes: Uint8Array, maxBytes: number): NdArray {
  // A key is in quotes too, so what is left without any are lists, numbers, booleans and null.
  if (bytes.includes(QUOTE)) return makeArray(parse(bytes, "plain", { lossless: true }), maxBytes);
  const array = makeArray(parse(bytes, "plain"), maxBytes);
  return array.descr !== "<f8" && hasFloat(bytes) ? toFloats(array) : array;
}

function makeArray(value: unknown, maxBytes: number): NdArray {
  if (typeof value !== "string") return NdArray.from(value as PlainValue, { maxBytes });
  throw new SeamlessError("INVALID_VALUE", "a string alone makes no array of this kind; only lists of strings do");
}

/** Has JSON without strings a number with a point or an exponent? */
function hasFloat(bytes: Uint8Array): boolean {
  if (bytes.includes(POINT)) return true;
  return EXPONENTS.some((letter) => {
    for (let at = bytes.indexOf(letter); at >= 0; at = bytes.indexOf(letter, at + 1)) {
      // `true` and `false` have one behind a letter.
      if (isDigit(bytes[at - 1])) return true;
    }
    return false;
  });
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/**
 * Of 64-bit integers, in C order as everything that is made of lists. By halves: measured on a million, 6 ms instead of
 * 40 with a bigint for each.
 */
function toFloats(array: NdArray): NdArray {
  const { buffer, byteOffset } = array.bytes();
  const low = new Uint32Array(buffer, byteOffset, 2 * array.size);
  const high = array.descr === "<i8" ? new Int32Array(buffer, byteOffset, 2 * array.size) : low;
  const floats = new Float64Array(array.size);
  // Rounded once, by the addition.
  for (let i = 0; i < floats.length; i++) floats[i] = high[2 * i + 1]! * 2 ** 32 + low[2 * i]!;
  return new NdArray(floats, { shape: array.shape });
}
