import type { Caps } from "./caps.ts";
import type { Halves } from "./halves.ts";
import type { Pressure } from "./stats.ts";

const RANK = { none: 0, soft: 1, hard: 2 } as const;

/** Sees when what may not be evicted is more than a cap allows. */
export class Gauge {
  readonly #caps: Caps;
  #told: keyof typeof RANK = "none";

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  /** The pressure there is now. */
  read({ fixedBytes, writing }: Halves): Pressure | undefined {
    const cap = fixedBytes > this.#caps.hard ? "hard" : fixedBytes > this.#caps.soft ? "soft" : undefined;
    if (cap === undefined) return undefined;
    return { cap, capBytes: this.#caps[cap], fixedBytes, writingBytes: writing.bytes };
  }

  /**
   * The pressure that is worth telling: at a pass any, between two passes one that has become worse. A cache that is over
   * its cap for long tells so at each pass, and not at each buffer.
   */
  news(halves: Halves, pass: boolean): Pressure | undefined {
    const pressure = this.read(halves);
    const cap = pressure?.cap ?? "none";
    const worse = RANK[cap] > RANK[this.#told];
    this.#told = cap;
    return pass || worse ? pressure : undefined;
  }
}
