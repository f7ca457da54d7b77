// The decimal digits of all scripts but ASCII (Numeric_Type=Decimal) in CPython 3.13, which has Unicode 15.1: the zeros of
// the runs from 0 to 9, in hex. Not asked of the JavaScript engine (`\p{Nd}`): engines follow newer versions of Unicode,
// so that what is a number would depend on where it is read.
const ZEROS =
  "660 6f0 7c0 966 9e6 a66 ae6 b66 be6 c66 ce6 d66 de6 e50 ed0 f20 1040 1090 17e0 1810 1946 19d0 1a80 1a90 1b50 " +
  "1bb0 1c40 1c50 a620 a8d0 a900 a9d0 a9f0 aa50 abf0 ff10 104a0 10d30 11066 110f0 11136 111d0 112f0 11450 114d0 " +
  "11650 116c0 11730 118e0 11950 11c50 11d50 11da0 11f50 16a60 16ac0 16b50 1d7ce 1d7d8 1d7e2 1d7ec 1d7f6 1e140 " +
  "1e2f0 1e4f0 1e950 1fbf0";

let digits: ReadonlyMap<number, number> | undefined;

/** The digit that a character beyond ASCII is to Python; `undefined` if it is none. */
export function decimalDigit(codePoint: number): number | undefined {
  digits ??= new Map(
    ZEROS.split(" ").flatMap((hex) => {
      const zero = Number.parseInt(hex, 16);
      return Array.from({ length: 10 }, (_, digit) => [zero + digit, digit] as const);
    }),
  );
  return digits.get(codePoint);
}
