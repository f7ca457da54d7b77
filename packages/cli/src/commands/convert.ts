import type { Celltype } from "@seamless/celltypes";
import type { Checksum } from "@seamless/checksum";
import { checkOutputFile, writeOutputFile } from "../files/output-files.ts";
import { chunksOf, writeStandardOutput } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Call, Subcommand } from "../program/command.ts";
import { STORE_OPTIONS, type StoreOpener, withLazyStore } from "../transfer/store.ts";
import { CELLTYPE_HELP, celltypeOption } from "../values/celltypes.ts";
import { describePlan } from "../values/matrix.ts";
import { PUT_OPTION, putBuffer } from "../values/put-buffer.ts";
import { openSource, readWhole, SOURCE_HELP, type Source, storedSource } from "../values/source.ts";

export const convert: Subcommand = {
  operands: "X",
  details: [
    ...SOURCE_HELP,
    "Prints the checksum of the new buffer, which may be the same. The buffer is read only if the conversion needs it.",
    CELLTYPE_HELP,
  ].join("\n"),
  options: {
    ...celltypeOption("from", "what the buffer is"),
    ...celltypeOption("to", "what it is to become"),
    output: {
      kind: "text",
      value: "FILE",
      short: "o",
      does: "write the new buffer to FILE, replacing an existing one; '-' is standard output",
    },
    ...PUT_OPTION,
    plan: "first print the steps of the conversion",
    ...STORE_OPTIONS,
  },
  example: [
    "$ printf '[[1, 2.5], [3, 4]]\\n' | seamless convert - --from plain --to binary --plan --quiet -o list.npy",
    "plain → binary: value",
    "6c62c9fa938e5a98d6df1992f5e26c47e923784f0709cc3195e96fd3ff364384",
    "$ seamless-checksum list.npy",
    "6c62c9fa938e5a98d6df1992f5e26c47e923784f0709cc3195e96fd3ff364384",
  ].join("\n"),

  async run(call) {
    const { texts, flags, console } = call;
    const [from, to] = [requiredCelltype(call, "from"), requiredCelltype(call, "to")];
    const output = texts["output"];
    const toOutput = output === "-";
    if (toOutput && flags["json"]) throw new UsageError("--json needs another FILE than '-', where the bytes go");
    if (output !== undefined && !toOutput) await checkOutputFile(output);
    // Standard output is for the buffer alone.
    const tell = (line: string) => (toOutput ? console.note(line) : console.print(line));
    return withLazyStore(call, flags["put"] === true, async (store) => {
      if (flags["plan"] && !flags["json"]) for (const line of await describePlan(from, to)) tell(line);
      const source = await openSource(call.operands[0]!, store, call.signal);
      const { checksum, bytes } = await convertSource(call, source, from, to, store);
      const made = flags["put"] || output !== undefined ? await bytes() : undefined;
      if (flags["put"]) await putBuffer(call, store, checksum, made!);
      if (toOutput) {
        tell(checksum.hex());
        await writeStandardOutput(chunksOf(made!), call.signal);
        return true;
      }
      if (output !== undefined) await writeOutputFile(call, output, [made!], { checksum });
      if (!(flags["json"] && output !== undefined)) {
        const plan = flags["plan"] ? { plan: (await import("@seamless/conversion")).plan(from, to) } : {};
        console.result(checksum.hex(), { checksum, from, to, ...plan });
      }
      return true;
    });
  },
};

function requiredCelltype({ texts }: Call, name: string): Celltype {
  const celltype = texts[name];
  if (celltype === undefined) throw new UsageError(`--${name} CELLTYPE is missing`);
  return celltype as Celltype;
}

/** The new checksum, and how to come by its buffer. */
interface Converted {
  readonly checksum: Checksum;
  bytes(): Promise<Uint8Array>;
}

async function convertSource(
  { signal }: Call,
  source: Source,
  from: Celltype,
  to: Celltype,
  store: StoreOpener,
): Promise<Converted> {
  const conversion = await import("@seamless/conversion");
  const { namingPackage } = await import("../values/render.ts");
  let read: Promise<Uint8Array> | undefined;
  const given = () => {
    read ??= readWhole(source.chunks());
    return read;
  };
  // What the types allow, only a program that is compiled knows; here the conversion itself refuses.
  const target = to as never;
  const { checksum, buffer } = await namingPackage(async () =>
    source.checksum === undefined
      ? conversion.convertBuffer(await given(), from, target, { signal })
      : conversion.convert(source.checksum, from, target, given, { signal }),
  );
  const bytes = async () => {
    if (buffer !== undefined) return buffer.content;
    // A buffer with a checksum in it converts to the buffer of that checksum.
    if (from === "checksum") return readWhole(storedSource(checksum, store, signal).chunks());
    return given();
  };
  return { checksum, bytes };
}
