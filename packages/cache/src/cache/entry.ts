import type { BufferLike } from "@seamless/checksum";
import type { CostNode, Way } from "../cost/graph.ts";
import type { Fade } from "./fade.ts";

const WRITING = 1;
const STORED = 2;
const ANNOUNCED = 4;
const BARE = 8;

/** The one fading reference of a checksum. */
export interface Tempref {
  readonly fade: Fade;
  /** When it was taken or refreshed last, in milliseconds of the clock. */
  readonly since: number;
  readonly scratch: boolean;
}

/**
 * All that the cache knows of one checksum. A million of these must be affordable: plain fields, nothing that is made
 * before it is needed.
 *
 * The buffer is strong (`buffer` and `weak`), or weak (`weak` alone), or not here. The `WeakRef` is made once, when the
 * buffer comes in: it is dear to make, and evicting must not be.
 */
export class Entry implements CostNode {
  /** First, since `get` should find it near the start. */
  buffer: BufferLike | undefined = undefined;
  readonly hex: string;
  weak: WeakRef<BufferLike> | undefined = undefined;
  /** In bytes; -1 while unknown. */
  length = -1;
  /** Counted references, without the scratch ones. */
  counted = 0;
  /** Counted scratch references. */
  scratch = 0;
  tempref: Tempref | undefined = undefined;
  /** Place in the list of what may be evicted; -1 when not in it. */
  slot = -1;
  /** One field for four booleans: each alone would take 8 bytes. */
  #flags = BARE;

  cost = Number.POSITIVE_INFINITY;
  ways: Way[] | undefined = undefined;
  uses: Set<Way> | undefined = undefined;

  constructor(hex: string) {
    this.hex = hex;
  }

  /** It waits to be written to a store. */
  get writing(): boolean {
    return (this.#flags & WRITING) !== 0;
  }

  set writing(on: boolean) {
    this.#set(WRITING, on);
  }

  /** Some store is known to have it. */
  get stored(): boolean {
    return (this.#flags & STORED) !== 0;
  }

  set stored(on: boolean) {
    this.#set(STORED, on);
  }

  /** Whoever writes buffers has been told of it. */
  get announced(): boolean {
    return (this.#flags & ANNOUNCED) !== 0;
  }

  set announced(on: boolean) {
    this.#set(ANNOUNCED, on);
  }

  /** Nothing but what it would cost is known. */
  get bare(): boolean {
    return (this.#flags & BARE) !== 0;
  }

  set bare(on: boolean) {
    this.#set(BARE, on);
  }

  #set(flag: number, on: boolean): void {
    this.#flags = on ? this.#flags | flag : this.#flags & ~flag;
  }
}

/** Does someone want the buffer here? A buffer that comes in is strong then. */
export const isHeld = (entry: Entry) =>
  entry.counted + entry.scratch > 0 || entry.tempref !== undefined || entry.writing;

/** Does someone want the buffer who did not ask to keep it local? */
export const isForStores = (entry: Entry) => entry.counted > 0 || entry.tempref?.scratch === false;

/** Is it never to be evicted: the only copy of what someone counts on, or one that waits to be written? */
export const isFixed = (entry: Entry) =>
  entry.writing || (entry.cost === Number.POSITIVE_INFINITY && entry.counted + entry.scratch > 0);
