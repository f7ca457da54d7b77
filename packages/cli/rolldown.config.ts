import { readFileSync } from "node:fs";
import { defineCommands } from "../../tools/build/commands.ts";

const { version, engines, dependencies, peerDependenciesMeta } = JSON.parse(readFileSync("package.json", "utf8")) as {
  version: string;
  engines: { node: string };
  dependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, object>;
};

export default await defineCommands({
  programs: {
    seamless: "src/bin/seamless.ts",
    "seamless-checksum": "src/bin/seamless-checksum.ts",
    "seamless-checksum-file": "src/bin/seamless-checksum-file.ts",
    "seamless-checksum-index": "src/bin/seamless-checksum-index.ts",
  },
  workers: {
    "hash-worker": "../checksum/src/node/hash-worker.ts",
    "folder-worker": "../remote/src/directory/folder-worker.ts",
  },
  atOnce: ["src/program/start.ts"],
  often: [
    "src/program/choose.ts",
    "src/program/command.ts",
    "src/commands/cat.ts",
    "src/commands/has.ts",
    "../remote/src/directory/index.ts",
  ],
  // Writes the pages, and is removed.
  ofTheBuild: { "man-pages": "src/manual/man-pages.ts" },
  external: [...Object.keys(dependencies), ...Object.keys(peerDependenciesMeta)],
  define: { VERSION: JSON.stringify(version), OLDEST_NODE: JSON.stringify(engines.node.replace(">=", "")) },
});
