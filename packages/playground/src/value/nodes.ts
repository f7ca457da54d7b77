import type { NdArray } from "@seamless/celltypes";
import { type ArrayShown, describeArray } from "./arrays.ts";
import { type Kind, kindOf, showValue, sizeOf } from "./show.ts";

/** A value within a value, to be shown as a line of a tree. */
export interface TreeNode {
  /** Names it to `children` and `value`. */
  readonly id: number;
  /** In its dict or list; undefined at the top. */
  readonly key: string | number | undefined;
  readonly kind: Kind;
  readonly text: string;
  /** Is the text cut off? Then how many characters there are. */
  readonly length: number | undefined;
  /** Number of parts; 0 of what is no container, or an empty one. */
  readonly size: number;
  /** Of an array. */
  readonly array: ArrayShown | undefined;
}

/** The parts of a value, numbered as they are asked for: a value of any size is a tree of what was opened of it. */
export class Nodes {
  readonly #values: unknown[] = [];
  /** What was given out once is given out again: opening and closing it makes nothing grow. */
  readonly #given = new Map<string, readonly TreeNode[]>();
  /** Keys and values of dicts that were opened, so that the hundredth part is found without all before it. */
  readonly #parts = new Map<number, readonly (readonly [string, unknown])[]>();

  constructor(readonly root: unknown) {}

  top(): TreeNode {
    return this.#node(undefined, this.root);
  }

  /** The value of a node that was given out. */
  value(id: number): unknown {
    return this.#values[id];
  }

  /** Parts of a container, from one on. */
  children(id: number, start: number, count: number): readonly TreeNode[] {
    const place = `${id} ${start} ${count}`;
    const given = this.#given.get(place) ?? this.#make(id, start, count);
    this.#given.set(place, given);
    return given;
  }

  #make(id: number, start: number, count: number): readonly TreeNode[] {
    const value = this.#values[id];
    if (Array.isArray(value)) {
      return value.slice(start, start + count).map((part, i) => this.#node(start + i, part));
    }
    let parts = this.#parts.get(id);
    if (parts === undefined) {
      parts = [...(value instanceof Map ? value : Object.entries(value as object))];
      this.#parts.set(id, parts);
    }
    return parts.slice(start, start + count).map(([key, part]) => this.#node(key, part));
  }

  #node(key: string | number | undefined, value: unknown): TreeNode {
    const id = this.#values.push(value) - 1;
    const kind = kindOf(value);
    const { text, isCut } = showValue(value);
    const length = isCut ? String(value).length : undefined;
    const array = kind === "array" ? describeArray(value as NdArray) : undefined;
    return { id, key, kind, text, length, size: sizeOf(value), array };
  }
}
