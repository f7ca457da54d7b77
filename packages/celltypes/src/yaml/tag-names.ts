export const CORE = "tag:yaml.org,2002:";

/** Numbers of the tags that mean something here. */
export const TAG = {
  none: 0,
  /** `!` alone. */
  unspecific: 1,
  str: 2,
  seq: 3,
  map: 4,
  null: 5,
  bool: 6,
  int: 7,
  float: 8,
  timestamp: 9,
  binary: 10,
  set: 11,
  omap: 12,
  pairs: 13,
  merge: 14,
  value: 15,
  yaml: 16,
} as const;

const NAMES = Object.keys(TAG).map((name) => (name === "none" ? "" : name === "unspecific" ? "!" : CORE + name));

/** The tags of a document, each name once. */
export class TagNames {
  readonly #names = [...NAMES];
  readonly #numbers = new Map(NAMES.map((name, number) => [name, number]));

  /** The number of a name that is given in two parts. None that means something is long: of others the beginning will do. */
  number(prefix: string, suffix: string): number {
    const name = shorten(shorten(prefix) + shorten(suffix));
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  name(number: number): string {
    return this.#names[number]!;
  }
}

function shorten(name: string): string {
  return name.length > 80 ? `${name.slice(0, 80)}…` : name;
}
