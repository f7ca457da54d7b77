/** A question that waits to be asked. */
interface Waiting<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A | undefined) => void;
}

/** Questions to a thread: those that come in one turn of the event loop go there together, since each message takes a while. */
export class Gathered<Q, A> {
  readonly #ask: (questions: readonly Q[]) => Promise<readonly A[] | undefined>;
  #waiting: Waiting<Q, A>[] = [];

  /** @param ask - Answers questions, in their order; `undefined` if there is nobody any more who does. */
  constructor(ask: (questions: readonly Q[]) => Promise<readonly A[] | undefined>) {
    this.#ask = ask;
  }

  ask(question: Q): Promise<A | undefined> {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#send());
      this.#waiting.push({ question, resolve });
    });
  }

  async #send(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const answers = await this.#ask(waiting.map(({ question }) => question));
    for (const [i, { resolve }] of waiting.entries()) resolve(answers?.[i]);
  }
}
