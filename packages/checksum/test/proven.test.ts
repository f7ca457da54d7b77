import { describe, expect, test } from "vitest";
import { Checksum, ProvenBytes, proveBytes, proveInSlices } from "../src/index.ts";
import { createProver, proveOwned, proveOwnedInSlices, readProven } from "../src/unsafe.ts";
import { builtMain } from "./support/built.ts";
import { thrown } from "./support/errors.ts";

const BYTES = new TextEncoder().encode("hello\n");
const CHECKSUM = Checksum.of(BYTES);

describe("proven bytes", () => {
  test.each([
    ["at once", async () => proveBytes(BYTES)],
    ["in slices", async () => proveInSlices(BYTES)],
    ["without a copy", async () => proveOwned(Uint8Array.from(BYTES))],
    ["without a copy, in slices", async () => proveOwnedInSlices(Uint8Array.from(BYTES))],
    [
      "as they come",
      async () => {
        const memory = Uint8Array.from(BYTES);
        const prover = createProver();
        prover.update(memory.subarray(0, 2));
        prover.update(memory.subarray(2));
        return prover.finish();
      },
    ],
  ])("have their checksum, %s", async (_, prove) => {
    const proven = await prove();
    expect(proven.checksum.equals(CHECKSUM)).toBe(true);
    expect(proven.length).toBe(6);
    expect(proven.intact).toBe(true);
    expect(proven.copy()).toEqual(BYTES);
    expect(proven.copy(1, 3)).toEqual(BYTES.slice(1, 3));
    expect(await proven.copyInSlices()).toEqual(BYTES);
  });

  test("of no bytes at all", () => {
    expect(createProver().finish().checksum.equals(Checksum.of(new Uint8Array()))).toBe(true);
  });

  test("are not changed by whoever gave them, or has copies", async () => {
    const given = Uint8Array.from(BYTES);
    const all = [proveBytes(given), await proveInSlices(given)];
    given.fill(0);
    for (const proven of all) {
      proven.copy().fill(0);
      (await proven.copyInSlices()).fill(0);
      expect(proven.copy()).toEqual(BYTES);
      expect(proven.intact).toBe(true);
    }
  });

  test("end with their memory", () => {
    const memory = Uint8Array.from(BYTES);
    const proven = proveOwned(memory);
    expect(readProven(proven)).toBe(memory);
    expect(proven.intact).toBe(true);
    expect(proven.expose()).toBe(memory);
    expect(proven.intact).toBe(false);
  });

  test("are of this copy of the package alone", () => {
    const theirs = builtMain.proveBytes(BYTES);
    expect(ProvenBytes.isProvenBytes(proveBytes(BYTES))).toBe(true);
    expect(ProvenBytes.isProvenBytes(theirs)).toBe(false);
    expect(builtMain.ProvenBytes.isProvenBytes(theirs)).toBe(true);
  });

  test("cannot be made otherwise", () => {
    const Open = ProvenBytes as unknown as new (...given: unknown[]) => ProvenBytes;
    for (const token of [undefined, null, true, Symbol("made here"), Symbol.for("made here")]) {
      expect(thrown(() => new Open(token, CHECKSUM, BYTES)).code).toBe("INVALID_ARGUMENT");
    }
    const proven = proveBytes(BYTES);
    for (const value of [
      null,
      undefined,
      {},
      BYTES,
      { ...proven },
      Object.create(ProvenBytes.prototype),
      Object.create(proven),
    ]) {
      expect(ProvenBytes.isProvenBytes(value)).toBe(false);
    }
  });

  test("tell an imitation nothing", () => {
    const told: unknown[] = [];
    const imitation = new Proxy(Object.create(ProvenBytes.prototype), {
      get: (_, name) => {
        told.push(name);
        return (...given: unknown[]) => void told.push(...given);
      },
    });
    expect(readProven(imitation)).toBeUndefined();
    expect(ProvenBytes.isProvenBytes(imitation)).toBe(false);
    expect(told).toEqual([]);
  });

  test("give out their memory by expose() alone", () => {
    const proven = proveBytes(BYTES);
    const { buffer } = readProven(proven);
    const names = Object.getOwnPropertyNames(ProvenBytes.prototype).filter((name) => !/constructor|expose/.test(name));
    for (const name of names) {
      const member: unknown = proven[name as keyof ProvenBytes];
      const value = typeof member === "function" ? member.call(proven) : member;
      expect((value as Partial<Uint8Array>).buffer).not.toBe(buffer);
    }
    expect(Reflect.ownKeys(proven)).toEqual([]);
    expect(proven.intact).toBe(true);
  });

  test("keep their checksum", () => {
    const proven = proveBytes(BYTES);
    const other = { value: Checksum.of(new Uint8Array()) };
    expect(() => Object.defineProperty(proven, "checksum", other)).toThrow(TypeError);
    expect(() =>
      Object.setPrototypeOf(proven, {
        get checksum() {
          return other.value;
        },
      }),
    ).toThrow(TypeError);
    expect(proven.checksum.equals(CHECKSUM)).toBe(true);
  });

  test("come in one memory, without gaps", () => {
    const memory = new Uint8Array(10);
    for (const second of [memory.subarray(3), memory.subarray(1), new Uint8Array(10).subarray(2)]) {
      const prover = createProver();
      prover.update(memory.subarray(0, 2));
      expect(thrown(() => prover.update(second)).code).toBe("INVALID_ARGUMENT");
    }
  });

  test("are not made once the signal is aborted", async () => {
    await expect(proveInSlices(BYTES, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
  });
});
