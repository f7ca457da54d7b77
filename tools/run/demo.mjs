// `npm run demo [DIR…]`: set everything up, then index a directory, verify it, and print its checksum.
import { relative, resolve } from "node:path";
import { install, root, run, step } from "./workspace.mjs";

const called = process.env["INIT_CWD"] ?? process.cwd();
const given = process.argv.slice(2).map((directory) => resolve(called, directory));
const directories = given.length > 0 ? given : [resolve(root, "examples/timezones")];

install({ quiet: true });
step("Building @seamless/cli");
run("pnpm", ["--filter", "@seamless/cli...", "build"], { quiet: true });

for (const directory of directories) {
  for (const args of [[], ["--verify"]]) {
    const shown = relative(called, directory);
    const operand = shown === "" || shown.startsWith("..") ? directory : shown;
    process.stdout.write(`\n$ ${["seamless-checksum-index", ...args, operand].join(" ")}\n`);
    const command = resolve(root, "packages/cli/dist/bin/seamless-checksum-index.js");
    run(process.execPath, [command, ...args, operand], { cwd: called });
  }
}
