/** A task that waits, or is being done. */
interface Task {
  readonly client: string;
  readonly start: () => void;
  begun: boolean;
}

/** A slot in the queue. */
export interface Slot {
  /** Resolves when the task may begin. */
  readonly begun: Promise<void>;
  /** Frees the slot, done or not; must be called in any case. */
  end(): void;
}

/**
 * A fair queue for tasks that cost much: of each client one at a time, and of all together only some. So the work that a
 * client can cause does not grow with how often it asks.
 */
export class ClientQueue {
  readonly #concurrency: number;
  readonly #maxPerClient: number;
  readonly #queues = new Map<string, Task[]>();
  /** The first of each queue that has not begun. */
  readonly #ready: Task[] = [];
  #running = 0;

  /**
   * @param concurrency - How many tasks are done at once, each of another client.
   * @param maxPerClient - How many tasks of one client may wait, or be done.
   */
  constructor(concurrency: number, maxPerClient: number) {
    this.#concurrency = concurrency;
    this.#maxPerClient = maxPerClient;
  }

  /** @returns `undefined` if the client has too many tasks already. */
  enter(client: string): Slot | undefined {
    const queue = this.#queues.get(client) ?? [];
    if (queue.length >= this.#maxPerClient) return undefined;
    let start = () => {};
    const begun = new Promise<void>((resolve) => {
      start = resolve;
    });
    const task: Task = { client, start, begun: false };
    this.#queues.set(client, queue);
    if (queue.push(task) === 1) this.#ready.push(task);
    this.#next();
    return { begun, end: () => this.#end(task) };
  }

  #next(): void {
    while (this.#running < this.#concurrency) {
      const task = this.#ready.shift();
      if (task === undefined) return;
      this.#running += 1;
      task.begun = true;
      task.start();
    }
  }

  #end(task: Task): void {
    const queue = this.#queues.get(task.client) ?? [];
    const at = queue.indexOf(task);
    if (at === -1) return;
    queue.splice(at, 1);
    if (task.begun) this.#running -= 1;
    else if (at === 0) this.#ready.splice(this.#ready.indexOf(task), 1);
    if (queue.length === 0) this.#queues.delete(task.client);
    else if (at === 0) this.#ready.push(queue[0]!);
    this.#next();
  }
}
