import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { loadPython, pythonError } from "../src/index.ts";

const ROOT = "/usr/lib";

/** The standard libraries of this machine, as Debian's `libpython3-stdlib` installs them. */
const files = directories(ROOT)
  .filter((name) => /^python3\.\d+$/.test(name))
  .flatMap((name) =>
    readdirSync(join(ROOT, name), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".py"))
      .map((path) => join(ROOT, name, path)),
  );

if (files.length === 0) console.warn("no standard library of Python on this machine: it is not parsed");

beforeAll(() => loadPython());

// A machine that must skip nothing must have one.
test.skipIf(files.length === 0 && process.env["SEAMLESS_TESTS"] !== "all")(
  `every file of Python's standard library is accepted: ${files.length}`,
  () => {
    expect(files.length, "install libpython3-stdlib").toBeGreaterThan(500);
    const refused = files.flatMap((file) => {
      const error = pythonError(readFileSync(file, "utf8"));
      return error === undefined ? [] : [{ file, error }];
    });
    expect(refused).toEqual([]);
  },
);

function directories(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
