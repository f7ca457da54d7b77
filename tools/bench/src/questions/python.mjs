import { readFileSync } from "node:fs";
import { ipythonToPython, isValidPython, loadPython } from "@seamless/python";
import { compare, median } from "../measure.mjs";
import { run } from "../processes.mjs";

export const question = "How fast is Python parsed?";

/** Why nothing better than the targets can be expected. */
export const why = { "*": "CPython makes a tree of what it reads; to be valid needs none" };

const ROUNDS = 9;
const CALLS = 10;

/** Prints a file of Python's own library: 100 kB of ordinary code. */
const WHICH = "import argparse; print(argparse.__file__)";

/** Prints the times of some calls of `ast.parse`, after one to warm up, in ms: of a file, so many times over. */
const PARSE = `
import ast, json, sys, time
text = open(sys.argv[1], encoding="utf8").read() * int(sys.argv[2])
calls = ${CALLS} if len(text) < 1e6 else 2
times = []
for _ in range(calls + 1):
    start = time.perf_counter()
    ast.parse(text)
    times.append((time.perf_counter() - start) * 1000)
print(json.dumps(times[1:]))
`;

export async function answer() {
  const file = run("python3", "-c", WHICH).trim();
  const [version] = run("python3", "-c", "import platform; print(platform.python_version())").trim().split("\n");
  const peer = `ast.parse of CPython ${version}`;
  return [await parsing(file, 1, peer), await parsing(file, 50, peer), ...(await cells())];
}

/**
 * @param {string} file
 * @param {number} copies - How often the text of the file is repeated.
 * @param {string} peer
 */
async function parsing(file, copies, peer) {
  await loadPython();
  const text = readFileSync(file, "utf8").repeat(copies);
  const rounds = [];
  for (let round = -2; round < (copies > 1 ? 3 : ROUNDS); round++) {
    const theirs = median(JSON.parse(run("python3", "-c", PARSE, file, String(copies))));
    const times = [];
    for (let i = 0; i < (copies > 1 ? 2 : CALLS); i++) {
      const start = performance.now();
      if (!isValidPython(text)) throw new Error(`${file} was refused`);
      times.push(performance.now() - start);
    }
    // The first rounds warm up.
    if (round >= 0) rounds.push({ ours: median(times), theirs });
  }
  return {
    subject: `isValidPython, ${Math.round(text.length / 1000)} kB`,
    peer,
    ours: median(rounds.map(({ ours }) => ours)),
    theirs: median(rounds.map(({ theirs }) => theirs)),
    unit: "ms",
    ratio: median(rounds.map(({ ours, theirs }) => ours / theirs)),
    atMost: 0.5,
  };
}

/** Is `ipythonToPython` linear in the number of lines? */
function cells() {
  const lines = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => `x${i} = [${i}]\n`).join("");
  const few = lines(500);
  const many = lines(5000);
  return compare(
    {
      name: "ten times 500 lines",
      run: () => {
        for (let i = 0; i < 10; i++) ipythonToPython(few);
      },
    },
    [{ name: "ipythonToPython, 5,000 lines", run: () => ipythonToPython(many), atMost: 1.5 }],
    { rounds: 41, warmup: 10 },
  );
}
