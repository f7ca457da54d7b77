import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { SeamlessError } from "@seamless/checksum";
import { fileError, showPath, writeAtomic } from "@seamless/checksum/node";

/** How long whoever starts a server may take to write the file, and the time between two looks, in ms. */
const PATIENCE = 20_000;
const INTERVAL = 100;

/** In bytes. */
const LARGEST = 2 ** 20;

/** A file by which whoever starts a server learns how that went: a JSON object, whose other members stay as they are. */
export interface StatusFile {
  running(port: number): Promise<void>;
  failed(): Promise<void>;
}

/**
 * Wait for the file to be there, and whole.
 *
 * @throws {SeamlessError} `NOT_FOUND`, or `INVALID_VALUE` for what is no JSON object, after 20 s; file codes; the signal's reason.
 */
export async function openStatusFile(path: string, signal: AbortSignal): Promise<StatusFile> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    signal.throwIfAborted();
    const text = await read(path);
    const members = text === undefined ? undefined : membersOf(text);
    if (members !== undefined) return statusFile(path, members);
    if (performance.now() >= end) throw missing(path, text);
    await sleep(INTERVAL, undefined, { signal });
  }
}

/** A file that is still being written is waited for, too. */
function missing(path: string, text: string | undefined): SeamlessError {
  const waited = `after ${PATIENCE / 1000} s`;
  if (text === undefined) {
    return new SeamlessError("NOT_FOUND", `${showPath(path)} is not there ${waited}: it is to hold a JSON object`, {
      file: path,
    });
  }
  return new SeamlessError("INVALID_VALUE", `${showPath(path)} does not hold a JSON object ${waited}`, { file: path });
}

async function read(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    // Reading a pipe would wait for whoever writes to it.
    if (!stats.isFile()) throw new SeamlessError("NOT_A_FILE", `${showPath(path)} is not a file`, { file: path });
    if (stats.size > LARGEST) {
      const fault = `${showPath(path)} is larger than ${LARGEST} bytes, and no status file`;
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
 * The members of a JSON object, each as it is written: numbers that JavaScript has no form for stay what they are.
 *
 * @returns `undefined` for anything else.
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
