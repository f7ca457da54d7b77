import { closest, UsageError } from "./arguments.ts";
import type { Command, Subcommand } from "./command.ts";
import { printable } from "./format.ts";
import type { ChosenCommand } from "./start.ts";

interface Row {
  readonly summary: string;
  load(): Promise<Subcommand>;
}

/** All subcommands. A name of two words belongs to a group. */
const SUBCOMMANDS: Readonly<Record<string, Row>> = {
  put: {
    summary: "Put files into the store, and print their checksums.",
    load: async () => (await import("../commands/put.ts")).put,
  },
  get: {
    summary: "Get the bytes of a checksum from the store.",
    load: async () => (await import("../commands/get.ts")).get,
  },
  has: {
    summary: "Check which buffers the store has.",
    load: async () => (await import("../commands/has.ts")).has,
  },
  upload: {
    summary: "Put all files of a directory and its index into the store.",
    load: async () => (await import("../commands/upload.ts")).upload,
  },
  download: {
    summary: "Restore a directory from its index, with the files from the store.",
    load: async () => (await import("../commands/download.ts")).download,
  },
  ls: {
    summary: "List what an index holds.",
    load: async () => (await import("../commands/ls.ts")).ls,
  },
  diff: {
    summary: "Compare two directories, by their files or by their indexes.",
    load: async () => (await import("../commands/diff.ts")).diff,
  },
  cat: {
    summary: "Print a value: text, JSON, or what there is to say of an array.",
    load: async () => (await import("../commands/cat.ts")).cat,
  },
  inspect: {
    summary: "Tell what a buffer is: its length, what it can be read as, and why not as others.",
    load: async () => (await import("../commands/inspect.ts")).inspect,
  },
  convert: {
    summary: "Convert a buffer from one celltype to another, and print the checksum of the new one.",
    load: async () => (await import("../commands/convert.ts")).convert,
  },
  matrix: {
    summary: "Show which celltypes convert to which, or explain one conversion.",
    load: async () => (await import("../commands/matrix.ts")).matrix,
  },
  "checksum-of": {
    summary: "Print the checksum of a value.",
    load: async () => (await import("../commands/checksum-of.ts")).checksumOf,
  },
  resolve: {
    summary: "Print the value of a checksum, as text.",
    load: async () => (await import("../commands/resolve.ts")).resolve,
  },
  fingertip: {
    summary: "Print the value of a checksum, and compute it again if the store does not have it.",
    load: async () => (await import("../commands/fingertip.ts")).fingertip,
  },
  serve: {
    summary: "Serve a folder of buffers as a hashserver, over HTTP.",
    load: async () => (await import("../commands/serve.ts")).serve,
  },
  "store verify": {
    summary: "Hash every buffer of a folder again, and list those that are corrupt.",
    load: async () => (await import("../commands/store-verify.ts")).storeVerify,
  },
  "store ls": {
    summary: "List the buffers of a store.",
    load: async () => (await import("../commands/store-ls.ts")).storeLs,
  },
  "store du": {
    summary: "Count the buffers of a store, and what they take there.",
    load: async () => (await import("../commands/store-du.ts")).storeDu,
  },
  "store rm": {
    summary: "Remove buffers from a store.",
    load: async () => (await import("../commands/store-rm.ts")).storeRm,
  },
  "store copy": {
    summary: "Copy buffers, and all files of an index, from one store to another.",
    load: async () => (await import("../commands/store-copy.ts")).storeCopy,
  },
  "store sync": {
    summary: "Copy all that a store has to another.",
    load: async () => (await import("../commands/store-sync.ts")).storeSync,
  },
  "store gc": {
    summary: "Find what nothing leads to in a store, and remove it.",
    load: async () => (await import("../commands/store-gc.ts")).storeGc,
  },
  "store compress": {
    summary: "Compress the buffers of a folder in place.",
    load: async () => (await import("../commands/store-rewrite.ts")).storeCompress,
  },
  "store decompress": {
    summary: "Make the compressed buffers of a folder plain files again.",
    load: async () => (await import("../commands/store-rewrite.ts")).storeDecompress,
  },
};

const PROGRAM = "seamless";

/** Separate programs, which the overview lists too. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "seamless-checksum": "Print the SHA-256 checksum of files.",
  "seamless-checksum-file": "Write the SHA-256 checksum of each file beside it, to FILE.CHECKSUM.",
  "seamless-checksum-index": "Index directories: write DIR.INDEX and DIR.CHECKSUM beside each, and print its checksum.",
};

interface Group {
  /** First word of the names in the group; empty for the program itself. */
  readonly name: string;
  readonly summary: string;
  readonly example: string;
}

const PROGRAM_ITSELF: Group = {
  name: "",
  summary: "Move files and directories to and from a store, where everything is found by its checksum.",
  example: [
    "$ export SEAMLESS_STORE=store",
    "$ printf 'hello\\n' | seamless put -",
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "$ seamless get 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
    "hello",
  ].join("\n"),
};

const GROUPS: readonly Group[] = [
  {
    name: "store",
    summary: "Maintain a store.",
    example: [
      "$ printf 'hello\\n' | seamless put --store store -",
      "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
      "$ seamless store verify store",
      "/home/me/store: OK, 1 buffer, 6 B",
    ].join("\n"),
  },
];

/** Loads the command that a command line names; for an unknown one, a command that reports that. */
export async function chooseCommand(given: readonly string[]): Promise<ChosenCommand> {
  // `help put` is `put --help`.
  const args = given[0] === "help" ? [...given.slice(1), "--help"] : given;
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(" ");
    if (!Object.hasOwn(SUBCOMMANDS, name)) continue;
    const { summary, load } = SUBCOMMANDS[name]!;
    const command = { ...(await load()), name: `${PROGRAM} ${name}`, summary };
    return { command, args: args.slice(name.split(" ").length) };
  }
  const group = GROUPS.find(({ name }) => name === args[0]) ?? PROGRAM_ITSELF;
  return { command: overview(group), args: forOverview(group === PROGRAM_ITSELF ? args : args.slice(1)) };
}

/**
 * The arguments for an overview: the word that should be a command, and the options before it. What follows is for that
 * command, except `--json`, which sets the format of the error.
 */
function forOverview(args: readonly string[]): readonly string[] {
  const word = args.findIndex((arg) => !arg.startsWith("-"));
  if (word === -1) return args;
  return [...args.slice(0, word + 1), ...args.slice(word + 1).filter((arg) => arg === "--json")];
}

/** A command whose only purpose is its help, which lists the subcommands of a group. */
function overview({ name: group, summary, example }: Group): Command {
  const prefix = group === "" ? "" : `${group} `;
  const rows = Object.entries(SUBCOMMANDS).filter(([name]) => name.startsWith(prefix));
  const names = rows.map(([name]) => name.slice(prefix.length));
  const others = group === "" ? Object.entries(PROGRAMS) : [];
  const name = `${PROGRAM} ${group}`.trimEnd();
  return {
    name,
    operands: "COMMAND",
    synopsis: "COMMAND [OPTION]… OPERAND…",
    summary,
    details: [
      "Commands:",
      ...columns(rows.map(([, { summary }], i) => [names[i]!, summary])),
      ...(others.length === 0 ? [] : ["", "Other programs, which need no store:", ...columns(others)]),
      "",
      `Run '${name} COMMAND --help' for more about a command.`,
    ].join("\n"),
    options: {},
    example,

    async run({ operands }) {
      throw new UsageError(unknownCommandMessage(name, operands[0]!, names));
    },
  };
}

function columns(rows: readonly (readonly [name: string, summary: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, summary]) => `  ${name.padEnd(width)}${summary}`);
}

/** Words that are not subcommands, but suggest one of the other programs. */
const OTHER_PROGRAMS: Readonly<Record<string, string>> = {
  checksum: "'seamless-checksum', 'seamless-checksum-file' or 'seamless-checksum-index'",
  "checksum-file": "'seamless-checksum-file'",
  "checksum-index": "'seamless-checksum-index'",
  index: "'seamless-checksum-index'",
};

function within(program: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, `'${program} ${name}'`]));
}

function unknownCommandMessage(program: string, typed: string, names: readonly string[]): string {
  // It exists, but follows an option.
  if (names.includes(typed)) return `options come after the command: ${program} ${typed} [OPTION]…`;
  const meant =
    program === PROGRAM
      ? { ...OTHER_PROGRAMS, ...within(program, [...names, ...GROUPS.map(({ name }) => name)]) }
      : within(program, names);
  const near = closest(typed, Object.keys(meant));
  const hint = near === undefined ? "" : `; did you mean ${meant[near]}?`;
  return `unknown command '${printable(typed)}'${hint}`;
}
