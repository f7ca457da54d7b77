/**
 * Items in the order of their keys, smallest first. Making one of n items takes O(n), taking one out O(log n): where few
 * of many are wanted this is much less than sorting.
 */
export class MinHeap<T> {
  readonly #keys: number[];
  readonly #items: T[];

  /** @param keys - One for each item; both lists then belong to the heap. */
  constructor(keys: number[] = [], items: T[] = []) {
    this.#keys = keys;
    this.#items = items;
    for (let i = (items.length >> 1) - 1; i >= 0; i--) this.#sink(i, keys[i]!, items[i]!);
  }

  get size(): number {
    return this.#items.length;
  }

  /** The smallest key; `undefined` when empty. */
  get key(): number | undefined {
    return this.#keys[0];
  }

  push(key: number, item: T): void {
    const keys = this.#keys;
    const items = this.#items;
    let i = items.length;
    keys.push(key);
    items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[i] = keys[parent]!;
      items[i] = items[parent]!;
      i = parent;
    }
    keys[i] = key;
    items[i] = item;
  }

  /** Take out the item with the smallest key. */
  pop(): T | undefined {
    const first = this.#items[0];
    const key = this.#keys.pop();
    const item = this.#items.pop();
    if (this.#items.length > 0) this.#sink(0, key!, item!);
    return first;
  }

  /** Put an item at a place, or below it where smaller keys are. */
  #sink(place: number, key: number, item: T): void {
    const keys = this.#keys;
    const items = this.#items;
    const { length } = items;
    let i = place;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[i] = keys[child]!;
      items[i] = items[child]!;
      i = child;
    }
    keys[i] = key;
    items[i] = item;
  }
}
