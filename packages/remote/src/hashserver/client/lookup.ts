import type { StoreOptions } from "@seamless/cache";
import type { Checksum } from "@seamless/checksum";
import { inParallel } from "../../parallel.ts";
import { EMPTY, PATHS } from "../protocol.ts";
import { shortText } from "./body.ts";
import type { Connection } from "./connection.ts";
import type { Download } from "./download.ts";
import { type Subject, serverFailure, unexpected } from "./failures.ts";
import type { Settings } from "./options.ts";

/** Answers are short: this many bytes for each checksum. */
const ANSWER_SIZE = 24;

/** What a server says of a buffer: its length, that it is there, or that it is not. */
type Fact = number | true | undefined;

/** Asks what is there. Only a length is a proof: a server also says that it has what somebody has merely promised. */
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
  lengths(checksums: readonly Checksum[], options: StoreOptions): Promise<(number | undefined)[]> {
    return this.#batches(checksums, options, async (batch) => {
      const facts = await this.#facts(batch, options);
      return inParallel(facts, this.#settings.connections, async (fact, i) =>
        fact === true ? this.#download.length(batch[i]!, options) : fact,
      );
    });
  }

  async has(checksums: readonly Checksum[], options: StoreOptions): Promise<boolean[]> {
    const facts = await this.#batches(checksums, options, (batch) => this.#facts(batch, options));
    return facts.map((fact) => fact !== undefined);
  }

  async #batches<T>(
    checksums: readonly Checksum[],
    { signal }: StoreOptions,
    work: (batch: readonly Checksum[]) => Promise<T[]>,
  ): Promise<T[]> {
    signal?.throwIfAborted();
    const { batchSize, connections } = this.#settings;
    const batches: (readonly Checksum[])[] = [];
    for (let at = 0; at < checksums.length; at += batchSize) batches.push(checksums.slice(at, at + batchSize));
    return (await inParallel(batches, connections, work)).flat();
  }

  async #facts(batch: readonly Checksum[], options: StoreOptions): Promise<Fact[]> {
    const { connections } = this.#settings;
    const one = (checksum: Checksum) => this.#download.length(checksum, options);
    if (!this.#connection.full) return inParallel(batch, connections, one);
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

  async #ask(batch: readonly Checksum[], options: StoreOptions): Promise<Fact[]> {
    if (this.#tellsLengths) {
      const answer = await this.#askList(PATHS.lengths, batch, options);
      // `true` is what older servers say of a promise: the buffer is not there yet.
      if (answer !== undefined) return answer.map((fact) => (fact === true ? undefined : fact));
      this.#tellsLengths = false;
    }
    const answer = await this.#askList(PATHS.has, batch, options);
    if (answer !== undefined) return answer;
    return inParallel(batch, this.#settings.connections, (checksum) => this.#download.length(checksum, options));
  }

  /** @returns `undefined` if the server does not know the question. */
  #askList(path: string, batch: readonly Checksum[], { signal }: StoreOptions): Promise<Fact[] | undefined> {
    const subject: Subject = {
      store: this.#settings.name,
      what: batch.length === 1 ? "ask for a buffer" : `ask for ${batch.length} buffers`,
    };
    const body = new TextEncoder().encode(JSON.stringify(batch));
    const headers = { "content-type": "application/json" };
    const question = { subject, method: "GET", path, headers, body, length: body.byteLength, signal } as const;
    return this.#connection.ask(question, async (answer) => {
      if (answer.status !== 200) {
        answer.discard();
        // To those that do not know it, it is a checksum that is none.
        if ([400, 404, 405, 422, 501].includes(answer.status)) return undefined;
        throw unexpected(subject, answer.status);
      }
      const text = await shortText(subject, answer, 1024 + batch.length * ANSWER_SIZE);
      return (
        readFacts(text, batch.length) ?? Promise.reject(serverFailure(subject, "the answer is no list of lengths"))
      );
    });
  }
}

function readFacts(text: string, count: number): Fact[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list) || list.length !== count) return undefined;
  const known = (each: unknown) => typeof each === "boolean" || (Number.isSafeInteger(each) && (each as number) >= 0);
  if (!list.every(known)) return undefined;
  return list.map((each: number | boolean) => (each === false || each === 0 ? undefined : each));
}
