import type { AbortOptions, Checksum } from "@seamless/checksum";
import { mapParallel } from "@seamless/internal/parallel";

import { EMPTY, PATHS } from "../protocol.ts";
import type { Connection } from "./connection.ts";
import type { Download } from "./download.ts";
import type { Subject } from "./failures.ts";
import { askList } from "./list-question.ts";
import type { Settings } from "./options.ts";

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
