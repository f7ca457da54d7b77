import { Checksum } from "@seamless/checksum";
import { forever, rejection } from "@seamless/internal/testing";
import type { CheckOptions, CheckResult, Store } from "@seamless/store";
import { expect, test } from "vitest";
import { tieredStore } from "../src/tiered/tiered-store.ts";
import { store } from "./support/tiered.ts";

const SUMS = [1, 2, 3, 4, 5].map((byte) => Checksum.of(Uint8Array.of(byte)));

/** A store that knows what hashing would show, and records what it was asked for. */
function checked(name: string, results: readonly CheckResult[]): Store & { readonly asked: string[][] } {
  const asked: string[][] = [];
  const check = async (checksums: readonly Checksum[], { onProgress }: CheckOptions = {}) => {
    asked.push(checksums.map(String));
    for (const [i] of checksums.entries())
      onProgress?.({ files: i + 1, totalFiles: checksums.length, bytes: 10 * (i + 1) });
    return checksums.map((one) => results[SUMS.findIndex((each) => each.equals(one))]!);
  };
  return { ...store(name, { check }), asked };
}

test("the best that any tier says; the next one is asked for what is not right yet", async () => {
  const a = checked("a", ["ok", "corrupt", "missing", "unreadable", "missing"]);
  const b = checked("b", ["missing", "ok", "corrupt", "missing", "missing"]);
  expect(await tieredStore([a, b]).check(SUMS)).toEqual(["ok", "ok", "corrupt", "unreadable", "missing"]);
  expect([a.asked, b.asked]).toEqual([[SUMS.map(String)], [SUMS.slice(1).map(String)]]);
  expect(await tieredStore([a, b]).check([])).toEqual([]);
});

/** A store from before there were checks. */
function unchecked(name: string): Store {
  const { check: _, ...others } = store(name);
  return others;
}

test("a tier that cannot check leaves open what no other has right", async () => {
  const a = checked("a", ["ok", "corrupt", "missing", "unreadable", "unknown"]);
  const expected = ["ok", "corrupt", "unknown", "unreadable", "unknown"];
  expect(await tieredStore([a, unchecked("b")]).check(SUMS)).toEqual(expected);
  expect(await tieredStore([unchecked("b"), a]).check(SUMS)).toEqual(expected);
});

test("a tier that fails is no matter where another has all, and else an error", async () => {
  const cause = new Error("refused");
  const failing = store("b", { check: () => Promise.reject(cause) });
  const all = checked("a", ["ok", "ok", "ok", "ok", "ok"]);
  expect(await tieredStore([failing, all]).check(SUMS)).toEqual(Array(5).fill("ok"));
  const some = checked("a", ["ok", "ok", "missing", "ok", "ok"]);
  const error = await rejection(tieredStore([some, failing]).check(SUMS));
  expect(error).toMatchObject({ code: "STORE_FAILED", errors: [{ store: "b", cause }] });
});

test("progress is that of all tiers, and never goes back", async () => {
  const a = checked("a", ["ok", "missing", "ok", "missing", "ok"]);
  const b = checked("b", ["missing", "ok", "missing", "ok", "missing"]);
  const told: number[][] = [];
  await tieredStore([a, b]).check(SUMS, {
    onProgress: ({ files, totalFiles, bytes }) => void told.push([files, totalFiles, bytes]),
  });
  expect(told).toEqual([1, 2, 3, 4, 5, 6, 7].map((i) => [Math.min(i, 5), 5, 10 * i]));
});

test("an abort ends it though a tier ignores it", async () => {
  const controller = new AbortController();
  const asked = rejection(tieredStore([store("a", { check: () => forever })]).check(SUMS, controller));
  controller.abort(new Error("enough"));
  expect(await asked).toBe(controller.signal.reason);
});
