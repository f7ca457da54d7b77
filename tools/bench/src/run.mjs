// `pnpm bench [NAME…]`: answer the questions of `questions/`, all or those named, and print the tables.
import { spawnSync } from "node:child_process";
import { readdirSync, writeSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { limits, met, table } from "./measure.mjs";

/** The variable that says where a process of its own writes its rows: the number of an open file. */
const ROWS = "SEAMLESS_BENCH_ROWS";

// Certificates that a machine adds are read at each start of Node, for half as long as the rest of it takes.
delete process.env["NODE_EXTRA_CA_CERTS"];

const folder = new URL("questions/", import.meta.url);
const known = readdirSync(folder).map((file) => file.replace(/\.mjs$/, ""));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no such benchmark: ${unknown.join(", ")}; there are ${known.join(", ")}\n`);
  process.exit(2);
}

if (wanted.length === 1) await answerOne(wanted[0] ?? "");
else answerEach(wanted.length > 0 ? wanted : known);

/** @param {string} name */
async function answerOne(name) {
  const { question, answer, why = {} } = await import(new URL(`${name}.mjs`, folder).href);
  /** @type {import("./measure.mjs").Row[]} */
  const rows = await answer();
  process.stdout.write(`\n${name}: ${question}\n\n${table(rows)}\n`);
  const explained = rows.map((row) => ({ ...row, why: why[row.subject] ?? why["*"] }));
  if (process.env[ROWS] !== undefined) writeSync(Number(process.env[ROWS]), JSON.stringify(explained));
  if (!rows.every(met)) process.exitCode = 1;
}

/**
 * Each in a process of its own: what one leaves on the heap, or in the engine's tables, must not be the next one's.
 *
 * @param {readonly string[]} names
 */
function answerEach(names) {
  const machine = `${cpus().length} × ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  process.stdout.write(`${machine}\n`);
  const rows = [];
  for (const name of names) {
    const { status, output } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name], {
      stdio: ["inherit", "inherit", "inherit", "pipe"],
      env: { ...process.env, [ROWS]: "3" },
      encoding: "utf8",
    });
    if (status !== 0) process.exitCode = 1;
    rows.push(...JSON.parse(output[3] || "[]"));
  }
  process.stdout.write(`\nlimits: What are the targets, and why?\n\n${limits(rows)}\n`);
}
