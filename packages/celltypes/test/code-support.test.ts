import { describe, expect, test, vi } from "vitest";
import { Buffer } from "../src/index.ts";

/** Code support that counts how often it is loaded, and can fail at that. */
const python = vi.hoisted(() => ({ loads: 0, fails: false }));
vi.mock("@seamless/python", () => ({
  loadPython: async () => {
    python.loads++;
    if (python.fails) throw new Error("offline");
  },
  isValidPython: (text: string) => text !== "x =",
  pythonError: () => undefined,
  ipythonToPython: (cell: string) => cell,
}));

describe("code support", () => {
  test("is asked for by the asynchronous reader, and then the synchronous one has it too", async () => {
    const buffer = new Buffer("x = 1", "python");
    expect(() => buffer.getValueSync("python")).toThrow(expect.objectContaining({ code: "NO_CODE_SUPPORT" }));
    python.fails = true;
    await expect(buffer.getValue("python")).rejects.toThrow("offline");
    expect(() => buffer.getValueSync("python")).toThrow(expect.objectContaining({ code: "NO_CODE_SUPPORT" }));
    python.fails = false;
    expect(await buffer.getValue("python")).toBe("x = 1");
    expect(python.loads).toBe(2);
    expect(buffer.getValueSync("python")).toBe("x = 1");
    await expect(new Buffer("x =", "ipython").getValue("ipython")).rejects.toMatchObject({ code: "INVALID_BUFFER" });
  });
});
