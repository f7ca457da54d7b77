import { ipythonToPython } from "@seamless/python";
import { compare } from "../measure.mjs";

export const question = "Do cells without magics take time in proportion to their lines?";

const BLOCK = `def area(width, height=1):
    """The area of a rectangle."""
    for i in range(10):
        x = {"a": [1, 2.5, 0x1f], f"k{i}": 'é'}  # a comment
    return width * height
`;
const LINES = BLOCK.split("\n").length - 1;

/**
 * Transform a cell of so many lines until `total` lines are done, so that the ratio is one of times for a line.
 *
 * @param {number} lines
 * @param {number} total
 */
function run(lines, total) {
  const cell = BLOCK.repeat(lines / LINES);
  return () => {
    for (let done = 0; done < total; done += lines) ipythonToPython(cell);
  };
}

export async function answer() {
  const total = 50_000;
  return compare(
    { name: "the same lines as cells of 1,000", run: run(1_000, total) },
    [{ name: "50,000 lines as cells of 5,000", run: run(5_000, total), atMost: 1.5 }],
    { rounds: 9, warmup: 3 },
  );
}
