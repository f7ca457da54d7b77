import type { AbortOptions, Checksum } from "@seamless/checksum";
import type { ListedBuffer } from "@seamless/store";
import type { Connection } from "./connection.ts";
import type { RedisClient, RedisSettings } from "./options.ts";
import type { Values } from "./values.ts";

/** Keys that a server looks at for one question. */
const COUNT = "1000";

/**
 * Buffers that are remembered, so that none is listed twice: a server names some again when its table shrinks meanwhile,
 * those that were named last. About 10 MB.
 */
const REMEMBERED = 100_000;

/** Lists what is on a server, or on all nodes of a cluster. */
export class List {
  readonly #connection: Connection;
  readonly #values: Values;
  readonly #settings: RedisSettings;

  constructor(connection: Connection, values: Values, settings: RedisSettings) {
    this.#connection = connection;
    this.#values = values;
    this.#settings = settings;
  }

  async *buffers({ signal }: AbortOptions): AsyncGenerator<ListedBuffer, void, undefined> {
    const subject = { store: this.#settings.name, what: "list" };
    // Of all nodes: keys move from one to another.
    const seen = new Set<string>();
    for (const node of await this.#connection.nodes(subject, signal)) {
      yield* this.#ofNode(node, seen, signal);
    }
  }

  async *#ofNode(
    node: RedisClient,
    seen: Set<string>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ListedBuffer, void, undefined> {
    const subject = { store: this.#settings.name, what: "list" };
    const { keys } = this.#values;
    let cursor = "0";
    do {
      const args = ["SCAN", cursor, "MATCH", keys.pattern, "COUNT", COUNT];
      const reply = (await this.#connection.askNode(subject, node, args, signal)) as [unknown, readonly unknown[]];
      cursor = String(reply[0]);
      const found = reply[1].flatMap((key): Checksum[] => {
        const checksum = keys.parse(String(key));
        return checksum !== undefined && isNew(seen, checksum.hex()) ? [checksum] : [];
      });
      const heads = await this.#values.each(found, (checksum) => this.#values.head("list", checksum, { signal }));
      for (const [i, checksum] of found.entries()) {
        signal?.throwIfAborted();
        const head = heads[i];
        if (head !== undefined) yield { checksum, length: head.length, modified: head.modified };
      }
    } while (cursor !== "0");
  }
}

/** Is it the first time that this one is seen? */
function isNew(seen: Set<string>, hex: string): boolean {
  if (seen.has(hex)) return false;
  seen.add(hex);
  if (seen.size > REMEMBERED) {
    const [oldest] = seen;
    seen.delete(oldest!);
  }
  return true;
}
