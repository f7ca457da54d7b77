import { type ErrorCode, SeamlessError } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { isLasting } from "../src/index.ts";

const error = (code: ErrorCode, details = {}) => new SeamlessError(code, "no", details);

describe("isLasting", () => {
  test.each<[ErrorCode, boolean]>([
    ["INVALID_ARGUMENT", true],
    ["INVALID_STATE", true],
    ["UNSUPPORTED", true],
    ["ACCESS_DENIED", true],
    ["READ_ONLY", true],
    ["TOO_LARGE", true],
    ["CHECKSUM_MISMATCH", true],
    ["CACHE_MISS", false],
    ["NOT_FOUND", false],
    ["FILE_CHANGED", false],
    ["DISK_FULL", false],
    ["STORE_FAILED", false],
    ["IO_ERROR", false],
  ])("%s: %s", (code, lasting) => {
    expect(isLasting(error(code))).toBe(lasting);
  });

  test("the cause of a failed store decides, or all errors that it sums up", () => {
    const lasting = error("STORE_FAILED", { cause: error("ACCESS_DENIED") });
    const passing = error("STORE_FAILED", { cause: new Error("connection refused") });
    expect([isLasting(lasting), isLasting(passing)]).toEqual([true, false]);
    expect(isLasting(error("STORE_FAILED", { errors: [lasting, error("READ_ONLY")] }))).toBe(true);
    expect(isLasting(error("STORE_FAILED", { errors: [lasting, passing] }))).toBe(false);
  });

  test("a mistake in the code of a store lasts, a failed network does not", () => {
    expect(isLasting(new TypeError("store.connect is not a function"))).toBe(true);
    expect(isLasting({ name: "ReferenceError", message: "x is not defined" })).toBe(true);
    expect(isLasting(new TypeError("Failed to fetch"))).toBe(false);
    expect(isLasting(new TypeError("fetch failed", { cause: { code: "ECONNRESET" } }))).toBe(false);
  });

  test("codes of the system: a read-only disk lasts, a refused connection does not", () => {
    expect(isLasting(Object.assign(new Error("no"), { code: "EROFS" }))).toBe(true);
    expect(isLasting(Object.assign(new Error("no"), { code: "ECONNREFUSED" }))).toBe(false);
  });

  test("what is unknown may pass, also a circle of causes, and a code of a newer copy", () => {
    const circle: { cause?: unknown } = error("STORE_FAILED");
    circle.cause = circle;
    for (const unknown of [undefined, null, "no", {}, circle, error("NEW_CODE" as ErrorCode)]) {
      expect(isLasting(unknown)).toBe(false);
    }
  });
});
