/** Colours from dark to light that differ evenly also without hue: some of viridis, between which is interpolated. */
const STOPS: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37],
];

/**
 * The colour of a number.
 *
 * @param part - From 0, the least, to 1, the most.
 * @returns red, green and blue, to 255.
 */
export function colorAt(part: number): readonly [number, number, number] {
  const place = Math.max(0, Math.min(1, part)) * (STOPS.length - 1);
  const low = STOPS[Math.floor(place)]!;
  const high = STOPS[Math.ceil(place)]!;
  const between = place - Math.floor(place);
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + (high[channel] - low[channel]) * between);
  return [mix(0), mix(1), mix(2)];
}

/** The pixels of a grid of numbers; those that are not finite are left clear. */
export function colorGrid(cells: Float64Array, least: number, most: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(cells.length * 4);
  const range = most - least || 1;
  cells.forEach((cell, i) => {
    if (Number.isFinite(cell)) pixels.set([...colorAt((cell - least) / range), 255], i * 4);
  });
  return pixels;
}
