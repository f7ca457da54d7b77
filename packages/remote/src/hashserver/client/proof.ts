import type { Checksum } from "@seamless/checksum";
import type { PutStreamOptions } from "@seamless/store";
import type { Check } from "./check.ts";
import type { Download } from "./download.ts";
import { refusal, type Subject, serverFailure } from "./failures.ts";

/** Finds out whether a server has the right bytes, whose word, or whose length of them, proves nothing. */
export class Proof {
  readonly #check: Check;
  readonly #download: Download;

  constructor(check: Check, download: Download) {
    this.#check = check;
    this.#download = download;
  }

  /**
   * Has the buffer arrived? The server hashes it, or, where it cannot, we do.
   *
   * @param fetches - Whether it is worth fetching.
   */
  async isThere(checksum: Checksum, fetches: boolean, options: PutStreamOptions): Promise<boolean> {
    const [told] = await this.#check.check([checksum], { signal: options.signal });
    if (told !== "unknown" || !fetches) return told === "ok";
    return (await this.#download.prove(checksum, options)) === "ok";
  }

  /**
   * A server that does not say that it has hashed what was there already may have anything by that name.
   *
   * @throws {SeamlessError} `CHECKSUM_MISMATCH` if it has other bytes, `STORE_FAILED` if it has none, or cannot give them out.
   */
  async requireRight(subject: Subject, checksum: Checksum, options: PutStreamOptions): Promise<void> {
    const found = await this.#download.prove(checksum, options);
    if (found === "corrupt") {
      const why = "the store accepted it, but keeps a corrupt copy; delete that copy from the store";
      throw refusal("CHECKSUM_MISMATCH", subject, why);
    }
    if (found === "missing") throw serverFailure(subject, "the server says that it is there already, and has it not");
    // What it does not let us see (`unknown`), we have to believe.
  }
}
