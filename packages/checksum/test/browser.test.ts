import { webcrypto } from "node:crypto";
import { join } from "node:path";
import vm from "node:vm";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { Checksum } from "../src/index.ts";
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

describe("whole buffers", () => {
  /** How long those were that the page's WebCrypto was given. */
  const asked: number[] = [];
  const subtle = {
    async digest(name: string, bytes: Uint8Array) {
      if (Object.prototype.toString.call(bytes.buffer) !== "[object ArrayBuffer]") throw new TypeError("shared memory");
      asked.push(bytes.byteLength);
      // Of the realm of the page, as there.
      return webcrypto.subtle.digest(name, Uint8Array.from(bytes));
    },
  };

  /** A page that came by https, or by plain http, where there is no WebCrypto. */
  function page(globals: object): Main {
    asked.length = 0;
    const context = vm.createContext({ TextEncoder, TextDecoder, URL, setTimeout, ...globals });
    vm.runInContext(bundled.text, context);
    return vm.runInContext("seamless", context);
  }

  const lengths = [16_384, 16_385, 3_000_000];
  test.each([
    ["by WebCrypto where the page has it", { crypto: { subtle } }, [16_385, 16_385, 3_000_000, 3_000_000]],
    ["here where it came by plain http", { crypto: {} }, []],
    ["here where there is nothing of it", {}, []],
  ])("are hashed %s", async (_, globals, expected) => {
    const seamless = page(globals);
    for (const length of lengths) {
      const bytes = new Uint8Array(length).fill(1);
      const checksum = await seamless.hashInSlices(bytes);
      expect(checksum.hex()).toBe(Checksum.of(bytes).hex());
      expect((await seamless.proveInSlices(bytes)).checksum.hex()).toBe(checksum.hex());
      // At once, and as they come, there is no asking.
      expect(seamless.Checksum.of(bytes).hex()).toBe(checksum.hex());
      expect(new seamless.Checksum(seamless.createSha256().update(bytes).digest()).hex()).toBe(checksum.hex());
    }
    expect(asked).toEqual(expected);
  });

  test("in shared memory, which WebCrypto does not take, are hashed here", async () => {
    const seamless = page({ crypto: { subtle } });
    const bytes = new Uint8Array(new SharedArrayBuffer(20_000)).fill(1);
    expect((await seamless.hashInSlices(bytes)).hex()).toBe(Checksum.of(bytes).hex());
    expect(asked).toEqual([]);
  });

  test("that WebCrypto has no memory for are hashed here", async () => {
    const seamless = page({ crypto: { subtle: { digest: () => Promise.reject(new Error("OperationError")) } } });
    const bytes = new Uint8Array(20_000).fill(1);
    expect((await seamless.hashInSlices(bytes)).hex()).toBe(Checksum.of(bytes).hex());
  });

  test("are given up when the signal is aborted", async () => {
    const seamless = page({ crypto: { subtle: { digest: () => new Promise(() => {}) } } });
    const controller = new AbortController();
    const hashing = seamless.hashInSlices(new Uint8Array(20_000), { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(hashing).rejects.toThrow("enough");
  });
});

test("the ES module imports as it is", async () => {
  const { text } = await bundle("esm");
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as Main;
  expect(module.Checksum.of(Buffer.from("abc")).hex()).toBe(ABC);
  expect((await rejection(module.Checksum.load("x"))).code).toBe("UNSUPPORTED");
});
