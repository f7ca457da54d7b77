/** One that gets on no faster keeps nobody else from uploading the same buffer, in milliseconds. */
const HEAD_START = 2_000;

/** Uploads of one buffer at a time: beyond, the one that got least gives way. */
const BESIDE = 4;

/** Why an upload is broken off: another one of the same buffer was complete first. */
export const OVERTAKEN = new Error("somebody else has uploaded the buffer");

/** Why an upload is broken off: there are too many of the same buffer, and it got least. */
export const LEFT_BEHIND = new Error("others upload the same buffer faster");

/** An upload that is under way. */
export class Upload {
  readonly #began: number;
  readonly #controller = new AbortController();
  /** In bytes. */
  received = 0;

  constructor(began: number) {
    this.#began = began;
  }

  get began(): number {
    return this.#began;
  }

  /** Aborted with `OVERTAKEN` or `LEFT_BEHIND`, or with what `giveUp` was called with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  giveUp(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

/**
 * The uploads that are under way, by buffer. A second one is turned away, since the first will mostly be done at once; but
 * not for long, so that a client that never comes to an end keeps nobody from storing what it pretends to upload.
 */
export class Uploads {
  readonly #now: () => number;
  readonly #running = new Map<string, Set<Upload>>();

  /** @param now - In milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @returns `undefined` if somebody else has just begun. */
  begin(hex: string): Upload | undefined {
    const running = this.#running.get(hex) ?? new Set();
    const now = this.#now();
    for (const { began } of running) if (now - began < HEAD_START) return undefined;
    if (running.size >= BESIDE) {
      const [slowest] = [...running].sort((a, b) => a.received - b.received);
      slowest!.giveUp(LEFT_BEHIND);
      running.delete(slowest!);
    }
    const upload = new Upload(now);
    running.add(upload);
    this.#running.set(hex, running);
    return upload;
  }

  /** @param complete - Is the buffer there now? Then the others need not go on. */
  end(hex: string, upload: Upload, complete: boolean): void {
    const running = this.#running.get(hex);
    if (running === undefined || !running.delete(upload)) return;
    if (complete) for (const other of running) other.giveUp(OVERTAKEN);
    if (complete || running.size === 0) this.#running.delete(hex);
  }
}
