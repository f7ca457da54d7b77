/** What `seamless help TOPIC` explains, which is no command. */
interface Topic {
  readonly summary: string;
  readonly text: readonly string[];
  /** Command lines with their output. */
  readonly example: string;
}

/** Variables of the environment that commands read. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  SEAMLESS_STORE: "the store, if --store does not name another: a URL, a folder, or @NAME",
  SEAMLESS_TOKEN: "the token for a hashserver, or that which clients of serve must present",
  SEAMLESS_FROM_TOKEN: "of store copy and store sync: the token of FROM, if both are servers",
  SEAMLESS_TO_TOKEN: "of the same: the token of TO",
  SEAMLESS_INCREMENTAL: "1 is --incremental, for all commands that have it; 0 is not",
  SEAMLESS_DECOMPRESS: "1 is --decompress, for all commands that have it; 0 is not",
  SEAMLESS_MAX_UPLOAD_FILES: "how many files upload moves without asking: see --max-files",
  SEAMLESS_MAX_UPLOAD_SIZE: "how much it moves without asking: see --max-size",
  SEAMLESS_MAX_DOWNLOAD_FILES: "the same of download",
  SEAMLESS_MAX_DOWNLOAD_SIZE: "the same of download",
  XDG_CONFIG_HOME: "where seamless/config.yaml is looked for; ~/.config if it is not set",
  XDG_CACHE_HOME: "where --incremental remembers checksums, in seamless/checksums; ~/.cache if it is not set",
  TMPDIR: "where standard input is kept until its checksum is known",
  NO_COLOR: "no colours, if it is set to anything",
};

/** What a command tells by its exit status. */
export const EXIT_STATUS: readonly (readonly [status: string, meaning: string])[] = [
  ["0", "success; a server was stopped"],
  ["1", "something failed, differs or is missing; the other operands were done all the same"],
  ["2", "wrong usage: nothing was done (with --json, an error USAGE); of diff, any failure"],
  ["129, 130, 143", "stopped by SIGHUP, Ctrl-C, or SIGTERM: at any moment, within two seconds"],
  ["141", "stopped early because the reader closed the pipe (| head)"],
];

export const TOPICS: Readonly<Record<string, Topic>> = {
  stores: {
    summary: "How stores are named, and where their names are kept.",
    text: [
      "A store is named by --store, else by SEAMLESS_STORE, else by the line 'store' of the configuration:",
      "",
      ...columns([
        ["PATH, file://PATH", "a folder; one with a colon or an @ at its start begins with ./"],
        ["http://…, https://…", "a hashserver"],
        ["s3://BUCKET/PREFIX", "a bucket, which needs @aws-sdk/client-s3 beside this package"],
        ["redis://…, rediss://…", "a Redis server, which needs redis beside this package"],
        ["static+https://…", "a folder that a plain web server shows; read-only"],
        ["@NAME", "one that the configuration has under this name"],
      ]),
      "",
      "The configuration is seamless/config.yaml in XDG_CONFIG_HOME (~/.config):",
      "",
      "  stores:",
      "    prod:",
      "      url: https://data.example.org",
      "      token: SECRET              # only in a file that nobody else can read",
      "    local: ~/buffers             # short for url",
      '  store: "@local"                # the store, unless another is named',
      "  incremental: true              # as --incremental",
      "  parallel: 32                   # as --parallel",
      "",
      "A store may have url, token and layout. What is on the command line counts before variables, and these before",
      "the file; the token of a store that has one in the file is only ever told to that store, and not replaced by",
      "SEAMLESS_TOKEN. 'seamless config' shows what counts, and from where. What changes a checksum is not set in a file.",
    ],
    example: [
      "$ seamless put --store ./store data.csv",
      "5be08c9684a1d25efcee09318204824278b08bbfb4aef973ffefd0b9d7478313",
    ].join("\n"),
  },
  environment: {
    summary: "The variables that commands read.",
    text: columns(Object.entries(ENVIRONMENT)),
    example: [
      "$ export SEAMLESS_STORE=store",
      "$ seamless put data.csv",
      "5be08c9684a1d25efcee09318204824278b08bbfb4aef973ffefd0b9d7478313",
    ].join("\n"),
  },
  "exit-status": {
    summary: "What commands tell by their exit status.",
    text: columns(EXIT_STATUS),
    example: ["$ seamless checksum missing.csv 2> errors || echo $?", "1"].join("\n"),
  },
};

/** All that `seamless help TOPIC` prints. */
export function topicText(topic: string): string {
  const { summary, text, example } = TOPICS[topic]!;
  return [summary, "", ...text, "", "Example:", ...example.split("\n").map((line) => `  ${line}`)].join("\n");
}

/** Names and what they mean, below each other. */
export function columns(rows: readonly (readonly [name: string, meaning: string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, meaning]) => `  ${name.padEnd(width)}${meaning}`);
}
