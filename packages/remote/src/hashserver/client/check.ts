import type { Checksum } from "@seamless/checksum";
import type { CheckOptions, CheckResult } from "@seamless/store";
import { EMPTY, MAX_VERIFIED, PATHS, type Verdict } from "../protocol.ts";
import type { Connection } from "./connection.ts";
import type { Subject } from "./failures.ts";
import { askList } from "./list-question.ts";
import type { Lookup } from "./lookup.ts";
import type { Settings } from "./options.ts";

/** What a server is to hash for one question, at most, in bytes, unless it is a single buffer. */
const MOST_BYTES = 2 ** 28;

/** A server that hashes more slowly, in bytes for each millisecond, is given up. */
const SLOWEST = 16_384;

/** Entry of an answer → what it means. */
const MEANINGS: ReadonlyMap<unknown, CheckResult> = new Map<Verdict, CheckResult>([
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
