/** How long others are kept from a buffer by whoever began to upload it first, in milliseconds. */
const HEAD_START = 2_000;

/** How long it is remembered that a buffer was begun, and by nobody completed, in milliseconds: who begins anew comes next. */
const MEMORY = 60_000;

/** Buffers that are remembered so, at most. */
const MOST_REMEMBERED = 10_000;

/** Uploads of one buffer at a time: beyond, one of the client that has most of them gives way, the one that got least. */
const BESIDE = 4;

/** Why an upload is broken off: another one of the same buffer was complete first. */
export const OVERTAKEN = new Error("somebody else has uploaded the buffer");

/** Why an upload is broken off: there are too many of the same buffer, and it got least. */
export const LEFT_BEHIND = new Error("others upload the same buffer faster");

/** An upload that is under way. */
export class Upload {
  readonly #controller = new AbortController();
  readonly client: string;
  /** In bytes. */
  received = 0;

  constructor(client: string) {
    this.client = client;
  }

  /** Aborted with `OVERTAKEN` or `LEFT_BEHIND`, or with what `giveUp` was called with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  giveUp(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

/** A buffer that is being uploaded. */
interface Begun {
  readonly running: Set<Upload>;
  /** When the first one began: those that come after it, whatever became of it, have no head start of their own. */
  readonly since: number;
}

/** A buffer that somebody has begun to upload, and nobody uploads any more. */
interface Left {
  readonly since: number;
  readonly at: number;
}

/**
 * The uploads that are under way, by buffer. A second one is turned away, since the first will mostly be done at once; but
 * not for long, and once for each buffer: a client that never comes to an end, or begins again and again, keeps nobody from
 * storing what it pretends to upload.
 */
export class Uploads {
  readonly #now: () => number;
  readonly #begun = new Map<string, Begun>();
  /** In the order in which they were left. */
  readonly #left = new Map<string, Left>();

  /** @param now - In milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * @param client - Who uploads it.
   * @returns `undefined` if somebody else has just begun.
   */
  begin(hex: string, client = ""): Upload | undefined {
    const now = this.#now();
    this.#forget(now);
    const begun = this.#begun.get(hex) ?? { running: new Set(), since: this.#left.get(hex)?.since ?? now };
    const { running, since } = begun;
    if (running.size > 0 && now - since < HEAD_START) return undefined;
    if (running.size >= BESIDE) {
      const slowest = slowestOf(running, client);
      slowest.giveUp(LEFT_BEHIND);
      running.delete(slowest);
    }
    const upload = new Upload(client);
    running.add(upload);
    this.#left.delete(hex);
    this.#begun.set(hex, begun);
    return upload;
  }

  /** @param complete - Is the buffer there now? Then the others need not go on. */
  end(hex: string, upload: Upload, complete: boolean): void {
    const begun = this.#begun.get(hex);
    if (begun === undefined || !begun.running.delete(upload)) return;
    if (complete) for (const other of begun.running) other.giveUp(OVERTAKEN);
    if (!complete && begun.running.size > 0) return;
    this.#begun.delete(hex);
    if (!complete) this.#left.set(hex, { since: begun.since, at: this.#now() });
  }

  #forget(now: number): void {
    for (const [hex, { at }] of this.#left) {
      if (this.#left.size <= MOST_REMEMBERED && now - at < MEMORY) return;
      this.#left.delete(hex);
    }
  }
}

/** Of the client that has most, counted with the one that it begins: nobody drives out others with many of his own. */
function slowestOf(running: ReadonlySet<Upload>, client: string): Upload {
  const counts = new Map([[client, 1]]);
  for (const each of running) counts.set(each.client, (counts.get(each.client) ?? 0) + 1);
  const most = Math.max(...[...running].map((each) => counts.get(each.client)!));
  const candidates = [...running].filter((each) => counts.get(each.client) === most);
  return candidates.reduce((least, each) => (each.received < least.received ? each : least));
}
