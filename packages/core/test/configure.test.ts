import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import {
  Buffer,
  BufferCache,
  Checksum,
  close,
  configure,
  createRuntime,
  currentRuntime,
  installRuntime,
  memoryStore,
  type SeamlessError,
  type Store,
  Transformations,
} from "../src/index.ts";

const installedOnImport = currentRuntime();

/** A store that says when it is closed, and whose writes fail while it is down. */
function store(name: string): Store & { contents: Map<string, Uint8Array>; closed: number; down: boolean } {
  const contents = new Map<string, Uint8Array>();
  const inner = memoryStore({ name, contents });
  const self = {
    ...inner,
    contents,
    closed: 0,
    down: false,
    async put(...[checksum, bytes]: Parameters<Store["put"]>) {
      if (self.down) throw new Error("connection refused");
      await inner.put(checksum, bytes);
    },
    async close() {
      self.closed++;
    },
  };
  return self;
}

afterEach(() => close().catch(() => undefined));

describe("the default runtime", () => {
  test("is installed on import, and works without stores", async () => {
    expect(installedOnImport).toBeDefined();
    installRuntime(installedOnImport);
    const buffer = new Buffer([1, 2], "plain");
    const reference = buffer.incref();
    expect(await buffer.getChecksum().resolve("plain")).toEqual([1, 2]);
    await expect(buffer.write()).rejects.toMatchObject({ code: "INVALID_STATE" });
    reference.release();
  });

  test("is not installed by another copy when there is one", async () => {
    const mine = createRuntime();
    installRuntime(mine);
    const copy = "../src/default-runtime.ts?copy";
    const { installDefault } = (await import(copy)) as typeof import("../src/default-runtime.ts");
    installDefault();
    expect(currentRuntime()).toBe(mine);
    installRuntime(undefined);
    installDefault();
    expect(currentRuntime()).toBeDefined();
    await mine.close();
  });
});

describe("configure", () => {
  test("installs what it returns, with what it was given", () => {
    const cache = new BufferCache();
    const transformations = new Transformations();
    const stores = [memoryStore()];
    const runtime = configure({ cache, stores, transformations });
    expect(currentRuntime()).toBe(runtime);
    expect([runtime.cache, runtime.transformations]).toEqual([cache, transformations]);
    expect(runtime.stores).toEqual(stores);
  });

  test("keeps what it is not given", () => {
    const transformations = new Transformations();
    const first = configure({ stores: [memoryStore()], transformations });
    const second = configure({ stores: undefined, cache: new BufferCache() });
    expect(second.stores).toEqual(first.stores);
    expect(second.transformations).toBe(transformations);
    expect(second.cache).not.toBe(first.cache);
    expect(configure().cache).toBe(second.cache);
  });

  test("with other stores, references stay, and what is held is written to them too", async () => {
    const [a, b] = [store("a"), store("b")];
    configure({ stores: [a] });
    const reference = new Buffer("held", "text").incref();
    const runtime = configure({ stores: [b] });
    expect(runtime.stats().cache.references).toBe(1);
    reference.release();
    await close();
    expect([a.contents.size, b.contents.size]).toEqual([1, 1]);
  });

  test("opens the stores of URLs and paths, and closes them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "seamless-core-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const runtime = configure({ stores: [folder, pathToFileURL(folder), "http://user:secret@localhost:1/base"] });
    const names = runtime.stores.map(({ name }) => name);
    expect(names).toEqual([folder, folder, "http://localhost:1/base"]);
    configure({ stores: [folder] });
    const buffer = new Buffer("kept in a folder", "text");
    await buffer.write();
    const hex = buffer.getChecksum().hex();
    expect(readFileSync(join(folder, hex.slice(0, 2), hex), "utf8")).toBe("kept in a folder\n");
    configure({ cache: new BufferCache() });
    expect(await buffer.getChecksum().resolve("text")).toBe("kept in a folder");
    for (const stores of [["ftp://host"], ["http://host/?token=secret"], "http://host" as never]) {
      expect(() => configure({ stores })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    }
  });

  test("refuses wrong options, and leaves everything as it was", () => {
    const runtime = configure();
    expect(() => configure({ stores: "here" as never })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(currentRuntime()).toBe(runtime);
  });
});

describe("close", () => {
  test("writes, closes what was handed over, each once, and removes the runtime", async () => {
    const [a, b] = [store("a"), store("b")];
    const cache = new BufferCache();
    configure({ cache, stores: [a] });
    configure({ stores: [b, a] });
    const buffer = new Buffer("held", "text");
    buffer.incref();
    await close();
    expect([a.closed, b.closed, a.contents.size, b.contents.size]).toEqual([1, 1, 1, 1]);
    expect(currentRuntime()).toBe(undefined);
    expect(() => cache.register(buffer)).toThrow(expect.objectContaining({ code: "INVALID_STATE" }));
    await close();
    expect(a.closed).toBe(1);
  });

  test("leaves a runtime of somebody else installed", async () => {
    configure();
    const mine = createRuntime();
    installRuntime(mine);
    await close();
    expect(currentRuntime()).toBe(mine);
    installRuntime(undefined);
    await mine.close();
  });

  test("closes everything all the same when something fails, and names it all", async () => {
    const [a, b] = [store("a"), store("b")];
    a.down = true;
    configure({ stores: [a], writer: { patience: 0 } });
    const lost = new Buffer("in no store", "text");
    lost.incref();
    const failing: Store = {
      ...memoryStore({ name: "failing", writable: false }),
      async close() {
        throw new Error("already gone");
      },
    };
    configure({ stores: [failing, b] });
    lost.decref();
    const error = (await close().catch((reason) => reason)) as SeamlessError;
    expect(error).toMatchObject({ code: "STORE_FAILED" });
    expect(error.errors!.map(({ store: name, message }) => [name, message])).toEqual([
      ["a", expect.stringContaining(lost.getChecksum().hex())],
      ["failing", "failing could not be closed: already gone"],
    ]);
    expect([a.closed, b.closed]).toEqual([1, 1]);
  });

  test("gives up when aborted, and names what is left", async () => {
    const a = store("a");
    a.down = true;
    configure({ stores: [a] });
    const buffer = new Buffer("in no store", "text");
    buffer.incref();
    const reason = new Error("out of time");
    await expect(close({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: "STORE_FAILED",
      cause: reason,
      errors: [{ checksum: buffer.getChecksum() }],
    });
    expect(a.closed).toBe(1);
  });

  test("can be followed by another start", async () => {
    await close();
    expect(() => Checksum.of(new Uint8Array()).incref()).toThrow(expect.objectContaining({ code: "NO_RUNTIME" }));
    configure();
    Checksum.of(new Uint8Array()).incref();
  });
});
