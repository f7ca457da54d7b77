import { positive, refuse } from "./check.ts";

/** How many bytes the strong half may hold. */
export interface Caps {
  /** Trimmed to at each pass, in bytes. */
  readonly soft: number;
  /** Trimmed at once when passed, in bytes. */
  readonly hard: number;
}

/** Bytes, or a share of the memory that the process may use. */
export type Cap = number | "auto";

const SOFT = 5e9;
const HARD = 50e9;
/** Parts of the memory that the process may use: buffers are not all that a program holds. */
const AUTO_SOFT = 1 / 4;
const AUTO_HARD = 1 / 2;
/** In bytes; assumed where the platform does not say, as most browsers do not. */
const ASSUMED_MEMORY = 4e9;

/**
 * The caps in bytes. One that is not given stays on the right side of the one that is.
 *
 * @param memory - Bytes that the process may use; asked for only if needed.
 * @throws {SeamlessError} `INVALID_ARGUMENT` if one is not over 0, or the soft one over the hard one.
 */
export function capsOf(soft: Cap | undefined, hard: Cap | undefined, memory: () => number = usableMemory): Caps {
  const softBytes = soft === "auto" ? memory() * AUTO_SOFT : soft === undefined ? undefined : positive("softCap", soft);
  const hardBytes = hard === "auto" ? memory() * AUTO_HARD : hard === undefined ? undefined : positive("hardCap", hard);
  const caps = {
    soft: softBytes ?? Math.min(SOFT, hardBytes ?? SOFT),
    hard: hardBytes ?? Math.max(HARD, softBytes ?? HARD),
  };
  if (caps.soft > caps.hard) refuse("softCap", `at most hardCap (${caps.hard} bytes)`, caps.soft);
  return caps;
}

/** What other platforms than ours lack; each is asked for only where it is. */
interface Platform {
  readonly process?: {
    constrainedMemory?(): number;
    getBuiltinModule?(name: "node:os"): { totalmem(): number } | undefined;
  };
  /** `deviceMemory` is in GiB, and at most 8. */
  readonly navigator?: { readonly deviceMemory?: number };
}

/**
 * How much memory this process may use, in bytes: that of the machine, or of the container where it is less.
 *
 * @param platform - For tests.
 */
export function usableMemory(platform: unknown = globalThis): number {
  const { process, navigator } = platform as Platform;
  const known = [
    // 0 where there is no limit, or an absurd number.
    process?.constrainedMemory?.(),
    process?.getBuiltinModule?.("node:os")?.totalmem(),
    navigator?.deviceMemory === undefined ? undefined : navigator.deviceMemory * 2 ** 30,
  ].filter((bytes) => bytes !== undefined && bytes > 0);
  return known.length === 0 ? ASSUMED_MEMORY : Math.min(...(known as number[]));
}
