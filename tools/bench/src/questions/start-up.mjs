import { compare } from "../measure.mjs";
import { commandPath, run } from "../processes.mjs";

export const question = "What does it cost to start a command?";

export function answer() {
  const script = commandPath("seamless-checksum");
  return compare(
    { name: "node -e 0", run: () => run(process.execPath, "-e", "0") },
    [{ name: "seamless-checksum --version", run: () => run(process.execPath, script, "--version"), atMost: 1.3 }],
    { rounds: 31, warmup: 3 },
  );
}
