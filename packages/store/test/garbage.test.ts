import { Checksum } from "@seamless/checksum";
import { rejection } from "@seamless/internal/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CollectGarbageOptions, collectGarbage } from "../src/housekeeping/index.ts";
import { memoryStore, type Store } from "../src/index.ts";

const encoder = new TextEncoder();

/** A store with these buffers, and no others. */
function storeOf(...texts: readonly (string | Uint8Array)[]) {
  const contents = new Map<string, Uint8Array>();
  const hexes = texts.map((text) => {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    const hex = Checksum.of(bytes).hex();
    contents.set(hex, bytes);
    return hex;
  });
  return { store: memoryStore({ contents }), contents, hexes };
}

const NOW = { minAge: 0, dryRun: false } as const;
const roots = (...hexes: readonly string[]) => hexes.map((hex) => new Checksum(hex));

/** What is left of a buffer that one other names, in its text. */
async function isKept(textOf: (hex: string) => string | Uint8Array): Promise<boolean> {
  const leaf = "leaf";
  const hex = Checksum.of(encoder.encode(leaf)).hex();
  const { store, contents, hexes } = storeOf(textOf(hex), leaf);
  await collectGarbage(store, { roots: roots(hexes[0]!), ...NOW });
  expect(contents.has(hexes[0]!)).toBe(true);
  return contents.has(hex);
}

const spelled = (hex: string) => [...hex].map((digit) => `\\u00${digit.charCodeAt(0).toString(16)}`).join("");
const long = "x".repeat(2 ** 20);

describe("a checksum is found", () => {
  test.each<readonly [string, (hex: string) => string | Uint8Array]>([
    ["as an index has it", (hex) => `{\n  "a.txt": "${hex}"\n}\n`],
    ["alone", (hex) => hex],
    ["alone, as JSON", (hex) => `"${hex}"\n`],
    ["as a key", (hex) => `{"${hex}": 1}`],
    ["a thousand levels deep", (hex) => `${"[".repeat(1000)}"${hex}"${"]".repeat(1000)}`],
    ["in the midst of a string", (hex) => `["see sha256:${hex}, or not"]`],
    ["in a string that is JSON in turn", (hex) => JSON.stringify(JSON.stringify([hex]))],
    ["in upper case", (hex) => `["${hex.toUpperCase()}"]`],
    ["with escapes", (hex) => `["${spelled(hex)}"]`],
    ["with some escapes, beside others", (hex) => `["\\n\\\\\\u00e9${hex.slice(0, 31)}${spelled(hex.slice(31))}\\t"]`],
    ["after what is not quite an escape", (hex) => `C:\\u${hex}`],
    ["after more hex digits", (hex) => `["abc${hex}"]`],
    ["before more hex digits", (hex) => `["${hex}abc"]`],
    ["behind white space and a byte order mark", (hex) => `\uFEFF \r\n\t["${long}", "${hex}"]`],
    ["far into JSON", (hex) => `["${long}", "${hex}"]`],
    ["far into an index with comments", (hex) => `# ${long}\n{"a": "${hex}"}`],
    ["in the JSON part of mixed", (hex) => encoder.encode(`\u0094SEAMLESS-MIXED${long}["${hex}"]`).slice(1)],
    ["in text", (hex) => `import x  # ${hex}\n`],
    ["not far into other text", (hex) => `x${long.slice(0, -66)} ${hex}`],
  ])("%s", async (_, textOf) => {
    expect(await isKept(textOf)).toBe(true);
  });

  test("in whatever chunks it comes", async () => {
    const leaf = encoder.encode("leaf");
    const hex = Checksum.of(leaf).hex();
    const bytes = encoder.encode(`["${hex.slice(0, 30)}${spelled(hex.slice(30))}"]`);
    for (let size = 1; size < 80; size++) {
      const { store, contents } = storeOf(bytes, leaf);
      const slow: Store = {
        ...store,
        getStream: async () =>
          new ReadableStream({
            start(controller) {
              for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
              controller.close();
            },
          }),
      };
      await collectGarbage(slow, { roots: [Checksum.of(bytes)], ...NOW });
      expect(contents.has(hex)).toBe(true);
    }
  });
});

describe("a checksum is not found", () => {
  test.each<readonly [string, (hex: string) => string]>([
    ["with a digit missing", (hex) => `["${hex.slice(1)}"]`],
    ["in two parts", (hex) => `["${hex.slice(0, 32)}", "${hex.slice(32)}"]`],
    ["far into what does not begin like JSON", (hex) => `${long} ${hex}`],
  ])("%s", async (_, textOf) => {
    expect(await isKept(textOf)).toBe(false);
  });
});

test("removes what no path leads to, of any graph", async () => {
  const graph = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(graph, fc.array(fc.nat(29), { minLength: 1, maxLength: 3 }), async (edges, starts) => {
      // A buffer can only name those that were made before it.
      const hexes: string[] = [];
      const texts: string[] = [];
      const targets = edges.map((each, node) => each.filter((target) => target < node));
      for (const [node, each] of targets.entries()) {
        texts.push(JSON.stringify({ node, to: each.map((target) => hexes[target]) }));
        hexes.push(Checksum.of(encoder.encode(texts[node]!)).hex());
      }
      const { store, contents } = storeOf(...texts);
      const first = starts.map((start) => start % texts.length);
      const reached = new Set<number>();
      const visit = (node: number) => {
        if (reached.has(node)) return;
        reached.add(node);
        for (const target of targets[node]!) visit(target);
      };
      for (const node of first) visit(node);

      const options = { roots: first.map((node) => new Checksum(hexes[node]!)), minAge: 0 };
      const told: string[] = [];
      const onGarbage = ({ checksum }: { checksum: Checksum }) => void told.push(checksum.hex());
      const dry = await collectGarbage(store, { ...options, onGarbage });
      expect(contents.size).toBe(texts.length);
      const report = await collectGarbage(store, { ...options, dryRun: false });
      expect([...contents.keys()].sort()).toEqual([...reached].map((node) => hexes[node]!).sort());
      expect(told.sort()).toEqual(hexes.filter((hex) => !contents.has(hex)).sort());
      expect(dry).toEqual({ ...report, removed: { buffers: 0, bytes: 0 } });
      expect(report.removed).toEqual(report.garbage);
      expect(report.kept.buffers).toBe(reached.size);
    }),
    { numRuns: 200 },
  );
});

describe("nothing is removed", () => {
  const leaf = "leaf";
  const index = JSON.stringify([Checksum.of(encoder.encode(leaf)).hex()]);
  const nowhere = Checksum.of(encoder.encode("nowhere"));

  async function refused(changes: Partial<Store>, options: CollectGarbageOptions) {
    const { store, contents } = storeOf(index, leaf, "other");
    const error = await rejection(collectGarbage({ ...store, ...changes }, { ...NOW, ...options }));
    expect(contents.size).toBe(3);
    return error;
  }
  const root = Checksum.of(encoder.encode(index));
  const without = (method: "list" | "delete" | "touch") => ({ [method]: undefined }) as unknown as Partial<Store>;

  test("without a root", async () => {
    expect(await refused({}, {})).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(await refused({}, { roots: [], keep: [] })).toMatchObject({ code: "INVALID_ARGUMENT" });
    // What need not be there is no root, whether it is there or not.
    expect(await refused({}, { keep: [root, nowhere] })).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("if a root is missing", async () => {
    expect(await refused({}, { roots: [root, nowhere] })).toMatchObject({ code: "CACHE_MISS", checksum: nowhere });
    const many = Array.from({ length: 1500 }, (_, i) => Checksum.of(encoder.encode(`nowhere ${i}`)));
    const error = await refused({}, { roots: [root, ...many, ...many] });
    expect(error).toMatchObject({ code: "CACHE_MISS", checksum: many[0] });
    expect(error).toMatchObject({ message: expect.stringContaining(`1500 roots, the first ${many[0]!.hex()}`) });
  });

  test("if the roots cannot be read to their end", async () => {
    const failing = async function* () {
      yield root;
      throw new Error("the list broke off");
    };
    expect(await refused({}, { roots: failing() })).toMatchObject({ message: "the list broke off" });
  });

  test("if something reachable cannot be read, or is corrupt, or has just gone", async () => {
    const { store } = storeOf(index, leaf, "other");
    const wrong = async (checksum: Checksum) => {
      if (checksum.equals(root)) return store.getStream(checksum);
      throw new Error("EIO");
    };
    expect(await refused({ getStream: wrong }, { roots: [root] })).toMatchObject({ message: "EIO" });
    const gone = async (checksum: Checksum) => (checksum.equals(root) ? store.getStream(checksum) : undefined);
    expect(await refused({ getStream: gone }, { roots: [root] })).toMatchObject({ code: "CACHE_MISS" });
    const { store: corrupt, contents } = storeOf(index, leaf, "other");
    contents.set(root.hex(), encoder.encode("[]"));
    const error = await rejection(collectGarbage(corrupt, { roots: [root], ...NOW }));
    expect(error).toMatchObject({ code: "CHECKSUM_MISMATCH" });
    expect(contents.size).toBe(3);
  });

  test("of a store that cannot list, delete, or tell an age", async () => {
    expect(await refused(without("list"), { roots: [root] })).toMatchObject({ code: "UNSUPPORTED" });
    expect(await refused(without("delete"), { roots: [root] })).toMatchObject({ code: "UNSUPPORTED" });
    expect(await refused(without("touch"), { roots: [root], minAge: 1 })).toMatchObject({ code: "UNSUPPORTED" });
    expect(await refused({ writable: false }, { roots: [root] })).toMatchObject({ code: "READ_ONLY" });
  });

  test("that is young, or that something young names", async () => {
    const { store, contents, hexes } = storeOf("root", index, leaf, "other");
    const young = new Set([hexes[0], hexes[1]]);
    const old: Store = {
      ...store,
      async *list() {
        for await (const each of store.list!()) yield young.has(each.checksum.hex()) ? each : { ...each, modified: 0 };
      },
      delete: (checksum) => store.delete!(checksum),
    };
    const report = await collectGarbage(old, { roots: roots(hexes[0]!), dryRun: false });
    expect([...contents.keys()]).toEqual(hexes.slice(0, 3));
    expect(report).toMatchObject({ kept: { buffers: 1 }, young: { buffers: 2 }, removed: { buffers: 1 } });
  });

  test("that was put again since it was listed", async () => {
    const { store, contents, hexes } = storeOf("root", leaf);
    const late: Store = {
      ...store,
      async *list() {
        for await (const each of store.list!()) yield { ...each, modified: 0 };
      },
    };
    const report = await collectGarbage(late, { roots: roots(hexes[0]!), dryRun: false });
    expect(contents.size).toBe(2);
    expect(report).toMatchObject({ garbage: { buffers: 1 }, removed: { buffers: 0 }, failed: 0 });
  });

  test("once it is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onGarbage = () => controller.abort(reason);
    const options = { roots: [root], signal: controller.signal, onGarbage, concurrency: 1 };
    expect(await refused({}, options)).toBe(reason);
  });
});

test("what is only to be kept need not be there", async () => {
  const { store, contents, hexes } = storeOf("root", "kept", "other");
  const keep = [...roots(hexes[1]!), Checksum.of(encoder.encode("nowhere"))];
  await collectGarbage(store, { roots: roots(hexes[0]!), keep, ...NOW });
  expect([...contents.keys()]).toEqual(hexes.slice(0, 2));
});

test("a root that was put after the list was made is there, and so is what it leads to", async () => {
  const late = encoder.encode(JSON.stringify([Checksum.of(encoder.encode("leaf")).hex()]));
  const { store, contents, hexes } = storeOf("leaf", "other");
  const listing: Store = {
    ...store,
    async *list() {
      yield* store.list!();
      await store.put(Checksum.of(late), late);
    },
  };
  await collectGarbage(listing, { roots: [Checksum.of(late)], ...NOW });
  expect([...contents.keys()].sort()).toEqual([hexes[0], Checksum.of(late).hex()].sort());
});

test("goes on where one cannot be removed, and says why", async () => {
  const { store, contents, hexes } = storeOf("root", "a", "b", "c");
  const failing: Store = {
    ...store,
    delete(checksum, options) {
      if (checksum.hex() === hexes[2]) throw new Error("busy");
      return store.delete!(checksum, options);
    },
  };
  const report = await collectGarbage(failing, { roots: roots(hexes[0]!), ...NOW });
  expect(report).toMatchObject({ removed: { buffers: 2, bytes: 2 }, failed: 1 });
  expect(report.errors).toMatchObject([{ code: "STORE_FAILED", checksum: { hex: expect.any(Function) } }]);
  expect([...contents.keys()]).toEqual([hexes[0], hexes[2]]);
});

test("tells how far it is", async () => {
  const { store, hexes } = storeOf("root", "a", "b");
  const phases: string[] = [];
  const onProgress = ({ phase, files }: { phase: string; files: number }) => void phases.push(`${phase} ${files}`);
  await collectGarbage(store, { roots: roots(hexes[0]!), onProgress, concurrency: 1, ...NOW });
  expect(phases).toEqual(["list 1", "list 2", "list 3", "search 1", "remove 1", "remove 2"]);
});

test("a hundred thousand buffers", async () => {
  const hexes: string[] = [];
  const contents = new Map<string, Uint8Array>();
  for (let i = 0; i < 100_000; i++) {
    const bytes = encoder.encode(String(i));
    hexes.push(Checksum.of(bytes).hex());
    contents.set(hexes[i]!, bytes);
  }
  const index = encoder.encode(JSON.stringify(hexes.filter((_, i) => i % 2 === 0)));
  const root = Checksum.of(index);
  contents.set(root.hex(), index);
  const report = await collectGarbage(memoryStore({ contents }), { roots: [root], ...NOW });
  expect(report).toMatchObject({ kept: { buffers: 50_001 }, removed: { buffers: 50_000 } });
});
