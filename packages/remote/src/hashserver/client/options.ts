import { checks, type HttpOptions, type HttpSettings, readHttpSettings } from "../../http-client/options.ts";

export interface HashserverStoreOptions extends HttpOptions {
  /**
   * Whether `put` is allowed. A server that does not take uploads makes it reject with `READ_ONLY` all the same.
   * @default true
   */
  readonly writable?: boolean | undefined;
  /**
   * Checksums in one question.
   * @default 1,000
   */
  readonly batchSize?: number | undefined;
  /**
   * How long to wait for another client that is uploading the same buffer, in milliseconds, before giving up.
   * @default 660,000: as long as a server keeps a promise, and a minute
   */
  readonly patience?: number | undefined;
}

/** The same, with everything in its place. */
export interface Settings extends HttpSettings {
  readonly writable: boolean;
  readonly batchSize: number;
  readonly patience: number;
}

/** @throws {SeamlessError} `INVALID_ARGUMENT`; the message has no credentials. */
export function readSettings(url: string | URL, options: HashserverStoreOptions): Settings {
  return {
    ...readHttpSettings(url, options, "a hashserver"),
    writable: options.writable ?? true,
    batchSize: checks.wholeNumber("batchSize", options.batchSize ?? 1_000, 1),
    patience: checks.duration("patience", options.patience ?? 660_000),
  };
}
