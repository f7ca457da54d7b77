import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { ipythonToPython } from "../src/ipython/cell.ts";
import { outcome } from "./support/outcome.ts";
import { countWork, moreThanLinear, type Work } from "./support/work.ts";

function failure(cell: string): SeamlessError {
  try {
    ipythonToPython(cell);
  } catch (error) {
    if (isSeamlessError(error)) return error;
    throw error;
  }
  throw new Error("the cell was taken");
}

describe("what cells become", () => {
  // What IPython 9.17 makes of them on CPython 3.13; besides the vectors, which have the ordinary cases.
  test.each([
    ["an open bracket keeps from help", "(?xx?", "(?xx?\n"],
    ["so does an open string", "x?'abc", "x?'abc\n"],
    ["a slash before the last line break", "/\\\n", "\\()\n"],
    ["a slash that goes on in the next line", "/\\\nx", "/\\\nx\n"],
    ["the next piece after one that fails", "/ x\nx = !ls", "/ x\nx = get_ipython().getoutput('ls')\n"],
    ["none of a kind after one that fails", "/ x\n%ls", "/ x\n%ls\n"],
    ["escapes in escapes, up to a NUL", "/,f a \\\nb\0", ",f(a, b\0)\n"],
    ["escapes in escapes", ",!f a", "get_ipython().system('f(\"a\")')\n"],
    ["f-strings that look like brackets", '(f"}}"\n%ls)', "(f\"}}\"\n_ = get_ipython().run_line_magic('ls)', '')\n"],
    ["a command that opens a string", ',f "\nx\n%ls', 'f(""")\nx\n%ls\n'],
    [
      "a cell magic keeps what no line may have",
      "%%a\n\ud800\0",
      "_ = get_ipython().run_cell_magic('a', '', '\\ud800\\x00\\n')\n",
    ],
    ["help with an index", "٣é[0].b*[-12]?", "_ = get_ipython().run_line_magic('psearch', 'é[0].b*[-12]')\n"],
    ["help on the longest that ends there", "1a.2b?", "_ = get_ipython().run_line_magic('pinfo', 'b')\n"],
    ["help that has no target", "a.?", "a.?\n"],
  ])("%s", (_, cell, python) => {
    expect(ipythonToPython(cell)).toBe(python);
  });

  test("lines that a string has count too", () => {
    const cell = '"""\nget_ipython().run_x\n"""';
    expect(ipythonToPython(cell)).toBe('"""\n_ = get_ipython().run_x\n"""\n');
  });

  test("letters and what is printable are those of Unicode 15.1", () => {
    // U+1C89 is a letter since Unicode 16.
    expect(ipythonToPython("\u1c89?")).toBe("\u1c89?\n");
    expect(ipythonToPython("!\u1c89é\u00a0")).toBe("get_ipython().system('\\u1c89é')\n");
  });
});

describe("errors", () => {
  test("say where in the cell", () => {
    const error = failure("\n\n%a \\\n b\nif x:\n    y\n  z\n");
    expect(error).toMatchObject({ code: "INVALID_BUFFER", celltype: "ipython", line: 7, column: 3 });
    expect(error.message).toBe("unindent does not match any outer indentation level (line 7)");
  });

  test.each([
    ["tabs and spaces", "if x:\n        y\n\tz", 3],
    ["a lone surrogate", "x\n\ud800", 2],
    ["tokens that end after `= %`", 'x = %"""', 1],
    ["a NUL after a block", "if x:\n  y\n\0", 3],
  ])("IPython fails on %s", (_, cell, line) => {
    expect(failure(cell)).toMatchObject({ code: "INVALID_BUFFER", line });
  });

  test("an earlier magic assignment hides tokens that end after `= %`", () => {
    const cell = 'y = %a\nx = %"""';
    expect(() => ipythonToPython(cell)).toThrow("the tokens end");
    expect(ipythonToPython("x\ny = %a\n")).toContain("y = get_ipython()");
  });

  test("499 pieces are transformed, 500 are refused", () => {
    expect(ipythonToPython("%a\n".repeat(499)).match(/^_ = /gm)).toHaveLength(499);
    expect(failure("%a\n".repeat(500))).toMatchObject({ code: "INVALID_BUFFER" });
  });

  test("no string", () => {
    expect(() => ipythonToPython(1 as unknown as string)).toThrow(
      expect.objectContaining({ code: "INVALID_ARGUMENT" }),
    );
  });
});

describe("hostile cells", () => {
  const SIZE = 300_000;
  const atoms = [
    ..."a \t\n([{\"'\\%!?/,;.1_#é}\u2028\r\0>*=",
    ...['f"', 'f"{', '"""\n', '""" ', "\\\n", "x?\n", "%ls\n", "/ \n", "!a \\\n", ">>> x\n", "...: ", "a.", "a[1]"],
    ...["x = %a\n", "x=!ls;", ',f """\n', '%a """\n', '%a """', "if x:\n ", "%%a", '"a",', ",/", "[\n%a\n]\n"],
    ...[">>> x\n... y\n", "In [1]: x\n   ...: y\n", "  x\n", "f'{x}' ", '>>> """\n', "x = 1\n", "/ \nx=!a\n"],
  ];

  test.each(atoms)("much of %j ends", (atom) => {
    const found = outcome(atom.repeat(SIZE / atom.length));
    expect(found === "INVALID_BUFFER" || found === "TOO_LARGE" || found.endsWith("\n")).toBe(true);
  });

  test.each(atoms)("four times as much of %j is four times the work", (atom) => {
    // With more pieces than there are passes.
    const [one, four] = [600, 2400].map((count) => countWork(() => outcome(`${atom.repeat(count)}"`))) as [Work, Work];
    expect(moreThanLinear(one, four)).toEqual([]);
  });

  test("500 pieces in 100,000 lines are not 500 times the work", () => {
    const plain = "x = 1\n".repeat(100_000);
    const once = countWork(() => outcome(plain)).tokens;
    for (const cell of [plain + "%ls\n".repeat(499), "%ls\n".repeat(499) + plain])
      expect(countWork(() => ipythonToPython(cell)).tokens).toBeLessThan(once + 10_000);
    expect(() => ipythonToPython("%ls\n".repeat(100_000))).toThrow("500");
  });

  test("pieces that open and close a string over all that follows are read twice, not 500 times", () => {
    const cell = '%a """\n'.repeat(499) + "x = 1\n".repeat(10_000);
    const once = countWork(() => outcome(cell.slice(3))).tokens;
    expect(countWork(() => ipythonToPython(cell)).tokens).toBeLessThan(4 * once + 40_000);
  });

  test("calls in calls on the last line are read once", () => {
    const sum = `f${"+1".repeat(SIZE)}`;
    const cell = ",".repeat(499) + sum;
    expect(countWork(() => ipythonToPython(cell)).tokens).toBeLessThan(5 * SIZE);
    expect(ipythonToPython(cell)).toBe(`${sum}${'("")'.repeat(499)}\n`);
    expect(outcome(`,${cell}`)).toBe("INVALID_BUFFER");
  });

  test("many pieces in one huge statement are too much, after a tenth of a second's work", () => {
    const cell = `${",".repeat(499)}f${"+1".repeat(SIZE)}\nx`;
    expect(failure(cell)).toMatchObject({ code: "TOO_LARGE", message: expect.stringContaining("2000000 characters") });
    expect(countWork(() => outcome(cell)).tokens).toBeLessThan(2_000_000 + 4 * cell.length);
  });
});
