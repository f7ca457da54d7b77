/**
 * A finite double as orjson writes it: the shortest digits that round-trip, always with a point or an exponent.
 * Decimal for exponents -5 to 15, else scientific without `+` or padding: `1.0`, `0.00001`, `1e-6`, `1e16`.
 *
 * JavaScript's digits are the shortest too, and decimal from 1e-6 to 1e21: only the notation outside differs.
 */
export function orjsonFloat(x: number): string {
  const magnitude = Math.abs(x);
  if (magnitude >= 1e-5 && magnitude < 1e16) return Number.isInteger(x) ? `${x}.0` : String(x);
  if (x === 0) return Object.is(x, -0) ? "-0.0" : "0.0";
  return x.toExponential().replace("e+", "e");
}
