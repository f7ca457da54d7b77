import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checksum } from "@seamless/checksum";
import { failCalls, fakePlatform } from "@seamless/internal/fake-platform";
import { turn } from "@seamless/internal/testing";
import { memoryStore } from "@seamless/store";
import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import { runCommand } from "../src/program/command.ts";
import { checksumLine, listed, printable } from "../src/program/format.ts";
import { withSpool } from "../src/transfer/put.ts";
import { restore, spellingsOf } from "../src/transfer/restore.ts";
import { createRetry } from "../src/transfer/transfers.ts";
import { deleteUnlisted, findUnlisted } from "../src/transfer/unlisted.ts";
import { test } from "./support/test.ts";

/* Windows, and a file system to which case does not count, are faked: they cannot be had where these tests run. */

const restores: (() => void)[] = [];
const pretend = (name: string) => void restores.push(fakePlatform(name));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const restore of restores.splice(0)) restore();
});

describe("on Windows", () => {
  beforeEach(() => pretend("win32"));

  test("paths are printed as they are, and checksum lists stay those of sha256sum", () => {
    const path = "C:\\data\\a b.txt";
    expect([printable(path), listed(path)]).toEqual([path, path]);
    expect(checksumLine("00", path)).toBe("\\00  C:\\\\data\\\\a b.txt");
  });

  test("files that no index lists are found, and deleted once others have closed them", async ({ dir }) => {
    mkdirSync(join(dir, "d/sub"), { recursive: true });
    writeFileSync(join(dir, "d/a"), "1");
    writeFileSync(join(dir, "d/sub/b"), "2");
    const index = new Map([["a", new Checksum("0".repeat(64))]]);
    const found = await findUnlisted(join(dir, "d"), index, new AbortController().signal);
    expect(found.map(({ path }) => path)).toEqual(["sub/b"]);
    const fake = failCalls("unlink", (call) => (call < 2 ? "EBUSY" : undefined));
    restores.push(fake.restore);
    await deleteUnlisted(join(dir, "d"), found[0]!);
    expect(readdirSync(join(dir, "d/sub"))).toEqual([]);
  });

  test("standard input is kept in a file that is removed at the end, not while it is open", async () => {
    const input = async function* () {
      yield Buffer.from("hello");
    };
    const folders: string[] = [];
    restores.push(failCalls("open", (_, path) => void folders.push(join(path, ".."))).restore);
    await withSpool(input(), undefined, async ({ source }) => {
      expect(readdirSync(folders[0]!)).toEqual(["input"]);
      for await (const chunk of source.chunks()) expect(String(Buffer.from(chunk))).toBe("hello");
    });
    expect(() => readdirSync(folders[0]!)).toThrow("ENOENT");
  });
});

describe("signals", () => {
  /** A command that ends when it is told to, or never. */
  const command = (obeys: boolean) => ({
    name: "x",
    operands: "FILE…",
    summary: "",
    details: "",
    example: "",
    options: {},
    run: ({ signal }: { signal: AbortSignal }) =>
      new Promise<boolean>((_, reject) => {
        if (obeys) signal.addEventListener("abort", () => reject(signal.reason));
      }),
  });

  test.for([
    ["SIGBREAK", 130],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("%s ends a command with status %d", async ([signal, status]) => {
    pretend("win32");
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const running = runCommand(command(true), ["a"], "x 1");
    await turn();
    process.emit(signal, signal);
    expect(await running).toBe(status);
  });

  test.for([
    ["win32", "SIGHUP", "SIGTERM"],
    ["win32", "SIGBREAK", "SIGTERM"],
    ["linux", "SIGHUP", "SIGHUP"],
    ["darwin", "SIGINT", "SIGINT"],
  ] as const)("on %s a command that does not end after %s is ended by %s", async ([platform, signal, by]) => {
    pretend(platform);
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    void runCommand(command(false), ["a"], "x 1");
    await turn();
    process.emit(signal, signal);
    vi.advanceTimersByTime(2000);
    expect(kill.mock.calls).toEqual([[process.pid, by]]);
  });
});

describe("where case does not count", () => {
  const [one, other] = ["1", "2"].map((text) => Checksum.of(Buffer.from(text))) as [Checksum, Checksum];

  async function options(dir: string, index: ReadonlyMap<string, Checksum>, force: boolean) {
    const store = memoryStore();
    for (const text of ["1", "2"]) await store.put(Checksum.of(Buffer.from(text)), Buffer.from(text));
    const { signal } = new AbortController();
    const retry = createRetry(signal);
    return { store, target: dir, force, dryRun: false, signal, retry, spellings: spellingsOf(index) };
  }

  test("no file of an index replaces another, not even with --force", async ({ dir }) => {
    // `./` stands for another spelling: Linux, too, takes it for the same file.
    const index = new Map([
      ["a", one],
      ["./a", other],
    ]);
    const asked = { ...(await options(dir, index, true)), spellings: () => ["./a"] };
    writeFileSync(join(dir, "a"), "0");
    const failed = await restore({ path: "a", checksum: one, length: 1 }, asked, () => {}).catch((error) => error);
    expect(failed).toMatchObject({
      code: "INVALID_INDEX",
      message: `cannot write ${join(dir, "a")}: ${join(dir, "a")}, which the index lists too, is the same file here`,
    });
    expect(readFileSync(join(dir, "a"), "utf8")).toBe("0");
  });

  test("where it does, each has its own", async ({ dir }) => {
    const index = new Map([
      ["a", one],
      ["A", other],
    ]);
    const asked = await options(dir, index, true);
    for (const name of ["a", "A"]) writeFileSync(join(dir, name), "0");
    for (const [path, checksum] of index) {
      expect(await restore({ path, checksum, length: 1 }, asked, () => {})).toBe(true);
    }
    expect([readFileSync(join(dir, "a"), "utf8"), readFileSync(join(dir, "A"), "utf8")]).toEqual(["1", "2"]);
  });

  test("the spellings of a path", () => {
    const spellings = spellingsOf(new Map(["a", "A", "b/\u00e9", "B/e\u0301", "c"].map((path) => [path, one])));
    expect(spellings("a")).toEqual(["A"]);
    expect(spellings("b/\u00e9")).toEqual(["B/e\u0301"]);
    expect(spellings("c")).toEqual([]);
  });
});
