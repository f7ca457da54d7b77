import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Checksum, currentRuntime, installRuntime, type Runtime } from "../src/index.ts";
import { requireRuntime } from "../src/runtime.ts";
import { builtMain } from "./support/built.ts";
import { rejection, thrown } from "./support/errors.ts";

const checksum = Checksum.of(new Uint8Array());
/** Celltypes come from another package; here any name will do. */
const celltype = "int" as never;
let before: Runtime | undefined;

beforeEach(() => {
  before = installRuntime(undefined);
});
afterEach(() => {
  installRuntime(before);
});

function fakeRuntime() {
  return {
    resolve: vi.fn(async () => "resolved"),
    fingertip: vi.fn(async () => "recomputed"),
    incref: vi.fn(() => "a reference"),
    decref: vi.fn(),
    tempref: vi.fn(),
    register: vi.fn(),
    write: vi.fn(),
  };
}

function install() {
  const fake = fakeRuntime();
  installRuntime(fake as unknown as Runtime);
  return fake;
}

describe("without a runtime", () => {
  test.each(["resolve", "fingertip"] as const)("%s rejects, and does not throw", async (method) => {
    const promise = checksum[method]();
    const error = await rejection(promise);
    expect(error).toMatchObject({ name: "SeamlessError", code: "NO_RUNTIME" });
    expect(error.message).toContain("@seamless/core");
    expect(error.message).toContain(`checksum.${method}()`);
  });

  test.each(["incref", "decref", "tempref"] as const)("%s throws", (method) => {
    const error = thrown(() => checksum[method]());
    expect(error.code).toBe("NO_RUNTIME");
    expect(error.message).toContain("@seamless/core");
    expect(error.message).toContain(`checksum.${method}()`);
  });

  test("requireRuntime names the call, currentRuntime has nothing", () => {
    expect(currentRuntime()).toBeUndefined();
    expect(thrown(() => requireRuntime("buffer.write()")).message).toMatch(/^buffer\.write\(\) needs a runtime/);
  });
});

test("installRuntime returns the one before, to put back", () => {
  const [first, second] = [fakeRuntime(), fakeRuntime()] as unknown as [Runtime, Runtime];
  expect(installRuntime(first)).toBeUndefined();
  expect(installRuntime(second)).toBe(first);
  expect(currentRuntime()).toBe(second);
  expect(requireRuntime("x")).toBe(second);
  expect(installRuntime(undefined)).toBe(second);
  expect(currentRuntime()).toBeUndefined();
});

describe("calls are delegated with their arguments", () => {
  test("resolve and fingertip", async () => {
    const fake = install();
    const options = { signal: new AbortController().signal };
    expect(await checksum.resolve(celltype, options)).toBe("resolved");
    expect(await checksum.fingertip(celltype, options)).toBe("recomputed");
    for (const method of [fake.resolve, fake.fingertip]) {
      expect(method.mock.calls).toEqual([[checksum, "int", options]]);
      expect((method.mock.calls[0] as unknown[])[0]).toBe(checksum);
      expect((method.mock.calls[0] as unknown[])[2]).toBe(options);
    }
    await checksum.resolve();
    expect(fake.resolve.mock.lastCall).toEqual([checksum, undefined, undefined]);
  });

  test("references", () => {
    const fake = install();
    const scratch = { scratch: true };
    const interest = { interest: 5, fadeFactor: 3, fadeInterval: 1 };
    expect(checksum.incref(scratch)).toBe("a reference");
    expect(checksum.decref()).toBeUndefined();
    expect(checksum.tempref(interest)).toBeUndefined();
    expect(fake.incref.mock.calls).toEqual([[checksum, scratch]]);
    expect(fake.decref.mock.calls).toEqual([[checksum]]);
    expect(fake.tempref.mock.calls).toEqual([[checksum, interest]]);
  });

  test("as methods of the runtime, whose errors pass unchanged", async () => {
    const failure = new Error("mine");
    class Own {
      readonly log: unknown[] = [];
      decref(this: Own, of: Checksum) {
        this.log.push(of);
      }
      resolve() {
        throw failure;
      }
    }
    const own = new Own();
    installRuntime(own as unknown as Runtime);
    checksum.decref();
    expect(own.log).toEqual([checksum]);
    expect(await rejection(checksum.resolve())).toBe(failure);
  });
});

test("two copies of the package share the runtime", async () => {
  const fake = install();
  expect(builtMain.currentRuntime()).toBe(fake);
  const theirs = builtMain.Checksum.of(new Uint8Array());
  expect(await theirs.resolve()).toBe("resolved");
  expect(builtMain.installRuntime(undefined)).toBe(fake);
  expect(currentRuntime()).toBeUndefined();
});
