import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { unavailable } from "../../../tools/build/unavailable.ts";
import { createTransport } from "../src/http-client/undici-transport.ts";
import { pretendBun } from "./support/bun.ts";
import { startControl } from "./support/server-control.ts";

/** The program itself comes as a package for each platform; the script that would put it in place is not run. */
function findBun(): string | undefined {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve("bun/package.json"));
  for (const variant of ["", "-musl"]) {
    const name = `@oven/bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}${variant}`;
    try {
      const program = join(dirname(resolve(`${name}/package.json`)), "bin/bun");
      if (existsSync(program)) return program;
    } catch {
      // Not for this platform.
    }
  }
  return undefined;
}

test("what goes by undici needs Node; Bun gets what goes by fetch", () => {
  const options = {
    origin: "http://127.0.0.1:1",
    connections: 1,
    secret: false,
    timeouts: { connect: 1, headers: 1, stall: 1 },
  };
  expect(createTransport(options)).toMatchObject({ full: true, decodes: false });
  pretendBun();
  expect(createTransport(options)).toMatchObject({ full: false, decodes: true });
});

test("the whole suite of the store port, in Bun, against servers in Node", { timeout: 120_000 }, async ({ skip }) => {
  const bun = findBun() ?? unavailable(skip, "there is no Bun for this platform");
  const control = await startControl("http://localhost");
  try {
    const program = fileURLToPath(new URL("support/suite-program.ts", import.meta.url));
    // Otherwise Bun takes what is imported by `#…` from the sources, as this package's own settings say.
    const settings = fileURLToPath(new URL("../../../tools/build/tsconfig.base.json", import.meta.url));
    const { stdout } = await promisify(execFile)(bun, [`--tsconfig-override=${settings}`, program, control.url]);
    const { count, failures } = JSON.parse(stdout);
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(40);
  } finally {
    await control.close();
  }
});
