import { onAbort } from "@seamless/internal/abort";
import { Semaphore } from "@seamless/internal/parallel";
import { backoff, sleep } from "@seamless/internal/timers";
import { createTransport } from "#transport";
import { requestError, type Subject } from "../request-error.ts";
import { type Answer, asRequestError, isPassing, serverError, unexpectedStatusError } from "./answers.ts";
import { type Transport, TransportFailure, type TransportRequest, type TransportResponse } from "./fetch-transport.ts";
import type { HttpSettings } from "./options.ts";

/** What is asked of the server. */
export interface Question {
  readonly subject: Subject;
  readonly method: TransportRequest["method"];
  /** Below the base. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: TransportRequest["body"];
  readonly length?: number | undefined;
  readonly onSent?: TransportRequest["onSent"];
  /** Time that the answer may take beyond the timeouts, in milliseconds. */
  readonly extraTime?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Redirections that are followed for one request. */
const REDIRECTIONS = 5;

/** The way to one server: how many requests at a time, how often, and where they may be led. */
export class Connection {
  readonly #settings: HttpSettings;
  readonly #transport: Transport;
  readonly #semaphore: Semaphore;
  readonly #backoff: (failures: number) => number;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
    this.#transport = createTransport(settings);
    this.#semaphore = new Semaphore(settings.connections);
    // The maximum comes after the jitter, and holds for what the server asks for, too.
    this.#backoff = backoff(settings.retries.firstDelay, Number.POSITIVE_INFINITY, () => Math.random());
  }

  /** Can a GET have a body, and a PUT a stream? */
  get full(): boolean {
    return this.#transport.full;
  }

  /**
   * Ask, make something of the answer, and ask again if the connection failed or the server was busy.
   *
   * @param read - Gets every answer but those that may pass; may throw `TransportFailure` while it reads the body.
   * @throws {SeamlessError} `STORE_FAILED`, or by what the server answers `UNSUPPORTED`; what `read` throws; the signal's reason.
   */
  async ask<T>(question: Question, read: (answer: Answer) => Promise<T>): Promise<T> {
    const { count } = this.#settings.retries;
    const { body, isGone } = watchBody(question.body);
    const isLast = (attempt: number) => attempt >= count || isGone();
    for (let attempt = 0; ; attempt++) {
      let wait: number | undefined;
      try {
        const answer = await this.#send({ ...question, body });
        if (!isPassing(answer.status)) return await read(answer);
        answer.discard();
        if (isLast(attempt)) throw unexpectedStatusError(question.subject, answer.status);
        wait = retryAfter(answer);
      } catch (error) {
        if (question.signal?.aborted) throw question.signal.reason;
        const passes = error instanceof TransportFailure && error.again;
        if (!passes || isLast(attempt)) throw asRequestError(question.subject, error);
      }
      await sleep(this.#delay(attempt, wait), question.signal);
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** @param wanted - What the server asks for, in milliseconds. */
  #delay(attempt: number, wanted = 0): number {
    // With jitter: clients that failed together must not come back together.
    return Math.min(this.#settings.retries.maxDelay, Math.max(this.#backoff(attempt + 1), wanted));
  }

  async #send(question: Question): Promise<Answer> {
    const { path: base, headers, origin } = this.#settings;
    const leave = await this.#semaphore.enter(question.signal);
    // Each request has a signal of its own: listeners would pile up on the caller's.
    const controller = new AbortController();
    const forget = onAbort(question.signal, () => controller.abort(question.signal?.reason));
    const release = () => {
      forget();
      leave();
    };
    try {
      let path = base + question.path;
      for (let hop = 0; ; hop++) {
        const response = await this.#transport.send({
          method: question.method,
          path,
          headers: { "accept-encoding": "identity, zstd;q=0.5, gzip;q=0.5", ...question.headers, ...headers },
          body: question.body,
          length: question.length,
          onSent: question.onSent,
          extraTime: question.extraTime,
          signal: controller.signal,
        });
        if (response.url !== undefined) failIfElsewhere(question.subject, undefined, new URL(response.url), origin);
        const target = redirection(response);
        if (target === undefined) return withRelease(response, release, this.#transport.decodes, controller.signal);
        response.discard();
        if (hop >= REDIRECTIONS) throw serverError(question.subject, `more than ${REDIRECTIONS} redirections`);
        path = this.#follow(question, response.status, target, origin + path);
      }
    } catch (error) {
      release();
      // An answer that was refused is not read on.
      controller.abort(error);
      throw error;
    }
  }

  /** @returns the path that the server leads to. */
  #follow({ subject, method, body }: Question, status: number, location: string, from: string): string {
    let target: URL;
    try {
      target = new URL(location, from);
    } catch {
      // No cause: it would repeat what the server says, which may be what we have told it.
      throw serverError(subject, "the server redirects to an invalid URL");
    }
    failIfElsewhere(subject, status, target, this.#settings.origin);
    // Others turn an upload into a download.
    const keeps = method === "GET" || method === "HEAD" || status === 307 || status === 308;
    const repeatable = body === undefined || body instanceof Uint8Array;
    if (keeps && repeatable) return target.pathname + target.search;
    const why = `the server redirects an upload (status ${status}): use the URL that it leads to`;
    return failRedirection(subject, status, why);
  }
}

/** Statuses of a redirection that holds for good (RFC 9110, section 15.4). */
const PERMANENT: ReadonlySet<number> = new Set([301, 308]);

/** By its code the error says whether the next attempt may be led elsewhere. */
function failRedirection(subject: Subject, status: number | undefined, why: string): never {
  throw requestError(status !== undefined && PERMANENT.has(status) ? "UNSUPPORTED" : "STORE_FAILED", subject, why);
}

/** @param status - Of the redirection; `undefined` where the platform has followed it. */
function failIfElsewhere(subject: Subject, status: number | undefined, target: URL, origin: string): void {
  if (target.origin === origin) return;
  const why = `the server redirects elsewhere, to ${target.origin}: use that URL, if you trust it`;
  failRedirection(subject, status, why);
}

function redirection({ status, header }: TransportResponse): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? header("location") : undefined;
}

/** What is sent as a stream is gone once it was begun. */
function watchBody(body: Question["body"]): { readonly body: Question["body"]; readonly isGone: () => boolean } {
  if (body === undefined || body instanceof Uint8Array) return { body, isGone: () => false };
  let begun = false;
  const watched: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]() {
      begun = true;
      return body[Symbol.asyncIterator]();
    },
  };
  return { body: watched, isGone: () => begun };
}

function withRelease(response: TransportResponse, release: () => void, decoded: boolean, signal: AbortSignal): Answer {
  const { status, header } = response;
  const body = async function* () {
    try {
      yield* response.body;
    } finally {
      release();
    }
  };
  const discard = () => {
    response.discard();
    release();
  };
  return { status, header, body: body(), discard, decoded, signal };
}

/** In milliseconds: `Retry-After` in seconds, or as a date (RFC 9110, section 10.2.3). */
function retryAfter({ header }: Answer): number | undefined {
  const value = header("retry-after");
  if (value === undefined) return undefined;
  const wait = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(wait) && wait > 0 ? wait : undefined;
}
