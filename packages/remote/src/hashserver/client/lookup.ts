import type { AbortOptions, Checksum } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";
import type { CheckOptions, CheckResult } from "@seamless/store";
import { type Answer, serverError, shortText, unexpectedStatusError } from "../../http-client/answers.ts";
import type { Connection } from "../../http-client/connection.ts";
import type { Subject } from "../../request-error.ts";
import { EMPTY, MAX_VERIFIED, PATHS, type VerifyAnswer } from "../protocol.ts";
import type { Download } from "./download.ts";
import type { Settings } from "./options.ts";

/** What a server says of a buffer: its length, that it is there, or that it is not. */
type Fact = number | true | undefined;

/** Asks what is there. Only a length is a proof: servers also count promised buffers as there. */
export class Lookup {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #download: Download;
  /** Until the server turns out to be an older one, which does not tell lengths. */
  #tellsLengths = true;

  constructor(connection: Connection, settings: Settings, download: Download) {
    this.#connection = connection;
    this.#settings = settings;
    this.#download = download;
  }

  /** In bytes, in the order asked. */
  lengths(checksums: readonly Checksum[], options: AbortOptions): Promise<(number | undefined)[]> {
    return this.#batches(checksums, options, async (batch) => {
      const facts = await this.#facts(batch, options);
      return mapParallel(facts, { limit: this.#settings.connections }, async (fact, i) =>
        fact === true ? this.#download.length(batch[i]!, options) : fact,
      );
    });
  }

  async has(checksums: readonly Checksum[], options: AbortOptions): Promise<boolean[]> {
    const facts = await this.#batches(checksums, options, (batch) => this.#facts(batch, options));
    return facts.map((fact) => fact !== undefined);
  }

  /**
   * What the server tells without being asked for each: in bytes, in the order asked.
   *
   * @returns `undefined` if it does not tell lengths.
   */
  async toldLengths(batch: readonly Checksum[], options: AbortOptions): Promise<(number | undefined)[] | undefined> {
    if (!this.#tellsLengths) return undefined;
    const answer = await this.#askList(PATHS.lengths, batch, options);
    if (answer === undefined) this.#tellsLengths = false;
    // `true` is what older servers say of a promise: the buffer is not there yet.
    return answer?.map((fact) => (fact === true ? undefined : fact));
  }

  async #batches<T>(
    checksums: readonly Checksum[],
    { signal }: AbortOptions,
    work: (batch: readonly Checksum[]) => Promise<T[]>,
  ): Promise<T[]> {
    signal?.throwIfAborted();
    const { batchSize, connections } = this.#settings;
    const batches: (readonly Checksum[])[] = [];
    for (let at = 0; at < checksums.length; at += batchSize) batches.push(checksums.slice(at, at + batchSize));
    return (await mapParallel(batches, { limit: connections }, work)).flat();
  }

  async #facts(batch: readonly Checksum[], options: AbortOptions): Promise<Fact[]> {
    const { connections } = this.#settings;
    const one = (checksum: Checksum) => this.#download.length(checksum, options);
    if (!this.#connection.full) return mapParallel(batch, { limit: connections }, one);
    // Its length is 0, there or not.
    const asked = batch.filter((checksum) => checksum.hex() !== EMPTY);
    const answers = asked.length === 0 ? [] : await this.#ask(asked, options);
    const found = new Map(asked.map((checksum, i) => [checksum.hex(), answers[i]]));
    const facts = batch.map((checksum): Fact => found.get(checksum.hex()));
    const empty = batch.findIndex((checksum) => checksum.hex() === EMPTY);
    if (empty === -1) return facts;
    const length = await one(batch[empty]!);
    return facts.map((fact, i) => (batch[i]!.hex() === EMPTY ? length : fact));
  }

  async #ask(batch: readonly Checksum[], options: AbortOptions): Promise<Fact[]> {
    const lengths = await this.toldLengths(batch, options);
    if (lengths !== undefined) return lengths;
    const answer = await this.#askList(PATHS.has, batch, options);
    if (answer !== undefined) return answer;
    return mapParallel(batch, { limit: this.#settings.connections }, (checksum) =>
      this.#download.length(checksum, options),
    );
  }

  /** @returns `undefined` if the server does not know the question. */
  #askList(path: string, batch: readonly Checksum[], { signal }: AbortOptions): Promise<Fact[] | undefined> {
    const what = batch.length === 1 ? "ask for a buffer" : `ask for ${batch.length} buffers`;
    const subject: Subject = { store: this.#settings.name, what };
    return askList(this.#connection, batch, { subject, path, entry: readFact, signal });
  }
}

function readFact(value: unknown): { readonly means: Fact } | undefined {
  if (typeof value === "boolean") return { means: value || undefined };
  if (Number.isSafeInteger(value) && (value as number) >= 0) return { means: (value as number) || undefined };
  return undefined;
}

/** What a server is to hash for one question, at most, in bytes, unless it is a single buffer. */
const MOST_BYTES = 2 ** 28;

/** A server that hashes more slowly, in bytes for each millisecond, is given up. */
const SLOWEST = 16_384;

/** Entry of an answer → what it means. */
const MEANINGS: ReadonlyMap<unknown, CheckResult> = new Map<VerifyAnswer, CheckResult>([
  [true, "ok"],
  [false, "missing"],
  ["corrupt", "corrupt"],
  [null, "unreadable"],
]);

/** One that is there, as the server says. */
interface Claim {
  readonly at: number;
  readonly checksum: Checksum;
  readonly length: number;
}

/** Has buffers hashed where they lie. */
export class Check {
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #lookup: Lookup;
  /** Until the server turns out to be one that does not hash. */
  #hashes = true;

  constructor(connection: Connection, settings: Settings, lookup: Lookup) {
    this.#connection = connection;
    this.#settings = settings;
    this.#lookup = lookup;
  }

  async check(checksums: readonly Checksum[], options: CheckOptions): Promise<CheckResult[]> {
    const { signal, onProgress } = options;
    signal?.throwIfAborted();
    const results = checksums.map((): CheckResult => "unknown");
    const size = Math.min(this.#settings.batchSize, MAX_VERIFIED);
    const totalFiles = checksums.length;
    let bytes = 0;
    for (let start = 0; start < totalFiles && this.#canAsk; start += size) {
      const claims = await this.#claims(checksums.slice(start, start + size), options);
      // One question at a time: what it costs is the server's disk.
      for (const part of parts(claims?.there ?? [])) {
        const told = await this.#ask(part, options);
        if (told === undefined) break;
        for (const [i, { at, length }] of part.entries()) {
          results[start + at] = told[i]!;
          bytes += length;
        }
        onProgress?.({ files: start + part.at(-1)!.at, totalFiles, bytes });
      }
      if (this.#hashes) for (const at of claims?.missing ?? []) results[start + at] = "missing";
      onProgress?.({ files: Math.min(start + size, totalFiles), totalFiles, bytes });
    }
    return results;
  }

  get #canAsk(): boolean {
    return this.#hashes && this.#connection.full;
  }

  /** What the server says to be there, and not: what it costs to hash, and what need not be asked for. */
  async #claims(batch: readonly Checksum[], options: CheckOptions) {
    const lengths = await this.#lookup.toldLengths(batch, options);
    if (lengths === undefined) {
      this.#hashes = false;
      return undefined;
    }
    const there: Claim[] = [];
    const missing: number[] = [];
    for (const [at, checksum] of batch.entries()) {
      // A length of 0 says nothing about the buffer without bytes.
      const length = checksum.hex() === EMPTY ? 0 : lengths[at];
      if (length === undefined) missing.push(at);
      else there.push({ at, checksum, length });
    }
    return { there, missing };
  }

  async #ask(part: readonly Claim[], { signal }: CheckOptions): Promise<CheckResult[] | undefined> {
    const what = part.length === 1 ? "check a buffer" : `check ${part.length} buffers`;
    const subject: Subject = { store: this.#settings.name, what };
    const entry = (value: unknown) => {
      const means = MEANINGS.get(value);
      return means && { means };
    };
    const extraTime = Math.ceil(part.reduce((sum, { length }) => sum + length, 0) / SLOWEST);
    const batch = part.map(({ checksum }) => checksum);
    const told = await askList(this.#connection, batch, { subject, path: PATHS.verify, entry, extraTime, signal });
    if (told === undefined) this.#hashes = false;
    return told;
  }
}

/** The same in order, each part with as much as one question may cost. */
function* parts(claims: readonly Claim[]): Generator<readonly Claim[], void, undefined> {
  let part: Claim[] = [];
  let bytes = 0;
  for (const claim of claims) {
    if (part.length > 0 && bytes + claim.length > MOST_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(claim);
    bytes += claim.length;
  }
  if (part.length > 0) yield part;
}

/** Answers are short: this many bytes for each checksum, and some white space, also that which shows that it gets on. */
const ANSWER_SIZE = 24;
const ANSWER_SPACE = 1024;

/** How a server says that it does not know a question: some take its name for an invalid checksum. */
const UNKNOWN: ReadonlySet<number> = new Set([400, 404, 405, 422, 501]);

/** A question about many buffers. */
interface ListQuestion<T> {
  readonly subject: Subject;
  readonly path: string;
  /** @default "GET" */
  readonly method?: "GET" | "PUT" | undefined;
  /** What one entry of the answer says; `undefined` for one that says nothing. */
  readonly entry: (value: unknown) => { readonly means: T } | undefined;
  /** Time that the answer may take beyond the timeouts of the store, in milliseconds. */
  readonly extraTime?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Ask a question that has a JSON list of checksums as its body, and a list as its answer.
 *
 * @returns in the order asked; `undefined` if the server does not know the question.
 * @throws {SeamlessError} `STORE_FAILED` also for an answer that is not such a list.
 */
export function askList<T>(
  connection: Connection,
  batch: readonly Checksum[],
  { subject, method = "GET", path, entry, extraTime = 0, signal }: ListQuestion<T>,
): Promise<T[] | undefined> {
  const body = new TextEncoder().encode(JSON.stringify(batch));
  const headers = { "content-type": "application/json" };
  const question = { subject, method, path, headers, body, length: body.byteLength, extraTime, signal } as const;
  return connection.ask(question, async (answer: Answer) => {
    if (answer.status !== 200) {
      answer.discard();
      if (UNKNOWN.has(answer.status)) return undefined;
      throw unexpectedStatusError(subject, answer.status);
    }
    // At most a byte each second.
    const limit = ANSWER_SPACE + batch.length * ANSWER_SIZE + Math.ceil(extraTime / 1000);
    const text = await shortText(subject, answer, limit);
    return (
      readList(text, batch.length, entry) ??
      Promise.reject(serverError(subject, "the answer is not the list that was asked for"))
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
