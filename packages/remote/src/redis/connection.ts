import { onAbort, untilAborted } from "@seamless/internal/abort";
import { backoff, longTimeout, sleep } from "@seamless/internal/timers";
import type { Subject } from "../request-error.ts";
import { connectClient, type OpenClient, overGiven } from "./client.ts";
import { asRequestError, ConnectionFailure, isConnectionLost, mayPass } from "./faults.ts";
import type { RedisArguments, RedisClient, RedisSettings } from "./options.ts";

/** One question to the server. Each may be asked twice: when a connection is lost, nobody knows whether it was heard. */
export interface Question {
  readonly subject: Subject;
  readonly key: string;
  readonly args: RedisArguments;
  readonly signal: AbortSignal | undefined;
}

/** Ticks of the clock without any answer after which the server counts as hanging. */
const TICKS = 4;

/** The way to a server: connects when it is first asked, and again after the connection was lost, for a bounded time. */
export class Connection {
  readonly #settings: RedisSettings;
  readonly #backoff: (failures: number) => number;
  readonly #waiting = new Set<(error: unknown) => void>();
  #client: Promise<OpenClient> | undefined;
  /** The same once it is open: a question then waits for nothing but its answer. */
  #opened: OpenClient | undefined;
  #closed = false;
  #answers = 0;
  #stopClock: (() => void) | undefined;
  #stopConnecting: ((fault: unknown) => void) | undefined;

  constructor(settings: RedisSettings) {
    this.#settings = settings;
    const { firstDelay, maxDelay } = settings.retries;
    this.#backoff = backoff(firstDelay, maxDelay, () => Math.random());
  }

  /**
   * Asks, and asks again if the connection failed or the server is not ready yet. Questions of the same turn go together.
   *
   * @returns the reply: strings as bytes, integers as numbers, nothing as `null`.
   * @throws {SeamlessError} what the table of faults says; the signal's reason.
   */
  ask({ subject, key, args, signal }: Question): Promise<unknown> {
    return this.#retried(subject, signal, (client) => this.#send(() => client.send(key, args), signal));
  }

  /** Asks each node of a cluster, or the one server, by itself. */
  nodes(subject: Subject, signal: AbortSignal | undefined): Promise<readonly RedisClient[]> {
    return this.#retried(subject, signal, (client) => this.#send(() => client.nodes(), signal));
  }

  /** Asks one node; not again, since what has happened before may not hold any more. */
  async askNode(subject: Subject, node: RedisClient, args: RedisArguments, signal: AbortSignal | undefined) {
    try {
      return await this.#send(() => node.sendCommand(args), signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw asRequestError(subject, error);
    }
  }

  /** What is under way is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#giveUp(new ConnectionFailure("the store is closed", false));
  }

  async #retried<T>(
    subject: Subject,
    signal: AbortSignal | undefined,
    ask: (client: OpenClient) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      const opened = this.#open();
      try {
        const client = this.#opened ?? (await (signal === undefined ? opened : untilAborted(opened, signal)));
        return await ask(client);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (isConnectionLost(error)) this.#forget(opened);
        if (this.#closed || attempt >= this.#settings.retries.count || !mayPass(error)) {
          throw asRequestError(subject, error);
        }
      }
      await sleep(this.#backoff(attempt + 1), signal);
    }
  }

  #open(): Promise<OpenClient> {
    if (this.#closed) return Promise.reject(new ConnectionFailure("the store is closed", false));
    if (this.#client === undefined) {
      const client = this.#connect();
      this.#client = client;
      client.then(
        (open) => {
          if (this.#client === client) this.#opened = open;
        },
        () => this.#forget(client),
      );
    }
    return this.#client;
  }

  async #connect(): Promise<OpenClient> {
    const { server, timeouts } = this.#settings;
    if ("sendCommand" in server) return overGiven(server);
    const stopper = new AbortController();
    const stop = (fault: unknown) => stopper.abort(fault);
    const cancel = longTimeout(() => stop(new ConnectionFailure("no answer in time", true)), timeouts.connect, false);
    this.#stopConnecting = stop;
    try {
      return await untilAborted(
        connectClient(server, timeouts.connect, stopper.signal, (error) => this.#giveUp(error)),
        stopper.signal,
      );
    } finally {
      cancel();
      this.#stopConnecting = undefined;
    }
  }

  /** @param lost - So that a connection that was opened since is not taken for it. */
  #forget(lost: Promise<OpenClient>): void {
    if (this.#client !== lost) return;
    this.#client = undefined;
    this.#opened = undefined;
    lost.then(
      (client) => client.destroy(),
      () => undefined,
    );
  }

  #giveUp(error: unknown): void {
    this.#stopConnecting?.(error);
    if (this.#client !== undefined) this.#forget(this.#client);
    for (const reject of [...this.#waiting]) reject(error);
  }

  #send<T>(send: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (error: unknown) => {
        this.#waiting.delete(fail);
        forget?.();
        reject(error);
      };
      this.#waiting.add(fail);
      const forget = signal && onAbort(signal, () => fail(signal.reason));
      send().then(
        (reply) => {
          this.#answers++;
          this.#waiting.delete(fail);
          forget?.();
          resolve(reply);
        },
        (error) => {
          this.#answers++;
          fail(error);
        },
      );
      this.#stopClock ??= this.#watch();
    });
  }

  /** Gives up a server that answers nothing. One timer for all that wait, which costs a question next to nothing. */
  #watch(): () => void {
    let seen = this.#answers;
    let quiet = 0;
    const tick = () => {
      if (this.#waiting.size === 0) {
        this.#stopClock = undefined;
        return;
      }
      quiet = seen === this.#answers ? quiet + 1 : 0;
      seen = this.#answers;
      if (quiet >= TICKS) {
        quiet = 0;
        this.#giveUp(new ConnectionFailure("the server does not answer", false));
      }
      this.#stopClock = longTimeout(tick, this.#settings.timeouts.stall / TICKS, true);
    };
    return longTimeout(tick, this.#settings.timeouts.stall / TICKS, true);
  }
}
