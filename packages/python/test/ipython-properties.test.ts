import { isSeamlessError } from "@seamless/checksum";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipythonToPython } from "../src/ipython/cell.ts";
import { type Place, type Segment, Segments } from "../src/ipython/segments.ts";
import { splitLines } from "../src/ipython/text.ts";
import { outcome } from "./support/outcome.ts";

// What the tokenizer, the prompts and the transforms look at.
const ATOMS = [
  ..."%!?,;/=()[]{}'\"\\\n\n\n\n\t #.:x1é\r\f\v\u2028𝔘@$`\0",
  ...["  ", "\n    ", "\n  ", '"""', "'''", 'f"', "f'''", "rb'", "\\\n", "\\\r\n", "if x:\n  ", "# c\n", "{{", "}}"],
  ...[">>> ", "... ", "   ...: ", "In [1]: ", "%%bash\n", "!!", "??", "a = !ls", "b = %time 1", "x?", ",f a b", "0b1"],
];
const soup = fc.array(fc.constantFrom(...ATOMS), { maxLength: 60 }).map((atoms) => atoms.join(""));
const anyText = fc.oneof(soup, fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 200 }));

// No character or word that means anything to IPython, and nothing that lines or indentation could hang on.
const plainLine = fc
  .array(fc.constantFrom("a", "b1", "é", "1", "2.5", "'s'", "+", "==", "(c)", "[0]", ":", "-", "# d"), {
    minLength: 1,
    maxLength: 8,
  })
  .map((words) => words.join(" "));
const plainLines = fc.array(plainLine, { minLength: 1, maxLength: 20 });

describe("any cell", () => {
  test("becomes a text with a final line end, or fails with an error of ours", () => {
    fc.assert(
      fc.property(anyText, (cell) => {
        try {
          expect(ipythonToPython(cell).endsWith("\n")).toBe(true);
        } catch (error) {
          if (!isSeamlessError(error, "INVALID_BUFFER")) throw error;
        }
      }),
      { numRuns: 20_000 },
    );
  });

  test("a final line end makes no difference", () => {
    fc.assert(
      fc.property(anyText, (cell) => {
        fc.pre(!cell.endsWith("\n") && !cell.endsWith("\r"));
        expect(outcome(`${cell}\n`)).toBe(outcome(cell));
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("cells without IPython syntax", () => {
  test("come back as they are, with a final line end", () => {
    fc.assert(
      fc.property(plainLines, (lines) => {
        const text = lines.join("\n");
        expect(ipythonToPython(text)).toBe(`${text}\n`);
      }),
    );
  });

  test("lose blank lines before them and common indentation", () => {
    fc.assert(
      fc.property(
        plainLines,
        fc.stringMatching(/^[ \t]{0,8}$/),
        fc.stringMatching(/^[ \t\n]{0,8}$/),
        (lines, indent, blank) => {
          const text = `${blank}\n${lines.map((line) => indent + line).join("\n\n")}`;
          expect(ipythonToPython(text)).toBe(`${lines.join("\n\n")}\n`);
        },
      ),
    );
  });
});

describe("reading again only what changed", () => {
  const change = fc.record({
    at: fc.nat(),
    count: fc.nat(5),
    line: fc.constantFrom("x\n", "'''\n", "f(\n", ")\n", "  y\n", "z \\\n"),
  });

  test("finds what reading everything finds, after any number of changes", () => {
    fc.assert(
      fc.property(soup, soup, fc.array(change, { minLength: 1, maxLength: 6 }), (a, b, changes) => {
        const lines = splitLines(`${a}\n${b}\n`);
        const numbers = lines.map((_, i) => i + 1);
        const segments = new Segments(lines, false, numbers);
        for (const { at, count, line } of changes) {
          const row = at % lines.length;
          const place = places(segments).findLast((candidate) => candidate.row <= row)!;
          // Tokens may end before the row: then nothing would be replaced there.
          if (row >= place.row + place.segment.rows) continue;
          const end = Math.min(row + count + 1, lines.length);
          lines.splice(row, end - row, line);
          numbers.splice(0, numbers.length, ...lines.map((_, i) => i + 1));
          segments.update(place, end, 1 - (end - row));
          const anew = new Segments(lines, false, numbers);
          expect(places(segments).map(shown)).toEqual(places(anew).map(shown));
          expect(segments.last).toBe(places(segments).at(-1)!.segment);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  /** What a segment says; the line of an error that stays as it was keeps its number in the cell. */
  function shown({ segment: { before, rows, candidates, ends, failure } }: Place) {
    return { before, rows, candidates, ends, failure: failure?.message.replace(/ \(line \d+\)$/, "") };
  }

  function places({ first }: Segments): Place[] {
    const all: Place[] = [];
    let row = 0;
    for (let segment: Segment | undefined = first; segment !== undefined; segment = segment.next) {
      all.push({ previous: all.at(-1)?.segment, segment, row });
      row += segment.rows;
    }
    return all;
  }
});
