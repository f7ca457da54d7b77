import { SeamlessError } from "@seamless/checksum";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Buffer } from "../src/index.ts";

/** A parser that breaks down as often as is asked for, and can be loaded again. */
const parser = vi.hoisted(() => ({ breakdowns: 0, loads: 0 }));
vi.mock("@seamless/python", () => ({
  loadPython: async () => void parser.loads++,
  isValidPython: (text: string) => {
    if (parser.breakdowns-- > 0) throw new SeamlessError("PARSER_TRAPPED", "the parser broke down");
    return text !== "x =";
  },
  ipythonToPython: (cell: string) => cell,
}));

describe("a parser that breaks down", () => {
  beforeEach(() => Object.assign(parser, { breakdowns: 0, loads: 0 }));

  test("is loaded again, and asked once more", async () => {
    parser.breakdowns = 1;
    expect(await new Buffer("x = 1", "python").getValue("python")).toBe("x = 1");
    expect(parser.loads).toBe(2);
    parser.breakdowns = 1;
    await expect(new Buffer("x =", "ipython").getValue("ipython")).rejects.toMatchObject({ code: "INVALID_BUFFER" });
  });

  test("twice is an error that says so", async () => {
    parser.breakdowns = 2;
    await expect(new Buffer("x = 1", "python").getValue("python")).rejects.toMatchObject({ code: "PARSER_TRAPPED" });
  });

  test("fails the synchronous call, and only that", async () => {
    const buffer = new Buffer("x = 1", "python");
    await buffer.getValue("python");
    parser.breakdowns = 1;
    expect(() => buffer.getValueSync("python")).toThrow(expect.objectContaining({ code: "PARSER_TRAPPED" }));
    expect(buffer.getValueSync("python")).toBe("x = 1");
  });
});
