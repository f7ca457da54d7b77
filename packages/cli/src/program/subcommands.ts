import type { Command, Subcommand } from "./command.ts";

interface Row {
  readonly summary: string;
  load(): Promise<Subcommand>;
}

/** All subcommands. A name of two words belongs to a group. */
export const SUBCOMMANDS: Readonly<Record<string, Row>> = {
  checksum: {
    summary: "Print the SHA-256 checksum of files.",
    load: async () => asWord((await import("../commands/checksum.ts")).checksum, "checksum"),
  },
  "checksum-file": {
    summary: "Write the SHA-256 checksum of each file beside it, to FILE.CHECKSUM.",
    load: async () => asWord((await import("../commands/checksum-file.ts")).checksumFile, "checksum-file"),
  },
  index: {
    summary: "Index directories: write DIR.INDEX and DIR.CHECKSUM beside each, and print its checksum.",
    load: async () => asWord((await import("../commands/checksum-index.ts")).checksumIndex, "index"),
  },
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
  config: {
    summary: "Show the settings, and where each comes from; and the stores that have names.",
    load: async () => (await import("../commands/config.ts")).config,
  },
  completion: {
    summary: "Print what completes command lines in bash, zsh or fish.",
    load: async () => (await import("../commands/completion.ts")).completion,
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

export const PROGRAM = "seamless";

/** Programs of their own, and the subcommand that each of them is. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  "seamless-checksum": "checksum",
  "seamless-checksum-file": "checksum-file",
  "seamless-checksum-index": "index",
};

/** A program as a subcommand: its examples call it by that name. */
function asWord(program: Command, word: string): Subcommand {
  return { ...program, example: program.example.replaceAll(program.name, `${PROGRAM} ${word}`) };
}

export interface Group {
  /** First word of the names in the group; empty for the program itself. */
  readonly name: string;
  readonly summary: string;
  readonly example: string;
}

export const PROGRAM_ITSELF: Group = {
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

export const GROUPS: readonly Group[] = [
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
