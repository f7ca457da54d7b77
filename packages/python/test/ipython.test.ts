import { isSeamlessError, type SeamlessError } from "@seamless/checksum";
import { describe, expect, test } from "vitest";
import { ipythonToPython } from "../src/ipython/index.ts";

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

describe("hostile cells end in time", () => {
  const SIZE = 300_000;
  const atoms = [
    ..."a \t\n([{\"'\\%!?/,.1_#é}\u2028\r\0>*=",
    ...['f"', 'f"{', '"""\n', '""" ', "\\\n", "x?\n", "%ls\n", "/ \n", "!a \\\n", ">>> x\n", "...: ", "a.", "a[1]"],
    ...["x = %a\n", "x=!ls;", ',f """\n', "if x:\n ", "%%a"],
  ];

  test.each(atoms)("much of %j", (atom) => {
    const start = performance.now();
    try {
      ipythonToPython(atom.repeat(SIZE / atom.length));
    } catch (error) {
      if (!isSeamlessError(error)) throw error;
    }
    // Some of these take IPython hours. What takes seconds here is bounded by how much is read again.
    expect(performance.now() - start).toBeLessThan(60_000);
  });

  test("500 pieces in 100,000 lines are not 500 times the work", () => {
    const start = performance.now();
    ipythonToPython("x = 1\n".repeat(100_000) + "%ls\n".repeat(499));
    ipythonToPython("%ls\n".repeat(499) + "x = 1\n".repeat(100_000));
    expect(() => ipythonToPython("%ls\n".repeat(100_000))).toThrow("500");
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  test("calls in calls on the last line are no work", () => {
    const sum = `f${"+1".repeat(SIZE)}`;
    expect(ipythonToPython(`${",".repeat(499)}${sum}`)).toBe(`${sum}${'("")'.repeat(499)}\n`);
  });

  test("many pieces in one huge statement are too much", () => {
    expect(failure(`${",".repeat(499)}f${"+1".repeat(SIZE)}\nx`).code).toBe("TOO_LARGE");
  });
});
