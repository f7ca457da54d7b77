import { readFile, stat } from "node:fs/promises";
import { SeamlessError } from "@seamless/checksum";
import { fileError, writeAtomic } from "@seamless/checksum/node";
import { showPath } from "@seamless/internal/text";
import { sleep } from "@seamless/internal/timers";

/** How long to wait for the file, and the time between two attempts to read it, in ms. */
const TIMEOUT = 20_000;
const INTERVAL = 100;

/** Size limit in bytes. */
const LARGEST = 2 ** 20;

/**
 * A file that tells the program that started a server its port and status: a JSON object, whose other members are kept.
 */
interface StatusFile {
  running(port: number): Promise<void>;
  failed(): Promise<void>;
}

/**
 * Waits until the file exists and holds a JSON object.
 *
 * @throws {SeamlessError} after 20 s `NOT_FOUND`, or `INVALID_VALUE` if it does not hold a JSON object; file codes; the
 * signal's reason.
 */
export async function openStatusFile(path: string, signal: AbortSignal): Promise<StatusFile> {
  const end = performance.now() + TIMEOUT;
  for (;;) {
    signal.throwIfAborted();
    const text = await read(path);
    const members = text === undefined ? undefined : membersOf(text);
    if (members !== undefined) return statusFile(path, members);
    if (performance.now() >= end) throw statusFileError(path, text);
    await sleep(INTERVAL, signal);
  }
}

function statusFileError(path: string, text: string | undefined): SeamlessError {
  const waited = `after ${TIMEOUT / 1000} s`;
  if (text === undefined) {
    return new SeamlessError("NOT_FOUND", `${showPath(path)} does not exist ${waited}: it should hold a JSON object`, {
      file: path,
    });
  }
  return new SeamlessError("INVALID_VALUE", `${showPath(path)} does not hold a JSON object ${waited}`, { file: path });
}

async function read(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    // Reading a pipe would wait for a writer.
    if (!stats.isFile()) throw new SeamlessError("NOT_A_FILE", `${showPath(path)} is not a file`, { file: path });
    if (stats.size > LARGEST) {
      const fault = `${showPath(path)} is too large for a status file: the limit is ${LARGEST} bytes`;
      throw new SeamlessError("TOO_LARGE", fault, { file: path });
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, path, "read");
  }
}

type Members = readonly { readonly name: string; readonly text: string }[];

function statusFile(path: string, members: Members): StatusFile {
  const write = (added: Readonly<Record<string, unknown>>) => {
    const kept = members.filter(({ name }) => !Object.hasOwn(added, name)).map(({ text }) => text);
    const all = Object.entries(added).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
    return writeAtomic(path, `{${[...kept, ...all].join(", ")}}\n`);
  };
  return {
    async running(port) {
      await write({ port, status: "running" });
    },
    async failed() {
      await write({ status: "failed" });
    },
  };
}

/**
 * Splits a JSON object into its members as source text, so that numbers beyond the precision of JavaScript are kept.
 *
 * @returns `undefined` for anything that is not a JSON object.
 */
function membersOf(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  } catch {
    return undefined;
  }
  const members: { name: string; text: string }[] = [];
  let depth = 0;
  let start: number | undefined;
  let name = "";
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    const ends = (depth === 1 && token === ",") || (depth === 0 && closes);
    if (ends && start !== undefined) members.push({ name, text: text.slice(start, index).trim() });
    if (ends) start = undefined;
    else if (depth === 1 && start === undefined) {
      start = index;
      name = JSON.parse(token);
    }
    if (token === "{" || token === "[") depth += 1;
  }
  return members;
}
