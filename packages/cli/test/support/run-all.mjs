// Runs several commands in this process, one after the other, each as if it were alone: to start Node takes longer than
// most of them. Takes the command lines, each with its script, as JSON; prints what came of them.
import { createRequire } from "node:module";

/** @type {[script: string, ...args: string[]][]} */
const lines = JSON.parse(process.argv[2]);
const require = createRequire(import.meta.url);
const outcomes = [];
const print = process.stdout.write.bind(process.stdout);

for (const [stream, name] of [
  [process.stdout, "out"],
  [process.stderr, "err"],
]) {
  stream.write = (chunk) => {
    outcomes.at(-1)[name] += Buffer.from(chunk).toString();
    return true;
  };
}

// A command has ended once there is nothing left to do.
process.on("beforeExit", function next() {
  if (outcomes.length > 0) outcomes.at(-1).status = process.exitCode ?? 0;
  process.exitCode = 0;
  const line = lines[outcomes.length];
  if (line === undefined) {
    process.off("beforeExit", next);
    print(JSON.stringify(outcomes));
    return;
  }
  outcomes.push({ status: null, out: "", err: "" });
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error");
  process.argv = [process.execPath, ...line];
  // Forgotten, so that it is run again.
  delete require.cache[line[0]];
  require(line[0]);
  // Node 26 does so, and ends, without a turn of the event loop, and what has done nothing since does not end once more.
  setImmediate(() => {});
});
