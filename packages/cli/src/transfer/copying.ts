import type { Store } from "@seamless/store";
import type { CopyOptions, CopyReport } from "@seamless/store/housekeeping";
import { UsageError } from "../program/arguments.ts";
import type { Call } from "../program/command.ts";
import { amount, plural } from "../program/format.ts";
import type { OptionTable } from "../program/options.ts";
import { atRate, RATE_OPTION } from "./rate.ts";
import { configuredAs, LAYOUT_OPTION, type Layout, openNamed, type StoreAddress } from "./store.ts";
import { PARALLEL_OPTION } from "./transfers.ts";

/** The options of commands that copy from one store to another. */
export const COPY_OPTIONS: OptionTable = {
  check: "also hash what is there already, and copy again what is wrong",
  "dry-run": "print what would be copied; copy nothing",
  ...PARALLEL_OPTION,
  ...RATE_OPTION,
  ...LAYOUT_OPTION,
};

/** Lines of the help for them. */
export const COPY_HELP = [
  "What TO has already is left, so that it can be run again after a failure; all bytes are hashed on their way. The token",
  "of a server is in SEAMLESS_TOKEN; if both are servers, in SEAMLESS_FROM_TOKEN and SEAMLESS_TO_TOKEN.",
] as const;

/** Copies with the functions of `@seamless/store/housekeeping`, which are loaded only now. */
type Work = (
  from: Store,
  to: Store,
  options: CopyOptions,
  functions: typeof import("@seamless/store/housekeeping"),
) => Promise<CopyReport>;

/**
 * Opens two stores, has buffers copied from the first to the second, and prints what came of it.
 *
 * @returns whether nothing failed.
 */
export async function copyBetween(call: Call, work: Work): Promise<boolean> {
  const { console, flags, numbers, signal } = call;
  const [given = "", givenTo = ""] = call.operands;
  const [from, to] = [await configuredAs(given), await configuredAs(givenTo)];
  const tokens = tokensOf(from, to);
  const dryRun = flags["dry-run"] === true;
  const layout = call.texts["layout"] as Layout;
  const source = await openNamed(from.url, { writable: false, token: tokens.from, layout: from.layout });
  try {
    // All that is copied goes to it.
    const target = await atRate(call, await openNamed(to.url, { token: tokens.to, layout: layout ?? to.layout }));
    try {
      const progress = console.progress();
      const report = await work(
        source,
        target,
        {
          signal,
          dryRun,
          check: flags["check"] === true,
          concurrency: numbers["parallel"],
          onProgress: progress && ((state) => progress.update(state)),
          onError: (error) => console.report(error, error.checksum?.hex()),
        },
        await import("@seamless/store/housekeeping"),
      );
      const { copied, bytes, present, failed } = report;
      const failures = failed === 0 ? "" : `, ${failed} failed`;
      const line = `${dryRun ? "would copy" : "copied"} ${amount(copied, "buffer", bytes)}; ${present} were there${failures}`;
      console.result(`${target.name}: ${line}`, {
        from: source.name,
        to: target.name,
        [dryRun ? "missing" : "copied"]: copied,
        bytes,
        present,
        failed,
      });
      if (failed > 0) console.note(`${plural(failed, "buffer")} failed: run it again to copy only what is missing`);
      return failed === 0;
    } finally {
      await target.close?.();
    }
  } finally {
    await source.close?.();
  }
}

const isServer = ({ url }: StoreAddress) => /^https?:/i.test(url);

/**
 * The token of each. One server must not be told that of another.
 *
 * @throws {UsageError} if it cannot be known whose it is.
 */
function tokensOf(from: StoreAddress, to: StoreAddress): { readonly [side in "from" | "to"]: string | undefined } {
  const token = (name: string) => process.env[name] || undefined;
  const shared = token("SEAMLESS_TOKEN");
  const own = {
    from: token("SEAMLESS_FROM_TOKEN") ?? from.token,
    to: token("SEAMLESS_TO_TOKEN") ?? to.token,
  };
  const both = isServer(from) && isServer(to);
  if (both && shared !== undefined && own.from === undefined && own.to === undefined) {
    throw new UsageError(
      "both are servers: whose token is SEAMLESS_TOKEN? Set SEAMLESS_FROM_TOKEN, SEAMLESS_TO_TOKEN or both",
    );
  }
  const either = both ? undefined : shared;
  return {
    from: isServer(from) ? (own.from ?? either) : undefined,
    to: isServer(to) ? (own.to ?? either) : undefined,
  };
}
