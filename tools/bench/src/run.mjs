// `pnpm bench [NAME…]`: answer the questions of `questions/`, all or those named, and print the tables.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { met, table } from "./measure.mjs";

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
  const { question, answer } = await import(new URL(`${name}.mjs`, folder).href);
  /** @type {import("./measure.mjs").Row[]} */
  const rows = await answer();
  process.stdout.write(`\n${name}: ${question}\n\n${table(rows)}\n`);
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
  for (const name of names) {
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name], { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
}
