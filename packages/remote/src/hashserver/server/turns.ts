/** One thing that waits to be done, or is being done. */
interface Turn {
  readonly client: string;
  readonly start: () => void;
  begun: boolean;
}

/** A place in the queue. */
export interface Place {
  /** Resolves when it is one's turn. */
  readonly begun: Promise<void>;
  /** It is done, or nobody wants it any more; to be called in any case. */
  end(): void;
}

/**
 * Does what costs much one after the other: of each client one thing at a time, and of all together only some. So the
 * work that a client can cause does not grow with how often it asks.
 */
export class Turns {
  readonly #together: number;
  readonly #longest: number;
  readonly #queues = new Map<string, Turn[]>();
  /** The first of each queue that has not begun. */
  readonly #ready: Turn[] = [];
  #running = 0;

  /**
   * @param together - How many things are done at once, each of another client.
   * @param longest - How many things of one client may wait, or be done.
   */
  constructor(together: number, longest: number) {
    this.#together = together;
    this.#longest = longest;
  }

  /** @returns `undefined` if the client has too many things waiting. */
  enter(client: string): Place | undefined {
    const queue = this.#queues.get(client) ?? [];
    if (queue.length >= this.#longest) return undefined;
    let start = () => {};
    const begun = new Promise<void>((resolve) => {
      start = resolve;
    });
    const turn: Turn = { client, start, begun: false };
    this.#queues.set(client, queue);
    if (queue.push(turn) === 1) this.#ready.push(turn);
    this.#next();
    return { begun, end: () => this.#end(turn) };
  }

  #next(): void {
    while (this.#running < this.#together) {
      const turn = this.#ready.shift();
      if (turn === undefined) return;
      this.#running += 1;
      turn.begun = true;
      turn.start();
    }
  }

  #end(turn: Turn): void {
    const queue = this.#queues.get(turn.client) ?? [];
    const at = queue.indexOf(turn);
    if (at === -1) return;
    queue.splice(at, 1);
    if (turn.begun) this.#running -= 1;
    else if (at === 0) this.#ready.splice(this.#ready.indexOf(turn), 1);
    if (queue.length === 0) this.#queues.delete(turn.client);
    else if (at === 0) this.#ready.push(queue[0]!);
    this.#next();
  }
}
