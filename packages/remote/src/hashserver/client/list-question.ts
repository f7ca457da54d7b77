import type { Checksum } from "@seamless/checksum";
import { shortText } from "./body.ts";
import type { Answer, Connection } from "./connection.ts";
import { type Subject, serverFailure, unexpected } from "./failures.ts";

/** Answers are short: this many bytes for each checksum, and some white space, also that which shows that it gets on. */
const ANSWER_SIZE = 24;
const ANSWER_SPACE = 1024;

/** How a server says that it does not know a question: to some, it is a checksum that is none. */
const UNKNOWN: ReadonlySet<number> = new Set([400, 404, 405, 422, 501]);

/** A question about many buffers. */
export interface ListQuestion<T> {
  readonly subject: Subject;
  readonly path: string;
  /** What one entry of the answer says; `undefined` for one that says nothing. Asked for what is not. */
  readonly entry: (value: unknown) => { readonly means: T } | undefined;
  /** Time that the answer may take beyond the timeouts of the store, in milliseconds. */
  readonly extraTime?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Ask a question that has a JSON list of checksums as its body, and a list as its answer.
 *
 * @returns in the order asked; `undefined` if the server does not know the question.
 * @throws {SeamlessError} `STORE_FAILED` also for an answer that is no such list.
 */
export function askList<T>(
  connection: Connection,
  batch: readonly Checksum[],
  { subject, path, entry, extraTime = 0, signal }: ListQuestion<T>,
): Promise<T[] | undefined> {
  const body = new TextEncoder().encode(JSON.stringify(batch));
  const headers = { "content-type": "application/json" };
  const question = { subject, method: "GET", path, headers, body, length: body.byteLength, extraTime, signal } as const;
  return connection.ask(question, async (answer: Answer) => {
    if (answer.status !== 200) {
      answer.discard();
      if (UNKNOWN.has(answer.status)) return undefined;
      throw unexpected(subject, answer.status);
    }
    // At most a byte each second.
    const limit = ANSWER_SPACE + batch.length * ANSWER_SIZE + Math.ceil(extraTime / 1000);
    const text = await shortText(subject, answer, limit);
    return (
      readList(text, batch.length, entry) ?? Promise.reject(serverFailure(subject, "the answer is no list of that"))
    );
  });
}

function readList<T>(text: string, count: number, entry: ListQuestion<T>["entry"]): T[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list) || list.length !== count) return undefined;
  const read: T[] = [];
  for (const value of list) {
    const one = entry(value);
    if (one === undefined) return undefined;
    read.push(one.means);
  }
  return read;
}
