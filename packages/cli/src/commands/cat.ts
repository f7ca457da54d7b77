import type { Celltype } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { writeStandardOutput } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { forOutput } from "../program/format.ts";
import { standardOutput } from "../program/output.ts";
import { STORE_OPTIONS, withLazyStore } from "../transfer/store.ts";
import { CELLTYPE_HELP, celltypeOption } from "../values/celltypes.ts";
import { kindOf } from "../values/kind.ts";
import { openSource, readWhole, SOURCE_HELP, type Source } from "../values/source.ts";

export const cat: Subcommand = {
  operands: "X",
  details: [
    ...SOURCE_HELP,
    "Text is printed as it is; of an array its type, its shape and some elements; of other bytes how many there are.",
    "On a terminal, control characters are escaped. With --json, text that is a JSON object or list is taken as plain.",
    CELLTYPE_HELP,
  ].join("\n"),
  options: {
    ...celltypeOption("as", "read it as this, and print the value; bytes are printed as they are"),
    full: "print all elements of arrays",
    ...STORE_OPTIONS,
  },
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ seamless checksum-of '[[1, 2.5], [3, 4]]' --as binary --put",
    "6c62c9fa938e5a98d6df1992f5e26c47e923784f0709cc3195e96fd3ff364384",
    "$ seamless cat 6c62c9fa938e5a98d6df1992f5e26c47e923784f0709cc3195e96fd3ff364384",
    "NdArray <f8 (2, 2) [1, 2.5, 3, 4]",
    "4 elements, 32 B",
    "min 1, max 4, mean 2.625",
  ].join("\n"),

  async run(call) {
    const { flags, texts } = call;
    const celltype = texts["as"] as Celltype | undefined;
    if (flags["full"] && celltype === "bytes") throw new UsageError("--full has no meaning with --as bytes");
    return withLazyStore(call, false, async (store) => {
      const source = await openSource(call.operands[0]!, store, call.signal);
      await printValue(call, source, { celltype, full: flags["full"] === true });
      return true;
    });
  },
};

/** In bytes: enough to tell what a buffer is. */
const HEAD = 2 ** 16;

/**
 * Prints the value of a buffer.
 *
 * @param how - The celltype, by default what it seems to be; whether all elements of arrays are printed.
 */
export async function printValue(
  call: Call,
  source: Source,
  { celltype: asked, full }: { readonly celltype: Celltype | undefined; readonly full: boolean },
): Promise<void> {
  const { console, flags, signal } = call;
  const chunks = source.chunks()[Symbol.asyncIterator]();
  const all = { [Symbol.asyncIterator]: () => chunks };
  if (asked === "bytes" && !flags["json"]) {
    await writeStandardOutput(all, signal);
    return;
  }
  const { head, whole } = asked === undefined ? await readHead(chunks) : { head: [], whole: false };
  const seems = asked ?? kindOf(Buffer.concat(head), whole);
  if (seems === "text" && asked === undefined && !flags["json"]) {
    await writeStandardOutput(escapeForTerminal(chain(head, all)), signal);
    return;
  }
  const bytes = await readWhole(all, head);
  const { isJsonContainer, renderMembers, renderText } = await import("../values/render.ts");
  if (!flags["json"]) {
    console.print(forOutput(await renderText(bytes, seems, full)));
    return;
  }
  const celltype = asked === undefined && seems === "text" && isJsonContainer(bytes) ? "plain" : seems;
  const checksum = source.checksum ?? Checksum.of(bytes);
  const known = JSON.stringify({ checksum, celltype, length: bytes.byteLength });
  console.print(`${known.slice(0, -1)},${await renderMembers(bytes, celltype)}}`);
}

async function readHead(chunks: AsyncIterator<Uint8Array>) {
  const head: Uint8Array[] = [];
  for (let size = 0; size < HEAD; ) {
    const next = await chunks.next();
    if (next.done) return { head, whole: true };
    head.push(next.value);
    size += next.value.byteLength;
  }
  return { head, whole: false };
}

async function* chain(head: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>) {
  yield* head;
  yield* rest;
}

/** Text as it is, unless it goes to a terminal. */
async function* escapeForTerminal(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  if (!standardOutput.isTTY) return yield* chunks;
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield Buffer.from(forOutput(decoder.decode(chunk, { stream: true })));
}
