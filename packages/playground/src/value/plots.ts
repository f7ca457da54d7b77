/** What a plot shows of many numbers, and what is said of it to those who do not see it. */
export interface Extent {
  /** Of those that are finite; NaN if there are none. */
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  /** How many are NaN or infinite. */
  readonly notFinite: number;
}

export function extentOf(values: ArrayLike<number>): Extent {
  let least = Infinity;
  let most = -Infinity;
  let sum = 0;
  let finite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
    sum += value;
    finite++;
  }
  if (finite === 0) return { least: Number.NaN, most: Number.NaN, mean: Number.NaN, notFinite: values.length };
  return { least, most, mean: sum / finite, notFinite: values.length - finite };
}

/** Points of a line; `null` is a gap. */
export interface Line {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly extent: Extent;
}

/**
 * The line of many numbers with few points: of each part of it the least and the most, which is all that one would see.
 *
 * @param parts - About half as many as there may be points.
 */
export function lineOf(values: ArrayLike<number>, parts: number): Line {
  const x: number[] = [];
  const y: (number | null)[] = [];
  const add = (at: number) => {
    x.push(at);
    y.push(Number.isFinite(values[at]) ? values[at]! : null);
  };
  const { length } = values;
  if (length <= 2 * parts) for (let at = 0; at < length; at++) add(at);
  else {
    for (let part = 0; part < parts; part++) {
      const [low, high] = ends(values, Math.floor((part * length) / parts), Math.floor(((part + 1) * length) / parts));
      for (const at of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) add(at);
    }
  }
  return { x, y, extent: extentOf(values) };
}

/** Where the least and the most are; the first one, if none is finite. */
function ends(values: ArrayLike<number>, start: number, end: number): readonly [number, number] {
  let low = start;
  let high = start;
  for (let at = start + 1; at < end; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) continue;
    if (!(values[low]! <= value)) low = at;
    if (!(values[high]! >= value)) high = at;
  }
  return [low, high];
}

/** A grid of numbers with few cells. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  /** Row by row; each the mean of the numbers that it stands for, NaN if none of them is finite. */
  readonly cells: Float64Array;
  /** Of the numbers themselves. */
  readonly extent: Extent;
}

/** @param most - Cells of either axis. */
export function gridOf(values: ArrayLike<number>, height: number, width: number, most: number): Grid {
  const rows = Math.min(height, most);
  const columns = Math.min(width, most);
  const sums = new Float64Array(rows * columns);
  const counts = new Uint32Array(rows * columns);
  for (let row = 0; row < height; row++) {
    const first = Math.floor((row * rows) / height) * columns;
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column]!;
      if (!Number.isFinite(value)) continue;
      const cell = first + Math.floor((column * columns) / width);
      sums[cell] = sums[cell]! + value;
      counts[cell] = counts[cell]! + 1;
    }
  }
  return { width: columns, height: rows, cells: sums.map((sum, i) => sum / counts[i]!), extent: extentOf(values) };
}

/** Pixels as canvases have them. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of each. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** How many floats of the array are not from 0 to 1: they are shown as the nearer of the two, NaN as 0. */
  readonly clipped: number;
}

/** By the type of an array without its byte order, what is full light. */
const FULL: Readonly<Record<string, number>> = { u1: 255, u2: 65_535 };

/**
 * The picture of an array h × w × 3 or 4; a large one is made smaller by leaving pixels out.
 *
 * @param type - NumPy's notation without the byte order; floats go from 0 to 1.
 * @param most - Pixels of either axis.
 */
export function pictureOf(
  values: ArrayLike<number>,
  [height, width, channels]: readonly [number, number, number],
  type: string,
  most: number,
): Picture {
  const scale = 255 / (FULL[type] ?? 1);
  const step = Math.max(1, Math.ceil(Math.max(height, width) / most));
  const rows = Math.ceil(height / step);
  const columns = Math.ceil(width / step);
  const pixels = new Uint8ClampedArray(rows * columns * 4).fill(255);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * step * width + column * step) * channels;
      const to = (row * columns + column) * 4;
      for (let channel = 0; channel < channels; channel++) pixels[to + channel] = values[from + channel]! * scale;
    }
  }
  return { width: columns, height: rows, pixels, clipped: type in FULL ? 0 : countClipped(values) };
}

function countClipped(values: ArrayLike<number>): number {
  let clipped = 0;
  for (let i = 0; i < values.length; i++) if (!(values[i]! >= 0 && values[i]! <= 1)) clipped++;
  return clipped;
}
