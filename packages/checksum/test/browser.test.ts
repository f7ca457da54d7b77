import { join } from "node:path";
import vm from "node:vm";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import type { Main } from "./support/built.ts";
import { PACKAGE } from "./support/built.ts";
import { rejection } from "./support/errors.ts";

const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/** The build as a bundler for browsers takes it. */
async function bundle(format: "esm" | "iife") {
  const result = await build({
    entryPoints: [join(PACKAGE, "dist/index.js")],
    absWorkingDir: PACKAGE,
    bundle: true,
    write: false,
    metafile: true,
    format,
    ...(format === "iife" ? { globalName: "seamless" } : {}),
    platform: "browser",
    conditions: ["browser"],
    // As from an installed package: the paths of this workspace would lead to the sources.
    tsconfigRaw: {},
    logLevel: "silent",
  });
  const imports = Object.values(result.metafile.inputs).flatMap((input) => input.imports);
  return { text: result.outputFiles[0]!.text, inputs: Object.keys(result.metafile.inputs), imports };
}

let bundled: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  bundled = await bundle("iife");
});

test("the bundle has the browser's platform and nothing of Node", () => {
  expect(bundled.inputs).toContain("dist/platform/browser.js");
  expect(bundled.inputs).not.toContain("dist/platform/node.js");
  expect(bundled.imports.filter(({ path, external }) => external === true || path.startsWith("node:"))).toEqual([]);
  expect(/["'`]node:|\brequire\(/.exec(bundled.text)).toBeNull();
});

describe("in a realm with nothing but the language and what browsers add to it", () => {
  let seamless: Main;
  beforeAll(() => {
    const context = vm.createContext({ TextEncoder, TextDecoder, URL });
    vm.runInContext(bundled.text, context);
    seamless = vm.runInContext("seamless", context);
  });

  test("hashes", () => {
    expect(seamless.Checksum.of(new TextEncoder().encode("abc")).hex()).toBe(ABC);
    const hash = seamless.createSha256();
    for (const piece of ["a", "bc"]) hash.update(new TextEncoder().encode(piece));
    expect(new seamless.Checksum(hash.digest()).hex()).toBe(ABC);
  });

  test("reads and writes indexes", () => {
    const checksum = new seamless.Checksum(ABC);
    const bytes = seamless.serializeIndex([["b", checksum]]);
    expect(new TextDecoder().decode(bytes)).toBe(`{\n  "b": "${ABC}"\n}\n`);
    expect(seamless.parseIndex(bytes).get("b")!.equals(checksum)).toBe(true);
  });

  test("has no files: load and save reject", async () => {
    const failures = [seamless.Checksum.load("x"), new seamless.Checksum(ABC).save("x")].map(rejection);
    for (const error of await Promise.all(failures)) {
      expect(seamless.isSeamlessError(error, "UNSUPPORTED")).toBe(true);
      expect(error.message).toContain("x.CHECKSUM");
      expect(error.file).toBe("x.CHECKSUM");
    }
  });
});

test("the ES module imports as it is", async () => {
  const { text } = await bundle("esm");
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as Main;
  expect(module.Checksum.of(Buffer.from("abc")).hex()).toBe(ABC);
  expect((await rejection(module.Checksum.load("x"))).code).toBe("UNSUPPORTED");
});
