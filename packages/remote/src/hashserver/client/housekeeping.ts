import { type AbortOptions, Checksum, isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import type { DeleteOptions, ListedBuffer } from "@seamless/store";
import { type Answer, decodedBody, serverError, unexpectedStatusError } from "../../http-client/answers.ts";
import { asOurs } from "../../http-client/body.ts";
import type { Connection } from "../../http-client/connection.ts";
import { requestError, type Subject } from "../../request-error.ts";
import { PATHS } from "../protocol.ts";
import { askList } from "./lookup.ts";
import type { Settings } from "./options.ts";

/** How a server says that it does not list or delete. */
const REFUSED: ReadonlySet<number> = new Set([400, 404, 405, 422, 501]);

/** A line is longer than this only if the answer is none of a hashserver's, in bytes. */
const LONGEST_LINE = 1024;

/** Lists and removes what a server has, if it lets us. */
export class Housekeeping {
  readonly #connection: Connection;
  readonly #settings: Settings;

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  async *list({ signal }: AbortOptions): AsyncGenerator<ListedBuffer, void, undefined> {
    signal?.throwIfAborted();
    const subject: Subject = { store: this.#settings.name, what: "list the buffers" };
    const question = { subject, method: "GET", path: PATHS.list, signal } as const;
    const answer = await this.#connection.ask(question, async (answer) => {
      if (answer.status === 200) return answer;
      answer.discard();
      throw refusal(subject, answer.status);
    });
    const endless = Number.POSITIVE_INFINITY;
    const limits = { maxBytes: endless, maxDecodedBytes: endless, maxDecodedRatio: endless };
    try {
      yield* readLines(subject, asOurs(subject, decodedBody(subject, answer, limits)));
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      answer.discard();
    }
  }

  async delete(checksum: Checksum, { minAge = 0, signal }: DeleteOptions): Promise<boolean> {
    const subject: Subject = { store: this.#settings.name, what: "delete", checksum };
    const query = minAge > 0 ? `?min-age=${Math.ceil(Math.min(minAge, Number.MAX_SAFE_INTEGER))}` : "";
    const question = { subject, method: "DELETE", path: PATHS.buffer(checksum) + query, signal } as const;
    return this.#connection.ask(question, async (answer: Answer) => {
      answer.discard();
      if (answer.status === 204) return true;
      if (answer.status === 404) return false;
      throw refusal(subject, answer.status);
    });
  }

  /** Where a server does not know the question, nobody removes what is old. */
  async touch(checksums: readonly Checksum[], { signal }: AbortOptions): Promise<boolean[]> {
    signal?.throwIfAborted();
    const { batchSize, connections: limit } = this.#settings;
    const batches: (readonly Checksum[])[] = [];
    for (let at = 0; at < checksums.length; at += batchSize) batches.push(checksums.slice(at, at + batchSize));
    const entry = (value: unknown) => (typeof value === "boolean" ? { means: value } : undefined);
    const told = await mapParallel(batches, { limit }, async (batch) => {
      const subject: Subject = { store: this.#settings.name, what: `touch ${batch.length} buffers` };
      const question = { subject, method: "PUT", path: PATHS.touch, entry, signal } as const;
      return (await askList(this.#connection, batch, question)) ?? batch.map(() => true);
    });
    return told.flat();
  }
}

function refusal(subject: Subject, status: number): SeamlessError {
  if (!REFUSED.has(status)) return unexpectedStatusError(subject, status);
  const why = `the server does not let clients list and delete (status ${status}): it needs a token and --allow-delete`;
  return requestError("UNSUPPORTED", subject, why);
}

/** @throws {SeamlessError} `STORE_FAILED` for lines that are no list, and a list without its end. */
async function* readLines(
  subject: Subject,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ListedBuffer, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  let ended = false;
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) break;
    for (const line of lines) {
      if (ended) throw serverError(subject, "the list goes on after its end");
      ended = line === "null";
      if (!ended) yield readLine(subject, line);
    }
  }
  if (!ended || rest !== "") throw serverError(subject, "the answer is not a whole list");
}

function readLine(subject: Subject, line: string): ListedBuffer {
  try {
    const [hex, ...numbers] = JSON.parse(line) as unknown[];
    if (typeof hex === "string" && numbers.length === 3 && numbers.every(isNumberOrNull)) {
      const [length, stored, modified] = numbers.map((each) => (each === null ? undefined : (each as number)));
      return { checksum: new Checksum(hex), length, stored, modified };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isSeamlessError(error) && !(error instanceof TypeError)) throw error;
  }
  throw serverError(subject, "the answer is not a list of buffers");
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || (typeof value === "number" && value >= 0);
}
