import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Checksum, SeamlessError } from "@seamless/checksum";
import { showPath } from "@seamless/internal/text";
import type { Store } from "@seamless/store";
import { INDEXING_OPTIONS, type Indexing, indexingOf } from "../files/indexing.ts";
import { removeLeftovers } from "../files/output-files.ts";
import { SELECTION_HELP } from "../files/selection.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { amount, checksumLine, plural } from "../program/format.ts";
import { limitOptions, limitsOf } from "../transfer/limits.ts";
import { LINK_HELP, LINK_OPTION, type Linking, linkingOf } from "../transfer/links.ts";
import { bytesSource, putFile, putSource } from "../transfer/put.ts";
import { RATE_OPTION } from "../transfer/rate.ts";
import { STORE_OPTIONS, withStore } from "../transfer/store.ts";
import { createRetry, PARALLEL_OPTION, planAndDo, transferAll } from "../transfer/transfers.ts";
import { type UploadJob, type UploadPlan, uploadJobs } from "../transfer/upload-jobs.ts";

export const upload: Subcommand = {
  operands: "DIR|FILE…",
  details: [
    "Indexes DIR as seamless-checksum-index does, asks the store which files are missing, puts them, and puts the index",
    "last: a store that has an index has all of its files. Then writes DIR.INDEX and DIR.CHECKSUM beside DIR, and prints",
    "the checksum of the directory. Of a FILE, it puts that and writes FILE.CHECKSUM. After a failure, run it again: it",
    "puts only what is still missing. What the store already has is hashed by the store, or fetched and hashed here; a",
    "wrong copy is replaced, and hashed again.",
    SELECTION_HELP,
    ...LINK_HELP,
    "With 'sym', all files become links into the folder, also those that it has already.",
  ].join("\n"),
  options: {
    ...PARALLEL_OPTION,
    ...RATE_OPTION,
    ...limitOptions("upload", "do not ask"),
    ...LINK_OPTION,
    "trust-store": "trust the names and sizes that the store reports, and hash nothing of what it has",
    "dry-run": "print the checksum and what would be put; put and write nothing",
    "no-index": "do not write DIR.INDEX and DIR.CHECKSUM, nor FILE.CHECKSUM",
    ...INDEXING_OPTIONS,
    ...STORE_OPTIONS,
  },
  example: [
    "$ seamless upload --quiet data --store store",
    "40bb5584a5b0f69dea87c0aa97a948a5bb947e3371c583fb0e03173fc5a96c85",
  ].join("\n"),

  async run(call) {
    const dryRun = call.flags["dry-run"] === true;
    const written = !dryRun && call.flags["no-index"] !== true;
    const limits = limitsOf(call, "upload");
    const indexing = await indexingOf(call);
    const jobs = await uploadJobs(call, indexing, written);
    // Opened for writing for a dry run too: a folder that does not exist yet has no buffers.
    return withStore(call, true, async (store) => {
      const linking = linkingOf(call, store);
      const ok = await planAndDo(call, jobs, {
        nameOf: ({ operand }) => operand,
        plan: (job) => job.plan(store, linking),
        async allows(plans) {
          indexing.finish();
          const sum = (count: (plan: UploadPlan) => number) => plans.reduce((total, plan) => total + count(plan), 0);
          const files = sum(({ missing }) => missing.files.length);
          return limits.allows({ files, bytes: sum(({ missingBytes }) => missingBytes) });
        },
        async work(plan, job) {
          for (const { checksum, name } of plan.missing.corrupt) {
            const fate = dryRun ? "would be replaced" : "is replaced";
            call.console.warn(`${store.name} has a corrupt copy of ${checksum.hex()} (${name}): it ${fate}`);
          }
          if (!dryRun) await putAll(call, store, plan, indexing, linking);
          if (linking?.kind === "sym") await linkAll(call, plan, linking);
          if (written) await plan.write();
          printSummary(call, store, job, plan, written);
          await removeLeftovers(call.console, plan.leftovers);
          return true;
        },
      });
      linking?.tell();
      return ok;
    });
  },
};

/** Why a compressed file, of which its content counts, is not linked. */
const COMPRESSED = "they are compressed";

/** @throws {SeamlessError} `INDEX_FAILED` if a file of a directory failed; it has been reported. The error of a single file. */
async function putAll(
  call: Call,
  store: Store,
  plan: UploadPlan,
  { decompression }: Indexing,
  linking: Linking | undefined,
): Promise<void> {
  const { signal } = call;
  const { directory, missing, found } = plan;
  const { files } = missing;
  const retry = createRetry(signal);
  const failed = await transferAll(call, {
    items: files,
    count: files.length,
    totalBytes: plan.missingBytes,
    nameOf: ({ path }) => path,
    throws: found.index === undefined,
    transfer: async (file, onBytes) => {
      const path = join(directory, file.file);
      const content = decompression.of(file.file);
      if (content === undefined && file.stored === "missing" && (await linking?.put(file.checksum, path))) {
        onBytes((await stat(path)).size);
        return;
      }
      // What is to become a symbolic link may be copied first.
      if (linking !== undefined && linking.kind !== "sym") {
        if (content !== undefined) linking.spare(COMPRESSED);
        else if (file.stored !== "missing") linking.spare("they replace wrong copies");
      }
      await putFile(store, file.checksum, path, "since it was indexed", {
        signal,
        retry,
        onBytes,
        stored: file.stored,
        content: content && file.decoded && { ...content, ...file.decoded },
      });
    },
  });
  if (failed > 0) {
    const what = `cannot upload ${showPath(directory)}: ${failed} of ${plural(files.length, "file")} failed`;
    throw new SeamlessError("INDEX_FAILED", `${what}, so the index was not put; run it again to put what is missing`, {
      file: directory,
    });
  }
  if (found.index === undefined || missing.index === "ok") return;
  const { checksum, buffer } = found.index;
  await putSource(store, checksum, bytesSource(buffer), { signal, retry, stored: missing.index });
}

/**
 * Replaces the files by links to the buffers. Failures are reported; the store has all of them.
 *
 * @throws {SeamlessError} `INDEX_FAILED` if there are some.
 */
async function linkAll(call: Call, { directory, found }: UploadPlan, linking: Linking): Promise<void> {
  const items = [...found.entries].filter(([path]) => !found.decoded.has(path));
  for (const _ of found.decoded) linking.spare(COMPRESSED);
  const failed = await transferAll<readonly [string, Checksum]>(call, {
    items,
    count: items.length,
    totalBytes: 0,
    nameOf: ([path]) => path,
    throws: found.index === undefined,
    transfer: ([path, checksum]) => linking.replace(checksum, join(directory, path)),
  });
  if (failed === 0) return;
  const what = `${failed} of ${plural(items.length, "file")} of ${showPath(directory)} were not replaced by links`;
  throw new SeamlessError("INDEX_FAILED", `${what}; the store has what was indexed of them`, { file: directory });
}

function printSummary(
  { console, flags, operands }: Call,
  store: Store,
  { operand, label }: UploadJob,
  plan: UploadPlan,
  written: boolean,
): void {
  const { checksum, files, bytes, missing, leftOut } = plan;
  const put = { files: missing.files.length, bytes: plan.missingBytes };
  const replaced = missing.corrupt.map(({ checksum }) => checksum);
  const dryRun = flags["dry-run"] === true;
  const hex = checksum.hex();
  console.result(operands.length === 1 ? hex : checksumLine(hex, label), {
    path: operand,
    checksum,
    store: store.name,
    files,
    bytes,
    [dryRun ? "missing" : "put"]: put,
    ...(replaced.length === 0 ? {} : { [dryRun ? "corrupt" : "replaced"]: replaced }),
    proven: !flags["trust-store"],
    ...plan.told,
    written,
  });
  const all = `${showPath(operand)}: ${amount(files, "file", bytes)}`;
  const trusted = flags["trust-store"] ? "; what the store already had was not verified (--trust-store)" : "";
  const moved = `${dryRun ? "would put" : "put"} ${amount(put.files, "file", put.bytes)} into ${store.name}`;
  console.note(`${all}; ${moved}${trusted}${leftOut}`);
}
