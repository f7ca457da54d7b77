import type { Celltype } from "@seamless/celltypes";
import { Checksum } from "@seamless/checksum";
import { readStandardInput } from "../files/streams.ts";
import { UsageError } from "../program/arguments.ts";
import type { Subcommand } from "../program/command.ts";
import { STORE_OPTIONS, withLazyStore } from "../transfer/store.ts";
import { CELLTYPE_HELP, celltypeOption } from "../values/celltypes.ts";
import { PUT_OPTION, putBuffer } from "../values/put-buffer.ts";
import { readWhole } from "../values/source.ts";

/** Celltypes whose values are given as they are, and may be empty; those of others are JSON. */
const AS_GIVEN: ReadonlySet<Celltype> = new Set(["text", "python", "ipython", "yaml", "bytes"]);

export const checksumOf: Subcommand = {
  operands: "VALUE",
  emptyOperands: true,
  details: [
    "VALUE is JSON; for text, python, ipython and yaml it is the text itself, for bytes the bytes. '-' is standard input: a",
    "text that is a single dash comes by that.",
    "The checksum is that of the buffer which Seamless makes of the value. For binary, nested lists become an array.",
    'A value of another type becomes what Python makes of it: as int, 1.5 is 1; as bool, 1 is true; as str, 12 is "12".',
    CELLTYPE_HELP,
  ].join("\n"),
  options: {
    ...celltypeOption("as", "the celltype of the value (default plain)"),
    ...PUT_OPTION,
    ...STORE_OPTIONS,
  },
  example: [
    `$ seamless checksum-of '{"b": 2, "a": [1, 2.5]}'`,
    "45c166264010a2f627535f2fad0125e1aa1d1967191d62c8c7144e325f3eea5d",
    "$ seamless checksum-of --as text hello",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
  ].join("\n"),

  async run(call) {
    const celltype = (call.texts["as"] ?? "plain") as Celltype;
    const [given = ""] = call.operands;
    if (given === "" && !AS_GIVEN.has(celltype)) throw new UsageError("an operand is empty");
    const input = given === "-" ? await readWhole(readStandardInput(call.signal)) : new TextEncoder().encode(given);
    const { bufferOf } = await import("../values/value-input.ts");
    const bytes = await bufferOf(input, celltype);
    const checksum = Checksum.of(bytes);
    await withLazyStore(call, true, async (store) => {
      if (call.flags["put"]) await putBuffer(call, store, checksum, bytes);
    });
    call.console.result(checksum.hex(), { checksum, celltype, length: bytes.byteLength });
    return true;
  },
};
