import { readlinkSync } from "node:fs";
import { nodeCrypto } from "./builtins.ts";

/*
 * Who writes a temporary file stands in its name, so that what a killed process has left is known at once from what another one is
 * still writing.
 */

/** In hexadecimal digits, each: the computer, and the process. */
const DIGITS = 6;

/**
 * The digits that stand for a process of this computer, in the name of a temporary file.
 *
 * @param pid - Its number. @default that of this process
 * @returns nothing where processes cannot be told apart.
 */
export function writerMark(pid: number = process.pid): string {
  const host = hostMark();
  return host === "" || pid >= 16 ** DIGITS ? "" : host + pid.toString(16).padStart(DIGITS, "0");
}

/** A process of this computer that wrote a temporary file, or is writing it. */
export interface Writer {
  /** This one may have got the number of an earlier one. */
  readonly self: boolean;
  /** Another one may have got its number. */
  readonly running: boolean;
}

/**
 * Who wrote what has these digits in its name.
 *
 * @returns `undefined` if that cannot be known: it was on another computer, or in another container.
 */
export function writerOf(mark: string): Writer | undefined {
  const host = hostMark();
  if (host === "" || mark.length !== 2 * DIGITS || !mark.startsWith(host)) return undefined;
  const pid = Number.parseInt(mark.slice(DIGITS), 16);
  const running = isRunning(pid);
  return running === undefined ? undefined : { self: pid === process.pid, running };
}

let known: string | undefined;

/** A container has processes of its own, and may have the name of its computer. */
function hostMark(): string {
  known ??= findHostMark();
  return known;
}

function findHostMark(): string {
  // Deno asks the user before it tells.
  if ("deno" in process.versions) return "";
  try {
    const name = process.getBuiltinModule("node:os").hostname();
    return nodeCrypto().createHash("sha256").update(`${name}\0${processNamespace()}`).digest("hex").slice(0, DIGITS);
  } catch {
    return "";
  }
}

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function isRunning(pid: number): boolean | undefined {
  try {
    // No signal: only whether there could be one.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ESRCH" ? false : code === "EPERM" ? true : undefined;
  }
}
