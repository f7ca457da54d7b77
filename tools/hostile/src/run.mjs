// `pnpm hostile`: hostile inputs over all readers, and the worst of them by time and memory for a byte.
import { parseArgs } from "node:util";
import { measureRows } from "./rows.mjs";
import { allShapes } from "./shapes/index.mjs";
import { failures, tables } from "./tables.mjs";

const HELP = `Usage: pnpm hostile [--size N] [--only GLOB]... [--top N] [--json]

Gives ${allShapes.length} hostile inputs to all that read them, each in the size and in a quarter of it, and prints the
worst by time and by memory for a byte, and how both grow from the one to the other.
Exit status 1 if a reader answers anything but a value or an error of ours, takes memory out of
proportion, brings its process down, or does not come to an end.

  --size N     bytes of the inputs (default 100000)
  --only GLOB  only shapes and readers like this: "json/*", "* yaml->plain", "npy/*ones* lists"
  --top N      rows of each table (default 20)
  --json       all rows, as JSON
  --help       this text
`;

const options = readOptions();
if (options.help) {
  process.stdout.write(HELP);
} else {
  const rows = await measureRows(options);
  if (rows.length === 0) fail("nothing is like that");
  process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : tables(rows, options.top));
  const failed = failures(rows);
  process.stderr.write(failed);
  if (failed !== "") process.exitCode = 1;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        size: { type: "string", default: "100000" },
        only: { type: "string", multiple: true, default: ["*"] },
        top: { type: "string", default: "20" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const patterns = values.only.map(glob);
    return {
      size: whole("size", values.size),
      top: whole("top", values.top),
      only: (/** @type {string} */ name) => patterns.some((pattern) => pattern.test(name)),
      json: values.json,
      help: values.help,
    };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} name
 * @param {string} text
 */
function whole(name, text) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new Error(`--${name} is a whole number from 1, got ${text}`);
}

/** `*` for anything, `?` for one character; a shape alone is one with all its readers. @param {string} pattern */
function glob(pattern) {
  const source = pattern
    .replace(/[^\w*?]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}(?: .*)?$`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
