import { execFile } from "node:child_process";

/**
 * Run a command to its end.
 *
 * @returns its standard output.
 * @throws {Error} with all that it printed, if it fails.
 */
export function execute(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${[command, ...args].join(" ")} failed:\n${stdout}${stderr}`, { cause: error }));
    });
  });
}
