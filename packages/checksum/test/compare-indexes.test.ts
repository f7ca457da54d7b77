import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Checksum, compareIndexes, type DirectoryIndex } from "../src/index.ts";

const checksumOf = (text: string) => Checksum.of(new TextEncoder().encode(text));
const indexOf = (files: Readonly<Record<string, string>>): DirectoryIndex =>
  new Map(Object.entries(files).map(([path, content]) => [path, checksumOf(content)]));
/** Changes, as short as a line. */
const lines = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  compareIndexes(indexOf(before), indexOf(after)).map(({ change, path, from }) =>
    [change, from, path].filter((part) => part !== undefined).join(" "),
  );

describe("compareIndexes", () => {
  test("tells what was added, removed, changed and moved, by path", () => {
    const before = { "a.txt": "hello", gone: "gone", old: "moved", same: "same" };
    const after = { "a.txt": "changed", fresh: "new", now: "moved", same: "same" };
    expect(lines(before, after)).toEqual(["changed a.txt", "added fresh", "removed gone", "moved old now"]);
    expect(lines(before, before)).toEqual([]);
  });

  test("of several files with one content, as many are moved as there are on both sides", () => {
    expect(lines({ a: "1", b: "1" }, { c: "1" })).toEqual(["removed b", "moved a c"]);
    expect(lines({ a: "1" }, { c: "1", d: "1" })).toEqual(["moved a c", "added d"]);
    // What is still where it was is not moved, though there is another one.
    expect(lines({ a: "1" }, { a: "1", d: "1" })).toEqual(["added d"]);
  });

  test("a hundred thousand files with one content, all moved", () => {
    const checksum = checksumOf("");
    const named = (name: string) =>
      new Map(Array.from({ length: 100_000 }, (_, i) => [`${name}${String(i).padStart(6, "0")}`, checksum] as const));
    const changes = compareIndexes(named("a"), named("b"));
    expect(changes).toHaveLength(100_000);
    expect(changes.at(-1)).toMatchObject({ change: "moved", from: "a099999", path: "b099999" });
  });

  test("its changes lead from one directory to the other", () => {
    const checksums = ["1", "2", "3"].map(checksumOf);
    const directory = fc
      .dictionary(fc.constantFrom(..."abcdef"), fc.constantFrom(...checksums))
      .map((entries) => new Map(Object.entries(entries)));
    fc.assert(
      fc.property(directory, directory, (before, after) => {
        const changes = compareIndexes(before, after);
        const made = new Map(before);
        for (const { change, path, from } of changes) if (change !== "added") made.delete(from ?? path);
        for (const { change, path, after: content } of changes) if (change !== "removed") made.set(path, content!);
        expect(made).toEqual(after);
        // What could have been moved is not both added and removed.
        const lost = changes.filter(({ change }) => change === "removed").map(({ before: content }) => content!.hex());
        for (const { change, after: content } of changes)
          if (change === "added") expect(lost).not.toContain(content!.hex());
        expect(compareIndexes(before, before)).toEqual([]);
      }),
    );
  });
});
