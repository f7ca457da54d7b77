import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Language } from "./extract.ts";

/** Has the program that a configuration is for check it. */
export interface Checker {
  /** The program; without it, nothing can be checked. */
  readonly program: string;
  /** Debian's package with it. */
  readonly debian: string;
  /**
   * @param code - The configuration, as it stands on the page.
   * @param directory - An empty folder, for what the program needs.
   * @throws {Error} with what the program says.
   */
  readonly check: (code: string, directory: string) => Promise<void>;
}

/** By the language of the block. */
const CHECKERS = {
  ini: {
    program: "systemd-analyze",
    debian: "systemd",
    async check(code, directory) {
      const unit = join(directory, "example.service");
      // A command has to be there: this Node stands for those that the reader installs.
      await writeFile(unit, code.replaceAll(/^(ExecStart=)\S+/gm, `$1${process.execPath}`));
      await run("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", unit]);
    },
  },
  nginx: {
    program: "nginx",
    debian: "nginx-light",
    async check(code, directory) {
      const [certificate, key] = [join(directory, "certificate"), join(directory, "key")];
      const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=example", "-days", "1"];
      await run("openssl", [...request, "-keyout", key, "-out", certificate]);
      const site = code
        .replaceAll(/\b(ssl_certificate) [^;]+;/g, `$1 ${certificate};`)
        .replaceAll(/\b(ssl_certificate_key) [^;]+;/g, `$1 ${key};`);
      const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
      const paths = places.map((name) => `${name}_temp_path ${directory}/${name};`).join(" ");
      const main = join(directory, "nginx.conf");
      await writeFile(main, `pid ${directory}/pid;\nevents {}\nhttp {\naccess_log off; ${paths}\n${site}\n}\n`);
      await run("nginx", ["-t", "-q", "-e", join(directory, "errors"), "-p", directory, "-c", main]);
    },
  },
} satisfies Partial<Record<Language, Checker>>;

export const checkers: Readonly<Partial<Record<Language, Checker>>> = CHECKERS;

export function isInstalled(program: string): boolean {
  return spawnSync("which", [program]).status === 0;
}

/** Checks a configuration in a folder of its own. */
export async function checkConfiguration({ check }: Checker, code: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "seamless-configuration-"));
  try {
    await check(code, directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** @throws {Error} also for a program that only warns. */
function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, args, (error, stdout, stderr) => {
      if (error === null && (command === "openssl" || stderr === "")) resolve();
      else reject(new Error(`${command} refuses it:\n${stderr}${stdout}`));
    });
  });
}
