import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileError } from "../src/node/index.ts";
import { askChild } from "./support/child.ts";
import { tempDir } from "./support/temp.ts";

/** What Yarn's Plug'n'Play puts in place of a `FileHandle`: some methods throw, and `read` knows no `Uint8Array`. */
const PLUG_N_PLAY = `
  import { open } from "node:fs/promises";
  const one = await open(process.execPath);
  const prototype = Object.getPrototypeOf(one);
  await one.close();
  for (const name of ["sync", "datasync", "utimes", "readv"]) {
    prototype[name] = () => { throw new Error("Method not implemented."); };
  }
  const { read } = prototype;
  prototype.read = function (buffer, ...rest) {
    if (buffer !== undefined && !Buffer.isBuffer(buffer)) throw new TypeError("read: a Uint8Array taken for options");
    return read.call(this, buffer, ...rest);
  };
`;

describe("where a FileHandle can do less than Node's", () => {
  test("everything is written and read", async () => {
    const folder = tempDir();
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/a"), "hello\n");
    const body = `
      ${PLUG_N_PLAY}
      const large = new Uint8Array(3_000_000).fill(7);
      await node.makeFolder("made/deep");
      await node.writeAtomic("made/large", large);
      await node.writeAtomic("made/large", large, { overwrite: false });
      const { checksum, entries } = await node.indexDirectory("data");
      await node.writeIndex("data", entries);
      const verdict = await node.verifyDirectory("data");
      const hashed = await node.hashFiles(".", ["made/large", "data/a"]);
      answer([
        main.Checksum.of(large).equals(await node.checksumFile("made/large")),
        main.Checksum.of(large).hex() === hashed.hex[0],
        main.Checksum.of(await main.readFileBytes("made/large")).hex() === hashed.hex[0],
        verdict.ok,
      ]);
    `;
    expect(await askChild(folder, body)).toEqual([true, true, true, true]);
    expect(readFileSync(join(folder, "made/large")).byteLength).toBe(3_000_000);
  });
});

describe("a fault that cannot pass has a code that says so", () => {
  const system = (code: string) =>
    Object.assign(new Error(`${code}: no, open 'x'`), { code, errno: -1, syscall: "open" });

  test.each([
    ["UNSUPPORTED", new Error("Method not implemented.")],
    [
      "UNSUPPORTED",
      Object.assign(new Error("The x method is not implemented"), { code: "ERR_METHOD_NOT_IMPLEMENTED" }),
    ],
    ["UNSUPPORTED", Object.assign(new Error("no"), { code: "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM" })],
    ["UNSUPPORTED", new TypeError("handle.sync is not a function")],
    ["UNSUPPORTED", system("ENOSYS")],
    ["UNSUPPORTED", system("ENOTSUP")],
    ["UNSUPPORTED", system("EOPNOTSUPP")],
    ["READ_ONLY", system("EROFS")],
    ["PERMISSION_DENIED", system("EACCES")],
    ["IO_ERROR", system("EIO")],
  ])("%s: %o", (code, error) => {
    expect(fileError(error, "/x", "write")).toMatchObject({
      name: "SeamlessError",
      code,
      file: "/x",
      cause: error,
      message: expect.stringMatching(/^cannot write \/x: /),
    });
  });

  test.each([
    ["an abort", new DOMException("enough", "AbortError")],
    ["the reason of somebody's signal", new Error("enough")],
    ["a fault of ours", new TypeError("Cannot read properties of undefined (reading 'x')")],
    ["no error at all", "enough"],
  ])("%s passes unchanged", (_, error) => {
    expect(fileError(error, "/x", "write")).toBe(error);
  });
});

test("in a working directory that has been removed, relative paths are one clear error, and absolute ones work", async () => {
  const folder = tempDir();
  const body = `
    import { mkdirSync, rmdirSync } from "node:fs";
    mkdirSync("gone");
    process.chdir("gone");
    rmdirSync(args[0] + "/gone");
    const calls = {
      checksumFile: (path) => node.checksumFile(path + "/a"),
      indexDirectory: (path) => node.indexDirectory(path),
      writeIndex: (path) => node.writeIndex(path, []),
      readIndex: (path) => node.readIndex(path),
      verifyDirectory: (path) => node.verifyDirectory(path),
      makeFolder: (path) => node.makeFolder(path + "/b"),
      writeAtomic: (path) => node.writeAtomic(path + "/c", "x"),
      findLeftovers: (path) => node.findLeftovers([path + "/c"]),
      indexPaths: async (path) => node.indexPaths(path),
      hashFiles: async (path) => { const { errors } = await node.hashFiles(path, ["a"]); if (errors[0]) throw errors[0]; },
      load: (path) => main.Checksum.load(path),
      save: (path) => main.Checksum.of(new Uint8Array()).save(path),
    };
    const answers = {};
    for (const [name, call] of Object.entries(calls)) {
      const lost = await outcome(call("data"));
      answers[name] = [lost.name, lost.code, lost.message, (await outcome(call(args[0] + "/data"))).code];
    }
    answer(answers);
  `;
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data/a"), "");
  const answers = await askChild<Record<string, readonly unknown[]>>(folder, body, folder);
  const clear = expect.stringContaining("the working directory has been removed");
  for (const [name, answer] of Object.entries(answers)) {
    // The absolute ones: made before by those that come before.
    expect([name, ...answer]).toEqual([name, "SeamlessError", "NOT_FOUND", clear, null]);
  }
});
