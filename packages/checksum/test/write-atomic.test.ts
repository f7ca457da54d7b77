import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { writeAtomic } from "../src/node/index.ts";
import { rejection } from "./support/errors.ts";
import { tempDir } from "./support/temp.ts";

const mode = (path: string) => statSync(path).mode & 0o777;
const umask = process.umask();

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe("data", () => {
  test.each<[string, () => Parameters<typeof writeAtomic>[1], string]>([
    ["text", () => "é\u{1f600}\n", "é\u{1f600}\n"],
    ["no text", () => "", ""],
    ["bytes", () => Buffer.from("bytes"), "bytes"],
    ["a view into more", () => Buffer.from("-view-").subarray(1, 5), "view"],
    ["bytes of another realm", () => vm.runInNewContext("Uint8Array.of(104, 105)"), "hi"],
    ["pieces", () => pieces("a", "", "bc"), "abc"],
    ["no pieces", () => pieces(), ""],
    ["a stream of Node", () => Readable.from([Buffer.from("a"), Buffer.from("b")]), "ab"],
    ["a web stream", () => new Blob(["web"]).stream() as unknown as AsyncIterable<Uint8Array>, "web"],
  ])("%s", async (_, data, expected) => {
    const folder = tempDir();
    expect(await writeAtomic(join(folder, "file"), data())).toBe(true);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe(expected);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("more than one slice", async () => {
    const path = join(tempDir(), "file");
    const bytes = Buffer.alloc(2 ** 25 + 3);
    for (let i = 0; i < bytes.length; i += 997) bytes[i] = i % 251;
    await writeAtomic(path, bytes);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test.each([1, 2, 3])(
    "%i writes at a time: pieces keep their order, and those that are written their bytes",
    async (writes) => {
      const path = join(tempDir(), "file");
      const lengths = [5, 2 ** 18, 0, 1, 2 ** 16, 3, 2 ** 18, 7];
      const expected = lengths.map((length, i) => Buffer.alloc(length, i + 1));
      // As many memories as may be written or filled at a time, used in turn.
      const memories = Array.from({ length: writes }, () => new Uint8Array(2 ** 18));
      const source = async function* () {
        for (const [i, piece] of expected.entries()) {
          const memory = memories[i % writes]!;
          memory.set(piece);
          yield memory.subarray(0, piece.length);
        }
      };
      await writeAtomic(path, source(), { writes });
      expect(readFileSync(path).equals(Buffer.concat(expected))).toBe(true);
    },
  );

  test.each([0, -1, 1.5, Number.NaN])("%d writes at a time are refused, and nothing is written", async (writes) => {
    const folder = tempDir();
    const error = await rejection(writeAtomic(join(folder, "file"), pieces("a"), { writes }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining("writes") });
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("a path may be a URL, relative, or have any name", async () => {
  const folder = tempDir();
  for (const name of ["a b#?%", "new\nline", "back\\slash", "-rf", ".hidden", "\u{1f600}"]) {
    await writeAtomic(join(folder, name), "path");
    expect(readFileSync(join(folder, name), "utf8")).toBe("path");
    await writeAtomic(pathToFileURL(join(folder, name)), "url");
    expect(readFileSync(join(folder, name), "utf8")).toBe("url");
  }
  expect(readdirSync(folder)).toHaveLength(6);
});

describe("a file that is there", () => {
  test("is replaced, and no reader of the old one sees a change", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, "file"), "old");
    linkSync(join(folder, "file"), join(folder, "held"));
    expect(await writeAtomic(join(folder, "file"), "new")).toBe(true);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
    expect(readFileSync(join(folder, "held"), "utf8")).toBe("old");
  });

  test("stays with overwrite: false, and so does a folder", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, "file"), "old");
    mkdirSync(join(folder, "dir"));
    for (const name of ["file", "dir"]) {
      expect(await writeAtomic(join(folder, name), "new", { overwrite: false })).toBe(false);
    }
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("old");
    expect(readdirSync(folder).sort()).toEqual(["dir", "file"]);
  });

  test("with overwrite: false, a new one is written", async () => {
    const folder = tempDir();
    expect(await writeAtomic(join(folder, "file"), "new", { overwrite: false })).toBe(true);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("many writers at once with overwrite: false: one wins, and its file is whole", async () => {
    const folder = tempDir();
    const texts = Array.from({ length: 16 }, (_, i) => String.fromCharCode(97 + i).repeat(50_000));
    const won = await Promise.all(texts.map((text) => writeAtomic(join(folder, "file"), text, { overwrite: false })));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(join(folder, "file"), "utf8")).toBe(texts[won.indexOf(true)]);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("many writers at once: the file is that of one of them", async () => {
    const folder = tempDir();
    const texts = Array.from({ length: 16 }, (_, i) => String.fromCharCode(97 + i).repeat(50_000));
    expect(await Promise.all(texts.map((text) => writeAtomic(join(folder, "file"), text)))).toEqual(
      texts.map(() => true),
    );
    expect(texts).toContain(readFileSync(join(folder, "file"), "utf8"));
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("a link is itself replaced, wherever it leads", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, "target"), "old");
    symlinkSync("target", join(folder, "link"));
    symlinkSync("nowhere", join(folder, "dangling"));
    symlinkSync("itself", join(folder, "itself"));
    symlinkSync("target/x", join(folder, "through"));
    for (const name of ["link", "dangling", "itself", "through"]) {
      expect(await writeAtomic(join(folder, name), "new", { overwrite: false })).toBe(false);
      await writeAtomic(join(folder, name), "new");
      expect(() => readlinkSync(join(folder, name))).toThrow();
      expect(readFileSync(join(folder, name), "utf8")).toBe("new");
    }
    expect(readFileSync(join(folder, "target"), "utf8")).toBe("old");
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});

describe("permissions", () => {
  test("those asked for, where the umask cannot be asked for, as in Deno", async () => {
    const path = join(tempDir(), "file");
    vi.spyOn(process, "umask").mockImplementation(() => {
      throw new Error("Requires sys access");
    });
    onTestFinished(() => void vi.restoreAllMocks());
    await writeAtomic(path, "bytes", { mode: 0o666, umask: false });
    expect(mode(path)).toBe(0o666);
  });

  test("a new file gets the usual ones, or those asked for, less the umask", async () => {
    const folder = tempDir();
    await writeAtomic(join(folder, "usual"), "");
    await writeAtomic(join(folder, "asked"), "", { mode: 0o750 });
    expect(mode(join(folder, "usual"))).toBe(0o666 & ~umask);
    expect(mode(join(folder, "asked"))).toBe(0o750 & ~umask);
  });

  test.each([0o600, 0o755, 0o666, 0o777, 0o444, 0o000])("a file that is replaced keeps them: %o", async (bits) => {
    const path = join(tempDir(), "file");
    writeFileSync(path, "old");
    chmodSync(path, bits);
    await writeAtomic(path, "new");
    expect(mode(path)).toBe(bits);
    await writeAtomic(path, "newer", { mode: 0o640 });
    expect(mode(path)).toBe(0o640 & ~umask);
  });

  test("the temporary file of a private one is private too", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, "file"), "old", { mode: 0o600 });
    let seen: number[] = [];
    await writeAtomic(
      join(folder, "file"),
      (async function* () {
        seen = readdirSync(folder).map((name) => mode(join(folder, name)));
        yield Buffer.from("new");
      })(),
    );
    expect(seen).toEqual([0o600, 0o600]);
  });
});
